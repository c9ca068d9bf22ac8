//! HTTPS at the edge, and what plain HTTP gets beside it.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::client::Client;
use crate::{IMAGE, PATH, get, image};

/// What comes back over TLS under that name, from one who trusts that certificate.
async fn ask(client: &Client, trusted: &[u8], name: &'static str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let url = client.cloud().edge_url();
    let tcp = TcpStream::connect(url.strip_prefix("https://").unwrap()).await?;
    let name = ServerName::try_from(name).unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await?;
    let request = format!("GET {PATH} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn https_is_spoken_with_a_certificate_that_stays() {
    let client = Client::secured().await;
    let certificate = local::certificate(client.state()).unwrap();
    for name in ["localhost", "127.0.0.1"] {
        let answer = ask(&client, &certificate, name).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 401 "), "{name}: {answer}");
    }
    assert!(ask(&client, &certificate, "elsewhere.test").await.is_err(), "for this computer alone");
    let client = client.restarted(0.0).await;
    assert_eq!(local::certificate(client.state()).unwrap(), certificate);
    let other = Client::secured().await;
    let theirs = local::certificate(other.state()).unwrap();
    assert!(ask(&client, &theirs, "localhost").await.is_err(), "each folder has its own");
    #[cfg(unix)]
    {
        let key = local::certificate_path(client.state()).with_file_name("key.pem");
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(key).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
    other.shutdown().await;
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_http_gets_what_the_distribution_says() {
    let client = Client::secured().await;
    let refused = get(&client, PATH, &[]).await;
    assert_eq!((refused.status, refused.header("x-cache")), (403, "Error from cloudfront"));
    let policy = |it: &'static str| {
        move |config: String| {
            let start = config.find("<ViewerProtocolPolicy>").unwrap();
            let end = config.find("</ViewerProtocolPolicy>").unwrap();
            format!("{}<ViewerProtocolPolicy>{it}{}", &config[..start], &config[end..])
        }
    };
    client.update(policy("redirect-to-https")).await;
    let moved = get(&client, "/a?b=c", &[]).await;
    assert_eq!((moved.status, moved.header("x-cache")), (301, "Redirect from cloudfront"));
    assert_eq!(moved.header("location"), format!("{}/a?b=c", client.cloud().edge_url()));
    let put = client.edge("PUT", PATH, &image(), IMAGE).await;
    assert_eq!(put.status, 307, "the method and the body come again");
    client.update(policy("allow-all")).await;
    assert_eq!(get(&client, PATH, &[]).await.status, 401);
    client.shutdown().await;
}

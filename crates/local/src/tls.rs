//! The certificate of the edge: made by this computer for itself, and kept in the state folder.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::OffsetDateTime;
use tokio_rustls::TlsAcceptor;

use crate::issuer::private;

/// Whom it is for. A wildcard below `localhost` is refused by clients, as one below `com` is.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// The longest that browsers accept of certificates that were made today.
const LIFE: Duration = Duration::from_hours(24 * 397);
/// Then a new one is made.
const AGE_MAX: Duration = Duration::from_hours(24 * 365);

/// The certificate of a state folder, in PEM, for clients that shall trust it; none before an edge
/// was started there with TLS.
pub fn certificate(state: &Path) -> Option<Vec<u8>> {
    fs::read(certificate_path(state)).ok()
}

/// Where [`certificate`] is: for `curl --cacert` and `NODE_EXTRA_CA_CERTS`.
pub fn certificate_path(state: &Path) -> PathBuf {
    state.join("tls").join("certificate.pem")
}

fn key_path(state: &Path) -> PathBuf {
    state.join("tls").join("key.pem")
}

/// What answers handshakes, with the certificate of a state folder. One is made when there is none,
/// or when it ends soon.
pub(crate) fn acceptor(state: &Path) -> Result<TlsAcceptor> {
    if !is_current(&certificate_path(state)) || !key_path(state).exists() {
        make(state).context("cannot make a certificate")?;
    }
    let certificate = CertificateDer::from_pem_file(certificate_path(state));
    let key = PrivateKeyDer::from_pem_file(key_path(state));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.context("cannot read the certificate")?],
            key.context("cannot read the key of the certificate")?,
        )
        .context("the certificate and its key do not fit")?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A file that is younger than its certificate's life.
fn is_current(path: &Path) -> bool {
    let age = fs::metadata(path).and_then(|it| it.modified()).ok().map(|it| it.elapsed());
    age.is_some_and(|it| it.is_ok_and(|it| it < AGE_MAX))
}

fn make(state: &Path) -> Result<()> {
    let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
    params.distinguished_name.push(DnType::CommonName, "edgegate, on this computer");
    let now = SystemTime::now();
    // Clocks of other devices may be behind.
    params.not_before = OffsetDateTime::from(now - Duration::from_hours(24));
    params.not_after = OffsetDateTime::from(now + LIFE);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    let (place, path) = (key_path(state), certificate_path(state));
    fs::create_dir_all(place.parent().unwrap_or(state))?;
    // It is made anew, for a file that exists keeps the rights it has.
    let _ = fs::remove_file(&place);
    private(&place)?.write_all(key.serialize_pem().as_bytes())?;
    fs::write(path, certificate.pem())?;
    Ok(())
}

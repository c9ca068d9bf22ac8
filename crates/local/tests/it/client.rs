//! A small HTTP client that signs, and the stack the tests run against.

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local::{LocalCloud, Options, PageOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const BUCKET: &str = "demo-bucket";
pub(crate) const HANDLER: &str = include_str!("handler.mjs");

const XMLNS: &str = "http://cloudfront.amazonaws.com/doc/2020-05-31/";

/// What came back.
pub(crate) struct Answer {
    /// 0 when the connection ended without an answer.
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().skip(1).filter_map(|it| it.split_once(": "));
        lines.into_iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map_or("", |(_, it)| it)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first element of that name.
    pub(crate) fn element(&self, name: &str) -> String {
        let text = self.text();
        let start = text.split_once(&format!("<{name}>")).map_or("", |(_, it)| it);
        start.split_once(&format!("</{name}>")).map_or("", |(it, _)| it).to_owned()
    }
}

/// A running cloud.
pub(crate) struct Client {
    cloud: LocalCloud,
    state: TempDir,
}

pub(crate) fn options(state: &Path, control_port: u16) -> Options {
    Options {
        state: state.to_owned(),
        control_port,
        edge_port: 0,
        time_scale: 0.0,
        faults: Vec::new(),
        tls: false,
        on_request: None,
        page: None,
    }
}

impl Client {
    /// A cloud with the whole stack in it.
    pub(crate) async fn deployed() -> Self {
        Self::started(|it| it).await
    }

    /// The same, with a page beside it.
    pub(crate) async fn showing(page: PageOptions) -> Self {
        Self::started(|it| Options { page: Some(page), ..it }).await
    }

    /// The same, with HTTPS at the edge.
    pub(crate) async fn secured() -> Self {
        Self::started(|it| Options { tls: true, ..it }).await
    }

    async fn started(change: impl FnOnce(Options) -> Options) -> Self {
        let state = tempfile::tempdir().unwrap();
        let cloud = local::start(change(options(state.path(), 0))).await.unwrap();
        let client = Self { cloud, state };
        client.deploy().await;
        client
    }

    /// The same cloud again, where AWS's delays pass at another scale.
    pub(crate) async fn restarted(self, time_scale: f64) -> Self {
        let tls = self.cloud.edge_url().starts_with("https:");
        self.cloud.shutdown().await;
        let options = Options { time_scale, tls, ..options(self.state.path(), 0) };
        let cloud = local::start(options).await.unwrap();
        Self { cloud, state: self.state }
    }

    pub(crate) async fn shutdown(self) -> TempDir {
        self.cloud.shutdown().await;
        self.state
    }

    /// Lets that many seconds pass in the cloud.
    pub(crate) async fn pass(&self, seconds: u64) {
        let body = json!({"seconds": seconds}).to_string();
        assert_eq!(self.control("POST", "/_local/clock", &[], body.as_bytes()).await.status, 200);
    }

    /// What has reached the bucket through the edge so far.
    pub(crate) async fn origin_requests(&self) -> Vec<Value> {
        let seen = self.control("GET", "/_local/origin-requests", &[], b"").await;
        serde_json::from_slice(&seen.body).unwrap()
    }

    pub(crate) async fn distribution(&self) -> String {
        self.ok("GET", "/2020-05-31/distribution", "cloudfront", "").await.element("Id")
    }

    pub(crate) fn cloud(&self) -> &LocalCloud {
        &self.cloud
    }

    pub(crate) fn announce(&self) {
        self.cloud.announce(None).unwrap();
    }

    pub(crate) fn state(&self) -> &Path {
        self.state.path()
    }

    pub(crate) async fn edge(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        // Plain HTTP, at the same port.
        let url = self.cloud.edge_url().replace("https:", "http:");
        send(&url, method, path, headers, body).await
    }

    pub(crate) async fn control(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        send(&self.cloud.control_url(), method, path, headers, body).await
    }

    /// A request to an AWS API, signed by a library that is not ours.
    pub(crate) async fn signed(
        &self,
        method: &str,
        path: &str,
        service: &str,
        secret: &str,
        body: &str,
    ) -> Answer {
        self.signed_with(method, path, service, secret, &[], body).await
    }

    async fn signed_with(
        &self,
        method: &str,
        path: &str,
        service: &str,
        secret: &str,
        extra: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let url = format!("{}{path}", self.cloud.control_url());
        let identity = Credentials::new("test", secret, None, None, "test").into();
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let signable = SignableRequest::new(
            method,
            url,
            std::iter::empty(),
            SignableBody::Bytes(body.as_bytes()),
        );
        let (signature, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
        // Headers that are not signed may be added.
        let headers: Vec<(&str, &str)> = signature.headers().chain(extra.iter().copied()).collect();
        self.control(method, path, &headers, body.as_bytes()).await
    }

    pub(crate) async fn ok(&self, method: &str, path: &str, service: &str, body: &str) -> Answer {
        let answer = self.signed(method, path, service, "test", body).await;
        assert!(answer.status < 300, "{method} {path}: {}", answer.text());
        answer
    }

    async fn deploy(&self) {
        self.ok("PUT", &format!("/{BUCKET}"), "s3", "").await;
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]}}]});
        let form = format!(
            "Action=CreateRole&RoleName=demo&AssumeRolePolicyDocument={}",
            encode(&trust.to_string())
        );
        self.ok("POST", "/", "iam", &form).await;
        let function = json!({"FunctionName": "demo", "Runtime": "nodejs24.x", "Handler": "index.handler", "Timeout": 5,
            "Role": "arn:aws:iam::000000000000:role/demo", "Code": {"ZipFile": zip(HANDLER)}, "Publish": true});
        let answer =
            self.ok("POST", "/2015-03-31/functions", "lambda", &function.to_string()).await;
        let function: Value = serde_json::from_slice(&answer.body).unwrap();
        let arn = function["FunctionArn"].as_str().unwrap();
        assert!(arn.ends_with(":1"), "{arn}");

        let control = self.cloudfront("origin-access-control", "OriginAccessControl", OAC).await;
        let cache = self.cloudfront("cache-policy", "CachePolicy", CACHE).await;
        let headers =
            self.cloudfront("response-headers-policy", "ResponseHeadersPolicy", HEADERS).await;
        let config = include_str!("distribution.xml")
            .replace("BUCKET", BUCKET)
            .replace("CONTROL", &control)
            .replace("CACHE", &cache)
            .replace("HEADERS", &headers)
            .replace("FUNCTION", arn);
        let distribution = self.cloudfront("distribution", "Distribution", &config).await;
        self.bucket_policy(&format!(
            "arn:aws:cloudfront::000000000000:distribution/{distribution}"
        ))
        .await;
    }

    /// Replaces the configuration of the distribution by what `edit` makes of it.
    pub(crate) async fn update(&self, edit: impl FnOnce(String) -> String) {
        let path = format!("/2020-05-31/distribution/{}/config", self.distribution().await);
        self.edit((&path, &path), edit).await;
    }

    /// The same with its response headers policy.
    pub(crate) async fn update_headers(&self, edit: impl FnOnce(String) -> String) {
        let path = "/2020-05-31/response-headers-policy";
        let id = self.ok("GET", &format!("{path}?Type=custom"), "cloudfront", "").await;
        let path = format!("{path}/{}", id.element("Id"));
        self.edit((&format!("{path}/config"), &path), edit).await;
    }

    async fn edit(&self, (from, to): (&str, &str), edit: impl FnOnce(String) -> String) {
        let old = self.ok("GET", from, "cloudfront", "").await;
        let condition = [("if-match", old.header("etag"))];
        let new = edit(old.text());
        let answer = self.signed_with("PUT", to, "cloudfront", "test", &condition, &new).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    async fn cloudfront(&self, path: &str, noun: &str, content: &str) -> String {
        let body = format!("<{noun}Config xmlns=\"{XMLNS}\">{content}</{noun}Config>");
        self.ok("POST", &format!("/2020-05-31/{path}"), "cloudfront", &body).await.element("Id")
    }

    /// Lets one distribution read, and create but not replace.
    pub(crate) async fn bucket_policy(&self, distribution: &str) {
        let allow = |action: &str, condition: Value| {
            json!({"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": action,
                "Resource": format!("arn:aws:s3:::{BUCKET}/*"), "Condition": condition})
        };
        let source = json!({"AWS:SourceArn": distribution, "aws:SourceAccount": "000000000000"});
        let policy = json!({"Version": "2012-10-17", "Statement": [
            allow("s3:GetObject", json!({"StringEquals": source})),
            allow("s3:PutObject", json!({"StringEquals": source, "Null": {"s3:if-none-match": "false"}})),
        ]});
        self.ok("PUT", &format!("/{BUCKET}?policy"), "s3", &policy.to_string()).await;
    }
}

const OAC: &str = "<Name>demo</Name><SigningProtocol>sigv4</SigningProtocol><SigningBehavior>always</SigningBehavior>\
    <OriginAccessControlOriginType>s3</OriginAccessControlOriginType>";
const CACHE: &str = "<Name>demo</Name><MinTTL>1</MinTTL><ParametersInCacheKeyAndForwardedToOrigin>\
    <EnableAcceptEncodingGzip>false</EnableAcceptEncodingGzip>\
    <HeadersConfig><HeaderBehavior>none</HeaderBehavior></HeadersConfig>\
    <CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig>\
    <QueryStringsConfig><QueryStringBehavior>none</QueryStringBehavior></QueryStringsConfig>\
    </ParametersInCacheKeyAndForwardedToOrigin>";
const HEADERS: &str = "<Name>demo</Name><SecurityHeadersConfig><ContentTypeOptions><Override>true</Override>\
    </ContentTypeOptions></SecurityHeadersConfig>";

pub(crate) async fn send(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let host = url.strip_prefix("http://").unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.extend([*name, ": ", *value, "\r\n"]);
    }
    if !body.is_empty() || matches!(method, "PUT" | "POST") {
        request.extend(["content-length: ", &body.len().to_string(), "\r\n"]);
    }
    let received = exchange(host, &[request.as_bytes(), b"\r\n", body].concat()).await;
    let Some(end) = received.windows(4).position(|it| it == b"\r\n\r\n") else {
        return Answer { status: 0, head: String::new(), body: received };
    };
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: received[end + 4..].to_vec() }
}

/// All that comes back before the connection ends.
async fn exchange(host: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut received = Vec::new();
    // A connection that is cut is what some tests are about.
    let _ = stream.read_to_end(&mut received).await;
    received
}

fn zip(handler: &str) -> String {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("index.mjs", zip::write::SimpleFileOptions::default()).unwrap();
    writer.write_all(handler.as_bytes()).unwrap();
    STANDARD.encode(writer.finish().unwrap().into_inner())
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |out, it| format!("{out}%{it:02X}"))
}

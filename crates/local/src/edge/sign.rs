//! Signs requests to the bucket, as an origin access control with `SigningBehavior: always` does.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, Result};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode,
};
use aws_sigv4::sign::v4;
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use crate::clock::Millis;

/// Adds a `SigV4` signature that does not cover the body, which streams through.
pub(crate) fn sign(
    parts: &mut Parts,
    key: &str,
    secret: &str,
    region: &str,
    at: Millis,
) -> Result<()> {
    let identity = Credentials::new(key, secret, None, None, "edge").into();
    let mut settings = SigningSettings::default();
    // S3 alone signs the path exactly as it is sent.
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(UNIX_EPOCH + Duration::from_millis(at))
        .settings(settings)
        .build()?
        .into();
    let host = parts.headers.get("host").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let path = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let uri = format!("https://{host}{path}");
    // A header that is not text cannot be signed; it travels without.
    let headers =
        parts.headers.iter().filter_map(|(name, it)| Some((name.as_str(), it.to_str().ok()?)));
    let request =
        SignableRequest::new(parts.method.as_str(), uri, headers, SignableBody::UnsignedPayload)?;
    let (instructions, _) = aws_sigv4::http_request::sign(request, &params)?.into_parts();
    for (name, value) in instructions.headers() {
        let name: HeaderName = name.parse().context("cannot sign")?;
        parts.headers.insert(name, HeaderValue::from_str(value).context("cannot sign")?);
    }
    Ok(())
}

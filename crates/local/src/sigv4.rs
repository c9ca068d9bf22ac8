//! Who signed a request: Signature Version 4, checked by signing the request again.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use aws_lc_rs::{constant_time, digest, hmac};
use http::HeaderMap;
use http::request::Parts;

use crate::clock::{self, Millis};

/// How far a signature's time may be from ours.
const SKEW_MAX: Millis = 15 * 60 * 1000;

/// How a service encodes the path it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// S3 signs the path as it is sent.
    Once,
    /// Every other service encodes the sent path once more.
    Twice,
}

/// What an `Authorization: AWS4-HMAC-SHA256 …` header says.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) access_key: String,
    date: String,
    region: String,
    pub(crate) service: String,
    signed_headers: Vec<String>,
    pub(crate) signature: String,
    amz_date: String,
}

/// Why a claim does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Signature,
    Skew,
}

impl Claim {
    /// `None` when the request carries no `SigV4` signature that can be read.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get("authorization")?.to_str().ok()?;
        let fields = text.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| {
            fields.split(',').find_map(|it| it.trim().strip_prefix(name)?.strip_prefix('='))
        };
        let mut scope = field("Credential")?.rsplitn(5, '/');
        let (terminator, service, region, date, access_key) =
            (scope.next()?, scope.next()?, scope.next()?, scope.next()?, scope.next()?);
        (terminator == "aws4_request").then_some(())?;
        Some(Self {
            access_key: access_key.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            signed_headers: field("SignedHeaders")?.split(';').map(str::to_owned).collect(),
            signature: field("Signature")?.to_owned(),
            amz_date: headers.get("x-amz-date")?.to_str().ok()?.to_owned(),
        })
    }

    /// The region the client signed for.
    pub(crate) fn into_region(self) -> String {
        self.region
    }

    /// Signs the request with `secret` and compares.
    pub(crate) fn check(
        &self,
        parts: &Parts,
        payload_hash: &str,
        secret: &str,
        encoding: Encoding,
        now: Millis,
    ) -> Result<SigningKey, Refusal> {
        let signed_at = clock::from_amz_date(&self.amz_date).ok_or(Refusal::Signature)?;
        if signed_at.abs_diff(now) > SKEW_MAX {
            return Err(Refusal::Skew);
        }
        let has = |name: &str| self.signed_headers.iter().any(|it| it == name);
        if !has("host") || !self.amz_date.starts_with(&self.date) {
            return Err(Refusal::Signature);
        }
        let request = self.canonical_request(parts, payload_hash, encoding);
        let key = SigningKey::derive(secret, self);
        let expected = key.sign(&format!(
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            key.amz_date,
            key.scope,
            sha256_hex(request.as_bytes())
        ));
        constant_time::verify_slices_are_equal(expected.as_bytes(), self.signature.as_bytes())
            .map(|()| key)
            .map_err(|_| Refusal::Signature)
    }

    fn canonical_request(&self, parts: &Parts, payload_hash: &str, encoding: Encoding) -> String {
        let path = match encoding {
            Encoding::Once => parts.uri.path().to_owned(),
            Encoding::Twice => percent_encode(parts.uri.path(), "/"),
        };
        let mut query: Vec<(String, String)> = query_pairs(parts.uri.query().unwrap_or(""))
            .map(|(name, value)| (percent_encode(&name, ""), percent_encode(&value, "")))
            .collect();
        query.sort();
        let query: Vec<String> = query.into_iter().map(|(n, v)| format!("{n}={v}")).collect();
        let headers: String =
            self.signed_headers.iter().map(|it| canonical_header(parts, it)).collect();
        format!(
            "{}\n{path}\n{}\n{headers}\n{}\n{payload_hash}",
            parts.method,
            query.join("&"),
            self.signed_headers.join(";")
        )
    }
}

fn canonical_header(parts: &Parts, name: &str) -> String {
    let values: Vec<String> = parts
        .headers
        .get_all(name)
        .iter()
        .map(|it| {
            String::from_utf8_lossy(it.as_bytes()).split_whitespace().collect::<Vec<_>>().join(" ")
        })
        .collect();
    format!("{name}:{}\n", values.join(","))
}

/// The key of one day, region and service, with which chunks of a stream are signed too.
#[derive(Clone)]
pub(crate) struct SigningKey {
    key: hmac::Key,
    pub(crate) amz_date: String,
    pub(crate) scope: String,
}

impl SigningKey {
    fn derive(secret: &str, claim: &Claim) -> Self {
        let parts = [&claim.date, &claim.region, &claim.service, "aws4_request"];
        let mut key = hmac::Key::new(hmac::HMAC_SHA256, format!("AWS4{secret}").as_bytes());
        for part in parts {
            key = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
        }
        let scope = parts.join("/");
        Self { key, amz_date: claim.amz_date.clone(), scope }
    }

    pub(crate) fn sign(&self, text: &str) -> String {
        hex::encode(hmac::sign(&self.key, text.as_bytes()))
    }
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, bytes))
}

/// RFC 3986: everything but unreserved characters, and what the caller keeps.
pub(crate) fn percent_encode(text: &str, keep: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain || keep.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(["%", &hex::encode_upper([byte])]);
        }
    }
    out
}

/// Percent decoding; a stray `%` stands for itself.
pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).and_then(|it| std::str::from_utf8(it).ok());
        match code.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(decoded) if byte == b'%' => {
                out.push(decoded);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The decoded pairs of a query string. `+` is a plus sign: no AWS client writes a space so.
pub(crate) fn query_pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    query.split('&').filter(|it| !it.is_empty()).map(|it| {
        let (name, value) = it.split_once('=').unwrap_or((it, ""));
        (percent_decode(name), percent_decode(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::sign;
    use http::Request;

    /// Signed by `aws-sigv4`, which we did not write.
    fn signed(path: &str, secret: &str, at: Millis) -> Parts {
        let request = Request::builder().uri(path).header("host", "b.s3.amazonaws.com");
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        sign::sign(&mut parts, "key", secret, "us-east-1", at).unwrap();
        parts
    }

    fn check(parts: &Parts, secret: &str, now: Millis) -> Result<(), Refusal> {
        let claim = Claim::of(&parts.headers).unwrap();
        claim.check(parts, "UNSIGNED-PAYLOAD", secret, Encoding::Once, now).map(drop)
    }

    #[test]
    fn signatures_of_the_sdk_are_accepted() {
        for path in ["/", "/a%20b/%C3%A9.png?x-id=GetObject&a=", "/a//b/../c?versions", "/~a=b@c"] {
            assert_eq!(
                check(&signed(path, "secret", 1_700_000_000_000), "secret", 1_700_000_000_000),
                Ok(()),
                "{path}"
            );
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let at = 1_700_000_000_000;
        assert_eq!(check(&signed("/a", "other", at), "secret", at), Err(Refusal::Signature));
        assert_eq!(
            check(&signed("/a", "secret", at), "secret", at + SKEW_MAX + 1000),
            Err(Refusal::Skew)
        );
        let mut parts = signed("/a", "secret", at);
        parts.uri = "/b".parse().unwrap();
        assert_eq!(check(&parts, "secret", at), Err(Refusal::Signature));
    }

    #[test]
    fn decoding_reverses_encoding() {
        assert_eq!(percent_encode("a b/é", "/"), "a%20b/%C3%A9");
        assert_eq!(percent_decode("a%20b/%C3%A9%"), "a b/é%");
    }
}

//! What a Clerk publishable key says: `pk_test_` or `pk_live_`, then base64 of `<host>$`.

use crate::Invalid;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha1::{Digest, Sha1};

/// Clerk's own keys come with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The issuer of the instance that a publishable key names.
///
/// # Errors
/// [`Invalid`]: it is no such key, or what it names is no DNS name.
pub(crate) fn issuer(publishable_key: &str) -> Result<String, Invalid> {
    let invalid = |why: &str| {
        // The key itself is not repeated: a secret key pasted by mistake must not reach a log.
        let message = format!("clerk.publishable_key {why}");
        let hint = "copy the key that starts with pk_ from the API keys page of Clerk's dashboard";
        Invalid::new(message, hint)
    };
    let encoded = publishable_key
        .strip_prefix("pk_test_")
        .or_else(|| publishable_key.strip_prefix("pk_live_"))
        .ok_or_else(|| invalid("does not start with pk_test_ or pk_live_"))?;
    let decoded = BASE64.decode(encoded).map_err(|_| invalid("is not base64 after its prefix"))?;
    let decoded = String::from_utf8(decoded).map_err(|_| invalid("does not decode to text"))?;
    let host = decoded.strip_suffix('$').ok_or_else(|| invalid("does not end in `$` inside"))?;
    if !is_dns_name(host) {
        return Err(invalid("does not decode to a DNS name"));
    }
    Ok(format!("https://{host}"))
}

/// The names of the session cookies of an instance, the one that counts first. The suffix tells the
/// instances apart that share a host; Clerk's SDKs set both cookies.
pub(crate) fn cookies(publishable_key: Option<&str>) -> Vec<String> {
    let suffix = |key: &str| BASE64_URL_SAFE_NO_PAD.encode(&Sha1::digest(key)[..6]);
    let suffixed = publishable_key.map(|key| format!("__session_{}", suffix(key)));
    suffixed.into_iter().chain(["__session".to_owned()]).collect()
}

/// RFC 1123 §2.1, in lower case, with at least one dot. Nothing that could end the host of a URL.
pub(crate) fn is_dns_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(inside)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.contains('.') && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(host: &str) -> String {
        format!("pk_test_{}", BASE64.encode(host))
    }

    #[test]
    fn a_key_names_its_issuer() {
        // From Clerk's own tests: without padding.
        let found = issuer("pk_test_Y2xlcmsuaW5zcGlyZWQucHVtYS03NC5sY2wuZGV2JA").unwrap();
        assert_eq!(found, "https://clerk.inspired.puma-74.lcl.dev");
        assert_eq!(issuer(&key("clerk.example.com$")).unwrap(), "https://clerk.example.com");
    }

    #[test]
    fn cookies_have_the_suffix_that_clerk_gives_them() {
        let key = "pk_test_Y2xlcmsuaW5zcGlyZWQucHVtYS03NC5sY2wuZGV2JA";
        assert_eq!(cookies(Some(key)), ["__session_vWCgMp3A", "__session"]);
        assert_eq!(cookies(None), ["__session"]);
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        let hosts = ["clerk.example.com", "nodot$", "a.b$$", "a.b$extra", "a.b/x$", "a@b.c$", "$"];
        let keys = hosts.map(key);
        let others = ["sk_test_c2VjcmV0", "pk_test_***", "pk_test_", "pk_prod_YS5iJA", ""];
        for key in keys.iter().map(String::as_str).chain(others) {
            let error = issuer(key).unwrap_err();
            let secret = key.rsplit('_').next().filter(|it| it.len() > 3);
            assert!(secret.is_none_or(|it| !error.to_string().contains(it)), "{error}");
        }
    }
}

//! The texts of `json_texts` in tokens.
//!
//! Each text is a token's whole claims and whole header once, and the value of a claim and of a
//! header parameter once.

use crate::json_texts::{DISPUTED, TEXTS};
use crate::support::{KEYS, NOW, POLICY, claims, encode, header, outcome, pairs};
use authorizer::{Request, decide};

/// The outcome for a token with these parts, were its signature good.
fn judge(header: &[u8], claims: &[u8]) -> (u16, &'static str) {
    let signature = encode([1; 256]);
    let authorization = format!("Bearer {}.{}.{signature}", encode(header), encode(claims));
    let headers = pairs(&[("authorization", &authorization)]);
    let (method, path) = ("GET", "/users/user_1/a.png");
    let request = Request::new((method, path, ""), "", &headers);
    outcome(&decide(&POLICY, &KEYS, NOW, &request, |_, _, _| true))
}

/// A JSON object with one more member, whose value may be anything but JSON.
fn with(object: &str, value: &[u8]) -> Vec<u8> {
    [object.strip_suffix('}').unwrap().as_bytes(), b",\"x\":", value, b"}"].concat()
}

#[test]
fn what_is_json_is_read_and_what_is_not_is_refused() {
    let (header, claims) = (header().to_string(), claims().to_string());
    for (name, text, is_read) in TEXTS.into_iter().chain(DISPUTED) {
        assert!(!name.starts_with(if is_read { "n_" } else { "y_" }), "{name}");
        let expected = if is_read { (200, "") } else { (401, "token-invalid") };
        assert_eq!(judge(header.as_bytes(), &with(&claims, text)), expected, "{name} as a claim");
        assert_eq!(judge(&with(&header, text), claims.as_bytes()), expected, "{name} in a header");
    }
}

#[test]
fn no_such_text_is_a_whole_part() {
    let (header, claims) = (header().to_string(), claims().to_string());
    for (name, text, is_read) in TEXTS.into_iter().chain(DISPUTED) {
        let is_object = is_read && text.first() == Some(&b'{');
        let (as_claims, as_header) =
            (judge(header.as_bytes(), text), judge(text, claims.as_bytes()));
        if is_object {
            assert_eq!(as_claims, (401, "token-verification-failed"), "{name}");
            assert_eq!(as_header, (401, "token-invalid-algorithm"), "{name}");
        } else {
            assert_eq!(as_claims, (401, "token-invalid"), "{name} as claims");
            assert_eq!(as_header, (401, "token-invalid"), "{name} as a header");
        }
    }
}

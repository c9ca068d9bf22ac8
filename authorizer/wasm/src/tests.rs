//! The calls of a host, natively, so that Miri can watch the unsafe blocks:
//! `cargo +nightly miri test --package authorizer-wasm --target i686-unknown-linux-gnu`.

use crate::{ALLOW, ANSWER, BLANK_QUERY, KNOWN, MISUSED, REFUSED, VERIFY, with_state};
use crate::{begin, configure, describe, finish, layout};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

const RULES: &str = r#"{
  "issuer": "https://clerk.example.com", "authorized_parties": [], "cors_origins": [],
  "uploads": {"max_size": 1000, "content_types": ["image/png"], "create_only": true},
  "rules": [{"methods": ["GET"], "path": "/**"}]
}"#;
const HEADER: &str = r#"{"alg":"RS256","kid":"ins_1","typ":"JWT"}"#;
const CLAIMS: &str = r#"{"exp":1700000060,"iat":1700000000,"iss":"https://clerk.example.com","sid":"sess_1","sub":"user_1","v":2}"#;
const NOW: u32 = 1_700_000_001;
/// Positions in `METHODS` and `READ_HEADERS`.
const GET: usize = 0;
const AUTHORIZATION: u32 = KNOWN;

/// Writes the buffer as a host does, and tells how much that is.
fn write(parts: &[&[u8]]) -> usize {
    let bytes = parts.concat();
    with_state(|_, room| room.fill(&bytes));
    bytes.len()
}

fn write_lengths(lengths: &[u32]) -> usize {
    with_state(|_, room| room.set_lengths(lengths));
    lengths.len()
}

fn ask(path: &str, query: &str, authorization: Option<&str>) -> i32 {
    let length = |text: &str| u32::try_from(text.len()).unwrap();
    let token = authorization.unwrap_or_default();
    write(&[path.as_bytes(), query.as_bytes(), token.as_bytes()]);
    let mut lengths = vec![length(path), length(query)];
    lengths.extend(authorization.iter().flat_map(|token| [AUTHORIZATION, length(token)]));
    begin(GET, write_lengths(&lengths), NOW)
}

fn keys() -> String {
    // 2^2048 - 5: large, and without a small factor.
    let modulus = "_".repeat(340) + "-w";
    format!(r#"{{"keys":[{{"kty":"RSA","kid":"ins_1","n":"{modulus}","e":"AQAB"}}]}}"#)
}

fn token() -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let (header, claims) = (encode(HEADER.as_bytes()), encode(CLAIMS.as_bytes()));
    format!("Bearer {header}.{claims}.{}", encode(&[0; 256]))
}

fn check_misuse() {
    assert_eq!(ask("/a.png", "", None), MISUSED, "nothing to judge by");
    assert_eq!((finish(1), describe(0)), (MISUSED, MISUSED));
    for lengths in [(usize::MAX, 0), (0, usize::MAX), (usize::MAX, usize::MAX)] {
        assert_eq!(configure(lengths.0, lengths.1), MISUSED);
    }
}

fn check_configuration() {
    let rules = authorizer::compile(RULES).unwrap();
    let keys = keys();
    write(&[&rules, b"{}"]);
    assert_eq!(configure(rules.len(), 2), REFUSED);
    assert_eq!(ask("/a.png", "", None), MISUSED);
    write(&[&rules, keys.as_bytes()]);
    assert_eq!(configure(rules.len(), keys.len()), 0);
    assert_eq!(configure(rules.len(), keys.len()), MISUSED, "once");
}

fn check_requests() {
    let token = token();
    assert_eq!(ask("/a.png", "", Some(&token)), VERIFY);
    assert_eq!((describe(0), finish(0)), (MISUSED, ANSWER));
    assert_eq!(ask("/a.png", "x=y", Some(&token)), VERIFY);
    assert_eq!((finish(1), finish(1)), (ALLOW | BLANK_QUERY, MISUSED), "once");
    assert_eq!(ask("/a.png", "", Some(&token)), ALLOW, "remembered");
    assert_eq!(finish(1), MISUSED, "there is nothing to verify");
    assert_eq!(ask("/a.png", "", None), ANSWER);
    assert_eq!(describe(write(&[b"id"])), 0);
    assert_eq!(describe(usize::MAX), MISUSED);
    assert_eq!(ask("/../a.png", "", Some(&token)), ANSWER);
}

fn check_odd_lengths() {
    let forms: [&[u32]; 6] = [
        &[],
        &[1],
        &[u32::MAX, 1],
        &[1, KNOWN - 1],
        &[1, 0, KNOWN + 99, 1],
        &[1, 0, AUTHORIZATION],
    ];
    for form in forms {
        assert_eq!(begin(GET, write_lengths(form), NOW), MISUSED, "{form:?}");
    }
    assert_eq!(begin(GET, usize::MAX, NOW), MISUSED);
    assert!(begin(usize::MAX, write_lengths(&[6, 0]), NOW) == ANSWER);
}

/// One after the other, as all of them share the module's memory.
#[test]
fn a_host_can_call_what_it_likes() {
    assert!(!layout().is_null());
    check_misuse();
    check_configuration();
    check_requests();
    check_odd_lengths();
}

//! The calls of a host, natively, so that Miri can watch the unsafe blocks:
//! `cargo +nightly miri test --package authorizer-wasm --target i686-unknown-linux-gnu`.

use crate::{ALLOW, ANSWER, BLANK_QUERY, CREATE_ONLY, DELETED, KNOWN, MISUSED, REFUSED, REPLY};
use crate::{VERIFY, begin, configure, describe, finish, judge_modulus, layout, with_state};
use authorizer::{Code, Reply};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

const RULES: &str = r#"{
  "issuer": "https://clerk.example.com", "authorized_parties": [], "cors_origins": [],
  "uploads": {"max_size": 1000, "content_types": ["image/png"], "create_only": true},
  "rules": [{"methods": ["GET", "PUT"], "path": "/**"}]
}"#;
const HEADER: &str = r#"{"alg":"RS256","kid":"ins_1","typ":"JWT"}"#;
const CLAIMS: &str = r#"{"exp":1700000060,"iat":1700000000,"iss":"https://clerk.example.com","sid":"sess_1","sub":"user_1","v":2}"#;
const NOW: u32 = 1_700_000_001;
/// Positions in `METHODS` and `READ_HEADERS`.
const GET: usize = 0;
const PUT: usize = 2;
const CONTENT_LENGTH: u32 = KNOWN + 2;
const CONTENT_TYPE: u32 = KNOWN + 3;
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

/// 2^2048 - 5: large, and without a small factor.
fn modulus() -> Vec<u8> {
    [vec![0xff; 255], vec![0xfb]].concat()
}

fn refusal(code: Code) -> i32 {
    ANSWER | i32::from(Reply::Refusal(code).number()) << REPLY
}

/// Writes texts and their lengths, and tells how many there are.
fn write_texts(texts: &[&[u8]]) -> usize {
    write(texts);
    let lengths: Vec<_> = texts.iter().map(|text| u32::try_from(text.len()).unwrap()).collect();
    write_lengths(&lengths)
}

fn token() -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let (header, claims) = (encode(HEADER.as_bytes()), encode(CLAIMS.as_bytes()));
    format!("Bearer {header}.{claims}.{}", encode(&[0; 256]))
}

fn check_misuse() {
    assert_eq!(ask("/a.png", "", None), MISUSED, "nothing to judge by");
    assert_eq!((finish(1), describe()), (MISUSED, MISUSED));
    assert_eq!(configure(usize::MAX), MISUSED);
    assert_eq!(configure(0), MISUSED);
    for lengths in [[u32::MAX, 0, 0], [0, u32::MAX, 0], [0, 0, u32::MAX], [1, u32::MAX, u32::MAX]] {
        assert_ne!(configure(write_lengths(&lengths)), 0);
    }
}

fn check_moduli() {
    assert_eq!(judge_modulus(write(&[&modulus()])), 0);
    assert_eq!(judge_modulus(write(&[&modulus(), b"\0"])), REFUSED);
    assert_eq!(judge_modulus(0), REFUSED);
    assert_eq!(judge_modulus(usize::MAX), MISUSED);
}

fn check_configuration() {
    let rules = authorizer::compile(RULES).unwrap();
    let (modulus, short) = (modulus(), [0xff; 255]);
    let refused: [&[&[u8]]; 5] = [
        &[b"{}", b"ins_1", &modulus],
        &[&rules, b"ins_1", &short],
        &[&rules, b"ins 1", &modulus],
        &[&rules, b"", &modulus],
        &[&rules, b"ins_1", &[b"\0", modulus.as_slice()].concat()],
    ];
    for texts in refused {
        assert_eq!(configure(write_texts(texts)), REFUSED);
        assert_eq!(ask("/a.png", "", None), MISUSED);
    }
    assert_eq!(configure(write_texts(&[&rules, b"ins_1"])), MISUSED);
    assert_eq!(configure(write_texts(&[&rules, b"ins_1", &modulus])), 0);
    assert_eq!(configure(write_texts(&[&rules, b"ins_1", &modulus])), MISUSED, "once");
}

fn check_requests() {
    let token = token();
    assert_eq!(ask("/a.png", "", Some(&token)), VERIFY);
    let wrong = refusal(Code::TokenInvalidSignature);
    assert_eq!((describe(), finish(0), describe()), (MISUSED, wrong, 0));
    assert_eq!(ask("/a.png", "x=y", Some(&token)), VERIFY);
    assert_eq!((finish(1), finish(1)), (ALLOW | BLANK_QUERY, MISUSED), "once");
    assert_eq!(ask("/a.png", "", Some(&token)), ALLOW, "remembered");
    assert_eq!(finish(1), MISUSED, "there is nothing to verify");
    assert_eq!(ask("/a.png", "", None), refusal(Code::TokenMissing));
    assert_eq!(describe(), 0);
    assert_eq!(ask("/../a.png", "", Some(&token)), refusal(Code::PathNotCanonical));
}

fn check_uploads() {
    let token = token();
    let length = |text: &str| u32::try_from(text.len()).unwrap();
    let texts = ["/a.png", &token, "1000", "image/png", "x-other", "via"];
    write(&texts.map(str::as_bytes));
    let [path, token, size, kind, other, via] = texts.map(length);
    let (authorization, known) =
        ([AUTHORIZATION, token], [CONTENT_LENGTH, size, CONTENT_TYPE, kind]);
    let lengths = [&[path, 0][..], &authorization, &known, &[other, 0, via, 0]].concat();
    assert_eq!(begin(PUT, write_lengths(&lengths), NOW), ALLOW | CREATE_ONLY);
    let marked = with_state(|_, room| room.lengths(lengths.len()));
    let deleted =
        [path, 0, DELETED, token, CONTENT_LENGTH, size, CONTENT_TYPE, kind, DELETED, 0, via, 0];
    assert_eq!(marked, deleted);
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
    let other = begin(usize::MAX, write_lengths(&[6, 0]), NOW);
    assert_eq!(other, refusal(Code::MethodNotAllowed));
}

/// One after the other, as all of them share the module's memory.
#[test]
fn a_host_can_call_what_it_likes() {
    assert!(!layout().is_null());
    check_misuse();
    check_moduli();
    check_configuration();
    check_requests();
    check_uploads();
    check_odd_lengths();
}

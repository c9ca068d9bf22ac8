//! A deployment to judge by, in which every signature is good: claims alone decide.

use authorizer::{Decision, Header, Keys, Policy, Request, compile, decide};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::sync::LazyLock;

const RULES: &str = r#"{
  "issuer": "https://clerk.example.com",
  "authorized_parties": ["https://app.example.com"],
  "cors_origins": ["https://app.example.com"],
  "uploads": {"max_size": 1000, "content_types": ["image/png"], "create_only": true},
  "rules": [
    {"methods": ["PUT"], "path": "/users/{sub}/**"},
    {"methods": ["GET"], "path": "/plans/**", "require": {"meta.plan": "gold"}},
    {"methods": ["GET", "HEAD"], "path": "/users/{sub}/*"}
  ]
}"#;
static POLICY: LazyLock<Policy<'static>> =
    LazyLock::new(|| Policy::load(compile(RULES).expect("a policy").leak()).expect("a policy"));
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    // 2^2048 - 5: large, and without a small factor.
    let modulus = "_".repeat(340) + "-w";
    let key = format!(r#"{{"kty":"RSA","kid":"ins_1","n":"{modulus}","e":"AQAB"}}"#);
    Keys::parse(&format!(r#"{{"keys":[{key}]}}"#)).expect("a key")
});

/// A second after the token below was issued.
pub const NOW: u64 = 1_700_000_001;
const HEADER: &str = r#"{"alg":"RS256","cat":"cl_B7d4PD111AAA","kid":"ins_1","typ":"JWT"}"#;
const CLAIMS: &str = r#"{"azp":"https://app.example.com","exp":1700000060,"iat":1700000000,"iss":"https://clerk.example.com","meta":{"plan":"gold"},"sid":"sess_1","sub":"user_1","v":2}"#;
pub static GOOD: LazyLock<String> =
    LazyLock::new(|| authorization(HEADER.as_bytes(), CLAIMS.as_bytes()));

/// A bearer token with a signature of the right length that is smaller than the modulus.
pub fn authorization(header: &[u8], claims: &[u8]) -> String {
    let encode = |bytes| URL_SAFE_NO_PAD.encode(bytes);
    format!("Bearer {}.{}.{}", encode(header), encode(claims), URL_SAFE_NO_PAD.encode([0; 256]))
}

/// Rules as the edge reads them, with a checksum that is right.
pub fn with_checksum(compiled: &[u8]) -> Vec<u8> {
    // The number of the form is a part of the checksum, and nobody's business here.
    static SEED: LazyLock<u64> = LazyLock::new(|| {
        let good = compile(RULES).expect("a policy");
        let is_right = |seed: &u64| good.starts_with(&sum(*seed, &good[8..]).to_le_bytes());
        (0..1000).map(|version| 0xcbf2_9ce4_8422_2325 ^ version).find(is_right).expect("FNV-1a")
    });
    [&sum(*SEED, compiled).to_le_bytes(), compiled].concat()
}

fn sum(seed: u64, bytes: &[u8]) -> u64 {
    let add = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(seed, add)
}

/// Whether the request is passed on; a refusal is small and can be turned into JSON.
pub fn judge(now: u64, line: [&str; 4], headers: &[(&str, &str)]) -> bool {
    judge_by(&POLICY, now, line, headers)
}

/// As [`judge`] does, by other rules.
pub fn judge_by(
    policy: &Policy,
    now: u64,
    [method, path, query, id]: [&str; 4],
    headers: &[(&str, &str)],
) -> bool {
    let headers: Vec<_> = headers.iter().map(|(name, value)| Header::new(name, value)).collect();
    let request = Request::new((method, path, query), id, &headers);
    match decide(policy, &KEYS, now, &request, |_, _, _| true) {
        Decision::Allow(_) => true,
        Decision::Answer(answer) => {
            assert!(answer.body().len() < 1024 && !answer.to_json().is_empty());
            false
        }
    }
}

#[test]
fn a_good_token_is_let_in() {
    let line = ["GET", "/users/user_1/a.png", "", ""];
    assert!(judge(NOW, line, &[("authorization", &GOOD)]));
}

//! A key, tokens signed with it, and requests to present them in.

use std::fmt;
use std::sync::LazyLock;

use authorizer::{Decision, Header, Key, Keys, Policy, Request, compile, decide};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeySize, PublicKey};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(crate) const NOW: u64 = 1_700_000_000;
pub(crate) const ID: &str = "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==";

pub(crate) const RULES: &str = r#"{
  "issuer": "https://clerk.example.com",
  "authorized_parties": ["https://app.example.com", "https://www.example.com"],
  "allow_missing_azp": false,
  "leeway_seconds": 5,
  "max_lifetime_seconds": 300,
  "cors_origins": ["https://app.example.com", "http://localhost:8081"],
  "uploads": {"max_size": 10485760, "content_types": ["image/jpeg", "image/png"], "create_only": true},
  "rules": [
    {"methods": ["PUT"], "path": "/users/{sub}/**"},
    {"methods": ["PUT"], "path": "/orgs/{org_id}/*", "require": {"org_role": ["admin", "editor"]}},
    {"methods": ["GET", "HEAD"], "path": "/users/{sub}/**"},
    {"methods": ["GET"], "path": "/orgs/{org_slug}/**"},
    {"methods": ["GET"], "path": "/plans/**", "require": {"meta.plan": "gold"}},
    {"methods": ["HEAD"], "path": "/probe"}
  ]
}"#;

pub(crate) static KEY: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
pub(crate) static POLICY: LazyLock<Policy<'static>> = LazyLock::new(|| compiled(RULES));
pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::parse(&jwks(&[jwk()])).unwrap());

/// As the edge gets it.
pub(crate) fn compiled(rules: &str) -> Policy<'static> {
    Policy::load(compile(rules).unwrap().leak()).unwrap()
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The modulus inside the DER of an RSA-2048 public key (RFC 8017, appendix A.1.1).
pub(crate) fn modulus() -> Vec<u8> {
    let der: &PublicKey = KEY.public_key();
    der.as_ref()[9..265].to_vec()
}

pub(crate) static CURVE_KEY: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

/// Both coordinates, behind the byte that says so (SEC 1 §2.3.3).
pub(crate) fn point() -> Vec<u8> {
    CURVE_KEY.public_key().as_ref()[1..].to_vec()
}

pub(crate) fn curve_jwk() -> Json {
    let point = point();
    let (x, y) = point.split_at(32);
    Json::new(&[("kty", r#""EC""#), ("crv", r#""P-256""#), ("kid", r#""ec_1""#)])
        .with("x", format!("\"{}\"", encode(x)))
        .with("y", format!("\"{}\"", encode(y)))
}

/// The members of a JSON object, each value as JSON.
#[derive(Clone)]
pub(crate) struct Json(Vec<(String, String)>);

impl Json {
    pub(crate) fn new(members: &[(&str, &str)]) -> Self {
        Json(members.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
    }

    pub(crate) fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value.to_string(),
            None => self.0.push((name.into(), value.to_string())),
        }
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }
}

impl fmt::Display for Json {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<String> =
            self.0.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        write!(out, "{{{}}}", members.join(","))
    }
}

pub(crate) fn jwk() -> Json {
    let n = format!("\"{}\"", encode(modulus()));
    let members = [
        ("use", r#""sig""#),
        ("kty", r#""RSA""#),
        ("kid", r#""ins_1""#),
        ("alg", r#""RS256""#),
        ("e", r#""AQAB""#),
    ];
    Json::new(&members).with("n", n)
}

pub(crate) fn jwks(keys: &[Json]) -> String {
    let keys: Vec<String> = keys.iter().map(Json::to_string).collect();
    format!("{{\"keys\":[{}]}}", keys.join(","))
}

pub(crate) fn header() -> Json {
    Json::new(&[
        ("alg", r#""RS256""#),
        ("cat", r#""cl_B7d4PD111AAA""#),
        ("kid", r#""ins_1""#),
        ("typ", r#""JWT""#),
    ])
}

/// A session token of version 2 as Clerk issues it: 60 seconds, begun ten seconds early.
pub(crate) fn claims() -> Json {
    Json::new(&[
        ("azp", r#""https://app.example.com""#),
        ("exp", "1700000060"),
        ("iat", "1700000000"),
        ("iss", r#""https://clerk.example.com""#),
        ("nbf", "1699999990"),
        ("sid", r#""sess_1""#),
        ("sts", r#""active""#),
        ("sub", r#""user_1""#),
        ("v", "2"),
    ])
}

pub(crate) fn sign(header: impl fmt::Display, claims: impl fmt::Display) -> String {
    let input = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature).unwrap();
    format!("{input}.{}", encode(signature))
}

pub(crate) fn token() -> String {
    sign(header(), claims())
}

pub(crate) fn verify(key: &Key, message: &[u8], signature: &[u8]) -> bool {
    if key.algorithm() == "ES256" {
        assert_eq!(key.material(), point());
        let point = [&[4], key.material()].concat();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        return key.verify(message, signature).is_ok();
    }
    assert_eq!(key.material(), modulus());
    let der = AsDer::as_der(KEY.public_key()).unwrap();
    let der: &[u8] = der.as_ref();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).verify(message, signature).is_ok()
}

/// Judges a request; every header is a name and a value.
pub(crate) fn judge_by<'a>(
    policy: &Policy<'a>,
    target: (&str, &'a str, &'a str),
    headers: &'a [Header<'a>],
) -> Decision<'a> {
    let request = Request::new(target, ID, headers);
    decide(policy, &KEYS, NOW, &request, verify)
}

/// `200` for an allowed request, else the status and the code.
pub(crate) fn outcome(decision: &Decision) -> (u16, &'static str) {
    match decision {
        Decision::Allow(_) => (200, ""),
        Decision::Answer(answer) => (answer.status, answer.code.map_or("", authorizer::Code::name)),
    }
}

pub(crate) fn pairs<'a>(headers: &[(&'a str, &'a str)]) -> Vec<Header<'a>> {
    headers.iter().map(|(name, value)| Header::new(name, value)).collect()
}

/// The outcome of reading an object of one's own with this `Authorization`.
pub(crate) fn read_with(authorization: &str) -> (u16, &'static str) {
    let headers = pairs(&[("authorization", authorization)]);
    outcome(&judge_by(&POLICY, ("GET", "/users/user_1/a.png", ""), &headers))
}

pub(crate) fn present(token: &str) -> (u16, &'static str) {
    read_with(&format!("Bearer {token}"))
}

//! The threats of `proof/threats.json`, and of `proof/issuers.json` for issuers besides Clerk: the same
//! tables that the packaged handler is judged by.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::support::{self, CURVE_KEY, ID, KEY, compiled, curve_jwk, encode, jwk, jwks};
use authorizer::{Answer, Decision, Header, Keys, Policy, Request, decide};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Map, Value, from_str, json};

/// Keys that nobody has deployed.
static OTHER: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
static OTHER_CURVE_KEY: LazyLock<EcdsaKeyPair> =
    LazyLock::new(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap());

/// Refusals that the same request with a fresh token, or a moment later, may not meet.
const RETRIED: [&str; 3] = ["token-expired", "token-not-active-yet", "token-iat-in-the-future"];

#[test]
fn threats_are_answered_as_the_table_says() {
    let table = from_str(include_str!("../../proof/threats.json")).unwrap();
    let judged = Table::new(table).judge_all();
    assert!(judged > 250, "only {judged} cases");
}

#[test]
fn tokens_of_other_issuers_are_answered_as_their_tables_say() {
    let tables: Value = from_str(include_str!("../../proof/issuers.json")).unwrap();
    let judged = list(&tables).iter().map(|table| Table::new(table.clone()).judge_all());
    assert!(judged.min().unwrap() > 10);
}

/// A policy, a good token, and what becomes of others.
struct Table {
    json: Value,
    policy: Policy<'static>,
    keys: Keys,
}

impl Table {
    fn new(json: Value) -> Self {
        let policy = compiled(&json["policy"].to_string());
        let key = if is_of_curve(&json) { curve_jwk() } else { jwk() };
        let key = key.with("kid", &json["header"]["kid"]);
        Table { policy, keys: Keys::parse(&jwks(&[key])).unwrap(), json }
    }

    fn judge_all(&self) -> usize {
        let mut answers: HashMap<String, String> = HashMap::new();
        let mut judged = 0;
        for threat in list(&self.json["threats"]) {
            let cases = list(&threat["cases"]);
            assert!(!cases.is_empty() || threat["elsewhere"].is_string(), "{threat}");
            for case in cases {
                let sent = Sent::new(&self.json, case);
                if let Some(answer) = self.judge(case, &sent) {
                    // Nothing of what was sent is in it: it is the same for whoever is refused for this.
                    let same = answers.entry(sent.expected_answer(case)).or_insert(answer.clone());
                    assert_eq!(*same, answer, "{case}");
                }
                judged += 1;
            }
        }
        judged
    }
}

fn is_of_curve(table: &Value) -> bool {
    table["header"]["alg"] == "ES256"
}

/// What goes over the wire.
struct Sent {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
}

impl Sent {
    fn new(table: &Value, case: &Value) -> Self {
        let text = |name: &str, good: &str| expand(case[name].as_str().unwrap_or(good));
        let method = text("method", "GET");
        Sent {
            path: text("path", table["path"].as_str().unwrap_or("/users/user_1/a.png")),
            query: text("query", ""),
            headers: headers(table, case, method == "PUT"),
            method,
        }
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    /// What is answered and, as the challenge depends on it, whether credentials came.
    fn expected_answer(&self, case: &Value) -> String {
        format!("{} {}", case["answer"], self.has("authorization"))
    }
}

impl Table {
    /// Judges one case; the answer if there is one.
    fn judge(&self, case: &Value, sent: &Sent) -> Option<String> {
        let headers: Vec<Header> =
            sent.headers.iter().map(|(name, value)| Header::new(name, value)).collect();
        let (method, path, query) = (&*sent.method, &*sent.path, &*sent.query);
        let request = Request::new((method, path, query), ID, &headers);
        let verified = Cell::new(false);
        let now = self.json["now"].as_u64().unwrap();
        let decision =
            decide(&self.policy, &self.keys, now, &request, |key, message, signature| {
                verified.set(true);
                support::verify(key, message, signature)
            });
        let (status, code) = support::outcome(&decision);
        assert_eq!(format!("{status} {code}").trim_end(), case["answer"], "{case}");
        // RSA is for tokens that are good in every other way.
        let worth = matches!(status, 200 | 403) || code == "token-invalid-signature";
        assert!(!verified.get() || worth, "{case}");
        match decision {
            Decision::Allow(edits) => {
                assert_eq!(edits.blank_query, !query.is_empty(), "{case}");
                assert_eq!(edits.create_only, method == "PUT", "{case}");
                let deleted: Vec<_> = request.deletions().collect();
                for name in
                    list(&case["deleted"]).iter().map(text).chain(["authorization", "cookie"])
                {
                    assert!(deleted.contains(&name.as_bytes()), "{name} in {case}");
                }
                None
            }
            Decision::Answer(answer) => {
                check(case, sent, &answer, code);
                Some(answer.to_json())
            }
        }
    }
}

/// RFC 6750 §3, RFC 9111 §5.2.2.5, and what the client is told.
fn check(case: &Value, sent: &Sent, answer: &Answer, code: &str) {
    let headers: HashMap<_, _> = answer.headers().into_iter().collect();
    let credentials = sent.has("authorization");
    let error = match (answer.status, code) {
        (401, "token-missing") => Some(""),
        (401, _) => Some(r#", error="invalid_token""#),
        (400, "invalid_request" | "token-too-large") if credentials => {
            Some(r#", error="invalid_request""#)
        }
        (403, "insufficient_scope" | "session-pending") => Some(r#", error="insufficient_scope""#),
        _ => None,
    };
    let challenge = error.map(|error| format!("Bearer realm=\"edgegate\"{error}"));
    assert_eq!(headers.get("www-authenticate").copied(), challenge.as_deref(), "{case}");
    let allow = (answer.status == 405).then_some("GET, HEAD, PUT");
    assert_eq!(headers.get("allow").copied(), allow, "{case}");
    assert_eq!(headers["cache-control"], "no-store", "{case}");
    assert_eq!(headers["content-type"], "application/json", "{case}");
    assert_eq!(headers["x-content-type-options"], "nosniff", "{case}");
    let body = answer.body();
    assert!(body.len() <= 1024, "{case}");
    let mut body: Map<String, Value> = from_str(&body).unwrap();
    assert_eq!(body.remove("error"), Some(json!(code)), "{case}");
    assert_eq!(body.remove("request_id"), Some(json!(ID)), "{case}");
    assert_eq!(
        body.remove("retry"),
        RETRIED.contains(&code).then_some(Value::Bool(true)),
        "{case}"
    );
    assert!(body.remove("message").is_some_and(|message| message.is_string()), "{case}");
    assert!(body.is_empty(), "{body:?}");
}

/// The good request's headers with the case's changes.
fn headers(table: &Value, case: &Value, uploads: bool) -> Vec<(String, String)> {
    let mut headers = Map::new();
    headers.insert("authorization".into(), json!("Bearer TOKEN"));
    if uploads {
        headers.insert("content-type".into(), json!("image/png"));
        headers.insert("content-length".into(), json!("1000"));
    }
    headers.extend(case["headers"].as_object().cloned().unwrap_or_default());
    let token = token(table, case);
    let mut lines = Vec::new();
    for (name, value) in headers {
        let values =
            if value.is_null() { vec![] } else { value.as_array().cloned().unwrap_or(vec![value]) };
        lines.extend(values.iter().map(|it| (name.clone(), text(it).replace("TOKEN", &token))));
    }
    lines
}

fn token(table: &Value, case: &Value) -> String {
    let head = encode(part(table, case, "header"));
    let body = encode(part(table, case, "claims"));
    let input = format!("{head}.{body}");
    let signature = sign(table, case, input.as_bytes());
    expand(case["token"].as_str().unwrap_or("HEAD.BODY.SIGNATURE"))
        .replace("HEAD", &head)
        .replace("BODY", &body)
        .replace("SIGNATURE", &encode(signature))
        .replace("MODULUS", &encode(support::modulus()))
}

fn sign(table: &Value, case: &Value, input: &[u8]) -> Vec<u8> {
    let (random, attacks) = (SystemRandom::new(), case["attacker"] == true);
    if is_of_curve(table) {
        let key = if attacks { &OTHER_CURVE_KEY } else { &CURVE_KEY };
        return key.sign(&random, input).unwrap().as_ref().to_vec();
    }
    let key = if attacks { &OTHER } else { &KEY };
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &random, input, &mut signature).unwrap();
    signature
}

/// The bytes of the token's header or claims.
fn part(table: &Value, case: &Value, name: &str) -> Vec<u8> {
    let mut members = table[name].as_object().unwrap().clone();
    for (name, value) in case[name].as_object().into_iter().flatten() {
        match value {
            Value::Null => members.remove(name),
            value => members.insert(name.clone(), value.clone()),
        };
    }
    let members: Vec<_> =
        members.iter().map(|(name, value)| format!("{}:{}", json!(name), raw(value))).collect();
    let form = case[format!("{name}_text")].as_str().unwrap_or("{MEMBERS}");
    let whole = expand(&form.replace("MEMBERS", &members.join(",")));
    whole.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect()
}

fn raw(value: &Value) -> String {
    value["raw"].as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Writes out each `<a*5>`.
fn expand(text: &str) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, repeated)) = rest.split_once('<') {
        let (repeated, after) = repeated.split_once('>').unwrap();
        let (what, count) = repeated.split_once('*').unwrap();
        written.push_str(before);
        written.push_str(&what.repeat(count.parse().unwrap()));
        rest = after;
    }
    written + rest
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

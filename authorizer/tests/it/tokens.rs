//! Attacks on the token: one row each.

use crate::support::{
    self, KEYS, NOW, POLICY, claims, encode, header, present, read_with, sign, token,
};

use authorizer::{Request, decide};

const ALLOWED: (u16, &str) = (200, "");
const INVALID: (u16, &str) = (401, "token-invalid");
const ALGORITHM: (u16, &str) = (401, "token-invalid-algorithm");
const TYPE: (u16, &str) = (401, "token-type-mismatch");
const KID: (u16, &str) = (401, "jwk-kid-mismatch");
const SIGNATURE: (u16, &str) = (401, "token-invalid-signature");
const CLAIM: (u16, &str) = (401, "token-verification-failed");
const EXPIRED: (u16, &str) = (401, "token-expired");
const INACTIVE: (u16, &str) = (401, "token-not-active-yet");
const FUTURE: (u16, &str) = (401, "token-iat-in-the-future");
const LIFETIME: (u16, &str) = (401, "token-lifetime");
const ISSUER: (u16, &str) = (401, "token-invalid-issuer");
const PARTY: (u16, &str) = (401, "token-invalid-authorized-parties");
const PENDING: (u16, &str) = (403, "session-pending");
const REQUEST: (u16, &str) = (400, "invalid_request");
const MISSING: (u16, &str) = (401, "token-missing");

#[test]
fn the_authorization_header() {
    let token = token();
    let table = [
        (format!("Bearer {token}"), ALLOWED),
        (format!("bearer {token}"), ALLOWED),
        (format!("BEARER {token}"), ALLOWED),
        (format!("Bearer  {token}"), REQUEST),
        (format!("Bearer\t{token}"), REQUEST),
        (format!(" Bearer {token}"), REQUEST),
        (format!("Bearer {token} "), REQUEST),
        (format!("Bearer {token}, Bearer {token}"), REQUEST),
        (format!("Bearer {token},{token}"), REQUEST),
        (token.clone(), REQUEST),
        (String::new(), REQUEST),
        ("Bearer".into(), REQUEST),
        ("Bearer ".into(), REQUEST),
        ("Basic dXNlcjpwYXNz".into(), MISSING),
        (format!("Basic, Bearer {token}"), MISSING),
        (format!("Bearer {}", "a".repeat(8191)), INVALID),
        (format!("Bearer {}", "a".repeat(8192)), INVALID),
        (format!("Bearer {}", "a".repeat(8193)), (400, "token-too-large")),
    ];
    for (value, expected) in table {
        assert_eq!(read_with(&value), expected, "{value}");
    }
}

#[test]
fn the_form() {
    let token = token();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (head, body) = input.split_once('.').unwrap();
    let latin = encode(b"{\"alg\":\"RS256\",\"kid\":\"ins_1\",\"x\":\"\xe9\"}");
    let table = [
        (head.to_owned(), INVALID),
        (input.to_owned(), INVALID),
        (format!("{token}.{signature}"), INVALID),
        (format!(".{token}"), INVALID),
        (format!("{token}."), INVALID),
        (format!(".{body}.{signature}"), INVALID),
        (format!("{head}..{signature}"), INVALID),
        (format!("{head}.{body}."), INVALID),
        ("..".into(), INVALID),
        (format!("{{\"payload\":\"{body}\"}}"), INVALID),
        (format!("{token}="), INVALID),
        (format!("{token}=="), INVALID),
        (format!("{head}.{body}=.{signature}"), INVALID),
        (format!("{token}\0"), INVALID),
        (format!("{token}\n"), INVALID),
        (format!("{head}.{body}.+/{}", &signature[2..]), INVALID),
        (format!("{head}.{body}é.{signature}"), INVALID),
        (format!("{head}.{body}.{}", encode([0; 255])), SIGNATURE),
        (format!("{head}.{body}.{}", encode([0; 257])), SIGNATURE),
        (format!("{head}.{body}.{}", encode([0; 256])), SIGNATURE),
        (format!("{head}.{body}.{}", encode([0xff; 256])), SIGNATURE),
        (format!("{head}.{body}.{}", encode(support::modulus())), SIGNATURE),
        (format!("{latin}.{body}.{signature}"), INVALID),
    ];
    for (text, expected) in table {
        assert_eq!(present(&text), expected, "{text}");
    }
}

#[test]
fn the_header() {
    let long = format!("\"{}\"", "a".repeat(5000));
    let unsigned = |alg: &str| {
        format!(
            "{}.{}.",
            encode(header().with("alg", alg).to_string()),
            encode(claims().to_string())
        )
    };
    assert_eq!(present(&unsigned("\"none\"")), ALGORITHM);
    assert_eq!(present(&unsigned("\"NONE\"")), ALGORITHM);
    assert_eq!(present(&unsigned("\"nOnE\"")), ALGORITHM);
    let table = [
        (header(), ALLOWED),
        (header().without("typ").without("cat"), ALLOWED),
        (header().with("cat", "\"cl_I7d4PD111III\""), ALLOWED),
        (header().with("oiat", 1).with("anything", "[{}]"), ALLOWED),
        (
            header().with("jwk", "{}").with("jku", "\"https://evil.example\"").with("x5c", "[]"),
            ALLOWED,
        ),
        (header().without("alg"), ALGORITHM),
        (header().with("alg", "null"), ALGORITHM),
        (header().with("alg", "[\"RS256\"]"), ALGORITHM),
        (header().with("alg", "\"rs256\""), ALGORITHM),
        (header().with("alg", "\"HS256\""), ALGORITHM),
        (header().with("alg", "\"RS384\""), ALGORITHM),
        (header().with("alg", "\"RS512\""), ALGORITHM),
        (header().with("alg", "\"PS256\""), ALGORITHM),
        (header().with("alg", "\"ES256\""), ALGORITHM),
        (header().with("crit", "[]"), INVALID),
        (header().with("crit", "[\"exp\"]"), INVALID),
        (header().with("crit", "null"), INVALID),
        (header().with("b64", "true"), INVALID),
        (header().with("b64", "false"), INVALID),
        (header().with("typ", "\"at+jwt\""), TYPE),
        (header().with("typ", "\"application/at+jwt\""), TYPE),
        (header().with("typ", "\"jwt\""), TYPE),
        (header().with("typ", "null"), TYPE),
        (header().with("cat", "\"cl_B7d4PD222AAA\""), TYPE),
        (header().with("cat", "\"cl_B7d4PD333AAA\""), TYPE),
        (header().with("cat", "\"\""), TYPE),
        (header().with("cat", "7"), TYPE),
        (header().without("kid"), KID),
        (header().with("kid", "\"ins_2\""), KID),
        (header().with("kid", "\"\""), KID),
        (header().with("kid", "null"), KID),
        (header().with("kid", "[\"ins_1\"]"), KID),
        (header().with("kid", "\"../../dev/null\""), KID),
        (header().with("kid", "\"' OR 1=1 --\""), KID),
        (header().with("kid", long), KID),
    ];
    for (header, expected) in table {
        assert_eq!(present(&sign(&header, claims())), expected, "{header}");
    }
    for text in
        ["[]", "null", "\"x\"", "", "{", "{}x", "\u{feff}{}", r#"{"alg":"RS256","alg":"RS256"}"#]
    {
        assert_eq!(present(&sign(text, claims())), INVALID, "{text}");
    }
}

#[test]
fn the_claims() {
    let table = [
        (claims(), ALLOWED),
        (claims().without("sts").without("nbf").without("v"), ALLOWED),
        (claims().with("azp", "\"https://www.example.com\""), ALLOWED),
        (claims().with("aud", "\"anything\"").with("extra", "{\"a\":[1,null]}"), ALLOWED),
        (claims().without("sub"), CLAIM),
        (claims().with("sub", "\"\""), CLAIM),
        (claims().with("sub", "1"), CLAIM),
        (claims().with("sub", "\"mch_1\""), TYPE),
        (claims().without("sid"), TYPE),
        (claims().with("sid", "\"\""), TYPE),
        (claims().with("sid", "null"), TYPE),
        (claims().with("sts", "\"pending\""), PENDING),
        (claims().with("sts", "\"other\""), PENDING),
        (claims().with("sts", "null"), PENDING),
        (claims().without("iss"), ISSUER),
        (claims().with("iss", "\"https://clerk.example.com/\""), ISSUER),
        (claims().with("iss", "\"https://Clerk.example.com\""), ISSUER),
        (claims().with("iss", "\"https://clerk.example.org\""), ISSUER),
        (claims().with("iss", "[\"https://clerk.example.com\"]"), ISSUER),
        (claims().without("azp"), PARTY),
        (claims().with("azp", "\"\""), PARTY),
        (claims().with("azp", "null"), PARTY),
        (claims().with("azp", "\"https://app.example.com.evil.example\""), PARTY),
        (claims().with("azp", "\"https://app.example\""), PARTY),
        (claims().with("azp", "[\"https://app.example.com\"]"), PARTY),
    ];
    for (claims, expected) in table {
        assert_eq!(present(&sign(header(), &claims)), expected, "{claims}");
    }
}

#[test]
fn the_form_of_the_claims() {
    let repeated = |extra: &str| claims().to_string().replace('}', extra);
    let deep = format!("{}{}", "[".repeat(1500), "]".repeat(1500));
    let table = [
        repeated(",\"exp\":1900000000}"),
        repeated(",\"sub\":\"user_2\"}"),
        repeated(",\"s\\u0075b\":\"user_2\"}"),
        repeated(",\"o\":{\"id\":1,\"id\":2}}"),
        repeated(",\"x\":NaN}"),
        repeated(",\"x\":\"\\ud800\"}"),
        repeated(",\"x\":01}"),
        repeated("} "),
        repeated("}x"),
        repeated(",}"),
        claims().with("x", deep).to_string(),
        format!("\u{feff}{}", claims()),
        format!("[{}]", claims()),
        "null".into(),
    ];
    for text in table {
        let expected = if text.ends_with("} ") { ALLOWED } else { INVALID };
        assert_eq!(present(&sign(header(), &text)), expected, "{text}");
    }
}

#[test]
fn dates() {
    let at = |name: &str, value: &str| claims().with(name, value);
    let table = [
        // Leeway: five seconds, at both edges.
        (at("exp", "1699999996").with("iat", NOW - 60), ALLOWED),
        (at("exp", "1699999995").with("iat", NOW - 60), EXPIRED),
        (at("exp", "1699999994").with("iat", NOW - 60), EXPIRED),
        (at("exp", "1699999995.9").with("iat", NOW - 60), EXPIRED),
        (at("exp", "1699999996.1").with("iat", NOW - 60), ALLOWED),
        (at("nbf", "1700000005"), ALLOWED),
        (at("nbf", "1700000006"), INACTIVE),
        (at("iat", "1700000005"), ALLOWED),
        (at("iat", "1700000006"), FUTURE),
        // Lifetime: 300 seconds.
        (at("exp", "1700000300"), ALLOWED),
        (at("exp", "1700000301"), LIFETIME),
        (at("exp", "253402300799"), LIFETIME),
        (at("exp", "1699999998").with("iat", NOW), CLAIM),
        // Spelling.
        (at("exp", "1.70000006e9"), ALLOWED),
        (at("exp", "0"), EXPIRED),
        (at("exp", "253402300800"), CLAIM),
        (at("exp", "9223372036854775808"), CLAIM),
        (at("exp", "18446744073709551616"), CLAIM),
        (at("exp", "1e300"), CLAIM),
        (at("exp", "1e400"), CLAIM),
        (at("exp", "-1"), CLAIM),
        (at("exp", "-0"), CLAIM),
        (at("exp", "null"), CLAIM),
        (at("exp", "true"), CLAIM),
        (at("exp", "\"1700000060\""), CLAIM),
        (at("exp", "[1700000060]"), CLAIM),
        (claims().without("exp"), CLAIM),
        (claims().without("iat"), CLAIM),
        (at("iat", "\"1700000000\""), CLAIM),
        (at("nbf", "\"1\""), CLAIM),
        (at("nbf", "null"), CLAIM),
        (at("nbf", "1e300"), CLAIM),
    ];
    for (claims, expected) in table {
        assert_eq!(present(&sign(header(), &claims)), expected, "{claims}");
    }
}

#[test]
fn claims_are_judged_before_the_signature() {
    let token = sign(header(), claims().with("exp", 1));
    let authorization = format!("Bearer {token}");
    let headers = support::pairs(&[("authorization", &authorization)]);
    let request = Request::new(("GET", "/a", ""), "", &headers);
    let decision = decide(&POLICY, &KEYS, NOW, &request, |_, _, _| panic!("no RSA for this"));
    assert_eq!(support::outcome(&decision), EXPIRED);
}

#[test]
fn any_other_byte_is_another_token() {
    let token = token();
    for position in 0..token.len() {
        for replacement in *b"A.=-_ \0" {
            let mut bytes = token.clone().into_bytes();
            if std::mem::replace(&mut bytes[position], replacement) != replacement {
                let changed = String::from_utf8(bytes).unwrap();
                assert_ne!(present(&changed).0, 200, "byte {position}: {changed}");
            }
        }
    }
}

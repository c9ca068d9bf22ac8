//! What is particular to issuers besides Clerk: their keys, and policies for them. What becomes of their
//! tokens is in `proof/issuers.json`.

use crate::support::{curve_jwk, encode, jwk, jwks, modulus, point};
use authorizer::{Keys, compile};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use insta::assert_snapshot;

#[test]
fn keys_of_a_curve_are_accepted() {
    let keys = Keys::parse(&jwks(&[jwk(), curve_jwk().with("alg", "\"ES256\"")])).unwrap();
    let shown: Vec<_> = keys.iter().map(|key| (key.algorithm(), key.kid(), key.bits())).collect();
    assert_eq!(shown, [("RS256", "ins_1", 2048), ("ES256", "ec_1", 256)]);
    assert_eq!(keys.iter().last().unwrap().material(), point());
}

#[test]
fn keys_of_a_curve_say_what_is_wrong() {
    let text = |bytes: &[u8]| format!("\"{}\"", encode(bytes));
    let point = point();
    let (x, y) = point.split_at(32);
    let mut off = y.to_vec();
    off[31] ^= 1;
    let keys = [
        curve_jwk().with("alg", "\"RS256\""),
        curve_jwk().with("alg", "\"ES384\""),
        curve_jwk().with("crv", "\"P-384\""),
        curve_jwk().with("crv", "\"secp256k1\""),
        curve_jwk().without("crv"),
        curve_jwk().without("y"),
        curve_jwk().with("x", text(&x[1..])),
        curve_jwk().with("x", text(&[&[0], x].concat())),
        curve_jwk().with("x", format!("\"{}=\"", encode(x))),
        curve_jwk().with("y", text(&off)),
        curve_jwk().with("x", text(y)).with("y", text(x)),
        curve_jwk().with("x", text(&[0; 32])).with("y", text(&[0; 32])),
        curve_jwk().with("x", text(&[0xff; 32])),
        curve_jwk().with("d", "\"AA\""),
        curve_jwk().with("use", "\"enc\""),
        // As long as a point is.
        jwk().with("n", text(&modulus()[..64])),
    ];
    let shown: Vec<_> =
        keys.iter().map(|key| Keys::parse(&jwks(std::slice::from_ref(key))).unwrap_err()).collect();
    let shown: Vec<_> = shown.iter().map(ToString::to_string).collect();
    assert_snapshot!(shown.join("\n"), @r#"
    key "ec_1": `alg` has to be RS256, or ES256 where `kty` is EC
    key "ec_1": `alg` has to be RS256, or ES256 where `kty` is EC
    key "ec_1": `crv` has to be P-256
    key "ec_1": `crv` has to be P-256
    key "ec_1": `crv` is missing
    key "ec_1": `y` is missing
    key "ec_1": `x` has to be 32 bytes in canonical base64url
    key "ec_1": `x` has to be 32 bytes in canonical base64url
    key "ec_1": `x` has to be 32 bytes in canonical base64url
    key "ec_1": `x` and `y` are no point on P-256: no signature could be good
    key "ec_1": `x` and `y` are no point on P-256: no signature could be good
    key "ec_1": `x` and `y` are no point on P-256: no signature could be good
    key "ec_1": `x` and `y` are no point on P-256: no signature could be good
    key "ec_1": `d` is part of a PRIVATE key; remove it everywhere and replace the key
    key "ec_1": `use` has to be sig
    key "ins_1": the modulus has 512 bits; it needs 2048 to 4096
    "#);
}

/// Points of other people's making are on the curve, and none beside them is.
#[test]
fn points_are_looked_for_on_the_curve() {
    for _ in 0..50 {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = key.public_key().as_ref()[1..].to_vec();
        let jwk = |point: &[u8]| {
            let (x, y) = point.split_at(32);
            let (x, y) = (format!("\"{}\"", encode(x)), format!("\"{}\"", encode(y)));
            jwks(&[curve_jwk().with("x", x).with("y", y)])
        };
        assert!(Keys::parse(&jwk(&point)).is_ok());
        let mut beside = point.clone();
        let at = usize::from(point[5]) % 64;
        beside[at] ^= 1 << (point[6] % 8);
        assert!(Keys::parse(&jwk(&beside)).is_err(), "{beside:?}");
    }
}

#[test]
fn issuers_besides_clerk_say_what_is_wrong() {
    let rules = |members: &str, rule: &str| {
        format!(
            r#"{{"issuer":"https://c.example.com/","provider":"oidc","authorized_parties":[],
                {members}"rules":[{{"methods":["GET"],"path":"/a"{rule}}}]}}"#
        )
    };
    assert_eq!(compile(&rules(r#""audiences":["a"],"#, "")).map(drop), Ok(()));
    let wrong = [
        rules("", ""),
        rules(r#""audiences":[],"require":{},"#, ""),
        rules(r#""audiences":[""],"#, ""),
        rules(r#""audiences":"a","#, ""),
        rules(r#""audiences":["a"],"algorithms":[],"#, ""),
        rules(r#""audiences":["a"],"algorithms":["HS256"],"#, ""),
        rules(r#""audiences":["a"],"algorithms":["ES256","none"],"#, ""),
        rules(r#""audiences":["a"],"cookies":["__session"],"#, ""),
        rules(r#""audiences":["a"],"allow_missing_azp":true,"#, ""),
        rules(r#""audiences":["a"],"max_lifetime_seconds":86401,"#, ""),
        rules(r#""require":{"org_permission":"org:a:b"},"#, ""),
        rules(r#""require":{"exp":"1"},"#, ""),
        rules(r#""require":{"feature":{"not":"a"}},"#, ""),
        rules(r#""require":{"org_permission":null},"#, ""),
        rules(r#""require":{"feature":true},"#, ""),
        rules(r#""require":{"plan":{"not":"a","contains":"b"}},"#, ""),
        rules(r#""require":{"plan":{"not":[]}},"#, ""),
        rules(r#""require":{"plan":{"not":{"contains":"b"}}},"#, ""),
        rules(r#""require":{"org_role":{"not":"org:guest"}},"#, ""),
        rules(r#""audiences":["a"],"#, r#","require":{"feature":"a"}"#),
        rules(
            r#""audiences":["a"],"#,
            r#","tokens":"template","aud":"a","max_lifetime_seconds":60"#,
        ),
        rules(r#""audiences":["a"],"#, "").replace("example.com/", "example.com//"),
        rules(r#""audiences":["a"],"#, "").replace("oidc", "auth0"),
        rules(r#""audiences":["a"],"#, "").replace("oidc", "clerk"),
        rules(r#""audiences":["a"],"#, "").replace("oidc", "clerk").replace("com/", "com"),
    ];
    let shown: Vec<_> = wrong.iter().map(|rules| compile(rules).unwrap_err().to_string()).collect();
    assert_snapshot!(shown.join("\n"), @r#"
    tokens of this issuer need `audiences` or `require`: it may serve others, too
    tokens of this issuer need `audiences` or `require`: it may serve others, too
    audience "" has to have 1 to 255 characters
    `audiences` has to be a list of strings without escapes
    `algorithms` has to be RS256, ES256 or both
    `algorithms` has to be RS256, ES256 or both
    `algorithms` has to be RS256, ES256 or both
    `cookies` asks for what only Clerk puts into tokens
    `allow_missing_azp` asks for what only Clerk puts into tokens
    `max_lifetime_seconds` has to be between 1 and 86400
    `require` asks for what only Clerk puts into tokens
    "exp" is not the name of a claim with a text
    claim "feature" needs a value, or a list of values that is not empty
    claim "org_permission" needs a value, or a list of values that is not empty
    claim "feature" needs a value, or a list of values that is not empty
    unknown field "contains"
    claim "plan" needs a value, or a list of values that is not empty
    claim "plan" needs a value, or a list of values that is not empty
    `org_id`, `org_slug` and `org_role` cannot be asked what they are `not`
    a rule asks for what only Clerk has: `tokens`, `org_permission` or `feature`
    a rule asks for what only Clerk has: `tokens`, `org_permission` or `feature`
    `issuer` has to be an https:// address without query, fragment or final slash
    `provider` cannot be "auth0"; it is clerk or oidc
    `issuer` has to be an https:// address without query, fragment or final slash
    `audiences` and `require` are for other issuers; a rule can ask for claims of Clerk's
    "#);
}

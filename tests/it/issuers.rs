//! Issuers besides Clerk, from the configuration to the edge.

use crate::keys::{ok, served};
use crate::support::Folder;
use serde_json::{Value, json};

const STACK: &str = "[stack]\nname = \"photos\"\nregion = \"eu-central-1\"\n";
const SUPABASE: &str =
    "[issuer]\nprovider = \"supabase\"\nurl = \"https://abcd.supabase.co/auth/v1\"\n";
const AUTH0: &str = "[issuer]\nprovider = \"auth0\"\nurl = \"https://gallery.eu.auth0.com/\"\n\
    audience = \"https://images.example.com\"\n";

fn folder(issuer: &str) -> Folder {
    let folder = Folder::new();
    folder.write("edgegate.toml", &format!("{STACK}{issuer}"));
    folder
}

#[test]
fn tokens_of_a_curve_open_images_at_a_local_edge() {
    let folder = folder(&format!("{SUPABASE}[cors]\norigins = [\"https://app.example.com\"]\n"));
    let check = folder.run("local --check --port 0 --edge-port 0").expect(0);
    assert!(check.stdout.contains("15 of 15 ok"), "{check}");
    let token = folder.run("token --sub u1").expect(0).stdout;
    let judged = format!("explain --local --path /users/u1/a.png --token {}", token.trim());
    assert!(folder.run(&judged).expect(0).stdout.starts_with("allowed GET"));
    let anonymous = folder.run("token --sub u1 --claim is_anonymous=true").expect(0).stdout;
    let judged = judged.replace(token.trim(), anonymous.trim());
    assert!(folder.run(&judged).expect(5).stdout.contains("401 token-verification-failed"));
}

#[test]
fn what_a_token_says_is_explained_by_the_issuer() {
    let plan = "[[rules]]\nmethods = [\"GET\"]\npath = \"/users/{sub}/**\"\n\
        require = { \"https://example.com/plan\" = \"pro\", email_verified = true }\n";
    let folder = folder(&format!("{AUTH0}{plan}"));
    let explain = |claims: &str| {
        folder.run(&format!("explain --path /users/auth0%7C1/a.png --claims {claims}")).stdout
    };
    insta::assert_snapshot!(explain(r#"{"sub":"auth0|1","https://example.com/plan":"pro","email_verified":true}"#), @r#"
    allowed GET /users/auth0%7C1/a.png
      rule 1: GET /users/{sub}/**: grants it
    "#);
    insta::assert_snapshot!(explain(r#"{"sub":"auth0|1","https://example.com/plan":"free","email_verified":true}"#), @r#"
    refused GET /users/auth0%7C1/a.png
      answer: 403 insufficient_scope: no rule allows this
      check:  the rules
      rule 1: GET /users/{sub}/**: https://example.com/plan is "free"; it has to be "pro"
    "#);
    insta::assert_snapshot!(explain(r#"{"sub":"auth0|1","https://example.com/plan":"pro"}"#), @r#"
    refused GET /users/auth0%7C1/a.png
      answer: 403 insufficient_scope: no rule allows this
      check:  the rules
      rule 1: GET /users/{sub}/**: the token has no claim email_verified; it has to be true
    "#);
    insta::assert_snapshot!(explain(r#"{"sub":"auth0|1","aud":"https://other.example.com"}"#), @r#"
    refused GET /users/auth0%7C1/a.png
      answer: 401 token-verification-failed: a claim is missing, malformed or not for this
      check:  the claims that every token has to have
      token:  aud is "https://other.example.com"; it has to name "https://images.example.com"
    "#);
    insta::assert_snapshot!(explain(r#"{"sub":"c1@clients","azp":"c1"}"#), @r#"
    refused GET /users/auth0%7C1/a.png
      answer: 401 token-verification-failed: a claim is missing, malformed or not for this
      check:  the claims that every token has to have
      token:  it is an application's instead of a user's, or bound to a key (cnf)
    "#);
}

/// The point of RFC 7517, appendix A.1.
#[test]
fn keys_of_a_curve_are_pulled_and_those_for_others_passed_over() {
    let point = json!({
        "kty": "EC", "crv": "P-256", "kid": "0d8a9d1e", "alg": "ES256", "use": "sig", "key_ops": ["verify"],
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
    });
    let mut other: Value = point.clone();
    (other["crv"], other["kid"]) = (json!("P-384"), json!("large"));
    let rsa = json!({"kty": "RSA", "kid": "rsa", "alg": "RS256", "n": "AQAB", "e": "AQAB"});
    let set = json!({"keys": [rsa, point, other]}).to_string();
    let port = served(ok(&set));
    let url = port.lines().find(|it| it.starts_with("jwks_url")).unwrap();
    let folder = folder(&format!("{SUPABASE}{url}\n"));
    let pulled = folder.run("keys pull").expect(0);
    insta::assert_snapshot!(pulled.stdout, @"+ 0d8a9d1e  ES256  256 bits  sha256:cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
    assert!(
        pulled.stderr.contains("not for ES256 signatures, and so passed over: rsa"),
        "{pulled}"
    );
    assert!(pulled.stderr.contains("passed over: large"), "{pulled}");
    // Keys of another algorithm than the configuration's are an oversight.
    folder.write("edgegate.toml", &format!("{STACK}{SUPABASE}algorithms = [\"RS256\"]\n"));
    let refused = folder.run("keys show").expect(2);
    insta::assert_snapshot!(refused.stderr.lines().next().unwrap(), @r#"error: keys.json: key "0d8a9d1e" is for ES256, and tokens are not"#);
}

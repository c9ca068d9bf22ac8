//! Tokens of another issuer that signs with RS256, in the shape that its documentation shows: to the
//! rules they are what a JWT template makes.

use crate::support::{ID, KEYS, NOW, compiled, outcome, pairs, sign, verify};
use authorizer::{Request, decide};

const HEADER: &str = r#"{"alg":"RS256","kid":"ins_1","typ":"JWT"}"#;

/// <https://firebase.google.com/docs/auth/admin/verify-id-tokens>
const FIREBASE: &str = r#"{"iss":"https://securetoken.google.com/gallery-1","aud":"gallery-1",
    "auth_time":1699999000,"user_id":"u1","sub":"u1","iat":1700000000,"exp":1700003600,
    "email":"ada@example.com","email_verified":true,
    "firebase":{"identities":{"email":["ada@example.com"]},"sign_in_provider":"password"}}"#;

fn read(
    (issuer, aud, lifetime): (&str, &str, u64),
    path: &str,
    claims: &str,
) -> (u16, &'static str) {
    let policy = compiled(&format!(
        r#"{{"issuer": "{issuer}", "authorized_parties": [], "rules": [{{"methods": ["GET"],
        "path": "/users/{{sub}}/**", "tokens": "template", "aud": "{aud}",
        "max_lifetime_seconds": {lifetime}}}]}}"#
    ));
    let authorization = format!("Bearer {}", sign(HEADER, claims));
    let headers = pairs(&[("authorization", &authorization)]);
    let request = Request::new(("GET", path, ""), ID, &headers);
    outcome(&decide(&policy, &KEYS, NOW, &request, verify))
}

#[test]
fn an_id_token_of_firebase_is_judged_by_project_and_lifetime() {
    let project = ("https://securetoken.google.com/gallery-1", "gallery-1", 3600);
    let forbidden = (403, "insufficient_scope");
    assert_eq!(read(project, "/users/u1/a.png", FIREBASE), (200, ""));
    assert_eq!(read(project, "/users/u2/a.png", FIREBASE), forbidden);
    let other = FIREBASE.replace(r#""aud":"gallery-1""#, r#""aud":"gallery-2""#);
    assert_eq!(read(project, "/users/u1/a.png", &other), forbidden);
    let longer = FIREBASE.replace("1700003600", "1700003601");
    assert_eq!(read(project, "/users/u1/a.png", &longer), forbidden);
    let foreign = FIREBASE.replace("com/gallery-1", "com/gallery-2");
    assert_eq!(read(project, "/users/u1/a.png", &foreign), (401, "token-invalid-issuer"));
}

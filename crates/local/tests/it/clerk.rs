//! The local Clerk: its API over HTTP, and the real `clerk-js` in a real browser.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use local::{Algorithm, ClerkOptions, LocalClerk};
use serde_json::{Map, Value, json};

use crate::client::send;
use crate::setup::run_script;

const ORIGIN: (&str, &str) = ("origin", "https://app.example");

async fn start(state: &Path) -> LocalClerk {
    let issuer = "https://clerk.photos.example".to_owned();
    let options = ClerkOptions {
        state: state.to_owned(),
        port: 0,
        issuer,
        algorithm: Algorithm::default(),
        claims: Map::new(),
        modules: Vec::new(),
    };
    LocalClerk::start(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_can_be_those_of_another_issuer() {
    let dir = tempfile::tempdir().unwrap();
    let claims = json!({"aud": "authenticated", "azp": null, "sid": null, "v": null});
    let options = ClerkOptions {
        state: dir.path().to_owned(),
        port: 0,
        issuer: "https://abcd.supabase.co/auth/v1".to_owned(),
        algorithm: Algorithm::Es256,
        claims: claims.as_object().unwrap().clone(),
        modules: Vec::new(),
    };
    let clerk = LocalClerk::start(options).await.unwrap();
    let asked = json!({"user": "user_ada", "azp": "https://app.example"});
    let answer = ask(&clerk, "POST", "/_local/token", &asked).await;
    let token = answer["jwt"].as_str().unwrap_or_else(|| panic!("{answer}"));
    assert_eq!(part(token, 0)["alg"], "ES256");
    let said = part(token, 1);
    assert_eq!(said["iss"], "https://abcd.supabase.co/auth/v1");
    assert_eq!((&said["sub"], &said["aud"]), (&json!("user_ada"), &json!("authenticated")));
    assert!(["azp", "sid", "v"].iter().all(|name| said.get(*name).is_none()), "{said}");
    let keys = ask(&clerk, "GET", "/.well-known/jwks.json", &Value::Null).await;
    assert_eq!(
        (&keys["keys"][0]["crv"], &keys["keys"][0]["kid"]),
        (&json!("P-256"), &part(token, 0)["kid"])
    );
}

async fn ask(clerk: &LocalClerk, method: &str, path: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    // A program changes this Clerk, an app signs in with it.
    let headers: &[_] = if path.starts_with("/_local/") { &[] } else { &[ORIGIN] };
    let answer = send(clerk.url(), method, path, headers, body.as_bytes()).await;
    let allowed = answer.header("access-control-allow-origin");
    assert_eq!(allowed, headers.first().map_or("", |(_, origin)| *origin));
    serde_json::from_slice(&answer.body).unwrap()
}

fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lives_from_sign_in_to_sign_out() {
    let dir = tempfile::tempdir().unwrap();
    let clerk = start(dir.path()).await;
    let key = clerk.publishable_key().strip_prefix("pk_test_").unwrap();
    let host = String::from_utf8(STANDARD_NO_PAD.decode(key).unwrap()).unwrap();
    assert!(
        host.ends_with(".clerk.accounts.dev$"),
        "{host}: as clerk-js knows development instances"
    );

    let browser = ask(&clerk, "POST", "/v1/dev_browser", &Value::Null).await;
    let query = format!("__clerk_db_jwt={}", browser["id"].as_str().unwrap());
    let get = async |path: &str| ask(&clerk, "GET", &format!("{path}?{query}"), &Value::Null).await;
    let post = async |path: &str, more: &str| {
        ask(&clerk, "POST", &format!("{path}?{query}{more}"), &Value::Null).await
    };
    assert_eq!(get("/v1/client").await["response"]["sessions"], json!([]));
    let unknown = post("/v1/client/sign_ins", "&strategy=ticket&ticket=user_nobody").await;
    assert_eq!(unknown["errors"][0]["code"], "form_identifier_not_found");

    let signed = post("/v1/client/sign_ins", "&strategy=ticket&ticket=user_ada").await;
    let id = signed["response"]["created_session_id"].as_str().unwrap();
    assert_eq!(signed["client"]["last_active_session_id"], id);
    let tokens = format!("/v1/client/sessions/{id}/tokens");
    let claims = part(post(&tokens, "").await["jwt"].as_str().unwrap(), 1);
    assert_eq!(claims["azp"], ORIGIN.1);
    assert_eq!((&claims["sub"], &claims["o"]["rol"]), (&json!("user_ada"), &json!("admin")));
    assert_eq!(claims["iss"], "https://clerk.photos.example");

    post("/v1/client/sessions", "&_method=DELETE").await;
    assert_eq!(get("/v1/client").await["response"]["sessions"], json!([]));
    assert_eq!(post(&tokens, "").await["errors"][0]["code"], "authentication_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_added_and_keys_are_rotated() {
    let dir = tempfile::tempdir().unwrap();
    let clerk = start(dir.path()).await;
    let user = json!({"id": "user_edsger", "first_name": "Edsger", "last_name": "Dijkstra",
        "email": "edsger@example.com", "claims": {"plan": "pro"}});
    let body = user.to_string();
    let foreign = send(clerk.url(), "POST", "/_local/users", &[ORIGIN], body.as_bytes()).await;
    assert_eq!((foreign.status, foreign.header("access-control-allow-origin")), (403, ""));
    ask(&clerk, "POST", "/_local/users", &user).await;
    let mint = async || {
        let asked = json!({"user": "user_edsger", "azp": "http://localhost:3000"});
        ask(&clerk, "POST", "/_local/token", &asked).await["jwt"].as_str().unwrap().to_owned()
    };
    let first = mint().await;
    assert_eq!(part(&first, 1)["plan"], "pro");
    let age = async || {
        part(&first, 1)["iat"]
            .as_u64()
            .unwrap()
            .abs_diff(part(&mint().await, 1)["iat"].as_u64().unwrap())
    };
    ask(&clerk, "POST", "/_local/tokens", &json!({"age": 1000})).await;
    assert!(age().await > 900, "as one that a device has kept for so long");
    assert!(age().await < 900, "the next one is new again");

    let keys =
        async || ask(&clerk, "GET", "/.well-known/jwks.json", &Value::Null).await["keys"].clone();
    let before = keys().await;
    ask(&clerk, "POST", "/_local/keys/rotate", &json!({"kid": "same"})).await;
    let same = keys().await;
    assert_eq!((&same[0]["kid"], same.as_array().unwrap().len()), (&before[0]["kid"], 1));
    assert_ne!(same[0]["n"], before[0]["n"]);
    ask(&clerk, "POST", "/_local/keys/rotate", &json!({"kid": "new"})).await;
    let new = keys().await;
    assert_eq!(new[1], same[0], "tokens of the old key are good for a while");
    assert_eq!(part(&mint().await, 0)["kid"], new[0]["kid"]);
}

/// Needs npm, and Chromium at `/usr/bin/chromium` (which it installs where apt-get can).
#[tokio::test(flavor = "multi_thread")]
async fn the_real_clerk_js_signs_in_and_out() {
    let dir = tempfile::tempdir().unwrap();
    let clerk = start(dir.path()).await;
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let variables = [("CLERK_URL", clerk.url()), ("CLERK_KEY", clerk.publishable_key())];
    run_script(&workspace, "clerk.mjs", &variables);
}

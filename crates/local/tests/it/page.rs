//! The page at `/_local/`: what it answers, to whom, and what it never tells.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use local::{Access, Algorithm, ClerkOptions, Desk, LocalClerk, PageOptions, Promise, Visit};
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;

use crate::client::{Answer, Client, send};
use crate::{IMAGE, PATH, get, image, token};

const JSON: (&str, &str) = ("content-type", "application/json");

/// A desk that says what it was asked.
struct Echo;

impl Desk for Echo {
    fn about(&self) -> Value {
        json!({"name": "demo"})
    }

    fn explain(&self, code: &Path, visit: &Visit) -> Option<Value> {
        let token = visit.headers.iter().any(|(name, _)| name == "authorization");
        Some(json!({"code": code.join("index.mjs").is_file(), "token": token}))
    }

    fn rules(&self, code: Option<&Path>) -> Value {
        json!({"deployed": code.is_some()})
    }

    fn check(&self, text: &str) -> Value {
        json!({"ok": text == "good"})
    }

    fn apply(&self, text: String) -> Promise<'_, Value> {
        Box::pin(async move { json!({"ok": text == "good"}) })
    }

    fn access(&self, _: &Path, asked: &Access) -> Value {
        json!(asked.people.iter().map(|it| (&it.id, it.token.is_some())).collect::<Vec<_>>())
    }
}

async fn open() -> (Client, LocalClerk, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let issuer = "https://clerk.photos.example".to_owned();
    let (state, modules) = (dir.path().to_owned(), Vec::new());
    let options = ClerkOptions {
        state,
        port: 0,
        issuer,
        algorithm: Algorithm::default(),
        claims: Map::new(),
        modules,
    };
    let clerk = LocalClerk::start(options).await.unwrap();
    let client = Client::showing(PageOptions::new(&clerk, Arc::new(Echo))).await;
    (client, clerk, dir)
}

async fn page(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    client.edge("GET", path, headers, b"").await
}

async fn ask(client: &Client, path: &str, body: &Value) -> Answer {
    let path = format!("/_local/api/{path}");
    client.edge("POST", &path, &[JSON], body.to_string().as_bytes()).await
}

fn value(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_is_for_this_origin_on_this_computer_alone() {
    let (client, _clerk, _dir) = open().await;
    let whole = page(&client, "/_local/", &[]).await;
    assert_eq!((whole.status, whole.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = whole.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src http://127.0.0.1:"), "{policy}");
    assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page(&client, "/_local", &[]).await.header("location"), "/_local/");
    assert_eq!(page(&client, "/_local/nothing", &[]).await.status, 404);
    assert_eq!(page(&client, "/_locals", &[]).await.status, 401, "that is the bucket's");

    for headers in [
        [("origin", "https://evil.example")].as_slice(),
        &[("origin", "null")],
        &[("origin", "http://localhost:3000"), ("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site")],
    ] {
        for path in ["state", "people", "requests", "images", "rules"] {
            let answer = page(&client, &format!("/_local/api/{path}"), headers).await;
            assert_eq!(answer.status, 403, "{path} {headers:?}");
            assert_eq!(answer.header("access-control-allow-origin"), "");
        }
        let preflight = client.edge("OPTIONS", "/_local/api/rules/apply", headers, b"").await;
        assert_eq!((preflight.status, preflight.header("access-control-allow-headers")), (403, ""));
    }
    let form = client.edge("POST", "/_local/api/rules/apply", &[], b"{\"text\": \"good\"}").await;
    assert_eq!(form.status, 403, "a form could send it");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_others_that_lead_here_see_nothing() {
    let (client, _clerk, _dir) = open().await;
    let (edge, control) = (client.cloud().edge_url(), client.cloud().control_url());
    for path in ["/_local/", "/_local/main.js", "/_local/api/state"] {
        let named = named(&edge, path, "evil.example").await;
        assert!(named.starts_with("HTTP/1.1 403 "), "{path}: {named}");
    }
    assert!(named(&control, "/_local/account", "evil.example").await.starts_with("HTTP/1.1 403 "));
    let api = named(&control, "/2020-05-31/distribution", "evil.example:4566").await;
    assert!(api.starts_with("HTTP/1.1 421 "), "it could sign as well as anybody: {api}");
    let image = named(&edge, "/a.png", "evil.example").await;
    assert!(image.starts_with("HTTP/1.1 404 "), "no distribution has that name: {image}");
    let foreign = ("origin", "https://evil.example");
    let faults = send(&control, "POST", "/_local/faults", &[foreign], b"[]").await;
    assert_eq!(faults.status, 403, "the pages of the AWS APIs are for programs of this computer");
    client.shutdown().await;
}

async fn named(url: &str, path: &str, host: &str) -> String {
    let mut lines = connect(url, path, host).await;
    lines.next_line().await.unwrap().unwrap()
}

async fn connect(url: &str, path: &str, host: &str) -> Lines<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    BufReader::new(stream).lines()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_added_with_permissions_and_get_tokens() {
    let (client, _clerk, _dir) = open().await;
    let added = json!({"id": "user_edsger", "name": "Edsger Dijkstra", "claims": {"plan": "pro"},
        "organization": {"id": "org_1", "slug": "one", "role": "editor",
            "permissions": ["org:photos:read", "org:photos:write"]}});
    assert_eq!(ask(&client, "people", &added).await.status, 200);
    let people = value(&page(&client, "/_local/api/people", &[]).await);
    assert_eq!(people.as_array().unwrap().last().unwrap()["first_name"], "Edsger");

    let wanted = json!({"user": "user_edsger", "azp": "https://app.photos.example"});
    let minted = value(&ask(&client, "token", &wanted).await);
    let claims = minted["token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
    assert_eq!((&claims["azp"], &claims["plan"]), (&wanted["azp"], &json!("pro")));
    assert_eq!((&claims["fea"], &claims["o"]["fpm"]), (&json!("o:photos"), &json!("3")));

    for wrong in [
        json!({"id": "a b"}),
        json!({"id": "user_1", "claims": {"iss": "https://evil.example"}}),
        json!({"id": "user_1", "surprise": 1}),
    ] {
        let refused = ask(&client, "people", &wrong).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text());
    }
    assert_eq!(ask(&client, "token", &json!({"user": "user_nobody"})).await.status, 404);
    let asked = json!({"people": ["user_ada", null], "paths": ["/a"], "methods": ["GET"]});
    let access = value(&ask(&client, "access", &asked).await);
    assert_eq!(access, json!([["user_ada", true], ["", false]]));
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_shown_on_its_way_and_without_its_token() {
    let (client, _clerk, _dir) = open().await;
    get(&client, PATH, &[]).await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    let url = client.cloud().edge_url();
    let mut events = connect(&url, "/_local/api/requests", "127.0.0.1").await;
    let mut seen = Vec::new();
    for reads in 0..4 {
        // Those before the page was opened, and those after.
        if (2..4).contains(&reads) {
            get(&client, PATH, &token()).await;
        }
        seen.push(next(&mut events).await);
    }
    seen.sort_by_key(|it| it["seq"].as_u64());
    let way = |it: &Value| {
        let origin: Vec<_> = it["origin"].as_array().unwrap().iter().collect();
        let origin: Vec<_> = origin.iter().map(|it| it["status"].as_u64().unwrap()).collect();
        let text = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        (text("method"), text("decision"), text("cache"), it["status"].as_u64().unwrap(), origin)
    };
    let row = |method: &str, decision: &str, cache: &str, status: u64, origin: &[u64]| {
        (method.to_owned(), decision.to_owned(), cache.to_owned(), status, origin.to_vec())
    };
    assert_eq!(
        seen.iter().map(way).collect::<Vec<_>>(),
        [
            row("GET", "deny", "LambdaGeneratedResponse", 401, &[]),
            row("PUT", "allow", "Miss", 200, &[200]),
            row("GET", "allow", "Miss", 200, &[200]),
            row("GET", "allow", "Hit", 200, &[]),
        ]
    );
    assert_eq!(seen[0]["judged"], json!({"code": true, "token": false}));
    assert_eq!(seen[3]["judged"], json!({"code": true, "token": true}));
    assert_eq!(seen[3]["function"]["version"], "1");
    assert!(!json!(seen).to_string().contains("good"), "no token is shown");

    let images = value(&page(&client, "/_local/api/images", &[]).await);
    let listed = &images["images"][0];
    assert_eq!((&listed["key"], &listed["type"]), (&json!("u/1/a b.png"), &json!("image/png")));
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_gets_what_was_missed_and_after_a_restart_everything() {
    let (client, _clerk, _dir) = open().await;
    get(&client, "/u/first", &token()).await;
    let url = client.cloud().edge_url();
    let mut events = connect(&url, "/_local/api/requests", "127.0.0.1").await;
    assert_eq!(next(&mut events).await["path"], "/u/first");
    let mut id = String::new();
    let mut again = connect(&url, "/_local/api/requests", "127.0.0.1").await;
    while !id.starts_with("id: ") {
        id = again.next_line().await.unwrap().unwrap();
    }
    get(&client, "/u/second", &token()).await;
    assert_eq!(next(&mut events).await["path"], "/u/second");
    for (last, path) in [(id.trim_start_matches("id: "), "/u/second"), ("1-1", "/u/first")] {
        let host = format!("127.0.0.1\r\nlast-event-id: {last}");
        let mut missed = connect(&url, "/_local/api/requests", &host).await;
        assert_eq!(next(&mut missed).await["path"], path, "after {last}");
    }
    client.shutdown().await;
}

/// The next request that is shown.
async fn next(events: &mut Lines<BufReader<TcpStream>>) -> Value {
    loop {
        let line = events.next_line().await.unwrap().unwrap();
        if let Some(data) = line.strip_prefix("data: {") {
            return serde_json::from_str(&format!("{{{data}")).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_deployed_by_the_desk() {
    let (client, _clerk, _dir) = open().await;
    for (text, ok) in [("good", true), ("bad", false)] {
        let applied = ask(&client, "rules/apply", &json!({"text": text})).await;
        assert_eq!(value(&applied), json!({"ok": ok}));
    }
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_page_its_paths_are_the_buckets() {
    let client = Client::deployed().await;
    for path in ["/_local/", "/_local/api/state"] {
        assert_eq!(get(&client, path, &[]).await.status, 401, "{path}");
    }
    client.shutdown().await;
}

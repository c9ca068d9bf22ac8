//! The whole cloud over real HTTP: a bucket, a function in real Node, and a distribution between.

#[cfg(test)]
mod cache;
#[cfg(test)]
mod clerk;
#[cfg(test)]
mod client;
#[cfg(test)]
mod function;
#[cfg(test)]
mod page;
#[cfg(test)]
#[path = "../../../../tests/browser/setup.rs"]
mod setup;
#[cfg(test)]
mod tls;

use client::{Answer, Client, HANDLER};

const IMAGE: &[u8] = b"\x89PNG not really";
const PATH: &str = "/u/1/a%20b.png";

fn image() -> Vec<(&'static str, &'static str)> {
    vec![("authorization", "Bearer good"), ("content-type", "image/png")]
}

fn token() -> Vec<(&'static str, &'static str)> {
    vec![("authorization", "Bearer good")]
}

async fn get(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    client.edge("GET", path, headers, b"").await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_goes_up_and_comes_down_only_with_a_token() {
    let client = Client::deployed().await;
    let refused = get(&client, PATH, &[]).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("x-cache"), "LambdaGeneratedResponse from cloudfront");
    assert_eq!(refused.header("x-content-type-options"), "", "no policy on generated answers");

    assert_eq!(client.edge("PUT", PATH, &[], IMAGE).await.status, 401);
    assert_eq!(client.edge("PUT", PATH, &image(), IMAGE).await.status, 200);
    assert_eq!(client.edge("PUT", PATH, &image(), b"other").await.status, 412, "create only");

    let first = get(&client, PATH, &token()).await;
    assert_eq!((first.status, first.body.as_slice()), (200, IMAGE));
    assert_eq!(first.header("x-cache"), "Miss from cloudfront");
    assert_eq!(first.header("content-type"), "image/png");
    assert_eq!(first.header("x-content-type-options"), "nosniff");
    let second = get(&client, PATH, &token()).await;
    assert_eq!((second.header("x-cache"), second.body.as_slice()), ("Hit from cloudfront", IMAGE));
    assert_eq!(get(&client, PATH, &[]).await.status, 401, "the function runs on hits, too");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edge_fails_closed() {
    let client = Client::deployed().await;
    for (path, status, cache) in [
        ("/throw", 503, "LambdaExecutionError from cloudfront"),
        ("/crash", 503, "LambdaExecutionError from cloudfront"),
        ("/invalid", 502, "LambdaValidationError from cloudfront"),
        ("/read-only", 502, "LambdaValidationError from cloudfront"),
        ("/none", 502, "LambdaValidationError from cloudfront"),
        ("/loud", 403, "Error from cloudfront"),
    ] {
        let answer = get(&client, path, &token()).await;
        assert_eq!((answer.status, answer.header("x-cache")), (status, cache), "{path}");
    }
    assert_eq!(client.edge("TRACE", PATH, &token(), b"").await.status, 403);
    assert_eq!(client.edge("GET", PATH, &token(), b"body").await.status, 403);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_the_edge_opens_the_bucket() {
    let client = Client::deployed().await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    let direct = client.control("GET", &format!("/{}{PATH}", client::BUCKET), &[], b"").await;
    assert_eq!(direct.status, 403);
    let wrong =
        client.signed("GET", &format!("/{}{PATH}", client::BUCKET), "s3", "wrong", "").await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.text().contains("SignatureDoesNotMatch"));

    client.bucket_policy("arn:aws:cloudfront::000000000000:distribution/OTHER").await;
    assert_eq!(get(&client, "/u/other", &token()).await.status, 403);
    assert_eq!(client.edge("PUT", "/u/2", &image(), IMAGE).await.status, 403);

    // The token is forwarded on writes, and then overwritten by the signature.
    client
        .edge(
            "PUT",
            "/u/keep-token",
            &[image(), vec![("x-amz-acl", "public-read")]].concat(),
            IMAGE,
        )
        .await;
    let seen = client.control("GET", "/_local/origin-requests", &[], b"").await.text();
    assert!(
        seen.contains("AWS4-HMAC-SHA256")
            && !seen.contains("Bearer")
            && !seen.contains("x-amz-acl")
    );
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_survives_a_restart() {
    let client = Client::deployed().await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    assert!(local::running(client.state()).is_none(), "only one that stays is to be found");
    client.announce();
    assert!(local::running(client.state()).is_some());
    let client = client.restarted(0.0).await;
    assert_eq!(get(&client, PATH, &token()).await.body, IMAGE);
    let state = client.shutdown().await;
    assert!(local::running(state.path()).is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn locations_take_over_a_new_configuration_one_by_one() {
    let client = Client::deployed().await.restarted(1.0).await;
    client.update(|it| it.replace("<Enabled>true<", "<Enabled>false<")).await;
    // AWS takes 200 seconds; one of four locations has it after a quarter of them.
    for (passes, new) in [(1, 0), (50, 1), (50, 2), (50, 3), (50, 4)] {
        client.pass(passes).await;
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..4 {
            let answer = get(&client, PATH, &[]).await;
            seen.insert(answer.header("x-amz-cf-pop").to_owned(), answer.status);
        }
        assert_eq!(seen.len(), 4, "{seen:?}");
        assert!(seen.values().all(|it| [401, 404].contains(it)), "{seen:?}");
        assert_eq!(seen.values().filter(|it| **it == 404).count(), new, "{seen:?}");
    }
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn locations_take_over_a_new_policy_one_by_one() {
    let client = Client::deployed().await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    let client = client.restarted(1.0).await;
    let refer = "</ContentTypeOptions><ReferrerPolicy><Override>true</Override>\
        <ReferrerPolicy>no-referrer</ReferrerPolicy></ReferrerPolicy>";
    client.update_headers(|it| it.replace("</ContentTypeOptions>", refer)).await;
    for (passes, new) in [(1, 0), (50, 1), (50, 2), (50, 3), (50, 4)] {
        client.pass(passes).await;
        let mut seen = 0;
        for _ in 0..4 {
            let answer = get(&client, PATH, &token()).await;
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            seen += usize::from(answer.header("referrer-policy") == "no-referrer");
        }
        assert_eq!(seen, new, "after {passes} s more");
    }
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_that_do_not_exist_say_so() {
    let client = Client::deployed().await;
    for (method, path, service, body, name) in [
        ("POST", "/", "iam", "Action=CreateUser&UserName=a", "iam:CreateUser"),
        ("POST", "/", "sts", "Action=AssumeRole", "sts:AssumeRole"),
        ("POST", "/2015-03-31/functions/demo/invocations", "lambda", "{}", "lambda:Invoke"),
        ("GET", "/2020-05-31/key-group", "cloudfront", "", "key-group"),
        ("PUT", "/demo-bucket?inventory", "s3", "", "PUT ?inventory"),
    ] {
        let answer = client.signed(method, path, service, "test", body).await;
        assert_eq!(answer.status, 501, "{name}: {}", answer.text());
        assert!(answer.text().contains(name), "{name} is not in {}", answer.text());
    }
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_go_wrong_goes_wrong_and_no_more() {
    let client = Client::deployed().await;
    let disturb = async |faults: &str| {
        let answer = client.control("POST", "/_local/faults", &[], faults.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    let role = "Action=GetRole&RoleName=demo";
    let get = async || client.signed("POST", "/", "iam", "test", role).await;

    disturb(
        r#"[{"call": "iam:GetRole", "fault": "throttle"},
        {"call": "GetRole", "fault": "access-denied"},
        {"fault": {"error": {"status": 418, "code": "Teapot", "message": "no"}}}]"#,
    )
    .await;
    let throttled = get().await;
    assert_eq!(throttled.status, 400);
    assert!(throttled.text().contains("<Code>Throttling</Code>"), "{}", throttled.text());
    assert!(get().await.text().contains("not authorized to perform: iam:GetRole"));
    assert_eq!(get().await.status, 418);
    assert_eq!(get().await.status, 200);

    let delete = "Action=DeleteRole&RoleName=demo";
    disturb(r#"[{"fault": "reset-before"}]"#).await;
    let cut = async || client.signed("POST", "/", "iam", "test", delete).await;
    assert_eq!(cut().await.status, 0);
    assert_eq!(get().await.status, 200, "it had no effect");
    disturb(r#"[{"fault": "reset-after"}]"#).await;
    assert_eq!(cut().await.status, 0);
    assert_eq!(get().await.status, 404, "it had its effect");

    disturb(r#"[{"call": "sts:GetCallerIdentity", "fault": "truncated"}]"#).await;
    let half = client.signed("POST", "/", "sts", "test", "Action=GetCallerIdentity").await;
    let half = half.text();
    assert!(half.contains("<Arn>") && !half.contains("</GetCallerIdentityResponse>"), "{half}");
    let calls = client.control("GET", "/_local/calls", &[], b"").await.text();
    assert!(calls.contains("sts:GetCallerIdentity"), "{calls}");
    let bad = client.control("POST", "/_local/faults", &[], b"[{\"fault\": \"flood\"}]").await;
    assert_eq!(bad.status, 400);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_held_and_let_go_without_an_answer() {
    let client = Client::deployed().await;
    let faults = br#"[{"call": "iam:DeleteRole", "fault": "stop-after"}]"#;
    client.control("POST", "/_local/faults", &[], faults).await;
    let delete = client.signed("POST", "/", "iam", "test", "Action=DeleteRole&RoleName=demo");
    let watch = async {
        let held = client.control("GET", "/_local/held", &[], b"").await.text();
        assert_eq!(held, r#"[{"at":"after","call":"iam:DeleteRole"}]"#);
        let gone = client.signed("POST", "/", "iam", "test", "Action=GetRole&RoleName=demo").await;
        assert_eq!(gone.status, 404, "its effect is there");
        client.control("DELETE", "/_local/faults", &[], b"").await;
    };
    let (answer, ()) = tokio::join!(delete, watch);
    assert_eq!(answer.status, 0);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_can_be_taken_and_put_back() {
    let client = Client::deployed().await;
    let account = client.control("GET", "/_local/account", &[], b"").await.body;
    let role = "Action=GetRole&RoleName=demo";
    client.signed("POST", "/", "iam", "test", "Action=DeleteRole&RoleName=demo").await;
    assert_eq!(client.control("PUT", "/_local/account", &[], &account).await.status, 200);
    assert_eq!(client.signed("POST", "/", "iam", "test", role).await.status, 200);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    let error = local::start(client::options(dir.path(), port)).await.err().unwrap();
    assert!(format!("{error:#}").contains(&format!("127.0.0.1:{port}")), "{error:#}");
    assert!(HANDLER.contains("handler"));
}

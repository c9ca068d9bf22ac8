//! Lambda@Edge as its documentation describes it, row by row: the event, what a function may return,
//! its limits, and the headers of a viewer that get past it to the bucket.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html>

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::{IMAGE, PATH, get, image, token};

const GENERATED: &str = "LambdaGeneratedResponse from cloudfront";
const INVALID: &str = "LambdaValidationError from cloudfront";
const BROKEN: &str = "LambdaExecutionError from cloudfront";

/// What comes of a function that returns this.
async fn returned(client: &Client, value: &Value) -> Answer {
    get(client, PATH, &[("x-answer", &value.to_string())]).await
}

/// What comes of a function that returns the request with these changes.
async fn edited(client: &Client, value: &Value) -> Answer {
    get(client, PATH, &[token(), vec![("x-edit", &value.to_string())]].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_is_the_documented_one() {
    let client = Client::deployed().await;
    let headers = [
        ("X-One", "a"),
        ("x-one", "b"),
        ("x-latin", "caf\u{e9}"),
        ("x-real-ip", "192.0.2.1"),
        ("x-edge-location", "here"),
        ("x-amz-cf-id", "mine"),
        ("x-cache", "Hit"),
        ("x-amz-acl", "public-read"),
    ];
    let answer = get(&client, "/event", &headers).await;
    assert_eq!(answer.status, 200);
    let plain = answer.text();
    let query = client.edge("POST", "/event?a=%20&b", &[], b"not shown").await;
    assert_eq!(query.status, 200, "the uri is without its query");
    let event: Value = serde_json::from_str(&plain).unwrap();
    let cf = &event["Records"][0]["cf"];
    assert_eq!(cf["config"]["eventType"], "viewer-request");
    assert_eq!(cf["config"]["requestId"], answer.header("x-amz-cf-id"));
    assert_eq!(answer.header("x-amz-cf-id").len(), 56);
    let names = |it: &Value| it.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let config = ["distributionDomainName", "distributionId", "eventType", "requestId"];
    assert_eq!(names(&cf["config"]), config);
    let request = &cf["request"];
    assert_eq!(names(request), ["clientIp", "headers", "method", "querystring", "uri"]);
    assert_eq!((&request["clientIp"], &request["method"]), (&json!("127.0.0.1"), &json!("GET")));
    let one = json!([{"key": "x-one", "value": "a"}, {"key": "x-one", "value": "b"}]);
    assert_eq!(request["headers"]["x-one"], one, "one entry for each occurrence");
    assert_eq!(request["headers"]["x-latin"][0]["value"], "caf\u{e9}");
    assert_eq!(names(&request["headers"]), ["host", "x-amz-acl", "x-latin", "x-one"]);
    let event: Value = serde_json::from_str(&query.text()).unwrap();
    let request = &event["Records"][0]["cf"]["request"];
    assert_eq!((&request["uri"], &request["querystring"]), (&json!("/event"), &json!("a=%20&b")));
    assert_eq!(request.get("body"), None);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_function_may_answer() {
    let client = Client::deployed().await;
    let header = |name: &str, entry: Value| json!({"status": "200", "headers": {name: [entry]}});
    let full = 40 * 1024;
    for (value, status) in [
        (json!({"status": "200"}), 200),
        (json!({"status": "599", "statusDescription": "Odd"}), 599),
        (json!({"status": "200", "body": "eA==", "bodyEncoding": "base64"}), 200),
        (json!({"status": "204"}), 204),
        (header("x-a", json!({"value": "1"})), 200),
        (header("x-a", json!({"key": "X-A", "value": "1"})), 200),
        (json!({"status": "200", "fill": full}), 200),
    ] {
        let answer = returned(&client, &value).await;
        assert_eq!((answer.status, answer.header("x-cache")), (status, GENERATED), "{value}");
    }
    for value in [
        json!({"status": 200}),
        json!({"status": "199"}),
        json!({"status": "600"}),
        json!({"status": "ok"}),
        json!({"status": "200", "statusDescription": 1}),
        json!({"status": "200", "body": {"a": 1}}),
        json!({"status": "200", "body": "x", "bodyEncoding": "hex"}),
        json!({"status": "200", "body": "?", "bodyEncoding": "base64"}),
        json!({"status": "204", "body": "x"}),
        json!({"status": "200", "fill": full + 1}),
        json!({"status": "200", "headers": []}),
        json!({"status": "200", "headers": {"x-a": "1"}}),
        header("X-A", json!({"value": "1"})),
        header("x-a", json!({"key": "x-b", "value": "1"})),
        header("x-a", json!({"key": "x-a"})),
        header("x-a", json!({"value": 1})),
        header("x-a", json!({"value": "a\r\nb"})),
        header("via", json!({"value": "1"})),
        header("content-length", json!({"value": "0"})),
        header("x-cache", json!({"value": "Hit"})),
        header("x-edge-a", json!({"value": "1"})),
        header("x-amz-cf-pop", json!({"value": "1"})),
        json!("text"),
        json!([]),
        json!({"a": 1}),
    ] {
        let answer = returned(&client, &value).await;
        assert_eq!((answer.status, answer.header("x-cache")), (502, INVALID), "{value}");
    }
    let twice = json!({"status": "200", "headers": {"cache-control": [{"value": "max-age=60"}]}});
    returned(&client, &twice).await;
    let answer = returned(&client, &twice).await;
    assert_eq!((answer.header("x-cache"), answer.header("age")), (GENERATED, ""), "never cached");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_function_may_change_of_a_request() {
    let client = Client::deployed().await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    let header = |name: &str, value: &str| json!({"headers": {name: [{"value": value}]}});
    for (value, status) in [
        (json!({}), 200),
        (json!({"uri": "/elsewhere"}), 403),
        (json!({"querystring": "a=1"}), 200),
        (header("x-forwarded-for", "192.0.2.7"), 200),
        (json!({"body": {"action": "read-only", "data": ""}}), 200),
        (json!({"uri": "no-slash"}), 502),
        (json!({"uri": format!("/{}", "a".repeat(8191))}), 502),
        (json!({"method": "HEAD"}), 502),
        (json!({"body": {"action": "replace", "data": ""}}), 502),
        (header("host", "elsewhere"), 502),
        (header("via", "me"), 502),
        (header("content-length", "1"), 502),
        (header("cdn-loop", "me"), 502),
        (header("connection", "close"), 502),
        (header("x-real-ip", "192.0.2.7"), 502),
        (header("x-amzn-requestid", "1"), 502),
        (header("cloudfront-viewer-country", "CH"), 502),
        (json!({"headers": {"host": []}}), 502),
    ] {
        let answer = edited(&client, &value).await;
        assert_eq!(answer.status, status, "{value}: {}", answer.text());
        assert_eq!(answer.header("x-cache") == INVALID, status == 502, "{value}");
    }
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_of_size_are_the_documented_ones() {
    let client = Client::deployed().await;
    let path = |length: usize| format!("/{}", "a".repeat(length - 1));
    // A key of S3 has at most 1,024 bytes, so what passes the edge ends there.
    assert_eq!(get(&client, &path(8192), &[]).await.status, 401);
    let long = get(&client, &path(8193), &[]).await;
    assert_eq!((long.status, long.header("x-cache")), (414, "Error from cloudfront"));
    // Of 32,768 bytes the path takes 1, `host` and `connection` some, and each header 4 besides.
    let host = client.cloud().edge_url().len() - "http://".len();
    let left =
        32_768 - 1 - ("host".len() + host + 4) - ("connectionclose".len() + 4) - ("x-l".len() + 4);
    for (length, status) in [(left, 401), (left + 1, 494)] {
        let answer = get(&client, "/", &[("x-l", &"a".repeat(length))]).await;
        assert_eq!(answer.status, status, "{length}");
    }
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_ends_with_its_time_and_its_memory() {
    let client = Client::deployed().await;
    let token = token();
    let (hangs, swells) =
        tokio::join!(get(&client, "/hang", &token), get(&client, "/swell", &token));
    for (answer, reason) in [(hangs, "Task timed out after 5.00 seconds"), (swells, "128 MB")] {
        assert_eq!((answer.status, answer.header("x-cache")), (503, BROKEN));
        assert!(answer.text().contains(reason), "{}", answer.text());
    }
    assert_eq!(get(&client, PATH, &[]).await.status, 401, "another process took over");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_work_at_a_time_and_dead_ones_are_replaced() {
    let client = Client::deployed().await;
    assert!(client.cloud().workers().is_empty());
    let (one, two) = tokio::join!(get(&client, "/meet", &[]), get(&client, "/meet", &[]));
    assert_ne!(one.text(), two.text(), "each of them waited for the other");
    let pids = [one.text(), two.text()];
    let running: Vec<String> = client.cloud().workers().iter().map(u32::to_string).collect();
    assert!(pids.iter().all(|it| running.contains(it)), "{pids:?} stay warm: {running:?}");

    for which in 0..running.len() {
        client.cloud().kill_worker(which);
    }
    while !client.cloud().workers().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(get(&client, PATH, &[]).await.status, 401, "killed while they had nothing to do");
    let kill = async {
        loop {
            client.cloud().kill_worker(0);
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = get(&client, "/hang", &[]) => assert_eq!(answer.status, 503, "killed at work"),
        () = kill => {}
    }
    assert_eq!(get(&client, PATH, &[]).await.status, 401);
    client.shutdown().await;
}

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html#request-custom-headers-behavior>
#[tokio::test(flavor = "multi_thread")]
async fn headers_of_a_viewer_that_reach_the_bucket() {
    /// By name: whether it arrives; what is not here is the edge's own.
    const ROWS: [(&str, bool); 29] = [
        ("accept", false),
        ("accept-charset", false),
        ("accept-language", false),
        ("cache-control", true),
        ("cloudfront-is-mobile-viewer", false),
        ("content-md5", true),
        ("content-type", true),
        ("cookie", false),
        ("date", true),
        ("from", true),
        ("if-modified-since", true),
        ("if-range", true),
        ("max-forwards", true),
        ("origin", true),
        ("pragma", true),
        ("proxy-authorization", false),
        ("range", true),
        ("referer", false),
        ("request-range", true),
        ("te", false),
        ("warning", true),
        ("x-amz-acl", false),
        ("x-amz-copy-source", false),
        ("x-amz-meta-a", false),
        ("x-edge-a", false),
        ("x-forwarded-for", true),
        ("x-forwarded-proto", false),
        ("x-http-method-override", false),
        ("x-real-ip", false),
    ];
    let client = Client::deployed().await;
    let headers: Vec<(&str, &str)> = ROWS.iter().map(|(name, _)| (*name, "1")).collect();
    for (method, path) in [("GET", "/u/a"), ("PUT", "/u/b"), ("OPTIONS", "/u/keep-token")] {
        let headers = [token(), headers.clone()].concat();
        client.edge(method, path, &headers, b"").await;
    }
    let seen = client.origin_requests().await;
    assert_eq!(seen.len(), 3);
    for request in &seen {
        let arrived: BTreeSet<&str> =
            request["header_names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for (name, arrives) in ROWS {
            assert_eq!(arrived.contains(name), arrives, "{name} of {}", request["method"]);
        }
        let own = ["authorization", "host", "user-agent", "via", "x-amz-cf-id"];
        assert!(own.iter().all(|it| arrived.contains(it)), "{arrived:?}");
        assert_eq!(request["authorization_scheme"], "AWS4-HMAC-SHA256");
    }
    client.shutdown().await;
}

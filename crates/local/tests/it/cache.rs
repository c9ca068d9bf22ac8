//! The edge cache as a viewer sees it, with the number of times that the bucket was asked.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorS3Origin.html>

use serde_json::json;

use crate::client::{Answer, BUCKET, Client};
use crate::{IMAGE, PATH, get, image, token};

/// A day, the policy's default, and a second.
const EXPIRED: u64 = 86_401;

/// Headers of a request, and the status and the body of its answer.
type Row<'a> = (&'a [(&'a str, &'a str)], (u16, &'a [u8]));

async fn with(client: &Client, method: &str, extra: &[(&str, &str)]) -> Answer {
    client.edge(method, PATH, &[token(), extra.to_vec()].concat(), b"").await
}

fn word(answer: &Answer) -> &str {
    answer.header("x-cache").split(' ').next().unwrap()
}

/// Replaces the object behind the edge's back.
async fn replace(client: &Client, body: &str) {
    client.ok("PUT", &format!("/{BUCKET}{PATH}"), "s3", body).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_object_answers_every_kind_of_read() {
    let client = Client::deployed().await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    let first = with(&client, "GET", &[]).await;
    assert_eq!((word(&first), first.header("age")), ("Miss", ""));
    assert_eq!(first.header("via"), "1.1 local.cloudfront.net (CloudFront)");
    assert_eq!(first.header("x-amz-cf-id").len(), 56);
    client.pass(7).await;
    let (etag, modified) = (first.header("etag"), first.header("last-modified"));
    let (size, asked) = (IMAGE.len(), client.origin_requests().await.len());
    let whole = (200, IMAGE);
    let part = (206, &IMAGE[1..4]);
    let rows: &[Row<'_>] = &[
        (&[], whole),
        (&[("cache-control", "no-cache"), ("pragma", "no-cache")], whole),
        (&[("range", "bytes=1-3")], part),
        (&[("range", "bytes=-3")], (206, &IMAGE[size - 3..])),
        (&[("range", "bytes=3-1")], whole),
        (&[("range", "bytes=0-1,3-4")], whole),
        (&[("range", "bytes=999-")], (416, b"")),
        (&[("range", "bytes=1-3"), ("if-range", etag)], part),
        (&[("range", "bytes=1-3"), ("if-range", modified)], part),
        (&[("range", "bytes=1-3"), ("if-range", "\"other\"")], whole),
        (&[("if-none-match", etag)], (304, b"")),
        (&[("if-none-match", "\"other\", *")], whole),
        (&[("if-none-match", "*")], (304, b"")),
        (&[("if-none-match", "\"other\"")], whole),
        (&[("if-none-match", etag), ("range", "bytes=1-3")], (304, b"")),
        (&[("if-modified-since", modified)], (304, b"")),
        (&[("if-modified-since", "Sat, 01 Jan 2000 00:00:00 GMT")], whole),
        (&[("if-none-match", "\"other\""), ("if-modified-since", modified)], whole),
        // These two are for the origin alone (RFC 9111 §4.3.2).
        (&[("if-match", "\"other\"")], whole),
        (&[("if-unmodified-since", "Sat, 01 Jan 2000 00:00:00 GMT")], whole),
    ];
    for (headers, (status, body)) in rows {
        for method in ["GET", "HEAD"] {
            let answer = with(&client, method, headers).await;
            let body = if method == "GET" { body } else { &b""[..] };
            assert_eq!((answer.status, answer.body.as_slice()), (*status, body), "{headers:?}");
            assert_eq!((word(&answer), answer.header("age")), ("Hit", "7"), "{headers:?}");
            assert_eq!(answer.header("etag"), etag);
        }
    }
    let head = with(&client, "HEAD", &[]).await;
    assert_eq!(head.header("content-length"), size.to_string());
    let part = with(&client, "HEAD", &[("range", "bytes=1-3")]).await;
    assert_eq!(part.header("content-range"), format!("bytes 1-3/{size}"));
    let query = client.edge("GET", &format!("{PATH}?w=1"), &token(), b"").await;
    assert_eq!(word(&query), "Hit", "the policy has no query strings");
    assert_eq!(client.origin_requests().await.len(), asked, "all that came from the cache");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_and_heads_are_cached_as_such() {
    let client = Client::deployed().await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    let range = [("range", "bytes=1-3")];
    for cache in ["Miss", "Hit"] {
        let part = with(&client, "GET", &range).await;
        assert_eq!((part.status, part.body.as_slice(), word(&part)), (206, &IMAGE[1..4], cache));
        let head = with(&client, "HEAD", &[]).await;
        assert_eq!((head.status, word(&head)), (200, cache));
        assert_eq!(head.header("content-length"), IMAGE.len().to_string());
    }
    let other = with(&client, "GET", &[("range", "bytes=0-3")]).await;
    assert_eq!((word(&other), other.body.len()), ("Miss", 4));
    let whole = with(&client, "GET", &[]).await;
    assert_eq!((word(&whole), whole.body.as_slice()), ("Miss", IMAGE));
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_object_is_asked_about_and_kept_or_replaced() {
    let client = Client::deployed().await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    with(&client, "GET", &[]).await;
    client.pass(EXPIRED).await;
    let fresh = with(&client, "GET", &[("range", "bytes=0-3")]).await;
    assert_eq!((fresh.status, word(&fresh), fresh.header("age")), (206, "RefreshHit", "0"));
    let asked = client.origin_requests().await;
    let names = asked.last().unwrap()["header_names"].to_string();
    assert!(names.contains("if-none-match") && !names.contains("range"), "{names}");
    assert_eq!(word(&with(&client, "GET", &[]).await), "Hit");

    replace(&client, "new").await;
    assert_eq!(with(&client, "GET", &[]).await.body, IMAGE, "served until it expires");
    client.pass(EXPIRED).await;
    let new = with(&client, "GET", &[]).await;
    assert_eq!((word(&new), new.text()), ("Miss", "new".to_owned()));
    assert_eq!(word(&with(&client, "GET", &[]).await), "Hit");

    // The bucket cannot read what it has: a 500.
    replace(&client, "lost").await;
    for file in std::fs::read_dir(client.state().join("objects")).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    client.pass(EXPIRED).await;
    let asked = client.origin_requests().await.len();
    for _ in 0..2 {
        let stale = with(&client, "GET", &[]).await;
        assert_eq!((stale.status, stale.text()), (200, "new".to_owned()), "stands in");
    }
    assert_eq!(client.origin_requests().await.len(), asked + 1, "asked again in ten seconds");
    client.pass(11).await;
    with(&client, "GET", &[]).await;
    assert_eq!(client.origin_requests().await.len(), asked + 2);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_object_is_served_while_the_bucket_is_asked() {
    let client = Client::deployed().await;
    let says = ("cache-control", "max-age=10, stale-while-revalidate=60");
    client.edge("PUT", PATH, &[image(), vec![says]].concat(), IMAGE).await;
    assert_eq!(word(&with(&client, "GET", &[]).await), "Miss");
    client.pass(71).await;
    assert_eq!(word(&with(&client, "GET", &[]).await), "RefreshHit", "that is too long ago");

    client.pass(11).await;
    let asked = client.origin_requests().await.len();
    let part = with(&client, "GET", &[("range", "bytes=0-3")]).await;
    assert_eq!((part.status, word(&part), part.header("age")), (206, "Hit", "11"));
    // Nobody waits for the answer, but everybody after it gets what it says.
    while with(&client, "GET", &[]).await.header("age") != "0" {}
    let seen = client.origin_requests().await;
    let names = seen.last().unwrap()["header_names"].to_string();
    assert!(names.contains("if-none-match") && !names.contains("range"), "{names}");
    assert_eq!(seen.len(), asked + 1, "one of them asked");

    replace(&client, "new").await;
    client.pass(11).await;
    assert_eq!(with(&client, "GET", &[]).await.body, IMAGE);
    while with(&client, "GET", &[]).await.body == IMAGE {}
    let new = with(&client, "GET", &[]).await;
    assert_eq!((word(&new), new.text()), ("Hit", "new".to_owned()));
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_never_cached_and_invalidate_nothing() {
    let client = Client::deployed().await;
    for status in [200, 412] {
        let put = client.edge("PUT", PATH, &image(), IMAGE).await;
        let cache = if status == 200 { "Miss" } else { "Error" };
        assert_eq!((put.status, word(&put)), (status, cache));
    }
    with(&client, "GET", &[]).await;
    client.edge("PUT", PATH, &image(), b"other").await;
    let asked = client.origin_requests().await.len();
    let cached = with(&client, "GET", &[]).await;
    assert_eq!((word(&cached), cached.body.as_slice()), ("Hit", IMAGE));
    assert_eq!(client.origin_requests().await.len(), asked);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalidation_takes_paths_out() {
    let client = Client::deployed().await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    let distribution = client.distribution().await;
    let batch = |path: &str| {
        format!(
            "<InvalidationBatch><CallerReference>{path}</CallerReference><Paths><Quantity>1</Quantity><Items><Path>{path}</Path></Items></Paths></InvalidationBatch>"
        )
    };
    with(&client, "GET", &[]).await;
    with(&client, "GET", &[("range", "bytes=0-3")]).await;
    for (path, cache) in [("/other*", "Hit"), ("/u/*", "Miss"), (PATH, "Miss")] {
        let to = format!("/2020-05-31/distribution/{distribution}/invalidation");
        client.ok("POST", &to, "cloudfront", &batch(path)).await;
        assert_eq!(word(&with(&client, "GET", &[]).await), cache, "{path}");
    }
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn simultaneous_misses_ask_the_bucket_once() {
    let client = Client::deployed().await;
    let body: Vec<u8> = (0..3_000_000_u32).map(|it| it.to_le_bytes()[0]).collect();
    client.edge("PUT", PATH, &image(), &body).await;
    let asked = client.origin_requests().await.len();
    let all = futures_util::future::join_all((0..8).map(|_| with(&client, "GET", &[]))).await;
    assert!(all.iter().all(|it| it.body == body));
    let mut words: Vec<&str> = all.iter().map(word).collect();
    words.sort_unstable();
    assert_eq!(words, [["Hit"; 7].as_slice(), &["Miss"]].concat());
    assert_eq!(client.origin_requests().await.len(), asked + 1);
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_cached_as_documented() {
    let client = Client::deployed().await;
    assert_eq!(with(&client, "GET", &[]).await.status, 403, "a missing key, without ListBucket");
    client.edge("PUT", PATH, &image(), IMAGE).await;
    assert_eq!(with(&client, "GET", &[]).await.status, 200, "a 403 is not cached");

    let distribution = client.distribution().await;
    let source = format!("arn:aws:cloudfront::000000000000:distribution/{distribution}");
    let allow = |action: &str, resource: String| {
        json!({"Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": action,
            "Resource": resource, "Condition": {"StringEquals": {"aws:SourceArn": source}}})
    };
    let objects = || format!("arn:aws:s3:::{BUCKET}/*");
    let policy = json!({"Version": "2012-10-17", "Statement": [allow("s3:GetObject", objects()),
        allow("s3:PutObject", objects()), allow("s3:ListBucket", format!("arn:aws:s3:::{BUCKET}"))]});
    client.ok("PUT", &format!("/{BUCKET}?policy"), "s3", &policy.to_string()).await;
    assert_eq!(get(&client, "/u/missing", &token()).await.status, 404);
    client.edge("PUT", "/u/missing", &image(), IMAGE).await;
    client.pass(9).await;
    let error = get(&client, "/u/missing", &token()).await;
    assert_eq!((error.status, word(&error), error.header("age")), (404, "Error", "9"));
    client.pass(2).await;
    assert_eq!(get(&client, "/u/missing", &token()).await.status, 200, "ten seconds are over");
    client.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cache_survives_a_restart() {
    let client = Client::deployed().await;
    client.edge("PUT", PATH, &image(), IMAGE).await;
    with(&client, "GET", &[]).await;
    let client = client.restarted(0.0).await;
    let answer = with(&client, "GET", &[]).await;
    assert_eq!((word(&answer), answer.body.as_slice()), ("Hit", IMAGE));
    assert_eq!(get(&client, PATH, &[]).await.status, 401, "for those whom the function lets in");
    assert!(client.origin_requests().await.is_empty());
    client.shutdown().await;
}

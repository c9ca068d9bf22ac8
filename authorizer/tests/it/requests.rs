//! Attacks on the request around a good token, what is edited in it, and the form of the answers.

use crate::support::{
    self, POLICY, RULES, claims, compiled, header, judge_by, outcome, pairs, sign, token,
};
use authorizer::{Decision, Policy};
use insta::assert_snapshot;

type Headers = &'static [(&'static str, &'static str)];

const FORBIDDEN: (u16, &str) = (403, "insufficient_scope");
const ALLOWED: (u16, &str) = (200, "");
const CLAIM: (u16, &str) = (401, "token-verification-failed");

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// The outcome for a good token and these further headers.
fn send(method: &str, path: &str, query: &str, headers: &[(&str, &str)]) -> (u16, &'static str) {
    let authorization = bearer(&token());
    let mut all = pairs(&[("authorization", &authorization)]);
    all.extend(pairs(headers));
    outcome(&judge_by(&POLICY, (method, path, query), &all))
}

fn upload(path: &str, query: &str, headers: &[(&str, &str)]) -> (u16, &'static str) {
    let defaults = [("content-type", "image/png"), ("content-length", "1000")];
    let missing =
        defaults.into_iter().filter(|(name, _)| !headers.iter().any(|(known, _)| known == name));
    let all: Vec<_> =
        headers.iter().copied().chain(missing).filter(|(_, value)| *value != "-").collect();
    send("PUT", path, query, &all)
}

#[test]
fn methods_and_paths() {
    let table = [
        ("GET", "/users/user_1/a.png", ALLOWED),
        ("HEAD", "/users/user_1/a.png", ALLOWED),
        ("HEAD", "/probe", ALLOWED),
        ("GET", "/probe", FORBIDDEN),
        ("GET", "/users/user_2/a.png", FORBIDDEN),
        ("GET", "/users/user_1", FORBIDDEN),
        ("GET", "/users/user_11/a.png", FORBIDDEN),
        ("GET", "/Users/user_1/a.png", FORBIDDEN),
        ("GET", "/elsewhere", FORBIDDEN),
        ("GET", "/users/user_1/../user_2/a.png", (400, "path-not-canonical")),
        ("GET", "/users/user%5F1/a.png", (400, "path-not-canonical")),
        ("GET", "/users//a.png", (400, "path-not-canonical")),
        ("GET", "/", (400, "path-not-canonical")),
        ("GET", "/\u{e9}", (400, "path-not-canonical")),
        ("DELETE", "/users/user_1/a.png", (405, "method-not-allowed")),
        ("POST", "/users/user_1/a.png", (405, "method-not-allowed")),
        ("PATCH", "/users/user_1/a.png", (405, "method-not-allowed")),
        ("OPTIONS", "/users/user_1/a.png", (405, "method-not-allowed")),
        ("get", "/users/user_1/a.png", (405, "method-not-allowed")),
        ("", "/users/user_1/a.png", (405, "method-not-allowed")),
    ];
    for (method, path, expected) in table {
        assert_eq!(send(method, path, "", &[]), expected, "{method} {path}");
    }
}

#[test]
fn credentials_occur_once() {
    let authorization = bearer(&token());
    let twice = pairs(&[("authorization", &authorization), ("Authorization", &authorization)]);
    let read = ("GET", "/users/user_1/a.png", "");
    assert_eq!(outcome(&judge_by(&POLICY, read, &twice)), (400, "invalid_request"));
    assert_eq!(outcome(&judge_by(&POLICY, read, &[])), (401, "token-missing"));
    let cookie = pairs(&[("cookie", "__session=x")]);
    assert_eq!(outcome(&judge_by(&POLICY, read, &cookie)), (401, "token-missing"));
}

#[test]
fn reads_carry_no_body() {
    let read = |headers: &[(&str, &str)]| send("GET", "/users/user_1/a.png", "", headers);
    assert_eq!(read(&[("content-length", "0")]), ALLOWED);
    assert_eq!(read(&[("content-length", "1")]), (400, "invalid_request"));
    assert_eq!(read(&[("transfer-encoding", "chunked")]), (400, "invalid_request"));
}

#[test]
fn uploads() {
    let path = "/users/user_1/a.png";
    let table: [(Headers, (u16, &str)); 22] = [
        (&[], ALLOWED),
        (&[("content-length", "0")], ALLOWED),
        (&[("content-length", "10485760")], ALLOWED),
        (&[("content-length", "10485761")], (413, "upload-too-large")),
        (&[("content-length", "-")], (411, "length-required")),
        (&[("content-length", "")], (411, "length-required")),
        (&[("content-length", "+1")], (400, "invalid_request")),
        (&[("content-length", "1 ")], (400, "invalid_request")),
        (&[("content-length", "0x10")], (400, "invalid_request")),
        (&[("content-length", "18446744073709551617")], (400, "invalid_request")),
        (&[("content-length", "1"), ("content-length", "1")], (400, "invalid_request")),
        (&[("transfer-encoding", "chunked")], (411, "length-required")),
        (&[("content-type", "-")], (415, "content-type-not-allowed")),
        (&[("content-type", "image/gif")], (415, "content-type-not-allowed")),
        (&[("content-type", "image/svg+xml")], (415, "content-type-not-allowed")),
        (&[("content-type", "image/png; charset=x")], (415, "content-type-not-allowed")),
        (&[("content-type", "IMAGE/PNG")], (415, "content-type-not-allowed")),
        (&[("content-type", "image/png"), ("content-type", "text/html")], (400, "invalid_request")),
        (&[("x-amz-copy-source", "/b/k")], (400, "header-not-allowed")),
        (&[("X-Amz-Acl", "public-read")], (400, "header-not-allowed")),
        (&[("x-amz-", "")], (400, "header-not-allowed")),
        (&[("x-amzn", "")], ALLOWED),
    ];
    for (headers, expected) in table {
        assert_eq!(upload(path, "", headers), expected, "{headers:?}");
    }
    for query in ["acl", "uploads", "partNumber=1&uploadId=x", "versionId=1"] {
        assert_eq!(upload(path, query, &[]), (400, "query-not-allowed"), "{query}");
    }
    assert_eq!(upload("/users/user_2/a.png", "", &[]), FORBIDDEN);
}

#[test]
fn rules_read_both_versions_of_the_claims() {
    let v1 = || claims().without("v");
    let v2 = claims;
    let org = |role: &str| format!(r#"{{"id":"org_1","slg":"acme","rol":"{role}"}}"#);
    let flat = |role: &str| {
        v1().with("org_id", "\"org_1\"")
            .with("org_slug", "\"acme\"")
            .with("org_role", format!("\"{role}\""))
    };
    let table = [
        ("PUT", "/orgs/org_1/a.png", v2().with("o", org("admin")), ALLOWED),
        ("PUT", "/orgs/org_1/a.png", v2().with("o", org("member")), FORBIDDEN),
        ("PUT", "/orgs/org_2/a.png", v2().with("o", org("admin")), FORBIDDEN),
        ("PUT", "/orgs/org_1/a/b.png", v2().with("o", org("admin")), FORBIDDEN),
        ("PUT", "/orgs/org_1/a.png", flat("org:editor"), ALLOWED),
        ("PUT", "/orgs/org_1/a.png", flat("org:member"), FORBIDDEN),
        ("PUT", "/orgs/org_1/a.png", flat("org:admin").with("v", 1), ALLOWED),
        // The other version's claims may be the application's own, so they count for nothing.
        ("PUT", "/orgs/org_1/a.png", flat("org:admin").with("v", 2), FORBIDDEN),
        ("PUT", "/orgs/org_1/a.png", v1().with("o", org("admin")), FORBIDDEN),
        ("PUT", "/orgs/org_1/a.png", v2().with("v", 3).with("o", org("admin")), FORBIDDEN),
        ("PUT", "/orgs/org_1/a.png", v2().with("v", "\"2\"").with("o", org("admin")), FORBIDDEN),
        ("GET", "/orgs/acme/a/b.png", v2().with("o", org("member")), ALLOWED),
        ("GET", "/plans/a", v2().with("meta", r#"{"plan":"gold"}"#), ALLOWED),
        ("GET", "/plans/a", v2().with("meta", r#"{"plan":"silver"}"#), FORBIDDEN),
        ("GET", "/plans/a", v2().with("meta", r#"{"plan":["gold"]}"#), FORBIDDEN),
        ("GET", "/plans/a", v2().with("meta.plan", "\"gold\""), FORBIDDEN),
        ("GET", "/plans/a", v2(), FORBIDDEN),
        // A claim stands for what a segment names, never for how it is written.
        ("GET", "/users/a%20b/x", v2().with("sub", "\"a%20b\""), FORBIDDEN),
        ("GET", "/users/a%20b/x", v2().with("sub", "\"a b\""), ALLOWED),
        ("GET", "/users/a%7Cb/x", v2().with("sub", "\"a|b\""), ALLOWED),
        ("GET", "/users/a%7Cb/x", v2().with("sub", "\"a\\u007cb\""), ALLOWED),
        ("GET", "/users/a%7Cb/x", v2().with("sub", "\"a|\""), FORBIDDEN),
        ("GET", "/users/a%7Cb/x", v2().with("sub", "\"a|bc\""), FORBIDDEN),
        ("GET", "/users/%C3%A9/x", v2().with("sub", "\"é\""), ALLOWED),
        ("GET", "/users/%C3%A9/x", v2().with("sub", "\"e\u{301}\""), FORBIDDEN),
        ("GET", "/users/a/b/x", v2().with("sub", "\"a/b\""), FORBIDDEN),
        ("GET", "/users/x/y", v2().with("sub", "\"\""), CLAIM),
    ];
    for (method, path, claims, expected) in table {
        let authorization = bearer(&sign(header(), &claims));
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "image/png"),
            ("content-length", "1"),
        ];
        let headers = if method == "PUT" { pairs(&headers) } else { pairs(&headers[..1]) };
        let decision = judge_by(&POLICY, (method, path, ""), &headers);
        assert_eq!(outcome(&decision), expected, "{method} {path} {claims}");
    }
}

#[test]
fn authorized_parties_are_a_choice() {
    let lenient =
        compiled(&RULES.replace("\"allow_missing_azp\": false", "\"allow_missing_azp\": true"));
    let unchecked =
        RULES.replace(r#"["https://app.example.com", "https://www.example.com"]"#, "[]");
    let unchecked = compiled(&unchecked);
    let missing = bearer(&sign(header(), claims().without("azp")));
    let foreign = bearer(&sign(header(), claims().with("azp", "\"https://evil.example\"")));
    let status = |policy: &Policy<'static>, authorization: &str| {
        let headers = pairs(&[("authorization", authorization)]);
        outcome(&judge_by(policy, ("GET", "/users/user_1/a", ""), &headers)).0
    };
    assert_eq!((status(&lenient, &missing), status(&lenient, &foreign)), (200, 401));
    assert_eq!((status(&unchecked, &missing), status(&unchecked, &foreign)), (200, 200));
}

#[test]
fn edits() {
    let authorization = bearer(&token());
    let read = pairs(&[("authorization", &authorization), ("cookie", "a=b")]);
    let read = judge_by(&POLICY, ("GET", "/users/user_1/a", "x=y"), &read);
    let names = [
        ("host", ""),
        ("authorization", authorization.as_str()),
        ("cookie", ""),
        ("content-length", "1"),
        ("content-type", "image/png"),
        ("cache-control", ""),
        ("content-encoding", ""),
        ("expires", ""),
        ("content-disposition", ""),
        ("if-match", ""),
        ("user-agent", ""),
        ("x-user", ""),
        ("via", ""),
    ];
    let write = pairs(&names);
    let write = judge_by(&POLICY, ("PUT", "/users/user_1/a", ""), &write);
    assert_snapshot!(format!("{read:?}\n{write:?}"), @r#"
    Allow(Edits { blank_query: true, create_only: false })
    Allow(Edits { blank_query: false, create_only: true })
    "#);
    let overwriting = compiled(&RULES.replace("\"create_only\": true", "\"create_only\": false"));
    let headers = pairs(&names);
    let Decision::Allow(edits) = judge_by(&overwriting, ("PUT", "/users/user_1/a", ""), &headers)
    else {
        panic!()
    };
    assert!(!edits.create_only);
}

#[test]
fn answers() {
    let show = |method, origin, authorization| {
        let headers = pairs(&[("origin", origin), ("authorization", authorization)]);
        let headers = if authorization.is_empty() { &headers[..1] } else { &headers };
        match judge_by(&POLICY, (method, "/users/user_1/a", ""), headers) {
            Decision::Answer(answer) => answer.to_json(),
            Decision::Allow(_) => panic!(),
        }
    };
    let expired = bearer(&sign(header(), claims().with("exp", 1)));
    let foreign = bearer(&sign(header(), claims().with("sub", "\"user_2\"")));
    let all = [
        show("GET", "https://app.example.com", ""),
        show("GET", "https://evil.example", &expired),
        show("HEAD", "http://localhost:8081", &foreign),
        show("GET", "null", "Bearer"),
        show("POST", "https://app.example.com", ""),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    {"status":401,"headers":{"www-authenticate":"Bearer realm=\"edgegate\"","cache-control":"no-store","content-type":"application/json","x-content-type-options":"nosniff","vary":"Origin","access-control-allow-origin":"https://app.example.com","access-control-expose-headers":"www-authenticate"},"body":"{\"error\":\"token-missing\",\"message\":\"a session token is needed\",\"request_id\":\"4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==\"}"}
    {"status":401,"headers":{"www-authenticate":"Bearer realm=\"edgegate\", error=\"invalid_token\"","cache-control":"no-store","content-type":"application/json","x-content-type-options":"nosniff","vary":"Origin"},"body":"{\"error\":\"token-expired\",\"message\":\"the token has expired\",\"retry\":true,\"request_id\":\"4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==\"}"}
    {"status":403,"headers":{"www-authenticate":"Bearer realm=\"edgegate\", error=\"insufficient_scope\"","cache-control":"no-store","content-type":"application/json","x-content-type-options":"nosniff","vary":"Origin","access-control-allow-origin":"http://localhost:8081","access-control-expose-headers":"www-authenticate"},"body":""}
    {"status":400,"headers":{"www-authenticate":"Bearer realm=\"edgegate\", error=\"invalid_request\"","cache-control":"no-store","content-type":"application/json","x-content-type-options":"nosniff","vary":"Origin"},"body":"{\"error\":\"invalid_request\",\"message\":\"the request is malformed\",\"request_id\":\"4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==\"}"}
    {"status":405,"headers":{"allow":"GET, HEAD, PUT","cache-control":"no-store","content-type":"application/json","x-content-type-options":"nosniff","vary":"Origin","access-control-allow-origin":"https://app.example.com","access-control-expose-headers":"www-authenticate"},"body":"{\"error\":\"method-not-allowed\",\"message\":\"this method is never allowed\",\"request_id\":\"4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==\"}"}
    "#);
}

#[test]
fn preflights() {
    let ask = |headers: &[(&str, &str)]| {
        let headers = pairs(headers);
        match judge_by(&POLICY, ("OPTIONS", "/any//path", "x"), &headers) {
            Decision::Answer(answer) => answer.to_json(),
            Decision::Allow(_) => panic!(),
        }
    };
    let method = ("access-control-request-method", "PUT");
    let all = [
        ask(&[("origin", "https://app.example.com"), method]),
        ask(&[("origin", "https://app.example.com.evil.example"), method]),
        ask(&[
            ("origin", "https://app.example.com"),
            ("origin", "https://app.example.com"),
            method,
        ]),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    {"status":204,"headers":{"cache-control":"no-store","vary":"Origin","access-control-allow-origin":"https://app.example.com","access-control-allow-methods":"GET, HEAD, PUT","access-control-allow-headers":"authorization, content-type","access-control-max-age":"7200"},"body":""}
    {"status":204,"headers":{"cache-control":"no-store","vary":"Origin"},"body":""}
    {"status":204,"headers":{"cache-control":"no-store","vary":"Origin"},"body":""}
    "#);
    assert!(ask(&[method]).contains("method-not-allowed"));
    assert!(ask(&[("origin", "https://app.example.com")]).contains("method-not-allowed"));
}

#[test]
fn only_harmless_request_ids_are_repeated() {
    let long = "a".repeat(129);
    for (id, repeated) in [
        (support::ID, true),
        ("", false),
        ("a\"b", false),
        ("<script>", false),
        (long.as_str(), false),
    ] {
        let request = authorizer::Request::new(("GET", "/a", ""), id, &[]);
        let Decision::Answer(answer) =
            authorizer::decide(&POLICY, &support::KEYS, 0, &request, |_, _, _| false)
        else {
            panic!()
        };
        assert_eq!(answer.body().contains("request_id"), repeated, "{id}");
        assert!(answer.body().len() < 1024);
    }
}

#[test]
fn the_handler_passes_the_headers_that_are_read() {
    let handler = include_str!("../../lambda/index.mjs");
    let line = handler.lines().find(|line| line.starts_with("const READ = ")).unwrap();
    let names: Vec<&str> = line.split('\'').skip(1).step_by(2).collect();
    assert_eq!(names, authorizer::READ_HEADERS);
}

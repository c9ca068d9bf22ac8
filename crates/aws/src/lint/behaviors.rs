//! What a distribution lets past the authorizer, on to the bucket, or into a log.

use super::{Said, info, warning};
use serde_json::Value;

/// Headers that S3 acts upon in a request that it takes for CloudFront's own (S3 API, "Common request
/// headers"); `host` breaks the signature.
const ACTED_UPON: [&str; 3] = ["x-amz-", "host", "*"];

/// What an origin request policy lets through.
fn forwarded(behavior: &Value) -> Option<Said> {
    let id = behavior["origin_request_policy"].as_str()?;
    let list = |name: &str| {
        let all = behavior["forwarded"][name].as_array().into_iter().flatten();
        all.filter_map(Value::as_str).map(str::to_lowercase).collect::<Vec<_>>()
    };
    let Some(name) = behavior["forwarded"]["policy"].as_str() else {
        return Some(warning(format!(
            "the origin request policy {id} may forward what viewers send, and S3 takes that for \
             signed by CloudFront"
        )));
    };
    let (headers, cookies, queries) = (list("headers"), list("cookies"), list("query_strings"));
    let is_bad = |header: &&String| ACTED_UPON.iter().any(|it| header.starts_with(it));
    let bad: Vec<_> = headers.iter().filter(is_bad).map(String::as_str).collect();
    let mut risks = Vec::new();
    if !bad.is_empty() {
        let bad = bad.join(", ");
        risks.push(format!("headers ({bad}) that S3 takes for signed by CloudFront"));
    }
    if !queries.is_empty() {
        let queries = queries.join(", ");
        risks.push(format!("query strings ({queries}) with which S3 changes its answer"));
    }
    if !cookies.is_empty() {
        let cookies = cookies.join(", ");
        risks.push(format!("cookies ({cookies}), and Clerk's session is one"));
    }
    if risks.is_empty() {
        let headers = headers.join(", ");
        return Some(info(format!(
            "the origin request policy {name} forwards the headers {headers}, which S3 does not act \
             upon"
        )));
    }
    Some(warning(format!("the origin request policy {name} forwards {}", risks.join("; "))))
}

/// CloudFront developer guide, "Standard log file fields".
fn logged(logging: &Value) -> Said {
    let bucket = logging["bucket"].as_str().unwrap_or_default();
    if logging["include_cookies"] == true {
        return warning(format!(
            "the access log in {bucket} records cookies: Clerk's session is one, and a token in a \
             log can be replayed"
        ));
    }
    info(format!(
        "the access log in {bucket} records query strings and referrers: a token that an app puts \
         there is in it"
    ))
}

pub(super) fn lint(distribution: &Value) -> Vec<Said> {
    let mut said: Vec<Said> = forwarded(&distribution["behavior"]).into_iter().collect();
    let authorizer = &distribution["behavior"]["functions"];
    let at_the_door = |it: &&Value| it["event"] == "viewer-request";
    let authorizer = authorizer.as_array().and_then(|all| all.iter().find(at_the_door));
    if authorizer.is_none() {
        said.push(warning("no authorizer judges the requests: everybody may ask for every image"));
    }
    let arn = authorizer.map(|it| &it["version_arn"]);
    for it in distribution["path_behaviors"].as_array().into_iter().flatten() {
        let functions = it["functions"].as_array();
        if !functions.is_some_and(|all| all.iter().any(|it| Some(it) == arn)) {
            let path = it["path"].as_str().unwrap_or_default();
            said.push(warning(format!(
                "the behavior {path} is a door without the authorizer: what is below it is not \
                 judged"
            )));
        }
    }
    let logging = &distribution["logging"];
    if logging["enabled"] == true {
        said.push(logged(logging));
    }
    said
}

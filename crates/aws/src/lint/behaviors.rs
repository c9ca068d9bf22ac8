//! What a distribution lets past the authorizer, on to the bucket, or into a log.

use super::{Said, info, warning};
use serde_json::Value;

/// Managed by AWS (CloudFront developer guide, "Use managed origin request policies").
const MANAGED: [(&str, &str); 3] = [
    ("216adef6-5c7f-47e4-b989-5492eafa07d3", "AllViewer"),
    ("b689b0a8-53d0-40ab-baf2-68738e2966ac", "AllViewerExceptHostHeader"),
    ("88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "CORS-S3Origin"),
];

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
    let mut said = Vec::new();
    if let Some(id) = distribution["behavior"]["origin_request_policy"].as_str() {
        let name = MANAGED.into_iter().find(|it| it.0 == id).map_or(id, |it| it.1);
        said.push(warning(format!(
            "the origin request policy {name} forwards what viewers send, and S3 takes it for \
             signed by CloudFront"
        )));
    }
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

//! What an origin request policy lets through to the bucket. The stack has none; this is for the one
//! that somebody attached.

use crate::explain::{Explain, found};
use crate::tree::sorted;
use anyhow::Result;
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::OriginRequestPolicyConfig;
use serde::{Deserialize, Serialize};

/// Names, `*` for all of them, and `* but` before those that are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Forwarded {
    policy: String,
    headers: Vec<String>,
    cookies: Vec<String>,
    query_strings: Vec<String>,
}

/// `None` where there is no such policy.
pub(super) async fn read(cloudfront: &Client, id: &str) -> Result<Option<Forwarded>> {
    let answer = cloudfront.get_origin_request_policy().id(id).send().await.explain();
    let answer = found(answer, &["NoSuchOriginRequestPolicy"])?;
    let policy = answer.and_then(|it| it.origin_request_policy);
    Ok(policy.and_then(|it| it.origin_request_policy_config).map(from_sdk))
}

fn from_sdk(config: OriginRequestPolicyConfig) -> Forwarded {
    let headers = config.headers_config.map(|it| {
        (it.header_behavior.to_string(), it.headers.and_then(|it| it.items).unwrap_or_default())
    });
    let cookies = config.cookies_config.map(|it| {
        (it.cookie_behavior.to_string(), it.cookies.and_then(|it| it.items).unwrap_or_default())
    });
    let query_strings = config.query_strings_config.map(|it| {
        let names = it.query_strings.and_then(|it| it.items).unwrap_or_default();
        (it.query_string_behavior.to_string(), names)
    });
    Forwarded {
        // AWS puts that before its own.
        policy: config.name.trim_start_matches("Managed-").to_owned(),
        headers: selected(headers),
        cookies: selected(cookies),
        query_strings: selected(query_strings),
    }
}

/// CloudFront API, `OriginRequestPolicyHeadersConfig` and its like for cookies and query strings.
fn selected(found: Option<(String, Vec<String>)>) -> Vec<String> {
    let Some((behavior, names)) = found else { return Vec::new() };
    match behavior.as_str() {
        "none" => Vec::new(),
        "whitelist" => sorted(names),
        "allExcept" => vec![format!("* but {}", sorted(names).join(", "))],
        // `all`, `allViewer`, `allViewerAndWhitelistCloudFront`, and what may come.
        _ => vec!["*".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_is_a_list_of_names() {
        let of = |behavior: &str, names: &[&str]| {
            let names = names.iter().map(|it| (*it).to_owned()).collect();
            selected(Some((behavior.to_owned(), names))).join("; ")
        };
        assert_eq!(of("none", &[]), "");
        assert_eq!(of("whitelist", &["Origin", "Accept"]), "Accept; Origin");
        assert_eq!(of("allExcept", &["host"]), "* but host");
        assert_eq!(of("allViewer", &[]), "*");
        assert_eq!(selected(None), [""; 0]);
    }
}

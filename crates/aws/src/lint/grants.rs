//! What a bucket policy grants to CloudFront, statement by statement.

use super::{Said, warning};
use serde_json::Value;

const CLOUDFRONT: &str = "cloudfront.amazonaws.com";

/// `distribution_arn` is that of this stack's, where there is one.
pub(super) fn lint(policy: &Value, distribution_arn: Option<&str>) -> Vec<Said> {
    let statements = policy["Statement"].as_array().into_iter().flatten();
    let grants = statements.filter(|it| it["Effect"] == "Allow" && is_for_cloudfront(it));
    grants.flat_map(|it| grant(it, distribution_arn)).collect()
}

fn is_for_cloudfront(statement: &Value) -> bool {
    texts(&statement["Principal"]["Service"]).contains(&CLOUDFRONT)
}

fn grant(statement: &Value, distribution_arn: Option<&str>) -> Vec<Said> {
    let name = statement["Sid"].as_str().unwrap_or("without a Sid");
    let mut said = Vec::new();
    let sources = sources(statement);
    if sources.is_empty() {
        // IAM user guide, "The confused deputy problem".
        said.push(warning(format!(
            "statement {name} has no condition aws:SourceArn: every distribution of every account \
             may use it"
        )));
    }
    for source in sources {
        let is_known = source.starts_with("${") || distribution_arn.is_none_or(|it| it == source);
        if !is_known {
            said.push(warning(format!(
                "statement {name} lets another distribution at the bucket, {source}: whether an \
                 authorizer is in front of it is not known"
            )));
        }
    }
    for action in texts(&statement["Action"]) {
        let too_much = match action {
            "s3:ListBucket" => "a missing image then answers with the names of others",
            "s3:*" | "*" => "CloudFront may delete images and change the bucket",
            _ => continue,
        };
        said.push(warning(format!("statement {name} grants {action}: {too_much}")));
    }
    said
}

/// The values of the condition, whatever its operator.
fn sources(statement: &Value) -> Vec<&str> {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    let keys = operators.filter_map(|(_, keys)| keys.as_object()).flatten();
    let named = keys.filter(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn"));
    named.flat_map(|(_, values)| texts(values)).collect()
}

/// A list, or one item without its brackets.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

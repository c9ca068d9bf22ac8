//! What a change of each resource means for security: direction, risk, one sentence.
//!
//! A judge sees two trees and nothing else, so each rule is a pure function with a test. It says
//! what the trees prove; where two things cannot be compared it takes the wider reading.

mod authorizer;
mod distribution;
mod edge;
mod lists;
mod role;
mod rules;
mod statements;
mod switches;
#[cfg(test)]
mod tests;

use engine::{Direction, Finding, Judge, Risk};
use serde_json::Value;

/// Who judges the changes of a resource.
pub(crate) fn judge(resource: &str) -> Judge {
    match resource {
        "bucket" => |before, after| switches::judge("bucket", before, after),
        "bucket_policy" => |before, after| {
            statements::judge(&statements::BUCKET, at(before, "/policy"), at(after, "/policy"))
        },
        "origin_access_control" => {
            |before, after| switches::judge("origin_access_control", before, after)
        }
        "role" => role::judge,
        "cache_policy" => |before, after| switches::judge("cache_policy", before, after),
        "response_headers_policy" => edge::response_headers,
        "function" => authorizer::judge,
        "distribution" => distribution::judge,
        _ => |_, _| Vec::new(),
    }
}

fn at<'a>(tree: Option<&'a Value>, path: &str) -> Option<&'a Value> {
    tree?.pointer(path)
}

fn widens(path: impl Into<String>, risk: Risk, sentence: impl Into<String>) -> Finding {
    let (path, sentence) = (path.into(), sentence.into());
    Finding { path, direction: Direction::Widens, risk, sentence }
}

/// Closing something is a low risk: at worst it closes too much, and that shows.
fn narrows(path: impl Into<String>, sentence: impl Into<String>) -> Finding {
    let (path, sentence) = (path.into(), sentence.into());
    Finding { path, direction: Direction::Narrows, risk: Risk::Low, sentence }
}

fn neutral(path: impl Into<String>, risk: Risk, sentence: impl Into<String>) -> Finding {
    let (path, sentence) = (path.into(), sentence.into());
    Finding { path, direction: Direction::Neutral, risk, sentence }
}

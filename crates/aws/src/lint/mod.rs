//! What deserves a second look in what should be and in what is there, whether it changes or not.
//!
//! The rules are pure functions over what a plan has read anyway: no call is made for them.

mod behaviors;
mod beside;
mod grants;
mod hosts;
mod runtime;
#[cfg(test)]
mod tests;

use config::Config;
use engine::{Graph, Lint, Severity, Snapshot, State};
use serde_json::Value;

/// What a rule found: how bad it is, and the sentence.
type Said = (Severity, String);

/// All lints of a stack. `today` is a date of ISO 8601, `2026-11-25`.
#[must_use]
pub fn lints(config: &Config, graph: &Graph, seen: &Snapshot, today: &str) -> Vec<Lint> {
    let arn = seen.get("distribution").and_then(|it| it.outputs.get("arn")).map(String::as_str);
    let mut all = Vec::new();
    let warned = config.doubts().into_iter().map(warning);
    let hosts = hosts::lint(&config.cors.origins, &config.delivery.aliases);
    all.extend(warned.chain(hosts).map(|it| lint("configuration", State::Desired, it)));
    for node in graph.nodes() {
        let desired = of(node.name, &node.desired, arn, today);
        let observed = seen.get(node.name).map(|it| of(node.name, &it.props, arn, today));
        let observed = observed.unwrap_or_default().into_iter().filter(|it| !desired.contains(it));
        let observed = observed.map(|it| lint(node.name, State::Observed, it)).collect::<Vec<_>>();
        all.extend(desired.into_iter().map(|it| lint(node.name, State::Desired, it)));
        all.extend(observed);
        let kept = seen.get(node.name).map(|it| beside::lint(&it.beside)).unwrap_or_default();
        all.extend(kept.into_iter().map(|it| lint(node.name, State::Kept, it)));
    }
    all
}

fn of(resource: &str, tree: &Value, distribution_arn: Option<&str>, today: &str) -> Vec<Said> {
    match resource {
        "bucket_policy" => grants::lint(&tree["policy"], distribution_arn),
        "distribution" => behaviors::lint(tree),
        "function" => {
            let runtime = runtime::lint(tree["runtime"].as_str().unwrap_or_default(), today);
            runtime.into_iter().chain(public_rules(tree)).collect()
        }
        _ => Vec::new(),
    }
}

/// The lines of the rules, as the bundle describes what is inside the code.
fn public_rules(function: &Value) -> impl Iterator<Item = Said> {
    let rules = function["contents"]["rules"].as_array().into_iter().flatten();
    let public = rules.filter_map(Value::as_str).filter(|it| it.contains(", public true"));
    public.map(|it| warning(format!("everybody is let in, signed in or not: {it}")))
}

fn lint(resource: &'static str, state: State, (severity, sentence): Said) -> Lint {
    Lint { severity, state, resource, sentence }
}

fn warning(sentence: impl Into<String>) -> Said {
    (Severity::Warning, sentence.into())
}

fn info(sentence: impl Into<String>) -> Said {
    (Severity::Info, sentence.into())
}

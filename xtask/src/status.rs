//! `status`: what is there, and whether it matches.

use crate::cli::{Format, Target};
use crate::exit::Exit;
use crate::output::{BOLD, GREEN, YELLOW, say};
use crate::program::said;
use crate::rollback::ASSOCIATED;
use crate::stack::{Place, Stack};
use anyhow::Result;
use clap::Args;
use engine::{Action, Goal, Review, Snapshot, escape};
use serde_json::{Value, json};

/// The version of the JSON form; it rises when a field changes its meaning.
const SCHEMA: &str = "edgegate.status/1";

/// Show what is deployed and whether it matches the configuration
#[derive(Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) target: Target,
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

pub(crate) async fn run(args: StatusArgs) -> Result<Exit> {
    let stack = Stack::open(&args.target).await?;
    let seen = stack.observe().await?;
    let steps = engine::plan(&stack.graph, Goal::Present, &seen);
    let review = stack.review(Goal::Present, &seen, &steps);
    let status = status(&stack, &seen, &review);
    match args.format {
        Format::Text => print(&stack.place, &status, &review),
        Format::Json => say!("{status:#}"),
    }
    stack.close().await;
    Ok(Exit::Done)
}

/// Everything that is known; `null` stands for what is not there.
fn status(stack: &Stack, seen: &Snapshot, review: &Review) -> Value {
    let output = |node: &str, key: &str| seen.get(node).and_then(|it| it.outputs.get(key));
    let prop = |node: &str, at: &str| seen.get(node).and_then(|it| it.props.pointer(at));
    let arn = prop("distribution", ASSOCIATED).and_then(Value::as_str);
    let count = |action| review.steps.iter().filter(|it| it.action == action).count();
    let names = &stack.names;
    json!({
        "schema": SCHEMA,
        "stack": names.stack,
        "account": names.account,
        "region": names.region,
        "issuer": stack.config.issuer.url,
        "url": served(stack, seen),
        "bucket": output("bucket", "name"),
        "distribution": {
            "id": output("distribution", "id"),
            "state": output("distribution", "status"),
        },
        "function": {
            "name": names.function,
            "newest_version": output("function", "version"),
            "version_at_edge": arn.and_then(|it| it.rsplit(':').next()),
        },
        "keys": prop("function", "/contents/keys"),
        "drift": {
            "create": count(Action::Create),
            "update": count(Action::Update),
            "delete": count(Action::Delete),
            "unchanged": review.unchanged.len(),
            "digest": review.digest,
        },
        "draining": draining(seen),
    })
}

/// Where the images are, if anything serves them now.
fn served(stack: &Stack, seen: &Snapshot) -> Option<String> {
    match &stack.place {
        Place::Local(local) => (!local.is_own()).then(|| local.edge_url.clone()),
        Place::Aws => {
            let domain = seen.get("distribution").and_then(|it| it.outputs.get("domain"));
            domain.map(|it| format!("https://{it}"))
        }
    }
}

/// What AWS is still busy with, or has yet to let go of.
fn draining(seen: &Snapshot) -> Vec<&'static str> {
    let is = |node: &str, key: &str, value: &str| {
        seen.get(node).and_then(|it| it.outputs.get(key)).is_some_and(|it| it == value)
    };
    let alone = seen.contains_key("function") && !seen.contains_key("distribution");
    let all = [
        (is("distribution", "status", "InProgress"), "edges still switch to the configuration"),
        (is("function", "state", "busy"), "Lambda still carries out the function's last update"),
        (alone, "the function has no distribution: after a teardown its replicas go within hours"),
    ];
    all.into_iter().filter_map(|(holds, text)| holds.then_some(text)).collect()
}

fn print(place: &Place, status: &Value, review: &Review) {
    let nowhere = match place {
        Place::Aws => "no distribution yet",
        Place::Local(_) => "only while `cargo xtask local` runs",
    };
    let text = |at: &str| status.pointer(at).and_then(Value::as_str).unwrap_or("-");
    let names = format!("{} ({}, {})", text("/stack"), text("/account"), text("/region"));
    let distribution = format!("{} {}", text("/distribution/id"), text("/distribution/state"));
    let function = format!(
        "{} version {}, at the edge {}",
        text("/function/name"),
        text("/function/newest_version"),
        text("/function/version_at_edge")
    );
    let line = |name: &str, value: &str| say!("{BOLD}{name:<13}{BOLD:#}{}", escape(value));
    line("stack", &names);
    line("images", status["url"].as_str().unwrap_or(&said(nowhere)));
    line("issuer", text("/issuer"));
    line("bucket", text("/bucket"));
    line("distribution", &distribution);
    line("function", &function);
    for (kid, key) in status["keys"].as_object().into_iter().flatten() {
        line("key", &format!("{kid}  {}", key.as_str().unwrap_or("-")));
    }
    for it in status["draining"].as_array().into_iter().flatten() {
        line("draining", it.as_str().unwrap_or("-"));
    }
    let style = if review.steps.is_empty() { GREEN } else { YELLOW };
    let digest = review.digest.as_deref().unwrap_or("-");
    say!("{style}{}{style:#} {digest}", review.summary());
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::Observed;

    #[test]
    fn what_aws_has_yet_to_finish_is_said() {
        let one = |node: &'static str, key: &str, value: &str| {
            let outputs = [(key.to_owned(), value.to_owned())].into();
            (node, Observed { outputs, ..Observed::default() })
        };
        let edge = |status: &str| one("distribution", "status", status);
        let lambda = |state: &str| one("function", "state", state);
        let count = |seen: Snapshot| draining(&seen).len();
        assert_eq!(count([edge("Deployed"), lambda("ready")].into()), 0);
        assert_eq!(count([edge("InProgress"), lambda("busy")].into()), 2);
        assert_eq!(count([lambda("ready")].into()), 1, "its replicas");
        assert_eq!(count(Snapshot::new()), 0);
    }
}

//! A plan as a reviewer reads it: text, markdown or JSON, and the digest that approves it.

use crate::{Action, Change, Goal, Graph, Snapshot, Step};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// A plan with what it is about.
#[derive(Clone, Debug, Serialize)]
pub struct Review<'a> {
    /// The version of this shape; it rises when a field changes its meaning.
    pub schema: &'static str,
    pub stack: &'a str,
    pub account: &'a str,
    pub region: &'a str,
    pub goal: Goal,
    /// `sha256:` and 64 hexadecimal digits, over the desired and the observed state and the steps:
    /// whoever approves it approves exactly these writes to exactly this state of the cloud.
    pub digest: String,
    pub steps: &'a [Step],
    pub unchanged: Vec<&'static str>,
}

/// Where a stack stands.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub stack: &'a str,
    pub account: &'a str,
    pub region: &'a str,
}

impl<'a> Review<'a> {
    #[must_use]
    pub fn new(
        scope: Scope<'a>,
        graph: &Graph,
        goal: Goal,
        seen: &Snapshot,
        steps: &'a [Step],
    ) -> Self {
        let Scope { stack, account, region } = scope;
        let planned = |name: &str| steps.iter().any(|step| step.resource == name);
        let unchanged =
            graph.nodes().iter().map(|node| node.name).filter(|name| !planned(name)).collect();
        let digest = digest(scope, graph, goal, seen, steps);
        let schema = "edgegate.plan/1";
        Self { schema, stack, account, region, goal, digest, steps, unchanged }
    }

    /// For a terminal, and for a `diff` block: the sign is the first character of its line.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "Stack {}, account {}, {}\n", self.stack, self.account, self.region);
        for step in self.steps {
            write_step(&mut out, step);
            if step.action != Action::Delete {
                out.push('\n');
            }
        }
        if self.goal == Goal::Absent {
            out.push('\n');
        }
        let _ = writeln!(out, "{}\ndigest: {}", self.summary(), self.digest);
        out
    }

    /// For a comment on a pull request.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut out = format!("### edgegate plan: `{}`\n\n**{}**\n", self.stack, self.summary());
        for step in self.steps {
            let mut body = String::new();
            write_step(&mut body, step);
            // A fence longer than any run of backticks inside: no value can end the block.
            let fence = "`".repeat(longest_run(&body, '`').max(2) + 1);
            let Step { resource, action, .. } = step;
            let verb = verb(*action);
            let _ = write!(
                out,
                "\n<details><summary>{verb} <code>{resource}</code></summary>\n\n\
                 {fence}diff\n{body}{fence}\n\n</details>\n"
            );
        }
        if !self.unchanged.is_empty() {
            let _ = writeln!(out, "\nUnchanged: {}", self.unchanged.join(", "));
        }
        let (account, region, digest) = (self.account, self.region, &self.digest);
        let _ = writeln!(out, "\nAccount {account}, {region}, digest `{digest}`");
        out
    }

    /// For programs. The same plan gives the same bytes: sorted keys, no clock.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!(self)
    }

    /// One line.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.steps.is_empty() {
            return match self.goal {
                Goal::Present => "No changes: the cloud matches the configuration.".into(),
                Goal::Absent => "No changes: nothing of this stack is there.".into(),
            };
        }
        let count = |action| self.steps.iter().filter(|step| step.action == action).count();
        format!(
            "Plan: {} to create, {} to update, {} to delete, {} unchanged.",
            count(Action::Create),
            count(Action::Update),
            count(Action::Delete),
            self.unchanged.len()
        )
    }
}

fn digest(scope: Scope, graph: &Graph, goal: Goal, seen: &Snapshot, steps: &[Step]) -> String {
    let desired: Vec<_> = graph.nodes().iter().map(|node| (node.name, &node.desired)).collect();
    let Scope { stack, account, region } = scope;
    // serde_json keeps the keys of its maps sorted, so equal values give equal bytes.
    let all = json!([stack, account, region, goal, desired, seen, steps]).to_string();
    let hash = Sha256::digest(all);
    hash.iter().fold(String::from("sha256:"), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn verb(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
    }
}

/// GitHub colours a line of a `diff` block by its first character; `!` is its sign for a change.
fn write_step(out: &mut String, Step { resource, action, changes, .. }: &Step) {
    let sign = match action {
        Action::Create => '+',
        Action::Update => '!',
        Action::Delete => '-',
    };
    let _ = writeln!(out, "{sign} {} {resource}", verb(*action));
    match action {
        Action::Create => write_value(out, '+', 2, &collect(changes)),
        Action::Update => changes.iter().for_each(|change| write_change(out, change)),
        Action::Delete => {}
    }
}

fn write_change(out: &mut String, Change { path, before, after, .. }: &Change) {
    let path = path.trim_start_matches('/').replace('/', ".").replace("~1", "/").replace("~0", "~");
    for (sign, value) in [('-', before), ('+', after)] {
        if let Some(value) = value {
            write_entry(out, sign, 2, &path, value);
        }
    }
}

/// The tree that a list of additions makes, for a reader who wants the whole and not its leaves.
fn collect(changes: &[Change]) -> Value {
    let mut tree = Value::Null;
    for change in changes {
        let place = change.path.split('/').skip(1).fold(&mut tree, |tree, key| {
            let key = key.replace("~1", "/").replace("~0", "~");
            if tree.is_null() {
                *tree = json!({});
            }
            &mut tree[key]
        });
        *place = change.after.clone().unwrap_or_default();
    }
    tree
}

fn write_value(out: &mut String, sign: char, depth: usize, value: &Value) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| write_entry(out, sign, depth, key, value));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                write_entry(out, sign, depth, &format!("[{index}]"), item);
            }
        }
        leaf => drop(writeln!(out, "{sign} {indent}{}", plain(leaf))),
    }
}

fn write_entry(out: &mut String, sign: char, depth: usize, key: &str, value: &Value) {
    let indent = "  ".repeat(depth);
    let is_leaf = |value: &Value| !value.is_object() && !value.is_array();
    let text = match value {
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Array(items) if items.iter().all(is_leaf) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            format!("[{}]", items.join(", "))
        }
        value if is_leaf(value) => plain(value),
        nested => {
            let _ = writeln!(out, "{sign} {indent}{key}:");
            return write_value(out, sign, depth + 1, nested);
        }
    };
    let _ = writeln!(out, "{sign} {indent}{key}: {text}");
}

/// A leaf in one line: strings without quotes where nothing is lost by it. Control characters are
/// always escaped, so that no value can start a line of its own or move the cursor.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let ends = text.starts_with(' ') || text.ends_with(' ');
    let like_another = text.parse::<f64>().is_ok() || ["", "null", "true", "false"].contains(&text);
    !ends
        && !like_another
        && !text.chars().any(char::is_control)
        && !text.starts_with(['"', '[', '{'])
}

fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or_default()
}

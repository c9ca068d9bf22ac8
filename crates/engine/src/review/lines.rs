//! Steps line by line, the sign in column 0, so that a `diff` block colours them.

use super::verb;
use crate::{Action, Change, Step};
use serde_json::{Value, json};
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// GitHub colours a line of a `diff` block by its first character; `!` is its sign for a change.
pub(crate) fn write_step(out: &mut String, step: &Step) {
    let Step { resource, action, changes, .. } = step;
    let sign = match action {
        Action::Create => '+',
        Action::Update | Action::Adopt => '!',
        Action::Delete => '-',
    };
    let why = because(step).map_or_else(String::new, |it| format!(": {it}"));
    let _ = writeln!(out, "{sign} {} {resource}{why}", verb(*action));
    // Where each change has the same reasons, the first line has said them.
    let marks = !changes.windows(2).all(|it| it[0].why == it[1].why);
    match action {
        Action::Create => write_value(out, '+', 2, &collect(changes)),
        Action::Update | Action::Adopt => {
            for it in changes {
                let mark = if marks { format!(" ({})", reasons(it)) } else { String::new() };
                write_change(out, &(place(it) + &mark), it);
            }
        }
        Action::Delete => {}
    }
}

/// Why it is done at all, in one clause for each reason.
pub(crate) fn because(step: &Step) -> Option<String> {
    if step.action == Action::Adopt {
        return Some("it was made by hand".to_owned());
    }
    let all: BTreeSet<_> = step.changes.iter().flat_map(|it| &it.why).collect();
    let mut clauses: Vec<_> =
        all.into_iter().filter_map(|it| it.clause()).map(str::to_owned).collect();
    if let Some(version) = &step.deployed_by {
        clauses.push(format!("edgegate {version} deployed it last"));
    }
    (!clauses.is_empty()).then(|| clauses.join("; "))
}

fn reasons(change: &Change) -> String {
    change.why.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
}

fn place(change: &Change) -> String {
    let path = change.path.trim_start_matches('/').replace('/', ".");
    path.replace("~1", "/").replace("~0", "~")
}

fn write_change(out: &mut String, path: &str, Change { before, after, .. }: &Change) {
    if let (Some(Value::Array(old)), Some(Value::Array(new))) = (before, after) {
        return write_list(out, path, old, new);
    }
    for (sign, value) in [('-', before), ('+', after)] {
        if let Some(value) = value {
            write_entry(out, sign, 2, path, value);
        }
    }
}

/// Item by item: what stays is shown beside what comes and goes.
fn write_list(out: &mut String, path: &str, old: &[Value], new: &[Value]) {
    let _ = writeln!(out, "      {}:", escape(path));
    let texts = |items: &[Value]| items.iter().map(item).collect::<Vec<_>>();
    let (old, new) = (texts(old), texts(new));
    let mut write = |sign, items: &[String]| {
        for it in items {
            let _ = writeln!(out, "{sign}       {it}");
        }
    };
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if op.tag() == DiffTag::Equal {
            write(' ', &old[op.old_range()]);
            continue;
        }
        write('-', &old[op.old_range()]);
        write('+', &new[op.new_range()]);
    }
}

fn item(value: &Value) -> String {
    if value.is_object() { escape(&value.to_string()) } else { plain(value) }
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
    let (indent, key) = ("  ".repeat(depth), escape(key));
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

/// A leaf in one line: strings without quotes where nothing is lost by it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        other => escape(&other.to_string()),
    }
}

fn is_plain(text: &str) -> bool {
    let ends = text.starts_with(' ') || text.ends_with(' ');
    let is_other = text.parse::<f64>().is_ok() || ["", "null", "true", "false"].contains(&text);
    let opens = text.starts_with(['"', '[', '{']);
    !ends && !is_other && !opens && !text.chars().any(is_hidden)
}

/// The text, which cannot start a line of its own, move the cursor, or turn the text around: what
/// would is written out.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Controls, line and paragraph separators, and what changes the direction of text
/// (Unicode Standard Annex 9, §2).
fn is_hidden(c: char) -> bool {
    let is_direction =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || is_direction || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

pub(crate) fn longest_run(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or_default()
}

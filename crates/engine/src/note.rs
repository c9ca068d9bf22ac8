//! What was deployed last, short enough for a tag: with it a plan can say why something differs.
//!
//! A note is no state: nothing is found or made by it, and whoever loses it loses an explanation.

use crate::{Graph, Snapshot, tree};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// What desired state is made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Source {
    /// The version of edgegate; or [`Source::ROLLBACK`].
    pub by: String,
    /// A fingerprint of everything that a user decides.
    pub input: String,
}

impl Source {
    /// In the place of a version: it was not the configuration that was deployed last.
    pub const ROLLBACK: &str = "rollback";

    /// Of that version, from that input.
    #[must_use]
    pub fn of(version: &str, input: &Value) -> Self {
        Self { by: version.to_owned(), input: tree::hash(input)[..12].to_owned() }
    }
}

/// Of one resource: who deployed it, from what, and a fingerprint of each of its properties, with
/// the references still in them, so that equal configurations make equal notes.
///
/// `0.1.0 5d41402abc4b name=9f86d0 trust=60303a`: letters, digits and `.=_ `, which every tag of
/// AWS takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    pub source: Source,
    props: BTreeMap<String, String>,
}

/// By the name of the resource.
pub type Notes = BTreeMap<String, String>;

impl Note {
    /// Of these desired properties.
    pub(crate) fn of(source: &Source, desired: &Value) -> Self {
        let props = desired.as_object().into_iter().flatten();
        let props = props.map(|(name, value)| (name.clone(), fingerprint(value)));
        Self { source: source.clone(), props: props.collect() }
    }

    /// None if it is no note: then nothing is known.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let is_plain = |it: &str| {
            let plain = |it: u8| it.is_ascii_alphanumeric() || b".-+".contains(&it);
            !it.is_empty() && it.bytes().all(plain)
        };
        let mut word = || words.next().filter(|it| is_plain(it)).map(str::to_owned);
        let source = Source { by: word()?, input: word()? };
        let props = words
            .map(|it| it.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
        Some(Self { source, props: props.collect::<Option<_>>()? })
    }

    /// Whether the property had this value; absent is a value, too.
    pub(crate) fn had(&self, property: &str, value: Option<&Value>) -> bool {
        self.props.get(property) == value.map(fingerprint).as_ref()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.source.by, self.source.input)?;
        self.props.iter().try_for_each(|(name, value)| write!(out, " {name}={value}"))
    }
}

/// What the last deployment noted about that resource.
pub(crate) fn find(seen: &Snapshot, resource: &str) -> Option<Note> {
    seen.values().find_map(|it| it.notes.get(resource)).and_then(|it| Note::parse(it))
}

impl Graph {
    /// What there is to note after this was deployed, as far as it is not noted yet.
    #[must_use]
    pub fn notes(&self, seen: &Snapshot) -> Notes {
        let note =
            |node: &crate::Node| (node.name.to_owned(), Note::of(self.source(), &node.desired));
        let noted = |name: &str| seen.values().find_map(|it| it.notes.get(name));
        let all = self.nodes().iter().map(note).map(|(name, note)| (name, note.to_string()));
        all.filter(|(name, text)| noted(name) != Some(text)).collect()
    }
}

/// 24 bits: that two values of one property are taken for the same is a wrong word in one of
/// sixteen million plans.
fn fingerprint(value: &Value) -> String {
    tree::hash(value)[..6].to_owned()
}

/// The value with the references that the template has put back where their values stand.
pub(crate) fn unresolve(value: &Value, template: &Value, seen: &Snapshot) -> Value {
    let mut known: Vec<_> = tree::references(template)
        .into_iter()
        .filter_map(|(node, output)| {
            let value = seen.get(node.as_str())?.outputs.get(&output)?.clone();
            (!value.is_empty()).then(|| (value, format!("${{{node}.{output}}}")))
        })
        .collect();
    // A name can be a part of an ARN.
    known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    put_back(value, &known)
}

fn put_back(value: &Value, known: &[(String, String)]) -> Value {
    match value {
        Value::String(text) => {
            let text = known.iter().fold(text.clone(), |it, (value, name)| it.replace(value, name));
            Value::String(text)
        }
        Value::Array(items) => items.iter().map(|it| put_back(it, known)).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, it)| (key.clone(), put_back(it, known))).collect()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let source = Source { by: "0.1.0".into(), input: "5d41402abc4b".into() };
        let note = Note::of(&source, &json!({"name": "images", "rules": [1]}));
        insta::assert_snapshot!(note, @"0.1.0 5d41402abc4b name=f35467 rules=080a9e");
        assert_eq!(Note::parse(&note.to_string()), Some(note.clone()));
        assert!(note.had("name", Some(&json!("images"))) && note.had("more", None));
        assert!(!note.had("name", Some(&json!("photos"))) && !note.had("name", None));
        for bad in ["", "0.1.0", "0.1.0 ", "0.1.0 5d41 name", "@me 5d41", "<b> 5d41"] {
            assert_eq!(Note::parse(bad), None, "{bad}");
        }
    }
}

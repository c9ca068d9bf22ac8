//! Typed access to the members of a configuration file; unknown members are refused.
//!
//! No text of a configuration needs an escape: names, paths, addresses and claims are written plainly.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{List, Object, Value};
use crate::number::Number;
use crate::problem::Problem;
use crate::refusal::Refusal;

/// What a member should have been.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Flag,
    List,
    Number,
    Object,
    Text,
    Texts,
}

impl Kind {
    pub(crate) fn description(self) -> &'static str {
        match self {
            Kind::Flag => "true or false",
            Kind::List => "a list",
            Kind::Number => "a whole number that is not negative",
            Kind::Object => "an object",
            Kind::Text => "a string without escapes",
            Kind::Texts => "a list of strings without escapes",
        }
    }
}

type Found<'a, T> = Result<Option<T>, Refusal<'a>>;

/// Refuses members that are not in `names`.
pub(crate) fn only<'a>(object: Object<'a>, names: &[&str]) -> Result<(), Refusal<'a>> {
    let is_known = |name: Option<&str>| name.is_some_and(|name| names.contains(&name));
    match object.members().find(|(name, _)| !is_known(name.plain())) {
        Some((name, _)) => Err(Problem::Unknown(name.raw()).into()),
        None => Ok(()),
    }
}

/// Turns an absent member into an error.
pub(crate) fn required<'a, T>(found: Found<'a, T>, name: &'static str) -> Result<T, Refusal<'a>> {
    found?.ok_or_else(|| Problem::Missing(name).into())
}

pub(crate) fn flag<'a>(object: Object<'a>, name: &'static str) -> Found<'a, bool> {
    let convert = |value| if let Value::Bool(flag) = value { Some(flag) } else { None };
    read(object, name, Kind::Flag, convert)
}

pub(crate) fn number<'a>(object: Object<'a>, name: &'static str) -> Found<'a, u64> {
    read(object, name, Kind::Number, |value| as_number(value).and_then(Number::whole))
}

pub(crate) fn as_number(value: Value<'_>) -> Option<Number<'_>> {
    if let Value::Number(number) = value { Some(number) } else { None }
}

pub(crate) fn text<'a>(object: Object<'a>, name: &'static str) -> Found<'a, &'a str> {
    read(object, name, Kind::Text, |value| value.text()?.plain())
}

pub(crate) fn texts<'a>(object: Object<'a>, name: &'static str) -> Found<'a, Vec<&'a str>> {
    read(object, name, Kind::Texts, as_texts)
}

pub(crate) fn list<'a>(object: Object<'a>, name: &'static str) -> Found<'a, List<'a>> {
    let convert = |value| if let Value::List(list) = value { Some(list) } else { None };
    read(object, name, Kind::List, convert)
}

pub(crate) fn inner<'a>(object: Object<'a>, name: &'static str) -> Found<'a, Object<'a>> {
    read(object, name, Kind::Object, Value::object)
}

/// A text, or a list of them; neither empty.
pub(crate) fn one_or_more(value: Value<'_>) -> Option<Vec<&str>> {
    let texts = match value.text() {
        Some(text) => Vec::from([text.plain()?]),
        None => as_texts(value)?,
    };
    if texts.is_empty() || texts.contains(&"") { None } else { Some(texts) }
}

/// Texts to keep.
pub(crate) fn own(texts: &[&str]) -> Vec<String> {
    let mut owned = Vec::with_capacity(texts.len());
    for text in texts {
        owned.push(String::from(*text));
    }
    owned
}

fn as_texts(value: Value<'_>) -> Option<Vec<&str>> {
    let Value::List(list) = value else { return None };
    let mut texts = Vec::new();
    for item in list.items() {
        texts.push(item.text()?.plain()?);
    }
    Some(texts)
}

fn read<'a, T>(
    object: Object<'a>,
    name: &'static str,
    kind: Kind,
    convert: impl FnOnce(Value<'a>) -> Option<T>,
) -> Found<'a, T> {
    let Some(value) = object.get(name) else { return Ok(None) };
    convert(value).map(Some).ok_or_else(|| Problem::Wrong(name, kind).into())
}

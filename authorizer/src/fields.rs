//! Typed access to the members of a configuration file; unknown members are refused.
//!
//! No text of a configuration needs an escape: names, paths, addresses and claims are written plainly.

use alloc::vec::Vec;

use crate::json::{Form, List, Object, Value};
use crate::json_text::Text;
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
    match object.members().find(|(name, _)| !is_known(plain(*name))) {
        Some((name, _)) => Err(Problem::Unknown(shown(name)).into()),
        None => Ok(()),
    }
}

/// Turns an absent member into an error.
pub(crate) fn required<'a, T>(found: Found<'a, T>, name: &'static str) -> Result<T, Refusal<'a>> {
    found?.ok_or_else(|| Problem::Missing(name).into())
}

pub(crate) fn flag<'a>(object: Object<'a>, name: &'static str) -> Found<'a, bool> {
    let convert = |value: Value| match value.form {
        Form::True => Some(true),
        Form::False => Some(false),
        _ => None,
    };
    read(object, name, Kind::Flag, convert)
}

pub(crate) fn number<'a>(object: Object<'a>, name: &'static str) -> Found<'a, u64> {
    read(object, name, Kind::Number, |value| value.number().and_then(Number::whole))
}

pub(crate) fn text<'a>(object: Object<'a>, name: &'static str) -> Found<'a, &'a str> {
    read(object, name, Kind::Text, |value| plain(value.text()?))
}

/// [`text`] for those who need no characters.
pub(crate) fn bytes<'a>(object: Object<'a>, name: &'static str) -> Found<'a, &'a [u8]> {
    read(object, name, Kind::Text, |value| value.text()?.plain())
}

pub(crate) fn texts<'a>(object: Object<'a>, name: &'static str) -> Found<'a, Vec<&'a str>> {
    read(object, name, Kind::Texts, as_texts)
}

pub(crate) fn list<'a>(object: Object<'a>, name: &'static str) -> Found<'a, List<'a>> {
    read(object, name, Kind::List, Value::list)
}

pub(crate) fn inner<'a>(object: Object<'a>, name: &'static str) -> Found<'a, Object<'a>> {
    read(object, name, Kind::Object, Value::object)
}

/// A text, or a list of them; neither empty.
pub(crate) fn one_or_more(value: Value<'_>) -> Option<Vec<&str>> {
    let texts = match value.text() {
        Some(text) => Vec::from([plain(text)?]),
        None => as_texts(value)?,
    };
    if texts.is_empty() || texts.contains(&"") { None } else { Some(texts) }
}

/// The meaning of a text without escapes.
pub(crate) fn plain(text: Text<'_>) -> Option<&str> {
    core::str::from_utf8(text.plain()?).ok()
}

/// A text as it is written, to be shown.
pub(crate) fn shown(text: Text<'_>) -> &str {
    core::str::from_utf8(text.raw()).unwrap_or_default()
}

fn as_texts(value: Value<'_>) -> Option<Vec<&str>> {
    value.list()?.items().map(|item| plain(item.text()?)).collect()
}

fn read<'a, T>(
    object: Object<'a>,
    name: &'static str,
    kind: Kind,
    convert: impl FnOnce(Value<'a>) -> Option<T>,
) -> Found<'a, T> {
    let Some(value) = object.get(name.as_bytes()) else { return Ok(None) };
    convert(value).map(Some).ok_or_else(|| Problem::Wrong(name, kind).into())
}

//! Typed access to the members of a configuration file; unknown members are refused.

use alloc::string::String;
use alloc::vec::Vec;

use crate::json::{Object, Value};

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
            Kind::Text => "a string",
            Kind::Texts => "a list of strings",
        }
    }
}

/// What is wrong with a member.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FieldProblem {
    Missing(&'static str),
    Unknown(String),
    Wrong(&'static str, Kind),
}

type Found<T> = Result<Option<T>, FieldProblem>;

/// Refuses members that are not in `names`.
pub(crate) fn only(object: &Object, names: &[&str]) -> Result<(), FieldProblem> {
    match object.members().find(|(name, _)| !names.contains(name)) {
        Some((name, _)) => Err(FieldProblem::Unknown(name.into())),
        None => Ok(()),
    }
}

/// Turns an absent member into an error.
pub(crate) fn required<T>(found: Found<T>, name: &'static str) -> Result<T, FieldProblem> {
    found?.ok_or(FieldProblem::Missing(name))
}

pub(crate) fn flag(object: &Object, name: &'static str) -> Found<bool> {
    read(
        object,
        name,
        Kind::Flag,
        |value| if let Value::Bool(flag) = value { Some(*flag) } else { None },
    )
}

pub(crate) fn number(object: &Object, name: &'static str) -> Found<u64> {
    read(object, name, Kind::Number, |value| {
        if let Value::Number(number) = value { number.whole() } else { None }
    })
}

pub(crate) fn text<'v>(object: &'v Object, name: &'static str) -> Found<&'v str> {
    read(object, name, Kind::Text, Value::text)
}

pub(crate) fn texts<'v>(object: &'v Object, name: &'static str) -> Found<Vec<&'v str>> {
    read(object, name, Kind::Texts, |value| {
        if let Value::List(items) = value { items.iter().map(Value::text).collect() } else { None }
    })
}

pub(crate) fn list<'v, 'a>(object: &'v Object<'a>, name: &'static str) -> Found<&'v [Value<'a>]> {
    read(object, name, Kind::List, |value| {
        if let Value::List(items) = value { Some(items.as_slice()) } else { None }
    })
}

pub(crate) fn inner<'v, 'a>(object: &'v Object<'a>, name: &'static str) -> Found<&'v Object<'a>> {
    read(object, name, Kind::Object, |value| {
        if let Value::Object(inner) = value { Some(inner) } else { None }
    })
}

fn read<'v, 'a, T>(
    object: &'v Object<'a>,
    name: &'static str,
    kind: Kind,
    convert: impl FnOnce(&'v Value<'a>) -> Option<T>,
) -> Found<T> {
    let Some(value) = object.get(name) else { return Ok(None) };
    convert(value).map(Some).ok_or(FieldProblem::Wrong(name, kind))
}

//! Values of a JSON document, as slices of its text.

use crate::json_reader::{Malformed, Reader, Why};
use crate::json_text::Text;
use crate::number::Number;

/// Values in a token's header or claims: far above what Clerk issues, far below what would hurt.
pub(crate) const TOKEN_VALUES: u32 = 1024;
/// Values in a file that was reviewed before it was deployed.
pub(crate) const FILE_VALUES: u32 = 65_536;

/// A JSON value as it stands in the document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Number(Number<'a>),
    Text(Text<'a>),
    List(List<'a>),
    Object(Object<'a>),
}

impl<'a> Value<'a> {
    pub(crate) fn text(self) -> Option<Text<'a>> {
        if let Value::Text(text) = self { Some(text) } else { None }
    }

    /// Whether it is a text, and this one.
    pub(crate) fn is(self, text: &str) -> bool {
        self.text().is_some_and(|own| own.is(text))
    }

    pub(crate) fn object(self) -> Option<Object<'a>> {
        if let Value::Object(object) = self { Some(object) } else { None }
    }
}

/// Where a value stands in a document, in six bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    start: u16,
    end: u16,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Absent,
    Null,
    True,
    False,
    Number,
    Plain,
    Escaped,
    List,
    Object,
}

impl Spot {
    pub(crate) const NONE: Self = Spot { start: 0, end: 0, form: Form::Absent };

    /// The spot of a value of `document`; `None` beyond the first 65,535 bytes.
    pub(crate) fn of(value: Value, document: &str) -> Option<Self> {
        let (raw, form) = match value {
            Value::Null => ("", Form::Null),
            Value::Bool(true) => ("", Form::True),
            Value::Bool(false) => ("", Form::False),
            Value::Number(number) => (number.raw(), Form::Number),
            Value::Text(text) if text.plain().is_some() => (text.raw(), Form::Plain),
            Value::Text(text) => (text.raw(), Form::Escaped),
            Value::List(list) => (list.raw, Form::List),
            Value::Object(object) => (object.raw, Form::Object),
        };
        let start = raw.as_ptr().addr().wrapping_sub(document.as_ptr().addr());
        let start = if raw.is_empty() { 0 } else { u16::try_from(start).ok()? };
        Some(Spot { start, end: start.checked_add(u16::try_from(raw.len()).ok()?)?, form })
    }

    /// The value that stood there; `None` when there was none.
    pub(crate) fn read(self, document: &[u8]) -> Option<Value<'_>> {
        let raw = document.get(usize::from(self.start)..usize::from(self.end))?;
        let raw = core::str::from_utf8(raw).ok()?;
        Some(match self.form {
            Form::Absent => return None,
            Form::Null => Value::Null,
            Form::True => Value::Bool(true),
            Form::False => Value::Bool(false),
            Form::Number => Value::Number(Number::parse(raw)?),
            Form::Plain => Value::Text(Text::new(raw, false)),
            Form::Escaped => Value::Text(Text::new(raw, true)),
            Form::List => Value::List(List { raw }),
            Form::Object => Value::Object(Object { raw }),
        })
    }
}

/// An object that has been read from `{` to `}` and found to be sound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    raw: &'a str,
}

impl<'a> Object<'a> {
    /// What the reader has read from `{` to `}`.
    pub(crate) fn new(raw: &'a str) -> Self {
        Object { raw }
    }

    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        self.members().find(|(known, _)| known.is(name)).map(|(_, value)| value)
    }

    pub(crate) fn members(self) -> impl Iterator<Item = (Text<'a>, Value<'a>)> {
        let mut reader = Reader::new(self.raw, FILE_VALUES);
        let mut open = reader.open().ok();
        core::iter::from_fn(move || reader.member(open.as_mut()?).ok().flatten())
    }
}

/// A list that has been read from `[` to `]` and found to be sound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'a> {
    raw: &'a str,
}

impl<'a> List<'a> {
    /// What the reader has read from `[` to `]`.
    pub(crate) fn new(raw: &'a str) -> Self {
        List { raw }
    }

    pub(crate) fn items(self) -> impl Iterator<Item = Value<'a>> {
        let mut reader = Reader::new(self.raw, FILE_VALUES);
        let mut first = reader.expect(b'[').is_ok();
        core::iter::from_fn(move || reader.item(&mut first).ok().flatten())
    }
}
/// Reads one whole document that has to be an object, of at most `values` values.
pub(crate) fn object(text: &str, values: u32) -> Result<Object<'_>, Malformed> {
    let mut reader = Reader::new(text, values);
    match reader.document() {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Malformed { at: 0, why: Why::Unexpected }),
        Err(why) => Err(Malformed { at: reader.at, why }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;

    #[test]
    fn a_spot_leads_back_to_its_value() {
        let text = r#"{"a":[1],"b":{"c":2},"d":-1.5,"e":"x","f":"\u0041","g":null,"h":true,"i":false,"j":""}"#;
        let members: Vec<_> = object(text, 100).unwrap().members().collect();
        for (_, value) in members {
            let spot = Spot::of(value, text).unwrap();
            let again = spot.read(text.as_bytes()).unwrap();
            assert_eq!(format!("{again:?}"), format!("{value:?}"));
        }
        assert!(Spot::NONE.read(text.as_bytes()).is_none());
    }
}

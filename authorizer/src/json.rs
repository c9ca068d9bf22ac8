//! Values of a JSON document, as slices of its text.

use crate::json_reader::{Malformed, Reader, Why};
use crate::json_text::Text;
use crate::number::Number;

/// Values in a token's header or claims: far above what Clerk issues, far below what would hurt.
pub(crate) const TOKEN_VALUES: u32 = 1024;
/// Values in a file that was reviewed before it was deployed.
pub(crate) const FILE_VALUES: u32 = 65_536;

/// A JSON value as it stands in the document; of a string, what is between the quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) raw: &'a [u8],
    pub(crate) form: Form,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    /// Where there is no value.
    Absent,
    Null,
    True,
    False,
    Number,
    /// A string without escapes.
    Plain,
    /// A string with escapes.
    Escaped,
    List,
    Object,
}

impl<'a> Value<'a> {
    pub(crate) fn text(self) -> Option<Text<'a>> {
        match self.form {
            Form::Plain | Form::Escaped => Some(Text::new(self.raw, self.form == Form::Escaped)),
            _ => None,
        }
    }

    /// Whether it is a text, and this one.
    pub(crate) fn is(self, text: &[u8]) -> bool {
        self.text().is_some_and(|own| own.is(text))
    }

    /// The member of this name, if it is an object and has one.
    pub(crate) fn member(self, name: &[u8]) -> Option<Value<'a>> {
        if self.form == Form::Object { member(self.raw, name) } else { None }
    }

    pub(crate) fn object(self) -> Option<Object<'a>> {
        (self.form == Form::Object).then_some(Object { raw: self.raw })
    }

    pub(crate) fn list(self) -> Option<List<'a>> {
        (self.form == Form::List).then_some(List { raw: self.raw })
    }

    pub(crate) fn number(self) -> Option<Number<'a>> {
        (self.form == Form::Number).then_some(Number::new(self.raw))
    }
}

/// Where a value stands in a document, in six bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    start: u16,
    end: u16,
    form: Form,
}

impl Spot {
    pub(crate) const NONE: Self = Spot { start: 0, end: 0, form: Form::Absent };

    /// The spot of a value of `document`; `None` beyond the first 65,535 bytes.
    pub(crate) fn of(value: Value, document: &[u8]) -> Option<Self> {
        let start = value.raw.as_ptr().addr().wrapping_sub(document.as_ptr().addr());
        let end = start.wrapping_add(value.raw.len());
        Some(Spot {
            start: u16::try_from(start).ok()?,
            end: u16::try_from(end).ok()?,
            form: value.form,
        })
    }

    /// Whether there is a value.
    pub(crate) fn is_there(self) -> bool {
        self.form != Form::Absent
    }

    /// The value that stood there; `None` when there was none.
    #[inline(never)]
    pub(crate) fn read(self, document: &[u8]) -> Option<Value<'_>> {
        let raw = document.get(usize::from(self.start)..usize::from(self.end))?;
        self.is_there().then_some(Value { raw, form: self.form })
    }
}

/// An object that has been read from `{` to `}` and found to be sound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    raw: &'a [u8],
}

impl<'a> Object<'a> {
    pub(crate) fn get(self, name: &[u8]) -> Option<Value<'a>> {
        let mut reader = Reader::new(self.raw, FILE_VALUES);
        let mut open = reader.open().ok()?;
        while let Ok(Some(value)) = reader.member(&mut open) {
            if reader.name.is(name) {
                return Some(value);
            }
        }
        None
    }

    pub(crate) fn members(self) -> impl Iterator<Item = (Text<'a>, Value<'a>)> {
        let mut reader = Reader::new(self.raw, FILE_VALUES);
        let mut open = reader.open().ok();
        core::iter::from_fn(move || {
            let value = reader.member(open.as_mut()?).ok()??;
            Some((reader.name, value))
        })
    }
}

/// A list that has been read from `[` to `]` and found to be sound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List<'a> {
    raw: &'a [u8],
}

impl<'a> List<'a> {
    /// Whether this text is among the items.
    pub(crate) fn contains(self, text: &[u8]) -> bool {
        self.items().any(|item| item.is(text))
    }

    pub(crate) fn items(self) -> impl Iterator<Item = Value<'a>> {
        let mut reader = Reader::new(self.raw, FILE_VALUES);
        let mut first = reader.expect(b'[').is_ok();
        core::iter::from_fn(move || reader.item(&mut first).ok().flatten())
    }
}

/// Reads one whole document that has to be an object, of at most `values` values.
pub(crate) fn object(text: &[u8], values: u32) -> Result<Object<'_>, Malformed> {
    let mut reader = Reader::new(text, values);
    let value = reader.document().map_err(|why| Malformed { at: reader.at, why })?;
    value.object().ok_or(Malformed { at: 0, why: Why::Unexpected })
}

/// The member of this name of a whole document.
#[inline(never)]
pub(crate) fn member<'a>(text: &'a [u8], name: &[u8]) -> Option<Value<'a>> {
    let mut spots = [Spot::NONE];
    index(text, &[name], &mut spots).ok()?;
    let [spot] = spots;
    spot.read(text)
}

/// Where the members of a whole document with these names stand; others are read and passed over.
#[inline(never)]
pub(crate) fn index(text: &[u8], names: &[&[u8]], spots: &mut [Spot]) -> Result<(), Why> {
    let mut reader = Reader::new(text, TOKEN_VALUES);
    let mut open = reader.open()?;
    spots.fill(Spot::NONE);
    while let Some(value) = reader.member(&mut open)? {
        // Names are hardly ever escaped, and this is the hottest place of all.
        let name = reader.name;
        let is = |known: &[u8]| name.plain().map_or_else(|| name.is(known), |name| name == known);
        let mut known = spots.iter_mut().zip(names);
        if let Some((spot, _)) = known.find(|(_, known)| is(known)) {
            *spot = Spot::of(value, text).ok_or(Why::Large)?;
        }
    }
    reader.end()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec::Vec;

    #[test]
    fn a_spot_leads_back_to_its_value() {
        let text = br#"{"a":[1],"b":{"c":2},"d":-1.5,"e":"x","f":"\u0041","g":null,"h":true,"i":false,"j":""}"#;
        let members: Vec<_> = object(text, 100).unwrap().members().collect();
        for (_, value) in members {
            let spot = Spot::of(value, text).unwrap();
            let again = spot.read(text).unwrap();
            assert_eq!(format!("{again:?}"), format!("{value:?}"));
        }
        assert!(Spot::NONE.read(text).is_none());
    }
}

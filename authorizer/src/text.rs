//! Cutting text at ASCII bytes: what the standard library's patterns do, at a tenth of their size.
//!
//! Texts are bytes. Nothing here is looked at as characters, and whatever is not ASCII is refused or
//! compared as it is.

/// What is before and after the first `separator`.
pub(crate) fn cut(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    cut_at(text, text.iter().position(|byte| *byte == separator)?)
}

/// What is before and after the last `separator`.
pub(crate) fn cut_last(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    cut_at(text, text.iter().rposition(|byte| *byte == separator)?)
}

/// The pieces between separators: one more than there are separators.
#[inline(never)]
pub(crate) fn split(text: &[u8], separator: u8) -> Pieces<'_> {
    Pieces { rest: Some(text), separator }
}

/// The pieces of [`split`].
#[derive(Clone, Debug)]
pub(crate) struct Pieces<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let text = self.rest?;
        let (piece, rest) = match cut(text, self.separator) {
            Some((piece, rest)) => (piece, Some(rest)),
            None => (text, None),
        };
        self.rest = rest;
        Some(piece)
    }
}

/// Without the blanks around it.
#[inline(never)]
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = text {
        text = rest;
    }
    text
}

/// Whether a byte occurs that is `wanted`.
pub(crate) fn has(text: &[u8], wanted: impl Fn(u8) -> bool) -> bool {
    text.iter().any(|byte| wanted(*byte))
}

/// Whether two slices are equal, eight bytes at a time: WebAssembly's own comparison takes one.
pub(crate) fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    let (ones, rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    let equal =
        |(one, other): (&[u8; 8], &[u8; 8])| u64::from_le_bytes(*one) == u64::from_le_bytes(*other);
    one.len() == other.len() && rest == other_rest && ones.iter().zip(others).all(equal)
}

fn cut_at(text: &[u8], position: usize) -> Option<(&[u8], &[u8])> {
    let (before, after) = text.split_at_checked(position)?;
    Some((before, after.get(1..)?))
}

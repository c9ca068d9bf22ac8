//! Cutting text at ASCII bytes: what the standard library's patterns do, at a tenth of their size.

/// What is before and after the first `separator`.
pub(crate) fn cut(text: &str, separator: u8) -> Option<(&str, &str)> {
    cut_at(text, text.bytes().position(|byte| byte == separator)?)
}

/// What is before and after the last `separator`.
pub(crate) fn cut_last(text: &str, separator: u8) -> Option<(&str, &str)> {
    cut_at(text, text.bytes().rposition(|byte| byte == separator)?)
}

/// The pieces between separators: one more than there are separators.
pub(crate) fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (piece, after) =
            cut(text, separator).map_or((text, None), |(piece, after)| (piece, Some(after)));
        rest = after;
        Some(piece)
    })
}

/// Whether a byte occurs that is `wanted`.
pub(crate) fn has(text: &str, wanted: impl Fn(u8) -> bool) -> bool {
    text.bytes().any(wanted)
}

fn cut_at(text: &str, position: usize) -> Option<(&str, &str)> {
    let (before, after) = text.split_at_checked(position)?;
    Some((before, after.get(1..)?))
}

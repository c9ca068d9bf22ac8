//! A policy in the form in which it is judged by: bytes, read where they lie.
//!
//! `rules.json` is judged where somebody can be told what is wrong with it (`compile`). At the edge
//! nobody can be, and words, checks and a reader of their own would be a third of the module. So the
//! deployment contains what came of it as well, under a checksum: a damaged one is refused whole.
//!
//! Numbers have 64 bits, lengths 32, least significant byte first. Texts and lists begin with their
//! length in bytes, the items of a list with their own.

/// Changes with the form: an authorizer never reads the rules of another version.
const VERSION: u64 = 4;

/// FNV-1a: no two texts that differ in one byte alone have the same. Against mistakes, not against
/// those who can change a deployment.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325 ^ VERSION, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What is left to read. Where the writer would have had more, it is nothing: zero, or empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fields<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> Fields<'a> {
    #[inline(never)]
    pub(crate) fn number(&mut self) -> u64 {
        let Some((number, rest)) = self.rest.split_first_chunk() else { return 0 };
        self.rest = rest;
        u64::from_le_bytes(*number)
    }

    #[inline(never)]
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *byte
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() != 0
    }

    pub(crate) fn text(&mut self) -> &'a [u8] {
        let Some((length, rest)) = self.rest.split_first_chunk() else { return &[] };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (text, rest) = rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        text
    }

    pub(crate) fn list(&mut self) -> List<'a> {
        List { items: Fields { rest: self.text() } }
    }
}

/// Items one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct List<'a> {
    items: Fields<'a>,
}

impl<'a> List<'a> {
    pub(crate) fn is_empty(self) -> bool {
        self.items.rest.is_empty()
    }

    pub(crate) fn iter(self) -> Items<'a> {
        Items { items: self.items }
    }

    /// The item that is this text.
    pub(crate) fn find(self, text: &[u8]) -> Option<&'a [u8]> {
        self.iter().find(|item| *item == text)
    }
}

/// The items of a [`List`].
#[derive(Clone, Debug)]
pub(crate) struct Items<'a> {
    items: Fields<'a>,
}

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let left = self.items.rest.len();
        let item = self.items.text();
        // Where there was not even a length, nothing was read, and nothing will be.
        (self.items.rest.len() < left).then_some(item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_ends_early_ends() {
        for rest in [&[][..], &[1, 2, 3], &[9, 0, 0, 0, 0, 0, 0, 0, 1]] {
            assert!(List { items: Fields { rest } }.iter().count() <= 1, "{rest:?}");
        }
    }
}

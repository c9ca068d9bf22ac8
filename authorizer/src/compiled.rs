//! A policy as the edge gets it: judged before, and in a form that leaves nothing to judge.
//!
//! `rules.json` is read where somebody can be told what is wrong with it. At the edge nobody can, and
//! the words, the checks and a reader of their own would be a third of the module. So the deployment
//! contains what came of it as well, under a checksum: a damaged one is refused whole.
//!
//! Numbers are 64 bits, least significant byte first. Texts and lists begin with their length.

use alloc::string::String;
use alloc::vec::Vec;

use crate::policy::Policy;

/// Changes with the form: an authorizer never reads the rules of another version.
const VERSION: u64 = 1;

impl Policy {
    /// The policy for [`Policy::load`].
    pub fn compile(&self) -> Vec<u8> {
        let mut body = Writer::default();
        self.write(&mut body);
        let mut whole = Writer::default();
        whole.number(checksum(&body.bytes));
        whole.bytes.append(&mut body.bytes);
        whole.bytes
    }

    /// What [`Policy::compile`] has written; `None` if a single byte of it is another.
    pub fn load(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader { rest: bytes };
        let expected = reader.number()?;
        if checksum(reader.rest) != expected {
            return None;
        }
        let policy = Policy::read_compiled(&mut reader)?;
        reader.rest.is_empty().then_some(policy)
    }
}

/// FNV-1a: no two texts that differ in one byte alone have the same. Against mistakes, not against
/// those who can change a deployment.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325 ^ VERSION, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn number(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.number(u64::from(flag));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.list(text.as_bytes(), |out, byte| out.bytes.push(*byte));
    }

    pub(crate) fn texts(&mut self, texts: &[String]) {
        self.list(texts, |out, text| out.text(text));
    }

    pub(crate) fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.number(u64::try_from(items.len()).unwrap_or(u64::MAX));
        for item in items {
            write(self, item);
        }
    }
}

/// `None` everywhere stands for something that [`Writer`] does not write.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    pub(crate) fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(u64::from_le_bytes(*number))
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        self.number().map(|flag| flag != 0)
    }

    pub(crate) fn text(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(core::str::from_utf8(text).ok()?.into())
    }

    pub(crate) fn texts(&mut self) -> Option<Vec<String>> {
        self.list(Reader::text)
    }

    pub(crate) fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        for _ in 0..self.number()? {
            items.push(read(self)?);
        }
        Some(items)
    }
}

//! Writes what `crate::compiled` reads.

use alloc::vec::Vec;

use super::claim_name::{of_clerk, of_others};
use crate::claim::bare_role;
use crate::compiled::checksum;

pub(crate) struct Writer {
    bytes: Vec<u8>,
    naming: Naming,
}

/// How claims are named: of an issuer.
type Naming = fn(&str) -> Vec<u8>;

impl Writer {
    pub(crate) fn of_clerk() -> Self {
        Writer { bytes: Vec::new(), naming: of_clerk }
    }

    pub(crate) fn of_others() -> Self {
        Writer { bytes: Vec::new(), naming: of_others }
    }

    /// What a claim of this name is read by.
    pub(crate) fn claim(&self, name: &str) -> Vec<u8> {
        (self.naming)(name)
    }

    /// A role in the spelling in which it is compared: of Clerk, the shortest.
    pub(crate) fn role<'t>(&self, role: &'t str) -> &'t [u8] {
        let is_placed = self.claim("org_role") != b"org_role";
        if is_placed { bare_role(role.as_bytes()) } else { role.as_bytes() }
    }

    fn inner(&self) -> Self {
        Writer { bytes: Vec::new(), naming: self.naming }
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.byte(u8::from(flag));
    }

    pub(crate) fn text(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(text);
    }

    pub(crate) fn texts(&mut self, texts: &[impl AsRef<[u8]>]) {
        self.list(texts, |out, text| out.bytes.extend_from_slice(text.as_ref()));
    }

    /// Each item is what `write` writes.
    pub(crate) fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        let mut list = self.inner();
        for item in items {
            let mut inner = self.inner();
            write(&mut inner, item);
            list.text(inner.bytes);
        }
        self.text(list.bytes);
    }

    /// The whole, behind its checksum.
    pub(crate) fn finish(self) -> Vec<u8> {
        [checksum(&self.bytes).to_le_bytes().as_slice(), &self.bytes].concat()
    }
}

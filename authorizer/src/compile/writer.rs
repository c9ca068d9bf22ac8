//! Writes what `crate::compiled` reads.

use alloc::vec::Vec;

use crate::compiled::checksum;

#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
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
        let mut list = Writer::default();
        for item in items {
            let mut inner = Writer::default();
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

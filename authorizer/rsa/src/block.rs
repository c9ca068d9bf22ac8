//! What is signed: a digest, padded to the length of the modulus.

use crate::number::{self, Limbs};

/// Bytes, for a modulus of 4096 bits.
const MAX_LENGTH: usize = 512;
/// The DER of a `DigestInfo` up to its SHA-256 digest (RFC 8017 §9.2, note 1).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// As many bytes as the modulus has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// The block, and zeros.
    bytes: [u8; MAX_LENGTH],
    length: usize,
}

impl Block {
    /// The bytes, the most significant first.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    pub(crate) fn new(number: &Limbs, length: usize) -> Self {
        let mut bytes = [0; MAX_LENGTH];
        number::to_bytes(number, bytes.get_mut(..length).unwrap_or_default());
        Self { bytes, length }
    }

    /// 00 01 FF … FF 00, `DigestInfo` (RFC 8017 §9.2, EMSA-PKCS1-v1_5).
    pub(crate) fn encode(digest: &[u8; 32], length: usize) -> Self {
        let mut bytes = [0; MAX_LENGTH];
        let block = bytes.get_mut(..length).unwrap_or_default();
        block.fill(0xff);
        if let [first, second, ..] = block {
            (*first, *second) = (0, 1);
        }
        let end = [[0].as_slice(), &DIGEST_INFO, digest];
        for (place, byte) in block.iter_mut().rev().zip(end.into_iter().flatten().rev()) {
            *place = *byte;
        }
        Self { bytes, length }
    }
}

//! Public keys.

use crate::block::Block;
use crate::montgomery::Modulus;
use crate::number;
use crate::sha256::sha256;

const MIN_BITS: usize = 2048;
const MAX_BITS: usize = 4096;

/// An RSA key with the exponent 65537.
#[derive(Clone, Copy, Debug)]
pub struct PublicKey {
    modulus: Modulus,
    /// The length of the modulus, and so of each signature.
    bytes: usize,
}

impl PublicKey {
    /// A key by its modulus, most significant byte first: odd, of 2048 to 4096 bits, without
    /// leading zeros.
    pub fn new(modulus: &[u8]) -> Option<Self> {
        let (first, last) = (modulus.first()?, modulus.last()?);
        let unused = usize::try_from(first.leading_zeros()).ok()?;
        let bits = modulus.len().checked_mul(8)?.checked_sub(unused)?;
        let is_sound = unused < 8 && last & 1 == 1 && (MIN_BITS..=MAX_BITS).contains(&bits);
        is_sound.then(|| Self {
            modulus: Modulus::new(&number::from_bytes(modulus), bits),
            bytes: modulus.len(),
        })
    }

    /// Whether the signature is one of the message (RFC 8017 §8.2.2).
    ///
    /// The block that the message should have is made and compared whole; the one from the signature
    /// is never taken apart, which is where forgeries have got through elsewhere.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let expected = Block::encode(&sha256(message), self.bytes);
        self.recover(signature).is_some_and(|block| block == expected)
    }

    /// The block that was signed (RFC 8017 §5.2.2, RSAVP1); `None` for what cannot be a signature: it
    /// has another length than the modulus, or is not smaller.
    pub fn recover(&self, signature: &[u8]) -> Option<Block> {
        if signature.len() != self.bytes {
            return None;
        }
        let number = number::from_bytes(signature);
        let power = self.modulus.is_above(&number).then(|| self.modulus.power_65537(&number))?;
        Some(Block::new(&power, self.bytes))
    }
}

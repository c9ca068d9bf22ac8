//! Checks signatures in the module itself, so that the host needs no RSA.

use alloc::vec::Vec;

use authorizer::{Keys, Scratch};
use authorizer_rsa::PublicKey;

/// The keys in the order of the file, ready for use.
pub(crate) struct Verifier {
    keys: Vec<PublicKey>,
}

impl Verifier {
    pub(crate) fn new(keys: &Keys) -> Option<Self> {
        let keys: Option<_> = keys.iter().map(|key| PublicKey::new(key.modulus())).collect();
        keys.map(|keys| Self { keys })
    }

    /// Whether the signature that waits there is good.
    pub(crate) fn verify(&self, scratch: &Scratch) -> bool {
        let key = self.keys.get(scratch.key());
        key.is_some_and(|key| key.verify(scratch.signing_input(), scratch.signature()))
    }
}

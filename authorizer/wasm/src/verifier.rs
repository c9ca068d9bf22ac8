//! Checks signatures in the module itself, so that the host needs no RSA.

use authorizer::{Keys, MAX_KEYS, Scratch};
use authorizer_rsa::PublicKey;

/// The keys in the order of the file, ready for use.
pub(crate) struct Verifier {
    keys: [Option<PublicKey>; MAX_KEYS],
}

impl Verifier {
    pub(crate) fn new(keys: &Keys) -> Self {
        let mut keys = keys.iter();
        Self { keys: core::array::from_fn(|_| PublicKey::new(keys.next()?.modulus())) }
    }

    /// Whether the signature that waits there is good.
    pub(crate) fn verify(&self, scratch: &Scratch) -> bool {
        let key = self.keys.get(scratch.key()).and_then(Option::as_ref);
        key.is_some_and(|key| key.verify(scratch.signing_input(), scratch.signature()))
    }
}

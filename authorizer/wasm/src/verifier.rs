//! Checks signatures in the module itself, so that the host needs no RSA.

use authorizer::{Keys, MAX_KEYS, Scratch};
use authorizer_rsa::PublicKey;

/// The keys in the order of the file, ready for use.
pub(crate) struct Verifier {
    keys: [Option<PublicKey>; MAX_KEYS],
}

impl Verifier {
    /// All its bytes are zero, which take no place in the module's file.
    #[expect(clippy::large_stack_arrays, reason = "it becomes a static, and is on no stack")]
    pub(crate) const NONE: Self = Self { keys: [const { None }; MAX_KEYS] };

    pub(crate) fn prepare(&mut self, keys: &Keys) {
        for (place, key) in self.keys.iter_mut().zip(keys.iter()) {
            *place = PublicKey::new(key.material());
        }
    }

    /// Whether the signature that waits there is good.
    pub(crate) fn verify(&self, scratch: &Scratch) -> bool {
        let key = self.keys.get(scratch.key()).and_then(Option::as_ref);
        key.is_some_and(|key| key.verify(scratch.signing_input(), scratch.signature()))
    }
}

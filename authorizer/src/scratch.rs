//! Where a token is taken apart, and what waits there for the host's answer.

use crate::answer::Reply;
use crate::cache::{Facts, Slot, remember};
use crate::claims::{Claims, Known};
use crate::code::Code;
use crate::decide::{Edits, Verdict};
use crate::keys::MAX_KID;
use crate::token::{MAX_TEXT, MAX_TOKEN};

/// Bytes of a signature by the largest key: 4,096 bits.
const MAX_SIGNATURE: usize = 512;

/// Room for one request at a time, so that judging one allocates nothing.
#[derive(Clone, Debug)]
pub struct Scratch {
    token: [u8; MAX_TOKEN],
    token_length: usize,
    input_length: usize,
    /// The decoded header, and after it the claims.
    pub(crate) text: [u8; MAX_TEXT],
    pub(crate) claims_length: usize,
    pub(crate) signature: [u8; MAX_SIGNATURE],
    signature_length: usize,
    pub(crate) facts: Facts,
    /// Whether `verdict` waits for the host. Apart, so that an empty one is zeros.
    waits: bool,
    verdict: Verdict,
    pub(crate) kid: Name,
    pub(crate) slot: Option<usize>,
    pub(crate) rule: Option<usize>,
}

/// The name of a key, kept for the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Name {
    bytes: [u8; MAX_KID],
    length: usize,
}

impl Name {
    pub(crate) const NONE: Self = Name { bytes: [0; MAX_KID], length: 0 };

    /// Keeps a name of at most [`MAX_KID`] bytes; there are no others.
    pub(crate) fn set(&mut self, name: &[u8]) {
        if let Some(place) = self.bytes.get_mut(..name.len()) {
            place.copy_from_slice(name);
            self.length = name.len();
        }
    }

    pub(crate) fn get(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Scratch {
    /// Empty room; all its bytes are zero, or do not matter.
    pub const EMPTY: Self = Scratch {
        token: [0; MAX_TOKEN],
        token_length: 0,
        input_length: 0,
        text: [0; MAX_TEXT],
        claims_length: 0,
        signature: [0; MAX_SIGNATURE],
        signature_length: 0,
        facts: Slot::EMPTY.facts,
        waits: false,
        verdict: Verdict::Allow(Edits { blank_query: false, create_only: false }),
        kid: Name::NONE,
        slot: None,
        rule: None,
    };

    /// Where the bytes that were signed begin, whatever their number will be.
    pub fn token(&self) -> &[u8] {
        &self.token
    }

    /// After [`Step::Verify`](crate::Step::Verify): the bytes that were signed.
    pub fn signing_input(&self) -> &[u8] {
        self.token.get(..self.input_length).unwrap_or_default()
    }

    /// After [`Step::Verify`](crate::Step::Verify): the signature, as long as the key's modulus.
    pub fn signature(&self) -> &[u8] {
        self.signature.get(..self.signature_length).unwrap_or_default()
    }

    /// After [`Step::Verify`](crate::Step::Verify): the position of the key. The signature has to be
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    pub fn key(&self) -> usize {
        self.facts.key
    }

    /// The name of the key that the token spoke of, if it could be one.
    pub fn kid(&self) -> &[u8] {
        self.kid.get()
    }

    /// The position of the rule that decided, or else of the first that is about the request.
    pub fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// The token's `sub` as it is written there; empty when nobody got that far. Unless the request
    /// was allowed nothing says that it is true.
    pub fn subject<'s>(&'s self, slots: &'s [Slot]) -> &'s [u8] {
        let claims = match self.slot.and_then(|slot| slots.get(slot)) {
            Some(slot) => slot.claims(),
            None => self.claims(),
        };
        claims.text(Known::Sub).map_or(&[], crate::json_text::Text::raw)
    }

    pub(crate) fn clear(&mut self) {
        self.waits = false;
        self.claims_length = 0;
        self.kid.set(b"");
        (self.slot, self.rule) = (None, None);
    }

    pub(crate) fn claims(&self) -> Claims<'_> {
        Claims::new(self.document(), &self.facts.index)
    }

    /// Keeps what the host needs for its answer, and what follows from a good one.
    pub(crate) fn wait(
        &mut self,
        (token, input_length): (&[u8], usize),
        signature_length: usize,
        verdict: Verdict,
    ) -> Result<(), Code> {
        let place = self.token.get_mut(..token.len()).ok_or(Code::TokenTooLarge)?;
        place.copy_from_slice(token);
        self.token_length = token.len();
        self.input_length = input_length;
        self.signature_length = signature_length;
        (self.waits, self.verdict) = (true, verdict);
        Ok(())
    }

    /// Counts once: whatever was waiting is gone afterwards.
    pub(crate) fn finish(&mut self, slots: &mut [Slot], signature_ok: bool) -> Verdict {
        if !core::mem::replace(&mut self.waits, false) || !signature_ok {
            return Verdict::Answer(Reply::Refusal(Code::TokenInvalidSignature));
        }
        let token = self.token.get(..self.token_length).unwrap_or_default();
        remember(slots, token, self.document(), &self.facts);
        self.verdict
    }

    pub(crate) fn document(&self) -> &[u8] {
        self.text.get(..self.claims_length).unwrap_or_default()
    }
}

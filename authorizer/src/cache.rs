//! Tokens whose signature has been checked, so that it is checked once.
//!
//! A page with fifty images sends the same token fifty times. What is remembered is that these very
//! bytes were signed by a deployed key; all else is judged again on every request: the time, the
//! rules, the status. The host gives a new configuration fresh slots.

use crate::claims::{Claims, Index};
use crate::kind::Kind;
use crate::text::same_bytes;
use crate::validity::Validity;

/// Bytes for a token and its decoded claims. Longer ones are checked each time.
const ROOM: usize = 3072;

/// Room for one token.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Zero: empty.
    token_length: usize,
    claims_length: usize,
    pub(crate) facts: Facts,
    /// The token, then its claims.
    bytes: [u8; ROOM],
}

/// What is known about a token besides its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    /// The position of the key that signed it.
    pub(crate) key: usize,
    pub(crate) validity: Validity,
    pub(crate) index: Index,
}

impl Slot {
    /// A slot without a token; all its bytes are zero.
    pub const EMPTY: Self = Slot {
        token_length: 0,
        claims_length: 0,
        facts: Facts { kind: Kind::Session, key: 0, validity: Validity::NONE, index: Index::NONE },
        bytes: [0; ROOM],
    };

    pub(crate) fn claims(&self) -> Claims<'_> {
        let end = self.token_length.saturating_add(self.claims_length);
        let document = self.bytes.get(self.token_length..end).unwrap_or_default();
        Claims::new(document, &self.facts.index)
    }

    fn holds(&self, token: &[u8]) -> bool {
        self.bytes.get(..self.token_length).is_some_and(|known| same_bytes(known, token))
    }

    fn fill(&mut self, token: &[u8], claims: &[u8], facts: &Facts) -> Option<()> {
        let (place, rest) = self.bytes.split_at_mut_checked(token.len())?;
        let rest = rest.get_mut(..claims.len())?;
        place.copy_from_slice(token);
        rest.copy_from_slice(claims);
        (self.token_length, self.claims_length) = (token.len(), claims.len());
        self.facts = *facts;
        Some(())
    }
}

/// The slot of a token whose signature is known to be good.
pub(crate) fn find<'s>(slots: &'s [Slot], token: &[u8]) -> Option<(usize, &'s Slot)> {
    let position = position(slots.len(), token)?;
    slots.get(position).filter(|slot| slot.holds(token)).map(|slot| (position, slot))
}

/// Remembers a token, instead of the one that had its slot.
pub(crate) fn remember(slots: &mut [Slot], token: &[u8], claims: &[u8], facts: &Facts) {
    let slot = position(slots.len(), token).and_then(|position| slots.get_mut(position));
    // A token that is too long for its slot leaves it as it is.
    let _ = slot.map(|slot| slot.fill(token, claims, facts));
}

/// The end of a signature is as good as random: Fibonacci hashing spreads its eight letters.
fn position(slots: usize, token: &[u8]) -> Option<usize> {
    let end = u64::from_le_bytes(*token.last_chunk()?);
    let hash = end.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_shr(40);
    usize::try_from(hash).ok()?.checked_rem(slots)
}

//! The token's header: one function per rule.
//!
//! Clerk may add parameters at any time, so unknown ones are ignored. `jwk`, `jku`, `x5u` and `x5c`
//! are among them: keys come from the deployment alone (RFC 8725 §3.10).

use crate::code::Code;
use crate::compiled::List;
use crate::json::{self, Spot, Value};
use crate::keys::Key;
use crate::kind::Kind;
use crate::policy::{IS_FOREIGN, Policy};

/// `cat` of a session token.
const SESSION: &str = "cl_B7d4PD111AAA";
/// `cat` of a token that a JWT template made.
const TEMPLATE: &str = "cl_B7d4PD222AAA";
/// `cat` of a machine's token.
const MACHINE: &str = "cl_B7d4PD333AAA";
/// `cat` that an instance may stamp on every kind of token; it says nothing.
const UNCATEGORIZED: &str = "cl_I7d4PD111III";

/// The parameters that somebody here listens to, the last two as signs of an extension.
const NAMES: [&[u8]; 6] = [b"alg", b"cat", b"kid", b"typ", b"crit", b"b64"];

/// What a header says: where the parameters stand in its text, in the order of [`NAMES`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header<'a> {
    text: &'a [u8],
    spots: [Spot; NAMES.len()],
}

impl<'a> Header<'a> {
    /// RFC 7515 §5.2, step 3: one JSON object.
    #[inline(never)]
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Code> {
        let mut spots = [Spot::NONE; NAMES.len()];
        json::index(text, &NAMES, &mut spots).map_err(|_| Code::TokenInvalid)?;
        Ok(Header { text, spots })
    }

    /// Judges everything but the key; the kind of token, if the header tells.
    pub(crate) fn check(&self, policy: &Policy) -> Result<Option<Kind>, Code> {
        self.algorithm(policy)?;
        self.extensions()?;
        self.media_type(policy)?;
        if policy.is(IS_FOREIGN) { Ok(None) } else { self.category() }
    }

    /// RFC 7515 §4.1.4: a name to look up among the deployed keys, nothing else. Names with escapes
    /// are nobody's: a key's name needs none.
    pub(crate) fn kid(&self) -> Option<&'a [u8]> {
        let [_, _, kid, ..] = self.spots;
        kid.read(self.text)?.text()?.plain()
    }

    /// RFC 8725 §3.1: the algorithm is ours to choose, the header only has to agree; with the key as
    /// well, when that is known.
    pub(crate) fn is_for(&self, key: &Key) -> Result<(), Code> {
        let [alg, ..] = self.spots;
        match alg.read(self.text) {
            Some(alg) if alg.is(key.algorithm().as_bytes()) => Ok(()),
            _ => Err(Code::TokenInvalidAlgorithm),
        }
    }

    fn algorithm(&self, policy: &Policy) -> Result<(), Code> {
        let [alg, ..] = self.spots;
        let alg = alg.read(self.text);
        if alg.is_some_and(|alg| is_among(alg, policy.algorithms)) {
            Ok(())
        } else {
            Err(Code::TokenInvalidAlgorithm)
        }
    }

    /// RFC 7515 §4.1.11: we understand no extension. RFC 7797 §6: `b64` needs one.
    fn extensions(&self) -> Result<(), Code> {
        let [.., crit, b64] = self.spots;
        let extended = crit.is_there() || b64.is_there();
        if extended { Err(Code::TokenInvalid) } else { Ok(()) }
    }

    /// RFC 8725 §3.11: of Clerk, an OAuth access token (`at+jwt`, RFC 9068 §2.1) is not a session.
    fn media_type(&self, policy: &Policy) -> Result<(), Code> {
        let [.., typ, _, _] = self.spots;
        match typ.read(self.text) {
            Some(typ) if !is_among(typ, policy.types) => Err(Code::TokenTypeMismatch),
            _ => Ok(()),
        }
    }

    /// Clerk signs templates' and machines' tokens with the same key; `cat` tells them apart.
    fn category(&self) -> Result<Option<Kind>, Code> {
        let [_, cat, ..] = self.spots;
        let Some(cat) = cat.read(self.text) else { return Ok(None) };
        let is = |name: &str| cat.is(name.as_bytes());
        if is(SESSION) {
            Ok(Some(Kind::Session))
        } else if is(TEMPLATE) {
            Ok(Some(Kind::Template))
        } else if is(MACHINE) {
            Ok(Some(Kind::Machine))
        } else if is(UNCATEGORIZED) {
            Ok(None)
        } else {
            Err(Code::TokenTypeMismatch)
        }
    }
}

#[inline(never)]
fn is_among(value: Value, ours: List) -> bool {
    ours.iter().any(|ours| value.is(ours))
}

//! `keys.json`: the public keys whose signatures count, as a JWK set (RFC 7517 §5).
//!
//! Everything doubtful about a key is refused when the deployment is built, so never at the edge.

use crate::fields;
use crate::json::{self, FILE_VALUES, Value};
use crate::jwk::Jwk;
use crate::policy_error::KeysError;
use crate::problem::Problem;
use crate::refusal::{Place, Refusal};
use crate::scratch::Name;
use crate::weakness::weakness;

/// Keys of one deployment, at most.
pub const MAX_KEYS: usize = 16;
pub(crate) const MAX_KID: usize = 128;
/// RFC 7518 §3.3 asks for 2,048 bits at least.
const MIN_BITS: usize = 2048;
pub(crate) const MAX_BITS: usize = 4096;
/// Bytes of a point on P-256: both coordinates (RFC 7518 §6.2.1). No modulus is as short, which is
/// judged before a key comes here, so the length of a key tells its algorithm.
pub(crate) const POINT: usize = 64;

/// The keys of one deployment, no name twice. They lie in the value itself: nothing is allocated.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    keys: [Key; MAX_KEYS],
    count: usize,
}

/// A public key: of RSA for RS256 with the exponent 65537, or of P-256 for ES256.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    kid: Name,
    index: usize,
    material: [u8; MAX_BITS / 8],
    length: usize,
}

impl Keys {
    /// No keys: no token counts, until there are some. All its bytes are zero.
    pub const NONE: Self = Keys { keys: [const { Key::NONE }; MAX_KEYS], count: 0 };

    /// Reads and judges a key set.
    ///
    /// # Errors
    /// The first key, by its `kid` or else by its position, that is not acceptable, in one line.
    pub fn parse(jwks_json: &str) -> Result<Self, KeysError> {
        let mut keys = Keys::NONE;
        keys.read(jwks_json.as_bytes())?;
        Ok(keys)
    }

    /// Forgets them.
    pub fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds a key whose `kid` and [`material`](Key::material) the host has read, in the order of the
    /// file; tells whether it could. Whether a modulus [`is_strong`], and a point on the curve, is
    /// another question, of which the host of deployed keys knows the answer; so is whether a name is
    /// there twice, of which the first counts.
    pub fn add(&mut self, kid: &[u8], material: &[u8]) -> bool {
        self.insert(kid, material).is_ok()
    }

    fn read<'a>(&mut self, jwks_json: &'a [u8]) -> Result<(), Refusal<'a>> {
        let object = json::object(jwks_json, FILE_VALUES)?;
        let items = fields::required(fields::list(object, "keys"), "keys")?;
        if items.items().count() > MAX_KEYS {
            return Err(Problem::KeyCount.into());
        }
        for (index, item) in items.items().enumerate() {
            self.read_key(item).map_err(|refusal| refusal.at(|| at(index, item)))?;
        }
        if self.count == 0 { Err(Problem::KeyCount.into()) } else { Ok(()) }
    }

    fn read_key<'a>(&mut self, item: Value<'a>) -> Result<(), Refusal<'a>> {
        let jwk = Jwk::read(item)?;
        if self.find(jwk.kid).is_some() {
            return Err(Problem::RepeatedKid.into());
        }
        self.insert(jwk.kid, jwk.material())?;
        jwk.check_strength()
    }

    fn insert(&mut self, kid: &[u8], material: &[u8]) -> Result<(), Refusal<'static>> {
        let index = self.count;
        let key = self.keys.get_mut(index).ok_or(Problem::KeyCount)?;
        key.fill(kid, material)?;
        key.index = index;
        self.count = index.saturating_add(1);
        Ok(())
    }

    /// The keys in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter().take(self.count)
    }

    pub(crate) fn find(&self, kid: &[u8]) -> Option<&Key> {
        self.iter().find(|key| key.name() == kid)
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Key> {
        self.keys.get(index)
    }
}

impl Key {
    const NONE: Self = Key { kid: Name::NONE, index: 0, material: [0; MAX_BITS / 8], length: 0 };

    /// The name by which a token refers to the key: 1 to 128 of `[A-Za-z0-9_.:+/=-]`.
    pub fn kid(&self) -> &str {
        core::str::from_utf8(self.name()).unwrap_or_default()
    }

    /// The position in the file, from zero.
    pub fn index(&self) -> usize {
        self.index
    }

    /// `RS256` or `ES256`: a key is for one algorithm (RFC 8725 §3.1).
    pub fn algorithm(&self) -> &'static str {
        if self.length == POINT { "ES256" } else { "RS256" }
    }

    /// The modulus of an RSA key without leading zeros, or both coordinates of a point on P-256 with
    /// them, 32 bytes each; big-endian.
    pub fn material(&self) -> &[u8] {
        self.material.get(..self.length).unwrap_or_default()
    }

    /// The length of the modulus in bits, 2,048 to 4,096, or of the curve's field.
    pub fn bits(&self) -> usize {
        if self.length == POINT { 256 } else { bits(self.material()) }
    }

    pub(crate) fn name(&self) -> &[u8] {
        self.kid.get()
    }

    /// RFC 8017 §8.2.2, step 1 and §5.2.2: as long as the modulus, and a smaller number. RFC 7518
    /// §3.4: as long as a point.
    pub(crate) fn fits(&self, signature: &[u8]) -> bool {
        let short = self.length == POINT || signature < self.material();
        signature.len() == self.length && short
    }

    fn fill(&mut self, kid: &[u8], material: &[u8]) -> Result<(), Refusal<'static>> {
        if !is_kid(kid) {
            return Err(Problem::Kid.into());
        }
        if material.len() != POINT {
            check_modulus(material)?;
        }
        let place = self.material.get_mut(..material.len());
        place.ok_or(Problem::Modulus)?.copy_from_slice(material);
        self.length = material.len();
        self.kid.set(kid);
        Ok(())
    }
}

pub(crate) fn check_modulus(modulus: &[u8]) -> Result<(), Problem<'static>> {
    // RFC 7518 §6.3.1.1: as few bytes as it takes.
    if modulus.first() == Some(&0) {
        return Err(Problem::LeadingZero);
    }
    let bits = bits(modulus);
    if (MIN_BITS..=MAX_BITS).contains(&bits) { Ok(()) } else { Err(Problem::Bits(bits)) }
}

/// Whether a big-endian modulus has the right length, and no look at it tells how to break it.
pub fn is_strong(modulus: &[u8]) -> bool {
    check_modulus(modulus).is_ok() && weakness(modulus).is_none()
}

/// No text of ours is so long that this could overflow.
fn bits(modulus: &[u8]) -> usize {
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    let unused = usize::try_from(unused).unwrap_or(0);
    modulus.len().wrapping_mul(8).wrapping_sub(unused)
}

pub(crate) fn is_kid(kid: &[u8]) -> bool {
    let allowed =
        |byte: &u8| matches!(byte, b'+' | b'-'..=b':' | b'=' | b'A'..=b'Z' | b'_' | b'a'..=b'z');
    (1..=MAX_KID).contains(&kid.len()) && kid.iter().all(allowed)
}

fn at(index: usize, item: Value<'_>) -> Place<'_> {
    let kid = item.object().and_then(|key| key.get(b"kid")?.text()).map_or("", fields::shown);
    Place::Key(index.saturating_add(1), kid)
}

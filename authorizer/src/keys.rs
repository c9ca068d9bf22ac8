//! `keys.json`: the public keys whose signatures count, as a JWK set (RFC 7517 §5).
//!
//! Everything doubtful about a key is refused when the deployment is built, so never at the edge.

use crate::base64;
use crate::fields;
use crate::json::{self, FILE_VALUES, Object, Value};
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
const MAX_BITS: usize = 4096;
/// Members that only a private or a symmetric key has (RFC 7518 §6.3.2 and §6.4.1).
const PRIVATE: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

/// The keys of one deployment, no name twice. They lie in the value itself: nothing is allocated.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    keys: [Key; MAX_KEYS],
    count: usize,
}

/// An RSA public key for RS256 with the exponent 65537.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    kid: Name,
    index: usize,
    modulus: [u8; MAX_BITS / 8],
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

    /// Adds a key whose `kid` and modulus the host has read, in the order of the file; tells whether
    /// it could. Whether the modulus [`is_strong`] is another question, of which the host of deployed
    /// keys knows the answer.
    pub fn add(&mut self, kid: &[u8], modulus: &[u8]) -> bool {
        self.insert(kid, modulus).is_ok()
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
        let object = item.object().ok_or(Problem::NotAKey)?;
        if let Some(name) = PRIVATE.into_iter().find(|name| object.get(name.as_bytes()).is_some()) {
            return Err(Problem::Private(name).into());
        }
        purpose(object)?;
        let kid = required_text(object, "kid")?;
        if required_text(object, "e")? != b"AQAB" {
            return Err(Problem::Exponent.into());
        }
        let mut room = [0; MAX_BITS / 8 + 1];
        let modulus = decode_modulus(required_text(object, "n")?, &mut room)?;
        self.insert(kid, modulus)?;
        match weakness(modulus) {
            Some(weakness) => Err(Problem::Weak(weakness).into()),
            None => Ok(()),
        }
    }

    fn insert(&mut self, kid: &[u8], modulus: &[u8]) -> Result<(), Refusal<'static>> {
        let index = self.count;
        let (known, free) = self.keys.split_at_mut_checked(index).ok_or(Problem::KeyCount)?;
        let key = free.first_mut().ok_or(Problem::KeyCount)?;
        key.fill(kid, modulus)?;
        key.index = index;
        if known.iter().any(|known| known.name() == kid) {
            return Err(Problem::RepeatedKid.into());
        }
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
    const NONE: Self = Key { kid: Name::NONE, index: 0, modulus: [0; MAX_BITS / 8], length: 0 };

    /// The name by which a token refers to the key; 1 to 128 of `[A-Za-z0-9_-]`.
    pub fn kid(&self) -> &str {
        core::str::from_utf8(self.name()).unwrap_or_default()
    }

    /// The position in the file, from zero.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The modulus, big-endian, without leading zeros.
    pub fn modulus(&self) -> &[u8] {
        self.modulus.get(..self.length).unwrap_or_default()
    }

    /// The length of the modulus in bits, 2,048 to 4,096.
    pub fn bits(&self) -> usize {
        bits(self.modulus())
    }

    pub(crate) fn name(&self) -> &[u8] {
        self.kid.get()
    }

    /// RFC 8017 §8.2.2, step 1 and §5.2.2: as long as the modulus, and a smaller number.
    pub(crate) fn fits(&self, signature: &[u8]) -> bool {
        signature.len() == self.length && signature < self.modulus()
    }

    fn fill(&mut self, kid: &[u8], modulus: &[u8]) -> Result<(), Refusal<'static>> {
        if !is_kid(kid) {
            return Err(Problem::Kid.into());
        }
        // RFC 7518 §6.3.1.1: as few bytes as it takes.
        if modulus.first() == Some(&0) {
            return Err(Problem::LeadingZero.into());
        }
        let bits = bits(modulus);
        let place = self.modulus.get_mut(..modulus.len());
        let place = place.filter(|_| (MIN_BITS..=MAX_BITS).contains(&bits));
        place.ok_or(Problem::Bits(bits))?.copy_from_slice(modulus);
        self.length = modulus.len();
        self.kid.set(kid);
        Ok(())
    }
}

fn decode_modulus<'r>(text: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], Problem<'static>> {
    // Six in each character, in whole bytes.
    let written = text.len().saturating_mul(6) & !7;
    match base64::decode(text, room) {
        Some(modulus) => Ok(modulus),
        None if written > MAX_BITS => Err(Problem::Bits(written)),
        None => Err(Problem::Modulus),
    }
}

/// Whether no look at a big-endian modulus tells how to break it.
pub fn is_strong(modulus: &[u8]) -> bool {
    weakness(modulus).is_none()
}

/// RFC 7517 §4.1 to §4.4: made for RSA, RS256 and verifying.
fn purpose(object: Object<'_>) -> Result<(), Refusal<'_>> {
    if required_text(object, "kty")? != b"RSA" {
        return Err(Problem::KeyType.into());
    }
    if object.get(b"alg").is_some_and(|value| !value.is(b"RS256")) {
        return Err(Problem::Algorithm.into());
    }
    if object.get(b"use").is_some_and(|value| !value.is(b"sig")) {
        return Err(Problem::Use.into());
    }
    let Some(operations) = object.get(b"key_ops") else { return Ok(()) };
    let is_plain = |item: Value| item.text().is_some_and(|text| text.plain().is_some());
    let operations = operations.list().filter(|list| list.items().all(is_plain));
    let operations = operations.ok_or(Problem::Wrong("key_ops", fields::Kind::Texts))?;
    if operations.contains(b"verify") { Ok(()) } else { Err(Problem::Operations.into()) }
}

/// No text of ours is so long that this could overflow.
fn bits(modulus: &[u8]) -> usize {
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    let unused = usize::try_from(unused).unwrap_or(0);
    modulus.len().wrapping_mul(8).wrapping_sub(unused)
}

pub(crate) fn is_kid(kid: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_KID).contains(&kid.len()) && kid.iter().all(allowed)
}

fn required_text<'a>(object: Object<'a>, name: &'static str) -> Result<&'a [u8], Refusal<'a>> {
    fields::required(fields::bytes(object, name), name)
}

fn at(index: usize, item: Value<'_>) -> Place<'_> {
    let kid = item.object().and_then(|key| key.get(b"kid")?.text()).map_or("", fields::shown);
    Place::Key(index.saturating_add(1), kid)
}

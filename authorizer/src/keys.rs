//! `keys.json`: the public keys whose signatures count, as a JWK set (RFC 7517 §5).
//!
//! Everything doubtful about a key is refused when the deployment is built, so never at the edge.

use alloc::string::String;
use alloc::vec::Vec;

use crate::base64;
use crate::fields;
use crate::json::{self, FILE_VALUES, Object, Value};
use crate::json_text::Text;
use crate::policy_error::KeysError;
use crate::problem::Problem;
use crate::refusal::{Place, Refusal};
use crate::weakness::weakness;

const MAX_KEYS: usize = 16;
pub(crate) const MAX_KID: usize = 128;
/// RFC 7518 §3.3 asks for 2,048 bits at least.
const MIN_BITS: usize = 2048;
const MAX_BITS: usize = 4096;
/// Members that only a private or a symmetric key has (RFC 7518 §6.3.2 and §6.4.1).
const PRIVATE: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];

/// The keys of one deployment; at least one, no name twice.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    keys: Vec<Key>,
}

/// An RSA public key for RS256 with the exponent 65537.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    kid: String,
    index: usize,
    modulus: Vec<u8>,
}

impl Keys {
    /// Reads and judges a key set.
    ///
    /// # Errors
    /// The first key, by its `kid` or else by its position, that is not acceptable, in one line.
    pub fn parse(jwks_json: &str) -> Result<Self, KeysError> {
        Self::read(jwks_json).map_err(KeysError::from)
    }

    /// [`Keys::parse`] for a host that has nobody to tell why: all the words stay out of it.
    pub fn accept(jwks_json: &str) -> Option<Self> {
        Self::read(jwks_json).ok()
    }

    /// No keys: no token counts, until there are some.
    pub fn none() -> Self {
        Keys { keys: Vec::new() }
    }

    fn read(jwks_json: &str) -> Result<Self, Refusal<'_>> {
        let object = json::object(jwks_json, FILE_VALUES)?;
        let items = fields::required(fields::list(object, "keys"), "keys")?;
        let mut keys: Vec<Key> = Vec::new();
        for (index, item) in items.items().enumerate() {
            if index >= MAX_KEYS {
                return Err(Problem::KeyCount.into());
            }
            let key = Key::read(index, item).map_err(|refusal| refusal.at(at(index, item)))?;
            if keys.iter().any(|known| known.kid == key.kid) {
                return Err(Refusal::from(Problem::RepeatedKid).at(at(index, item)));
            }
            keys.push(key);
        }
        if keys.is_empty() { Err(Problem::KeyCount.into()) } else { Ok(Keys { keys }) }
    }

    /// The keys in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    pub(crate) fn find(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Key> {
        self.keys.get(index)
    }
}

impl Key {
    /// The name by which a token refers to the key; 1 to 128 of `[A-Za-z0-9_-]`.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The position in the file, from zero.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The modulus, big-endian, without leading zeros.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The length of the modulus in bits, 2,048 to 4,096.
    pub fn bits(&self) -> usize {
        bits(&self.modulus)
    }

    /// RFC 8017 §8.2.2, step 1 and §5.2.2: as long as the modulus, and a smaller number.
    pub(crate) fn fits(&self, signature: &[u8]) -> bool {
        signature.len() == self.modulus.len() && signature < self.modulus.as_slice()
    }

    fn read(index: usize, item: Value<'_>) -> Result<Self, Refusal<'_>> {
        let object = item.object().ok_or(Problem::NotAKey)?;
        if let Some(name) = PRIVATE.into_iter().find(|name| object.get(name).is_some()) {
            return Err(Problem::Private(name).into());
        }
        purpose(object)?;
        let kid = required_text(object, "kid")?;
        if !is_kid(kid) {
            return Err(Problem::Kid.into());
        }
        if required_text(object, "e")? != "AQAB" {
            return Err(Problem::Exponent.into());
        }
        Ok(Key { kid: kid.into(), index, modulus: modulus(required_text(object, "n")?)? })
    }
}

/// RFC 7517 §4.1 to §4.4: made for RSA, RS256 and verifying.
fn purpose(object: Object<'_>) -> Result<(), Refusal<'_>> {
    if required_text(object, "kty")? != "RSA" {
        return Err(Problem::KeyType.into());
    }
    if object.get("alg").is_some_and(|value| !value.is("RS256")) {
        return Err(Problem::Algorithm.into());
    }
    if object.get("use").is_some_and(|value| !value.is("sig")) {
        return Err(Problem::Use.into());
    }
    match fields::texts(object, "key_ops")? {
        Some(operations) if !operations.contains(&"verify") => Err(Problem::Operations.into()),
        _ => Ok(()),
    }
}

/// RFC 7518 §6.3.1.1: as few bytes as it takes.
fn modulus(text: &str) -> Result<Vec<u8>, Refusal<'_>> {
    let mut room = [0; MAX_BITS / 8 + 1];
    // Six in each character, in whole bytes.
    let written = text.len().saturating_mul(6) & !7;
    let modulus = match base64::decode(text, &mut room) {
        Some(modulus) => modulus,
        None if written > MAX_BITS => return Err(Problem::Bits(written).into()),
        None => return Err(Problem::Modulus.into()),
    };
    if modulus.first() == Some(&0) {
        return Err(Problem::LeadingZero.into());
    }
    if !(MIN_BITS..=MAX_BITS).contains(&bits(modulus)) {
        return Err(Problem::Bits(bits(modulus)).into());
    }
    match weakness(modulus) {
        Some(weakness) => Err(Problem::Weak(weakness).into()),
        None => Ok(modulus.into()),
    }
}

fn bits(modulus: &[u8]) -> usize {
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    let unused = usize::try_from(unused).unwrap_or(0);
    modulus.len().saturating_mul(8).saturating_sub(unused)
}

pub(crate) fn is_kid(kid: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_KID).contains(&kid.len()) && kid.bytes().all(allowed)
}

fn required_text<'a>(object: Object<'a>, name: &'static str) -> Result<&'a str, Refusal<'a>> {
    fields::required(fields::text(object, name), name)
}

fn at(index: usize, item: Value<'_>) -> Place<'_> {
    let kid = item.object().and_then(|key| key.get("kid")?.text()).map_or("", Text::raw);
    Place::Key(index.saturating_add(1), kid)
}

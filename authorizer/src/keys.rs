//! `keys.json`: the public keys whose signatures count, as a JWK set (RFC 7517 §5).
//!
//! Everything doubtful about a key is refused when the deployment is built, so never at the edge.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::base64;
use crate::fields::{self, FieldProblem};
use crate::json::{self, FILE_VALUES, Malformed, Object, Value};

const MAX_KEYS: usize = 16;
const MAX_KID: usize = 128;
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

/// A key set that must not be deployed: which key, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeysError {
    key: Option<(usize, String)>,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq)]
enum Problem {
    Json(Malformed),
    Field(FieldProblem),
    Count,
    NotAKey,
    Private(&'static str),
    KeyType,
    Algorithm,
    Use,
    Operations,
    Kid,
    RepeatedKid,
    Exponent,
    Modulus,
    LeadingZero,
    Bits(usize),
    Even,
}

impl Keys {
    /// Reads and judges a key set.
    ///
    /// # Errors
    /// The first key, by its `kid` or else by its position, that is not acceptable, in one line.
    pub fn parse(jwks_json: &str) -> Result<Self, KeysError> {
        let object = json::object(jwks_json, FILE_VALUES).map_err(Problem::Json)?;
        let items =
            fields::required(fields::list(&object, "keys"), "keys").map_err(Problem::Field)?;
        if !(1..=MAX_KEYS).contains(&items.len()) {
            return Err(Problem::Count.into());
        }
        let mut keys: Vec<Key> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let key = Key::parse(index, item).map_err(|problem| at(index, item, problem))?;
            if keys.iter().any(|known| known.kid == key.kid) {
                return Err(at(index, item, Problem::RepeatedKid));
            }
            keys.push(key);
        }
        Ok(Keys { keys })
    }

    /// The keys in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }

    pub(crate) fn find(&self, kid: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.kid == kid)
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

    fn parse(index: usize, item: &Value) -> Result<Self, Problem> {
        let Value::Object(object) = item else { return Err(Problem::NotAKey) };
        if let Some(name) = PRIVATE.into_iter().find(|name| object.get(name).is_some()) {
            return Err(Problem::Private(name));
        }
        purpose(object)?;
        let kid = required_text(object, "kid")?;
        if !is_kid(kid) {
            return Err(Problem::Kid);
        }
        if required_text(object, "e")? != "AQAB" {
            return Err(Problem::Exponent);
        }
        Ok(Key { kid: kid.into(), index, modulus: modulus(required_text(object, "n")?)? })
    }
}

/// RFC 7517 §4.1 to §4.4: made for RSA, RS256 and verifying.
fn purpose(object: &Object) -> Result<(), Problem> {
    if required_text(object, "kty")? != "RSA" {
        return Err(Problem::KeyType);
    }
    if object.get("alg").is_some_and(|value| value.text() != Some("RS256")) {
        return Err(Problem::Algorithm);
    }
    if object.get("use").is_some_and(|value| value.text() != Some("sig")) {
        return Err(Problem::Use);
    }
    match fields::texts(object, "key_ops").map_err(Problem::Field)? {
        Some(operations) if !operations.contains(&"verify") => Err(Problem::Operations),
        _ => Ok(()),
    }
}

/// RFC 7518 §6.3.1.1: as few bytes as it takes.
fn modulus(text: &str) -> Result<Vec<u8>, Problem> {
    let modulus = base64::decode(text).ok_or(Problem::Modulus)?;
    if modulus.first() == Some(&0) {
        return Err(Problem::LeadingZero);
    }
    if !(MIN_BITS..=MAX_BITS).contains(&bits(&modulus)) {
        return Err(Problem::Bits(bits(&modulus)));
    }
    if modulus.last().is_none_or(|last| last & 1 == 0) {
        return Err(Problem::Even);
    }
    Ok(modulus)
}

fn bits(modulus: &[u8]) -> usize {
    let unused = modulus.first().map_or(0, |first| first.leading_zeros());
    let unused = usize::try_from(unused).unwrap_or(0);
    modulus.len().saturating_mul(8).saturating_sub(unused)
}

fn is_kid(kid: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_KID).contains(&kid.len()) && kid.bytes().all(allowed)
}

fn required_text<'v>(object: &'v Object, name: &'static str) -> Result<&'v str, Problem> {
    fields::required(fields::text(object, name), name).map_err(Problem::Field)
}

fn at(index: usize, item: &Value, problem: Problem) -> KeysError {
    let kid =
        if let Value::Object(key) = item { key.get("kid").and_then(Value::text) } else { None };
    KeysError { key: Some((index.saturating_add(1), kid.unwrap_or_default().into())), problem }
}

impl From<Problem> for KeysError {
    fn from(problem: Problem) -> Self {
        KeysError { key: None, problem }
    }
}

impl core::error::Error for KeysError {}

impl fmt::Display for KeysError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some((position, kid)) if kid.is_empty() => {
                write!(out, "key {position}: {}", self.problem)
            }
            Some((_, kid)) => write!(out, "key {kid:?}: {}", self.problem),
            None => self.problem.fmt(out),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Problem::Json(malformed) => return malformed.fmt(out),
            Problem::Field(problem) => return problem.fmt(out),
            Problem::Private(name) => {
                return write!(
                    out,
                    "`{name}` is part of a PRIVATE key; remove it everywhere and replace the key"
                );
            }
            Problem::Bits(bits) => {
                return write!(
                    out,
                    "the modulus has {bits} bits; it needs {MIN_BITS} to {MAX_BITS}"
                );
            }
            Problem::Count => "there have to be 1 to 16 keys",
            Problem::NotAKey => "a key has to be an object",
            Problem::KeyType => "`kty` has to be RSA",
            Problem::Algorithm => "`alg` has to be RS256",
            Problem::Use => "`use` has to be sig",
            Problem::Operations => "`key_ops` has to contain verify",
            Problem::Kid => "`kid` has to be 1 to 128 letters, digits, - and _",
            Problem::RepeatedKid => "`kid` is repeated",
            Problem::Exponent => "`e` has to be AQAB, that is 65537",
            Problem::Modulus => "`n` is not canonical base64url",
            Problem::LeadingZero => "`n` begins with a zero byte",
            Problem::Even => "`n` is even",
        };
        out.write_str(sentence)
    }
}

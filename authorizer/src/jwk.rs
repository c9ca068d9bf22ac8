//! One key as it stands in a JWK set (RFC 7517 §4), judged. Only where a deployment is built.

use crate::base64;
use crate::curve;
use crate::fields;
use crate::json::{Object, Value};
use crate::keys::{MAX_BITS, POINT, check_modulus};
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::weakness::weakness;

/// Members that only a private or a symmetric key has (RFC 7518 §6.2.2, §6.3.2 and §6.4.1).
const PRIVATE: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];
/// One more than any key has, so that a longer one shows.
const ROOM: usize = MAX_BITS / 8 + 1;

/// A key that is made for us; the strength of a modulus is judged apart.
pub(crate) struct Jwk<'a> {
    pub(crate) kid: &'a [u8],
    room: [u8; ROOM],
    length: usize,
}

/// Reads what is particular to a type of key; how many bytes that are.
type Read<'a> = fn(Object<'a>, &mut [u8]) -> Result<usize, Refusal<'a>>;

impl<'a> Jwk<'a> {
    pub(crate) fn read(item: Value<'a>) -> Result<Self, Refusal<'a>> {
        let object = item.object().ok_or(Problem::NotAKey)?;
        if let Some(name) = PRIVATE.into_iter().find(|name| object.get(name.as_bytes()).is_some()) {
            return Err(Problem::Private(name).into());
        }
        let (algorithm, read): (&[u8], Read<'a>) = match text(object, "kty")? {
            b"RSA" => (b"RS256", modulus),
            b"EC" => (b"ES256", point),
            _ => return Err(Problem::KeyType.into()),
        };
        purpose(object, algorithm)?;
        let mut jwk = Jwk { kid: text(object, "kid")?, room: [0; ROOM], length: 0 };
        jwk.length = read(object, &mut jwk.room)?;
        Ok(jwk)
    }

    pub(crate) fn material(&self) -> &[u8] {
        self.room.get(..self.length).unwrap_or_default()
    }

    /// Of a modulus; a point that is on the curve is as good as any.
    pub(crate) fn check_strength(&self) -> Result<(), Refusal<'a>> {
        match weakness(self.material()) {
            Some(weakness) if self.length != POINT => Err(Problem::Weak(weakness).into()),
            _ => Ok(()),
        }
    }
}

/// RFC 7517 §4.2 to §4.4: made for this algorithm and for verifying.
fn purpose<'a>(object: Object<'a>, algorithm: &[u8]) -> Result<(), Refusal<'a>> {
    if object.get(b"alg").is_some_and(|value| !value.is(algorithm)) {
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

/// RFC 7518 §6.3.1.
fn modulus<'a>(object: Object<'a>, room: &mut [u8]) -> Result<usize, Refusal<'a>> {
    if text(object, "e")? != b"AQAB" {
        return Err(Problem::Exponent.into());
    }
    let encoded = text(object, "n")?;
    // Six in each character, in whole bytes.
    let written = encoded.len().saturating_mul(6) & !7;
    let modulus = match base64::decode(encoded, room) {
        Some(modulus) => modulus,
        None if written > MAX_BITS => return Err(Problem::Bits(written).into()),
        None => return Err(Problem::Modulus.into()),
    };
    check_modulus(modulus)?;
    Ok(modulus.len())
}

/// RFC 7518 §6.2.1: two whole coordinates. RFC 8725 §3.4: of a point on the curve.
fn point<'a>(object: Object<'a>, room: &mut [u8]) -> Result<usize, Refusal<'a>> {
    if text(object, "crv")? != b"P-256" {
        return Err(Problem::Curve.into());
    }
    let (x, rest) = room.split_at_mut(POINT / 2);
    let (y, _) = rest.split_at_mut(POINT / 2);
    for (name, place) in [("x", &mut *x), ("y", &mut *y)] {
        let length = place.len();
        let decoded = base64::decode(text(object, name)?, place);
        if decoded.is_none_or(|bytes| bytes.len() != length) {
            return Err(Problem::Coordinate(name).into());
        }
    }
    if curve::has(x, y) { Ok(POINT) } else { Err(Problem::OffCurve.into()) }
}

fn text<'a>(object: Object<'a>, name: &'static str) -> Result<&'a [u8], Refusal<'a>> {
    fields::required(fields::bytes(object, name), name)
}

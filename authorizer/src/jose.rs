//! The token's header: one function per rule.
//!
//! Clerk may add parameters at any time, so unknown ones are ignored. `jwk`, `jku`, `x5u` and `x5c`
//! are among them: keys come from the deployment alone (RFC 8725 §3.10).

use crate::code::Code;
use crate::json::{Object, TOKEN_VALUES, Value, object};
use crate::keys::{Key, Keys};

/// `cat` of a session token.
const SESSION: &str = "cl_B7d4PD111AAA";
/// `cat` that an instance may stamp on every kind of token; it says nothing.
const UNCATEGORIZED: &str = "cl_I7d4PD111III";

/// Judges a decoded header and finds the key it names.
pub(crate) fn check<'k>(header: &str, keys: &'k Keys) -> Result<&'k Key, Code> {
    let header = object(header, TOKEN_VALUES).map_err(|_| Code::TokenInvalid)?;
    algorithm(&header)?;
    extensions(&header)?;
    media_type(&header)?;
    category(&header)?;
    key(&header, keys)
}

/// RFC 8725 §3.1: the algorithm is ours to choose, the header only has to agree.
fn algorithm(header: &Object) -> Result<(), Code> {
    match header.get("alg").and_then(Value::text) {
        Some("RS256") => Ok(()),
        _ => Err(Code::TokenInvalidAlgorithm),
    }
}

/// RFC 7515 §4.1.11: we understand no extension. RFC 7797 §6: `b64` needs one.
fn extensions(header: &Object) -> Result<(), Code> {
    match (header.get("crit"), header.get("b64")) {
        (None, None) => Ok(()),
        _ => Err(Code::TokenInvalid),
    }
}

/// RFC 8725 §3.11: an OAuth access token (`at+jwt`, RFC 9068 §2.1) is not a session.
fn media_type(header: &Object) -> Result<(), Code> {
    match header.get("typ").map(Value::text) {
        None | Some(Some("JWT")) => Ok(()),
        _ => Err(Code::TokenTypeMismatch),
    }
}

/// Clerk signs templates' and machines' tokens with the same key; `cat` tells them apart.
fn category(header: &Object) -> Result<(), Code> {
    match header.get("cat").map(Value::text) {
        None | Some(Some(SESSION | UNCATEGORIZED)) => Ok(()),
        _ => Err(Code::TokenTypeMismatch),
    }
}

/// RFC 7515 §4.1.4: a name to look up among the deployed keys, nothing else.
fn key<'k>(header: &Object, keys: &'k Keys) -> Result<&'k Key, Code> {
    let kid = header.get("kid").and_then(Value::text).ok_or(Code::JwkKidMismatch)?;
    keys.find(kid).ok_or(Code::JwkKidMismatch)
}

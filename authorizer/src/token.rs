//! A compact JWS taken apart (RFC 7515 §3.1 and §5.2).

use alloc::string::String;
use alloc::vec::Vec;

use crate::base64;
use crate::code::Code;
use crate::text::{cut, cut_last, has};

/// The three parts, still encoded, and what the signature is made over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) header: &'a str,
    pub(crate) claims: &'a str,
    pub(crate) signature: &'a str,
    /// `header.claims` as they were sent (RFC 7515 §5.2, step 8).
    pub(crate) signing_input: &'a str,
}

impl<'a> Token<'a> {
    /// Exactly two dots; whether the parts are sound shows when they are decoded.
    pub(crate) fn split(text: &'a str) -> Result<Self, Code> {
        let (signing_input, signature) = cut_last(text, b'.').ok_or(Code::TokenInvalid)?;
        let (header, claims) = cut(signing_input, b'.').ok_or(Code::TokenInvalid)?;
        if header.is_empty() || claims.is_empty() || has(claims, |byte| byte == b'.') {
            return Err(Code::TokenInvalid);
        }
        Ok(Token { header, claims, signature, signing_input })
    }
}

/// The JSON text in a part.
pub(crate) fn decode_text(part: &str) -> Result<String, Code> {
    let bytes = base64::decode(part).ok_or(Code::TokenInvalid)?;
    String::from_utf8(bytes).map_err(|_| Code::TokenInvalid)
}

/// The bytes of a signature; there must be some.
pub(crate) fn decode_signature(part: &str) -> Result<Vec<u8>, Code> {
    base64::decode(part).filter(|bytes| !bytes.is_empty()).ok_or(Code::TokenInvalid)
}

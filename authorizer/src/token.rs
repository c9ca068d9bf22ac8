//! A compact JWS taken apart (RFC 7515 §3.1 and §5.2).

use crate::base64;
use crate::code::Code;
use crate::text::{cut, cut_last};
use crate::utf8::is_utf8;

/// Clerk's session tokens stay below 4 KB; the bound is judged before anything is decoded.
pub(crate) const MAX_TOKEN: usize = 8192;
/// What the parts of the longest token can decode to.
pub(crate) const MAX_TEXT: usize = MAX_TOKEN / 4 * 3;

/// The three parts, still encoded, and what the signature is made over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) header: &'a [u8],
    pub(crate) claims: &'a [u8],
    pub(crate) signature: &'a [u8],
    /// `header.claims` as they were sent (RFC 7515 §5.2, step 8).
    pub(crate) signing_input: &'a [u8],
}

impl<'a> Token<'a> {
    /// At least two dots; a third one shows when the claims are decoded, as it is not base64url.
    pub(crate) fn split(text: &'a [u8]) -> Result<Self, Code> {
        let (signing_input, signature) = cut_last(text, b'.').ok_or(Code::TokenInvalid)?;
        let (header, claims) = cut(signing_input, b'.').ok_or(Code::TokenInvalid)?;
        Ok(Token { header, claims, signature, signing_input })
    }
}

/// The JSON text in a part; UTF-8 (RFC 8259 §8.1).
pub(crate) fn decode_text<'r>(part: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], Code> {
    let bytes = base64::decode(part, room).ok_or(Code::TokenInvalid)?;
    if is_utf8(bytes) { Ok(bytes) } else { Err(Code::TokenInvalid) }
}

/// The bytes of a signature; there must be some. None of any key is longer than `room`.
pub(crate) fn decode_signature<'r>(part: &[u8], room: &'r mut [u8]) -> Result<&'r [u8], Code> {
    if part.len().saturating_mul(3) / 4 > room.len() {
        return Err(Code::TokenInvalidSignature);
    }
    base64::decode(part, room).filter(|bytes| !bytes.is_empty()).ok_or(Code::TokenInvalid)
}

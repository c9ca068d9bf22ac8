//! The decision, in two halves around the one operation that belongs to the host.

use alloc::vec::Vec;

use crate::answer::{self, Answer};
use crate::claims::Claims;
use crate::code::Code;
use crate::keys::{Key, Keys};
use crate::method::Method;
use crate::policy::Policy;
use crate::request::Request;
use crate::token::{self, Token};
use crate::{cors, credentials, jose, path, upload};

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision<'a> {
    /// Pass it on, with these edits.
    Allow(Edits<'a>),
    /// Do not pass it on; answer this.
    Answer(Answer<'a>),
}

/// What has to change in a request before it is passed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Edits<'a> {
    /// Names of headers to delete, as the host gave them; `authorization` and `cookie` always.
    pub delete: Vec<&'a str>,
    /// Whether to empty the query string.
    pub blank_query: bool,
    /// Whether to set `If-None-Match: *`, so that the bucket refuses to overwrite an object.
    pub create_only: bool,
}

/// The first half's result.
#[derive(Clone, Debug)]
pub enum Begun<'a> {
    /// It took no signature to decide.
    Decided(Decision<'a>),
    /// The decision depends on one signature.
    Verify(Pending<'a>),
}

/// A decision that waits for one boolean.
#[derive(Clone, Debug)]
pub struct Pending<'a> {
    /// The bytes that were signed.
    pub signing_input: &'a [u8],
    /// The signature: as many bytes as the key's modulus has.
    pub signature: Vec<u8>,
    /// Whose signature it has to be: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3).
    pub key: &'a Key,
    policy: &'a Policy,
    request: Request<'a>,
    granted: Result<Edits<'a>, Code>,
}

/// Judges all that can be judged without a key; `now` in seconds since 1970.
pub fn begin<'a>(policy: &'a Policy, keys: &'a Keys, now: u64, request: &Request<'a>) -> Begun<'a> {
    if let Some(answer) = cors::preflight(policy, request) {
        return Begun::Decided(Decision::Answer(answer));
    }
    match judge(policy, keys, now, request) {
        Ok(pending) => Begun::Verify(pending),
        Err(code) => Begun::Decided(Decision::Answer(answer::refuse(policy, request, code))),
    }
}

/// Decides when the host has checked the signature of `pending`.
pub fn finish(pending: Pending<'_>, signature_ok: bool) -> Decision<'_> {
    let granted = if signature_ok { pending.granted } else { Err(Code::TokenInvalidSignature) };
    match granted {
        Ok(edits) => Decision::Allow(edits),
        Err(code) => Decision::Answer(answer::refuse(pending.policy, &pending.request, code)),
    }
}

/// Both halves. `verify` gets the key, the bytes that were signed and the signature.
pub fn decide<'a>(
    policy: &'a Policy,
    keys: &'a Keys,
    now: u64,
    request: &Request<'a>,
    verify: impl FnOnce(&Key, &[u8], &[u8]) -> bool,
) -> Decision<'a> {
    match begin(policy, keys, now, request) {
        Begun::Decided(decision) => decision,
        Begun::Verify(pending) => {
            let signature_ok = verify(pending.key, pending.signing_input, &pending.signature);
            finish(pending, signature_ok)
        }
    }
}

/// The form of the request, then the token, then the claims: the cheapest refusal first.
fn judge<'a>(
    policy: &'a Policy,
    keys: &'a Keys,
    now: u64,
    request: &Request<'a>,
) -> Result<Pending<'a>, Code> {
    let method = Method::parse(request.method).ok_or(Code::MethodNotAllowed)?;
    if !path::is_canonical(request.path) {
        return Err(Code::PathNotCanonical);
    }
    match method {
        Method::Put => upload::check_form(request).and_then(|()| policy.check_upload(request))?,
        Method::Get | Method::Head => check_read(request)?,
    }
    let token = Token::split(credentials::bearer(request)?)?;
    let key = jose::check(&token::decode_text(token.header)?, keys)?;
    let claims = token::decode_text(token.claims)?;
    let claims = Claims::parse(&claims)?;
    claims.check(policy, now)?;
    let signature = token::decode_signature(token.signature)?;
    if !key.fits(&signature) {
        return Err(Code::TokenInvalidSignature);
    }
    Ok(Pending {
        signing_input: token.signing_input.as_bytes(),
        signature,
        key,
        policy,
        request: *request,
        granted: grant(policy, request, method, &claims),
    })
}

/// What the owner of a good token is told. A 403 is for those who have proved who they are.
fn grant<'a>(
    policy: &Policy,
    request: &Request<'a>,
    method: Method,
    claims: &Claims,
) -> Result<Edits<'a>, Code> {
    claims.status()?;
    if !policy.allows(method, request.path, claims) {
        return Err(Code::InsufficientScope);
    }
    let create_only = method == Method::Put && policy.create_only();
    let blank_query = !request.query.is_empty();
    Ok(Edits { delete: deletions(request, method), blank_query, create_only })
}

/// The token must not reach the bucket or its logs: CloudFront removes it from reads only.
fn deletions<'a>(request: &Request<'a>, method: Method) -> Vec<&'a str> {
    let mut names = Vec::from(["authorization", "cookie"]);
    if method == Method::Put {
        names.extend(
            upload::unwanted(request).filter(|name| !matches!(*name, "authorization" | "cookie")),
        );
    }
    names
}

/// RFC 9110 §9.3.1: a body in a read has no meaning, except to those who smuggle.
fn check_read(request: &Request) -> Result<(), Code> {
    let chunked = request.values("transfer-encoding").next().is_some();
    let long = request.value("content-length")?.is_some_and(|length| length != "0");
    if chunked || long { Err(Code::InvalidRequest) } else { Ok(()) }
}

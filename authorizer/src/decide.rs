//! The decision, in two halves around the one operation that belongs to the host.

use crate::answer::{Answer, Reply};
use crate::cache::{self, Facts, Slot};
use crate::claims::Claims;
use crate::code::Code;
use crate::jose::Header;
use crate::keys::{Key, Keys, is_kid};
use crate::kind::Kind;
use crate::method::Method;
use crate::policy::{IS_FOREIGN, Policy};
use crate::request::Request;
use crate::scratch::Scratch;
use crate::token::{self, Token};
use crate::validity::Validity;
use crate::{cors, credentials, path, upload};

/// A path of our own; every other below `/.edgegate/` is an object's like any.
const SIGN_OUT: &[u8] = b"/.edgegate/signout";

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision<'a> {
    /// Pass it on, with these edits and without its [`Request::deletions`].
    Allow(Edits),
    /// Do not pass it on; answer this.
    Answer(Answer<'a>),
}

/// A [`Decision`] before its answer is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Pass the request on, with these edits and without its [`Request::deletions`].
    Allow(Edits),
    /// Do not; answer this.
    Answer(Reply),
}

/// What has to change in a request before it is passed on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edits {
    /// Whether to empty the query string.
    pub blank_query: bool,
    /// Whether to set `If-None-Match: *`, so that the bucket refuses to overwrite an object.
    pub create_only: bool,
}

/// The first half's result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// It took no signature to decide.
    Decided(Verdict),
    /// The decision depends on one signature, which waits in the [`Scratch`].
    Verify,
}

/// Judges all that can be judged without a key; `now` in seconds since 1970. Tokens whose signature
/// is in `slots` need no second look at it; without slots there are none.
pub fn begin(
    (policy, keys): (&Policy, &Keys),
    now: u64,
    request: &Request,
    scratch: &mut Scratch,
    slots: &[Slot],
) -> Step {
    scratch.clear();
    if cors::is_preflight(request) {
        return Step::Decided(Verdict::Answer(Reply::Preflight));
    }
    if signs_out(policy, request) {
        return Step::Decided(Verdict::Answer(Reply::SignOut));
    }
    match judge((policy, keys), now, request, scratch, slots) {
        Ok(step) => step,
        Err(code) => Step::Decided(Verdict::Answer(Reply::Refusal(code))),
    }
}

/// Decides when the host has checked the signature that waits in `scratch`; remembers a good one.
pub fn finish(scratch: &mut Scratch, slots: &mut [Slot], signature_ok: bool) -> Verdict {
    scratch.finish(slots, signature_ok)
}

/// Both halves. `verify` gets the key, the bytes that were signed and the signature.
pub fn decide<'a>(
    policy: &Policy<'a>,
    keys: &Keys,
    now: u64,
    request: &Request<'a>,
    verify: impl FnOnce(&Key, &[u8], &[u8]) -> bool,
) -> Decision<'a> {
    let mut scratch = Scratch::EMPTY;
    let verdict = match begin((policy, keys), now, request, &mut scratch, &[]) {
        Step::Decided(verdict) => verdict,
        Step::Verify => {
            let signature_ok = keys
                .get(scratch.key())
                .is_some_and(|key| verify(key, scratch.signing_input(), scratch.signature()));
            finish(&mut scratch, &mut [], signature_ok)
        }
    };
    match verdict {
        Verdict::Allow(edits) => Decision::Allow(edits),
        Verdict::Answer(reply) => Decision::Answer(Answer::new(policy, request, request.id, reply)),
    }
}

/// Whether a page asks that the images in the browser's cache be forgotten.
///
/// It takes no token, as whoever signs out has none any more, and it gives nothing away. The bucket
/// never sees it. Browsers say where a POST comes from (Fetch standard, §3.2.2), and other websites have
/// nothing to tidy up here.
fn signs_out(policy: &Policy, request: &Request) -> bool {
    request.path == SIGN_OUT
        && request.method == Method::Post
        && (!request.has("origin") || cors::allowed_origin(policy, request).is_some())
}

/// The form of the request, then the token, then the claims: the cheapest refusal first.
fn judge(
    (policy, keys): (&Policy, &Keys),
    now: u64,
    request: &Request,
    scratch: &mut Scratch,
    slots: &[Slot],
) -> Result<Step, Code> {
    if !request.method.is_granted() {
        return Err(Code::MethodNotAllowed);
    }
    check_form(policy, request)?;
    if let Some(rule) = policy.public_rule(request.method, request.path) {
        scratch.rule = Some(rule);
        return Ok(Step::Decided(Verdict::Allow(edits(policy, request))));
    }
    let text = credentials::find(policy, request)?;
    if let Some((position, slot)) = cache::find(slots, text) {
        scratch.slot = Some(position);
        scratch.kid.set(keys.get(slot.facts.key).map_or(&[], Key::name));
        check_time(policy, now, slot.facts.kind, &slot.facts.validity)?;
        let (rule, granted) = grant(policy, request, &slot.facts, &slot.claims());
        scratch.rule = rule;
        return granted.map(|edits| Step::Decided(Verdict::Allow(edits)));
    }
    let judged = judge_token((policy, keys), now, request, text, scratch);
    judged.map(|()| Step::Verify).map_err(|code| credentials::explain(text, code))
}

/// What needs no token to be wrong.
fn check_form(policy: &Policy, request: &Request) -> Result<(), Code> {
    request.check_length()?;
    if !path::is_canonical(request.path) {
        return Err(Code::PathNotCanonical);
    }
    if request.method == Method::Put { check_upload(policy, request) } else { check_read(request) }
}

/// Apart from what reads need: what is not called is not compiled at the edge.
#[inline(never)]
fn check_upload(policy: &Policy, request: &Request) -> Result<(), Code> {
    upload::check_form(request)?;
    policy.check_upload(request)
}

/// A token that is not known: everything about it but whether the signature is good.
#[inline(never)]
fn judge_token(
    (policy, keys): (&Policy, &Keys),
    now: u64,
    request: &Request,
    text: &[u8],
    scratch: &mut Scratch,
) -> Result<(), Code> {
    let token = Token::split(text)?;
    let (key, said) = judge_header(token.header, (policy, keys), scratch)?;
    let claims = token::decode_text(token.claims, &mut scratch.text)?;
    scratch.facts.index.parse(claims)?;
    scratch.claims_length = claims.len();
    let claims = Claims::new(claims, &scratch.facts.index);
    let kind = claims.kind(said, policy)?;
    claims.check(kind, policy)?;
    let validity = Validity::read(&claims)?;
    check_time(policy, now, kind, &validity)?;
    (scratch.facts.kind, scratch.facts.key, scratch.facts.validity) = (kind, key.index(), validity);
    let signature = token::decode_signature(token.signature, &mut scratch.signature)?;
    if !key.fits(signature) {
        return Err(Code::TokenInvalidSignature);
    }
    let signature_length = signature.len();
    let (rule, granted) = grant(policy, request, &scratch.facts, &scratch.claims());
    scratch.rule = rule;
    let verdict = granted.map_or_else(|code| Verdict::Answer(Reply::Refusal(code)), Verdict::Allow);
    scratch.wait((text, token.signing_input.len()), signature_length, verdict)
}

fn judge_header<'k>(
    header: &[u8],
    (policy, keys): (&Policy, &'k Keys),
    scratch: &mut Scratch,
) -> Result<(&'k Key, Option<Kind>), Code> {
    let header = Header::parse(token::decode_text(header, &mut scratch.text)?)?;
    let said = header.check(policy)?;
    let name = header.kid().filter(|kid| is_kid(kid)).ok_or(Code::JwkKidMismatch)?;
    scratch.kid.set(name);
    let key = keys.find(name).ok_or(Code::JwkKidMismatch)?;
    header.is_for(key)?;
    Ok((key, said))
}

#[inline(never)]
fn check_time(policy: &Policy, now: u64, kind: Kind, validity: &Validity) -> Result<(), Code> {
    validity.check(policy.leeway, now)?;
    // The other kinds have a limit in the rule that accepts them.
    if kind == Kind::Session { validity.check_lifetime(policy.max_lifetime) } else { Ok(()) }
}

/// What the owner of a good token is told, and which rule that was. A 403 is for those who have
/// proved who they are.
fn grant(
    policy: &Policy,
    request: &Request,
    facts: &Facts,
    claims: &Claims,
) -> (Option<usize>, Result<Edits, Code>) {
    if !policy.is(IS_FOREIGN)
        && let Err(code) = claims.status()
    {
        return (None, Err(code));
    }
    match policy.rule((request.method, request.path), (facts.kind, &facts.validity), claims) {
        Ok(rule) => (Some(rule), Ok(edits(policy, request))),
        Err(concerned) => (concerned, Err(Code::InsufficientScope)),
    }
}

fn edits(policy: &Policy, request: &Request) -> Edits {
    Edits {
        blank_query: !request.query.is_empty(),
        create_only: request.method == Method::Put && policy.create_only(),
    }
}

/// RFC 9110 §9.3.1: a body in a read has no meaning, except to those who smuggle.
fn check_read(request: &Request) -> Result<(), Code> {
    let chunked = request.has("transfer-encoding");
    let long = request.value("content-length")?.is_some_and(|length| length != b"0");
    if chunked || long { Err(Code::InvalidRequest) } else { Ok(()) }
}

//! Whose token it is and for whom it was issued: one function per rule.

use crate::code::Code;
use crate::json::{self, Spot, Value};
use crate::json_text::Text;
use crate::kind::Kind;
use crate::policy::{ALLOWS_MISSING_AZP, IS_FOREIGN, Policy};

/// The claims of a token, as slices of its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claims<'a> {
    document: &'a [u8],
    index: &'a Index,
}

/// The claims that are judged by name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Known {
    Aud,
    Azp,
    Exp,
    Fea,
    Iat,
    Iss,
    Nbf,
    O,
    OrgId,
    OrgPermissions,
    OrgRole,
    OrgSlug,
    Sid,
    Sts,
    Sub,
    V,
}

impl Known {
    /// Among [`NAMES`].
    fn position(self) -> u8 {
        match self {
            Known::Aud => 0,
            Known::Azp => 1,
            Known::Exp => 2,
            Known::Fea => 3,
            Known::Iat => 4,
            Known::Iss => 5,
            Known::Nbf => 6,
            Known::O => 7,
            Known::OrgId => 8,
            Known::OrgPermissions => 9,
            Known::OrgRole => 10,
            Known::OrgSlug => 11,
            Known::Sid => 12,
            Known::Sts => 13,
            Known::Sub => 14,
            Known::V => 15,
        }
    }
}

/// Their names, in the same order.
const NAMES: [&[u8]; 16] = [
    b"aud",
    b"azp",
    b"exp",
    b"fea",
    b"iat",
    b"iss",
    b"nbf",
    b"o",
    b"org_id",
    b"org_permissions",
    b"org_role",
    b"org_slug",
    b"sid",
    b"sts",
    b"sub",
    b"v",
];

/// Where they stand, in the order of [`NAMES`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Index {
    spots: [Spot; NAMES.len()],
}

impl Index {
    pub(crate) const NONE: Self = Index { spots: [Spot::NONE; NAMES.len()] };

    /// RFC 7519 §7.2, step 10: one JSON object.
    pub(crate) fn parse(&mut self, text: &[u8]) -> Result<(), Code> {
        json::index(text, &NAMES, &mut self.spots).map_err(|_| Code::TokenInvalid)
    }
}

impl<'a> Claims<'a> {
    /// `document` is what `index` was made from.
    #[inline(never)]
    pub(crate) fn new(document: &'a [u8], index: &'a Index) -> Self {
        Claims { document, index }
    }

    #[inline(never)]
    pub(crate) fn value(&self, claim: Known) -> Option<Value<'a>> {
        self.index.spots.get(usize::from(claim.position()))?.read(self.document)
    }

    pub(crate) fn text(&self, claim: Known) -> Option<Text<'a>> {
        self.value(claim)?.text()
    }

    /// A claim that only a rule of this policy knows; found by reading the claims again.
    pub(crate) fn custom(&self, name: &[u8]) -> Option<Value<'a>> {
        json::member(self.document, name)
    }

    /// The kind of token: what its header says, as long as the claims agree.
    pub(crate) fn kind(&self, said: Option<Kind>, policy: &Policy) -> Result<Kind, Code> {
        let subject = self.text(Known::Sub).filter(|subject| !subject.is_empty());
        let subject = subject.ok_or(Code::TokenVerificationFailed)?;
        if policy.is(IS_FOREIGN) {
            return Ok(Kind::Session);
        }
        // Clerk's templates make tokens without a session, and those outlive signing out.
        let has_session = self.text(Known::Sid).is_some_and(|session| !session.is_empty());
        let looks = match (subject.starts_with(b"mch_"), has_session) {
            (true, _) => Kind::Machine,
            (false, true) => Kind::Session,
            (false, false) => Kind::Template,
        };
        match said {
            Some(said) if said != looks => Err(Code::TokenTypeMismatch),
            _ => Ok(looks),
        }
    }

    /// Whether the subject is the client of this name, with `suffix` behind it. One that is written with
    /// escapes could be anybody, and counts as it.
    pub(crate) fn is_client(&self, client: Value, suffix: &[u8]) -> bool {
        let plain = |text: Option<Text<'a>>| text?.plain();
        match (plain(self.text(Known::Sub)), client.text().and_then(Text::plain)) {
            (Some(subject), Some(client)) => subject.strip_prefix(client) == Some(suffix),
            _ => true,
        }
    }

    /// Judges what depends on nothing but the policy.
    pub(crate) fn check(&self, kind: Kind, policy: &Policy) -> Result<(), Code> {
        if kind != Kind::Session && !policy.accepts(kind) {
            return Err(Code::TokenTypeMismatch);
        }
        self.issuer(policy)?;
        // A machine has no page that it could have been issued for; a rule names its audience.
        if kind == Kind::Machine {
            return Ok(());
        }
        if !policy.is_meant(self) {
            return Err(Code::TokenVerificationFailed);
        }
        self.authorized_party(policy)
    }

    /// RFC 7519 §4.1.1, RFC 8725 §3.8: byte for byte.
    fn issuer(&self, policy: &Policy) -> Result<(), Code> {
        match self.text(Known::Iss) {
            Some(issuer) if issuer.is(policy.issuer) => Ok(()),
            _ => Err(Code::TokenInvalidIssuer),
        }
    }

    /// The origin a token was made for. Native apps have none, which a policy has to allow.
    fn authorized_party(&self, policy: &Policy) -> Result<(), Code> {
        if policy.authorized_parties.is_empty() {
            return Ok(());
        }
        let known = match self.value(Known::Azp) {
            None => policy.is(ALLOWS_MISSING_AZP),
            Some(value) => policy.authorized_parties.iter().any(|party| value.is(party)),
        };
        if known { Ok(()) } else { Err(Code::TokenInvalidAuthorizedParties) }
    }

    /// A session can be signed in and still owe something, such as choosing an organization.
    pub(crate) fn status(&self) -> Result<(), Code> {
        match self.value(Known::Sts) {
            Some(status) if !status.is(b"active") => Err(Code::SessionPending),
            _ => Ok(()),
        }
    }

    /// RFC 7519 §4.1.3: a text, or a list of them.
    pub(crate) fn is_for(&self, audience: &[u8]) -> bool {
        self.value(Known::Aud).is_some_and(|value| match value.list() {
            Some(list) => list.contains(audience),
            None => value.is(audience),
        })
    }

    /// Clerk's version of the claims. Before there were versions, there was the first.
    pub(crate) fn version(&self) -> Option<u64> {
        match self.value(Known::V) {
            None => Some(1),
            Some(version) => version.number()?.whole(),
        }
    }
}

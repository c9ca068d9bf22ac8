//! Whose token it is and for whom it was issued: one function per rule.

use crate::code::Code;
use crate::json::{Spot, TOKEN_VALUES, Value, object};
use crate::json_reader::{Reader, Why};
use crate::json_text::Text;
use crate::kind::Kind;
use crate::policy::Policy;

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

const KNOWN: [(&str, Known); 16] = [
    ("aud", Known::Aud),
    ("azp", Known::Azp),
    ("exp", Known::Exp),
    ("fea", Known::Fea),
    ("iat", Known::Iat),
    ("iss", Known::Iss),
    ("nbf", Known::Nbf),
    ("o", Known::O),
    ("org_id", Known::OrgId),
    ("org_permissions", Known::OrgPermissions),
    ("org_role", Known::OrgRole),
    ("org_slug", Known::OrgSlug),
    ("sid", Known::Sid),
    ("sts", Known::Sts),
    ("sub", Known::Sub),
    ("v", Known::V),
];

/// Where they stand, in the order of [`KNOWN`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Index {
    spots: [Spot; KNOWN.len()],
}

impl Index {
    pub(crate) const NONE: Self = Index { spots: [Spot::NONE; KNOWN.len()] };

    /// RFC 7519 §7.2, step 10: one JSON object.
    pub(crate) fn parse(&mut self, text: &str) -> Result<(), Code> {
        *self = Index::NONE;
        self.read(text).map_err(|_| Code::TokenInvalid)
    }

    fn read(&mut self, text: &str) -> Result<(), Why> {
        let mut reader = Reader::new(text, TOKEN_VALUES);
        let mut open = reader.open()?;
        while let Some((name, value)) = reader.member(&mut open)? {
            let known = self.spots.iter_mut().zip(KNOWN).find(|(_, (known, _))| name.is(known));
            if let Some((spot, _)) = known {
                *spot = Spot::of(value, text).ok_or(Why::Large)?;
            }
        }
        reader.end()
    }

    fn spot(&self, wanted: Known) -> Spot {
        let mut spots = self.spots.iter().zip(KNOWN);
        spots.find(|(_, (_, known))| *known == wanted).map_or(Spot::NONE, |(spot, _)| *spot)
    }
}

impl<'a> Claims<'a> {
    /// `document` is what `index` was made from.
    pub(crate) fn new(document: &'a [u8], index: &'a Index) -> Self {
        Claims { document, index }
    }

    #[inline(never)]
    pub(crate) fn value(&self, claim: Known) -> Option<Value<'a>> {
        self.index.spot(claim).read(self.document)
    }

    pub(crate) fn text(&self, claim: Known) -> Option<Text<'a>> {
        self.value(claim)?.text()
    }

    /// A claim that only a rule of this policy knows; found by reading the claims again.
    pub(crate) fn custom(&self, name: &str) -> Option<Value<'a>> {
        object(core::str::from_utf8(self.document).ok()?, TOKEN_VALUES).ok()?.get(name)
    }

    /// The kind of token: what its header says, as long as the claims agree.
    pub(crate) fn kind(&self, said: Option<Kind>) -> Result<Kind, Code> {
        let subject = self.text(Known::Sub).filter(|subject| !subject.is_empty());
        let subject = subject.ok_or(Code::TokenVerificationFailed)?;
        // Clerk's templates make tokens without a session, and those outlive signing out.
        let has_session = self.text(Known::Sid).is_some_and(|session| !session.is_empty());
        let looks = match (subject.starts_with("mch_"), has_session) {
            (true, _) => Kind::Machine,
            (false, true) => Kind::Session,
            (false, false) => Kind::Template,
        };
        match said {
            Some(said) if said != looks => Err(Code::TokenTypeMismatch),
            _ => Ok(looks),
        }
    }

    /// Judges what depends on nothing but the policy.
    pub(crate) fn check(&self, kind: Kind, policy: &Policy) -> Result<(), Code> {
        if kind != Kind::Session && !policy.accepts(kind) {
            return Err(Code::TokenTypeMismatch);
        }
        self.issuer(policy)?;
        // A machine has no page that it could have been issued for; a rule names its audience.
        if kind == Kind::Machine { Ok(()) } else { self.authorized_party(policy) }
    }

    /// RFC 7519 §4.1.1, RFC 8725 §3.8: byte for byte.
    fn issuer(&self, policy: &Policy) -> Result<(), Code> {
        match self.text(Known::Iss) {
            Some(issuer) if issuer.is(&policy.issuer) => Ok(()),
            _ => Err(Code::TokenInvalidIssuer),
        }
    }

    /// The origin a token was made for. Native apps have none, which a policy has to allow.
    fn authorized_party(&self, policy: &Policy) -> Result<(), Code> {
        if policy.authorized_parties.is_empty() {
            return Ok(());
        }
        let known = match self.value(Known::Azp) {
            None => policy.allow_missing_azp,
            Some(value) => policy.authorized_parties.iter().any(|party| value.is(party)),
        };
        if known { Ok(()) } else { Err(Code::TokenInvalidAuthorizedParties) }
    }

    /// A session can be signed in and still owe something, such as choosing an organization.
    pub(crate) fn status(&self) -> Result<(), Code> {
        match self.value(Known::Sts) {
            Some(status) if !status.is("active") => Err(Code::SessionPending),
            _ => Ok(()),
        }
    }

    /// RFC 7519 §4.1.3: a text, or a list of them.
    pub(crate) fn is_for(&self, audience: &str) -> bool {
        match self.value(Known::Aud) {
            Some(Value::List(list)) => list.items().any(|item| item.is(audience)),
            Some(value) => value.is(audience),
            None => false,
        }
    }

    /// Clerk's version of the claims. Before there were versions, there was the first.
    pub(crate) fn version(&self) -> Option<u64> {
        match self.value(Known::V) {
            None => Some(1),
            Some(Value::Number(version)) => version.whole(),
            Some(_) => None,
        }
    }
}

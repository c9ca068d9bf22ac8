//! Whose token it is and for whom it was issued: one function per rule.

use crate::code::Code;
use crate::json::{Object, TOKEN_VALUES, Value, object};
use crate::policy::Policy;
use crate::validity;

/// The claims of a token whose signature is not yet known to be good.
#[derive(Debug)]
pub(crate) struct Claims<'a> {
    object: Object<'a>,
}

impl<'a> Claims<'a> {
    /// RFC 7519 §7.2, step 10: one JSON object.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Code> {
        let object = object(text, TOKEN_VALUES).map_err(|_| Code::TokenInvalid)?;
        Ok(Claims { object })
    }

    pub(crate) fn object(&self) -> &Object<'a> {
        &self.object
    }

    /// Judges everything but the session's status; `now` in seconds since 1970.
    pub(crate) fn check(&self, policy: &Policy, now: u64) -> Result<(), Code> {
        self.subject()?;
        self.session()?;
        self.issuer(policy)?;
        self.authorized_party(policy)?;
        validity::check(&self.object, policy, now)
    }

    /// RFC 7519 §4.1.2. Machines have subjects of their own.
    fn subject(&self) -> Result<(), Code> {
        match self.text("sub") {
            None | Some("") => Err(Code::TokenVerificationFailed),
            Some(machine) if machine.starts_with("mch_") => Err(Code::TokenTypeMismatch),
            Some(_) => Ok(()),
        }
    }

    /// Clerk's templates make tokens without a session, and those outlive signing out.
    fn session(&self) -> Result<(), Code> {
        match self.text("sid") {
            None | Some("") => Err(Code::TokenTypeMismatch),
            Some(_) => Ok(()),
        }
    }

    /// RFC 7519 §4.1.1, RFC 8725 §3.8: byte for byte.
    fn issuer(&self, policy: &Policy) -> Result<(), Code> {
        if self.text("iss") == Some(policy.issuer.as_str()) {
            Ok(())
        } else {
            Err(Code::TokenInvalidIssuer)
        }
    }

    /// The origin a token was made for. Native apps have none, which a policy has to allow.
    fn authorized_party(&self, policy: &Policy) -> Result<(), Code> {
        if policy.authorized_parties.is_empty() {
            return Ok(());
        }
        let known = match self.object.get("azp") {
            None => policy.allow_missing_azp,
            Some(value) => {
                policy.authorized_parties.iter().any(|party| value.text() == Some(party))
            }
        };
        if known { Ok(()) } else { Err(Code::TokenInvalidAuthorizedParties) }
    }

    /// A session can be signed in and still owe something, such as choosing an organization.
    pub(crate) fn status(&self) -> Result<(), Code> {
        match self.object.get("sts").map(Value::text) {
            None | Some(Some("active")) => Ok(()),
            _ => Err(Code::SessionPending),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.object.get(name).and_then(Value::text)
    }
}

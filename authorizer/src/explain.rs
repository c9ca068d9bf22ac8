//! Why a rule does not let a request pass: for whoever writes the rules, never for the edge.

use alloc::vec::Vec;

use crate::claims::Claims;
use crate::policy::Policy;
use crate::request::Request;
use crate::requirement::Requirement;
use crate::rule::Rule;
use crate::scratch::Scratch;
use crate::template;
use crate::validity::Validity;

/// The first thing about a rule that a request does not fit. Positions count from zero.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Miss {
    /// The rule is about other methods.
    Method,
    /// This segment of the path is not the one of the template, or one of the two has no more.
    Path(usize),
    /// There is no token, or it is of another kind, for another audience, or lives too long.
    Token,
    /// The claims do not meet this member of `require`, in the order of `rules.json`.
    Requirement(usize),
}

impl Policy<'_> {
    /// What each rule, in turn, has against the request that `scratch` was last used for by
    /// [`begin`](crate::begin); `None` where it would let the request pass.
    ///
    /// Only the rules are asked: not whether the token is good, nor the form of the request. A token
    /// that was refused before its claims were read counts as none.
    pub fn misses(&self, request: &Request, scratch: &Scratch) -> Vec<Option<Miss>> {
        let claims = (scratch.claims_length > 0).then(|| scratch.claims());
        self.rules().map(|rule| rule.miss(request, claims.as_ref(), self)).collect()
    }

    /// What every token has to say and the last one did not: the position among `require`, after
    /// which come `audiences`, if there are any, and what makes a token one of a user.
    pub fn lacks(&self, scratch: &Scratch) -> Option<usize> {
        let claims = (scratch.claims_length > 0).then(|| scratch.claims())?;
        self.require.iter().position(|item| !Requirement::read(item).met(&claims))
    }
}

impl Scratch {
    /// The claims that were last read, a JSON object; nothing says that they are true. Empty when
    /// the decision took none.
    pub fn claims_json(&self) -> &str {
        core::str::from_utf8(self.document()).unwrap_or_default()
    }
}

impl Rule<'_> {
    fn miss(&self, request: &Request, claims: Option<&Claims>, policy: &Policy) -> Option<Miss> {
        if !self.methods.contains(request.method) {
            return Some(Miss::Method);
        }
        if let Some(segment) = template::misfit(self.template, request.path, claims) {
            return Some(Miss::Path(segment));
        }
        if self.public {
            return None;
        }
        let Some(claims) = claims else { return Some(Miss::Token) };
        match (claims.kind(None, policy), Validity::read(claims)) {
            (Ok(kind), Ok(validity))
                if self.is_about(kind, claims) && self.lasts(kind, &validity) => {}
            _ => return Some(Miss::Token),
        }
        self.requirements().position(|it| !it.met(claims)).map(Miss::Requirement)
    }
}

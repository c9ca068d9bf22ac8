//! Whose tokens count, and what their owners may do.

use crate::claims::Claims;
use crate::code::Code;
use crate::compiled::{Fields, List, checksum};
use crate::kind::Kind;
use crate::method::Method;
use crate::request::Request;
use crate::requirement::Requirement;
use crate::rule::Rule;
use crate::upload::Uploads;
use crate::validity::Validity;

pub(crate) const ALLOWS_MISSING_AZP: u8 = 1;
/// The issuer is another than Clerk, whose own claims then mean nothing.
pub(crate) const IS_FOREIGN: u8 = 2;
/// Some rule lets anybody read.
pub(crate) const HAS_PUBLIC: u8 = 4;
/// Some rule lets somebody write.
pub(crate) const HAS_UPLOADS: u8 = 8;

/// The whole policy of one distribution. The first rule that is about a request and a token of that
/// kind decides; no rule, no access.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy<'a> {
    /// Of those below.
    flags: u8,
    pub(crate) issuer: &'a [u8],
    pub(crate) authorized_parties: List<'a>,
    pub(crate) leeway: u64,
    pub(crate) max_lifetime: u64,
    pub(crate) cors_origins: List<'a>,
    /// Names of session cookies, the one that counts first; empty: cookies are no credentials.
    pub(crate) cookies: List<'a>,
    /// What a token may be signed with (RFC 8725 §3.1), and what its `typ` may be.
    pub(crate) algorithms: List<'a>,
    pub(crate) types: List<'a>,
    /// What each token has to say, whatever it is used for.
    pub(crate) require: List<'a>,
    uploads: List<'a>,
    rules: List<'a>,
}

impl<'a> Policy<'a> {
    /// What [`compile`](crate::compile) has made; `None` if a single byte of it is another.
    pub fn load(compiled: &'a [u8]) -> Option<Self> {
        let mut fields = Fields { rest: compiled };
        if fields.number() != checksum(fields.rest) {
            return None;
        }
        Some(Policy {
            flags: fields.byte(),
            issuer: fields.text(),
            authorized_parties: fields.list(),
            leeway: fields.number(),
            max_lifetime: fields.number(),
            cors_origins: fields.list(),
            cookies: fields.list(),
            algorithms: fields.list(),
            types: fields.list(),
            require: fields.list(),
            uploads: fields.list(),
            rules: fields.list(),
        })
    }

    pub(crate) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether uploads of new objects are the only uploads.
    pub(crate) fn create_only(&self) -> bool {
        self.uploads().is_some_and(|uploads| uploads.create_only)
    }

    /// Judges an upload by the policy's limits; `Ok` also when no rule allows uploads at all, which
    /// the user is told only after signing in.
    pub(crate) fn check_upload(&self, request: &Request) -> Result<(), Code> {
        self.uploads().map_or(Ok(()), |uploads| uploads.check(request))
    }

    /// The first rule about this, if it lets anybody do it: an earlier one may want a token.
    pub(crate) fn public_rule(&self, method: Method, path: &[u8]) -> Option<usize> {
        if !self.is(HAS_PUBLIC) {
            return None;
        }
        let mut rules = self.rules().enumerate();
        let (position, rule) = rules.find(|(_, rule)| rule.concerns(method, path, None))?;
        rule.public.then_some(position)
    }

    /// The rule that decides, if it lets the token's owner do this; else that rule, or the first that
    /// is about this with a token of another kind.
    pub(crate) fn rule(
        &self,
        (method, path): (Method, &[u8]),
        (kind, validity): (Kind, &Validity),
        claims: &Claims,
    ) -> Result<usize, Option<usize>> {
        let mut concerned = None;
        for (position, rule) in self.rules().enumerate() {
            if rule.concerns(method, path, Some(claims)) {
                if rule.is_about(kind, claims) {
                    let granted = rule.grants(kind, validity, claims);
                    return if granted { Ok(position) } else { Err(Some(position)) };
                }
                concerned = concerned.or(Some(position));
            }
        }
        Err(concerned)
    }

    /// Whether some rule accepts tokens of this kind.
    pub(crate) fn accepts(&self, kind: Kind) -> bool {
        self.rules().any(|rule| rule.accepts(kind))
    }

    /// Whether a token says what each has to say.
    pub(crate) fn is_meant(&self, claims: &Claims) -> bool {
        self.require.iter().all(|item| Requirement::read(item).met(claims))
    }

    /// What a page may be told it can use.
    pub(crate) fn method_list(&self) -> &'static str {
        if self.is(HAS_UPLOADS) { "GET, HEAD, PUT" } else { "GET, HEAD" }
    }

    pub(crate) fn rules(&self) -> impl Iterator<Item = Rule<'a>> {
        self.rules.iter().map(Rule::read)
    }

    fn uploads(&self) -> Option<Uploads<'a>> {
        self.uploads.iter().next().map(Uploads::read)
    }
}

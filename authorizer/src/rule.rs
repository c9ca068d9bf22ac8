//! One rule: who may do what where.

use crate::claims::Claims;
use crate::compiled::{Fields, List};
use crate::kind::Kind;
use crate::method::{Method, Methods};
use crate::requirement::Requirement;
use crate::template;
use crate::validity::Validity;

/// Methods, paths, and what the token has to be and to say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule<'a> {
    pub(crate) methods: Methods,
    /// Whether no token is asked for at all.
    pub(crate) public: bool,
    kind: Kind,
    pub(crate) template: List<'a>,
    /// What [`Rule::terms`] reads, if it comes to that.
    rest: Fields<'a>,
}

/// What a rule asks for besides method, path and kind of token.
struct Terms<'a> {
    require: List<'a>,
    /// Whoever makes tokens that are no session's has to have meant them for this, …
    audience: &'a [u8],
    /// … and for no longer than this. For a session the policy has a limit.
    max_lifetime: u64,
}

impl<'a> Rule<'a> {
    pub(crate) fn read(item: &'a [u8]) -> Self {
        let mut fields = Fields { rest: item };
        Rule {
            methods: Methods::from_bits(fields.byte()),
            public: fields.flag(),
            kind: Kind::from_byte(fields.byte()),
            template: fields.list(),
            rest: fields,
        }
    }

    fn terms(&self) -> Terms<'a> {
        let mut fields = self.rest;
        Terms { require: fields.list(), audience: fields.text(), max_lifetime: fields.number() }
    }

    /// Whether it speaks about `method` on the canonical `path`, whoever asks.
    pub(crate) fn concerns(&self, method: Method, path: &[u8], claims: Option<&Claims>) -> bool {
        self.methods.contains(method) && template::matches(self.template, path, claims)
    }

    /// Whether it speaks about such tokens: of its kind and, where it is no session's, for its
    /// audience. Then it decides, whatever later rules say.
    pub(crate) fn is_about(&self, kind: Kind, claims: &Claims) -> bool {
        self.public
            || self.kind == kind && (kind == Kind::Session || claims.is_for(self.terms().audience))
    }

    /// Whether such a token lives no longer, and says what, the rule asks for.
    pub(crate) fn grants(&self, kind: Kind, validity: &Validity, claims: &Claims) -> bool {
        self.lasts(kind, validity) && self.requirements().all(|requirement| requirement.met(claims))
    }

    pub(crate) fn lasts(&self, kind: Kind, validity: &Validity) -> bool {
        self.public
            || kind == Kind::Session
            || validity.check_lifetime(self.terms().max_lifetime).is_ok()
    }

    /// Whether it accepts tokens of this kind.
    pub(crate) fn accepts(&self, kind: Kind) -> bool {
        self.kind == kind
    }

    pub(crate) fn requirements(&self) -> impl Iterator<Item = Requirement<'a>> {
        self.terms().require.iter().map(Requirement::read)
    }
}

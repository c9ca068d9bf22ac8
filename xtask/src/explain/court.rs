//! Judges as the edge does, and keeps what it came from.

use super::ask::Ask;
use super::reasons::{self, Rule};
use anyhow::{Context, Result, anyhow};
use authorizer::{
    Answer, Code, Keys, Policy, Reply, Request, Scratch, Step, Verdict, begin, finish,
};
use authorizer_rsa::PublicKey;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// The rules and the keys that requests are judged by.
pub(crate) struct Court {
    /// `rules.json`, for the words.
    document: Value,
    compiled: Vec<u8>,
    keys: Keys,
}

impl Court {
    /// By rules that need not be deployed.
    ///
    /// # Errors
    /// The rules or the keys cannot be used.
    pub(crate) fn new(rules_json: &str, keys: Keys) -> Result<Self> {
        let compiled = authorizer::compile(rules_json).map_err(|error| anyhow!("{error}"))?;
        Self::load(rules_json, compiled, keys)
    }

    /// By what a function that is deployed has in its folder.
    ///
    /// # Errors
    /// It is none of ours.
    pub(crate) fn deployed(code: &Path) -> Result<Self> {
        let compiled = std::fs::read(code.join("rules.bin"))?;
        Self::load(&std::fs::read_to_string(code.join("rules.json"))?, compiled, keys(code)?)
    }

    fn load(rules_json: &str, compiled: Vec<u8>, keys: Keys) -> Result<Self> {
        Policy::load(&compiled).context("the rules do not load")?;
        Ok(Self { document: serde_json::from_str(rules_json)?, compiled, keys })
    }

    /// The document that the rules are in.
    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    /// What the edge would answer, and what each rule has to do with it.
    ///
    /// # Errors
    /// None with rules that were loaded once.
    pub(crate) fn explain(&self, ask: &Ask) -> Result<Explained> {
        let policy = Policy::load(&self.compiled).context("the rules do not load")?;
        let mut scratch = Scratch::EMPTY;
        let headers = ask.headers();
        let request = ask.request(&headers);
        let verdict = self.judge(&policy, ask.now, &request, &mut scratch);
        let claims = serde_json::from_str(scratch.claims_json()).unwrap_or(Value::Null);
        let misses = policy.misses(&request, &scratch);
        let lacks = policy.lacks(&scratch).map(|at| reasons::lack(&self.document, at, &claims));
        let status = match verdict {
            Verdict::Allow(_) => None,
            Verdict::Answer(reply) => Some(Answer::new(&policy, &request, "", reply).status),
        };
        Ok(Explained {
            method: ask.method.clone(),
            path: ask.path.clone(),
            assumed: ask.assumed.clone(),
            verdict,
            status,
            rule: scratch.rule(),
            lacks,
            rules: reasons::rules(&self.document, &misses, ask, &claims),
            subject: claims["sub"].as_str().map(str::to_owned),
            keys_from: None,
        })
    }

    /// As the handler does it, but for the signature, which is not checked by OpenSSL here.
    fn judge(
        &self,
        policy: &Policy,
        now: u64,
        request: &Request,
        scratch: &mut Scratch,
    ) -> Verdict {
        match begin((policy, &self.keys), now, request, scratch, &[]) {
            Step::Decided(verdict) => verdict,
            Step::Verify => {
                let good = self.verify(scratch);
                finish(scratch, &mut [], good)
            }
        }
    }

    fn verify(&self, scratch: &Scratch) -> bool {
        let key = self.keys.iter().find(|key| key.index() == scratch.key());
        let (message, signature) = (scratch.signing_input(), scratch.signature());
        key.is_some_and(|key| match key.algorithm() {
            "ES256" => {
                // SEC 1 §2.3.3: a point that is not compressed.
                let point = [&[4], key.material()].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(message, signature).is_ok()
            }
            _ => PublicKey::new(key.material()).is_some_and(|key| key.verify(message, signature)),
        })
    }
}

/// The keys in the folder of a function.
///
/// # Errors
/// It is none of ours.
pub(crate) fn keys(code: &Path) -> Result<Keys> {
    let text = std::fs::read_to_string(code.join("keys.json"))?;
    Keys::parse(&text).map_err(|error| anyhow!("{error}"))
}

/// A decision, and what it came from.
pub(crate) struct Explained {
    pub(super) method: String,
    pub(super) path: String,
    /// The headers that nobody has typed.
    pub(super) assumed: Vec<(String, String)>,
    verdict: Verdict,
    /// What the edge answers by itself.
    pub(super) status: Option<u16>,
    /// The rule that decided, or else the first that is about the request.
    rule: Option<usize>,
    pub(super) rules: Vec<Rule>,
    /// What every token has to say and this one does not.
    lacks: Option<String>,
    subject: Option<String>,
    /// Where the edge asks for keys when it does not know a token's.
    pub(super) keys_from: Option<String>,
}

impl Explained {
    pub(crate) fn refusal(&self) -> Option<Code> {
        match self.verdict {
            Verdict::Answer(Reply::Refusal(code)) => Some(code),
            _ => None,
        }
    }

    /// What the token lacks, if that is why it is refused.
    pub(super) fn lacks(&self) -> Option<&str> {
        let refused = self.refusal() == Some(Code::TokenVerificationFailed);
        self.lacks.as_deref().filter(|_| refused)
    }

    /// The position of the rule that grants, from one.
    pub(super) fn granting(&self) -> Option<usize> {
        self.rule.filter(|_| matches!(self.verdict, Verdict::Allow(_))).map(|rule| rule + 1)
    }

    /// Whether the rules had a say, or would have with a token.
    pub(super) fn asks_rules(&self) -> bool {
        match self.verdict {
            Verdict::Allow(_) => true,
            Verdict::Answer(Reply::Refusal(code)) => {
                matches!(code, Code::InsufficientScope | Code::TokenMissing)
            }
            Verdict::Answer(_) => false,
        }
    }

    pub(super) fn decision(&self) -> &'static str {
        match self.verdict {
            Verdict::Allow(_) => "allowed",
            Verdict::Answer(Reply::Refusal(_)) => "refused",
            Verdict::Answer(Reply::Preflight) => "preflight",
            Verdict::Answer(Reply::SignOut) => "signout",
        }
    }

    /// What a rule, by its position from one, has to do with the decision.
    pub(super) fn role<'a>(&'a self, position: usize, rule: &'a Rule) -> &'a str {
        match rule.why.as_deref() {
            _ if self.granting() == Some(position) => "grants it",
            None => "would grant it, but an earlier rule decides",
            Some(why) => why,
        }
    }

    /// Where the edge would ask for keys before it refuses (`STALE_KEYS` in the handler).
    pub(super) fn keys_from(&self) -> Option<&str> {
        let stale = [Code::JwkKidMismatch, Code::TokenInvalidSignature];
        let refused = self.refusal().is_some_and(|it| stale.contains(&it));
        self.keys_from.as_deref().filter(|_| refused)
    }

    /// What the edge changes in a request that it passes on.
    pub(super) fn edits(&self) -> Vec<&'static str> {
        let Verdict::Allow(edits) = self.verdict else { return Vec::new() };
        let blank = edits.blank_query.then_some("the query string is emptied");
        let create = edits.create_only.then_some("If-None-Match: * is set: nothing is overwritten");
        [blank, create].into_iter().flatten().collect()
    }

    /// Whose token it was, where that is certain: after it was checked.
    fn subject(&self) -> Option<&str> {
        let checked = match self.verdict {
            Verdict::Allow(_) => true,
            Verdict::Answer(_) => self.refusal() == Some(Code::InsufficientScope),
        };
        self.subject.as_deref().filter(|_| checked)
    }

    pub(crate) fn to_json(&self) -> Value {
        let code = self.refusal();
        let rules = self.rules.iter().zip(1..).map(|(rule, position)| {
            json!({
                "position": position,
                "methods": rule.methods,
                "path": rule.path,
                "grants": rule.why.is_none(),
                "why_not": rule.why,
            })
        });
        json!({
            "method": self.method,
            "path": self.path,
            "decision": self.decision(),
            "status": self.status,
            "code": code.map(Code::name),
            "message": code.map(Code::message),
            "check": code.map(reasons::check),
            "lacks": self.lacks(),
            "rule": self.granting(),
            "subject": self.subject(),
            "asks_for_keys": self.keys_from(),
            "edits": self.edits(),
            "assumed_headers": self.assumed.iter().cloned().collect::<BTreeMap<_, _>>(),
            "rules": if self.asks_rules() { rules.collect() } else { Vec::<Value>::new() },
        })
    }
}

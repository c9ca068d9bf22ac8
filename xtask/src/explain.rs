//! `explain`: what the edge would answer, and what each rule has to do with it.

mod ask;
mod reasons;

use crate::exit::Exit;
use crate::output::{BOLD, DIM, GREEN, RED, say};
use crate::stack;
use anyhow::{Context, Result, anyhow};
use ask::Ask;
use authorizer::{
    Answer, Code, Keys, Policy, Reply, Request, Scratch, Step, Verdict, begin, finish,
};
use authorizer_rsa::PublicKey;
use clap::{Args, ValueEnum};
use config::KeyRefresh;
use reasons::Rules;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Say how the edge would judge a request, and why; nothing is sent anywhere
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask explain --path /users/u1/a.png --claims '{\"sub\": \"u1\"}'
  cargo xtask explain --method PUT --path /orgs/o1/a.png \\
    --claims '{\"o\": {\"id\": \"o1\", \"rol\": \"editor\"}}'
  pbpaste | cargo xtask explain --path /users/u1/a.png --token -

The claims are those of a session that is a second old, except for what is given; null leaves one
out. An upload has the length and the type that it needs, unless --header says otherwise.

Exit codes: 0 the edge would let it pass (or answer it itself: a preflight, a sign-out), 5 it would
refuse, 1 and 2 nothing was judged")]
pub(crate) struct ExplainArgs {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    pub(crate) config: PathBuf,
    /// Of the request
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    pub(crate) method: String,
    /// As it stands in the URL, escapes and query included
    #[arg(long)]
    pub(crate) path: String,
    /// A bearer token; `-` reads it from standard input. It is checked, never printed
    #[arg(long, conflicts_with = "claims")]
    pub(crate) token: Option<String>,
    /// The claims of a good token, a JSON object: those that matter
    #[arg(long, value_name = "JSON", value_parser = object)]
    pub(crate) claims: Option<Map<String, Value>>,
    /// Another header of the request; without a value it is not sent
    #[arg(long = "header", value_name = "NAME=VALUE", value_parser = header)]
    pub(crate) headers: Vec<(String, String)>,
    /// The token is one of the local issuer (`cargo xtask token`), not of Clerk
    #[arg(long)]
    pub(crate) local: bool,
    /// Where the local cloud keeps its state
    #[arg(long, value_name = "DIR", default_value = ".edgegate")]
    pub(crate) state: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Text,
    /// For programs
    Json,
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("expected a JSON object: {error}"))
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    // CloudFront's events have names in lower case.
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

pub(crate) fn run(args: &ExplainArgs) -> Result<Exit> {
    let config = stack::load(&args.config)?;
    let rules_json = config.rules_json();
    let compiled = authorizer::compile(&rules_json).map_err(|error| anyhow!("{error}"))?;
    let policy = Policy::load(&compiled).context("the rules do not load")?;
    let ask = Ask::new(args, &config)?;
    let mut scratch = Scratch::EMPTY;
    let headers = ask.headers();
    let request = ask.request(&headers);
    let verdict = judge(&policy, &ask, &request, &mut scratch);
    let rules = Rules::new(&rules_json, (&policy, &request), &ask, &scratch)?;
    let answer = match verdict {
        Verdict::Allow(_) => None,
        Verdict::Answer(reply) => Some(Answer::new(&policy, &request, "", reply)),
    };
    let asks = config.clerk.key_refresh == KeyRefresh::OnMiss && !args.local;
    let keys_from = (asks && args.token.is_some()).then_some(config.clerk.jwks_url.as_str());
    let rule = scratch.rule();
    let explained = Explained { ask: &ask, verdict, answer, rule, rules, keys_from };
    match args.format {
        Format::Text => explained.print(),
        Format::Json => say!("{:#}", explained.to_json()),
    }
    Ok(if explained.refusal().is_some() { Exit::Refused } else { Exit::Done })
}

/// As the handler does it, but for the RSA operation, which is ours instead of OpenSSL's.
fn judge(policy: &Policy, ask: &Ask, request: &Request, scratch: &mut Scratch) -> Verdict {
    match begin((policy, &ask.keys), ask.now, request, scratch, &[]) {
        Step::Decided(verdict) => verdict,
        Step::Verify => {
            let good = verify(&ask.keys, scratch);
            finish(scratch, &mut [], good)
        }
    }
}

fn verify(keys: &Keys, scratch: &Scratch) -> bool {
    let key = keys.iter().find(|key| key.index() == scratch.key());
    let key = key.and_then(|key| PublicKey::new(key.modulus()));
    key.is_some_and(|key| key.verify(scratch.signing_input(), scratch.signature()))
}

/// A decision, and what it came from.
struct Explained<'a> {
    ask: &'a Ask,
    verdict: Verdict,
    answer: Option<Answer<'a>>,
    /// The rule that granted the request, or else the first that speaks about it.
    rule: Option<usize>,
    rules: Rules,
    /// Where the edge asks for keys when it does not know a token's.
    keys_from: Option<&'a str>,
}

impl Explained<'_> {
    fn refusal(&self) -> Option<Code> {
        match self.verdict {
            Verdict::Answer(Reply::Refusal(code)) => Some(code),
            _ => None,
        }
    }

    /// The position of the rule that grants, from one.
    fn granting(&self) -> Option<usize> {
        self.rule.filter(|_| matches!(self.verdict, Verdict::Allow(_))).map(|rule| rule + 1)
    }

    /// Whether the rules had a say, or would have with a token.
    fn asks_rules(&self) -> bool {
        match self.verdict {
            Verdict::Allow(_) => true,
            Verdict::Answer(Reply::Refusal(code)) => {
                matches!(code, Code::InsufficientScope | Code::TokenMissing)
            }
            Verdict::Answer(_) => false,
        }
    }

    fn decision(&self) -> &'static str {
        match self.verdict {
            Verdict::Allow(_) => "allowed",
            Verdict::Answer(Reply::Refusal(_)) => "refused",
            Verdict::Answer(Reply::Preflight) => "preflight",
            Verdict::Answer(Reply::SignOut) => "signout",
        }
    }

    fn print(&self) {
        let (method, path) = (&self.ask.method, &self.ask.path);
        let color = if self.refusal().is_some() { RED } else { GREEN };
        let decision = self.decision();
        say!("{color}{decision}{color:#} {BOLD}{method} {path}{BOLD:#}");
        if let Some(answer) = self.answer {
            let code = answer.code.map(|it| format!(" {}: {}", it.name(), it.message()));
            say!("  answer: {}{}", answer.status, code.unwrap_or_default());
        }
        if let Some(code) = self.refusal() {
            say!("  check:  {}", reasons::check(code));
        }
        if let Some(url) = self.keys_from() {
            say!("  note:   before that, the edge asks {url} for keys and judges again,");
            say!("          at most once in 60 to 90 seconds; nothing was asked here");
        }
        self.edits().iter().for_each(|edit| say!("  edit:   {edit}"));
        self.ask.assumed.iter().for_each(|(name, value)| {
            say!("  {DIM}assumed header {name}: {value}{DIM:#}");
        });
        if self.asks_rules() {
            for (rule, position) in self.rules.list.iter().zip(1..) {
                let granting = self.granting() == Some(position);
                let why = match rule.why.as_deref() {
                    _ if granting => "grants it",
                    None => "would grant it, but an earlier rule does",
                    Some(why) => why,
                };
                say!("  rule {position}: {} {}: {why}", rule.methods, rule.path);
            }
        }
    }

    /// Where the edge would ask for keys before it refuses (`STALE_KEYS` in the handler).
    fn keys_from(&self) -> Option<&str> {
        let stale = [Code::JwkKidMismatch, Code::TokenInvalidSignature];
        self.keys_from.filter(|_| self.refusal().is_some_and(|it| stale.contains(&it)))
    }

    /// What the edge changes in a request that it passes on.
    fn edits(&self) -> Vec<&'static str> {
        let Verdict::Allow(edits) = self.verdict else { return Vec::new() };
        let blank = edits.blank_query.then_some("the query string is emptied");
        let create = edits.create_only.then_some("If-None-Match: * is set: nothing is overwritten");
        [blank, create].into_iter().flatten().collect()
    }

    fn to_json(&self) -> Value {
        let code = self.refusal();
        let rules = self.rules.list.iter().zip(1..).map(|(rule, position)| {
            json!({
                "position": position,
                "methods": rule.methods,
                "path": rule.path,
                "grants": rule.why.is_none(),
                "why_not": rule.why,
            })
        });
        json!({
            "method": self.ask.method,
            "path": self.ask.path,
            "decision": self.decision(),
            "status": self.answer.map(|it| it.status),
            "code": code.map(Code::name),
            "message": code.map(Code::message),
            "check": code.map(reasons::check),
            "rule": self.granting(),
            "asks_for_keys": self.keys_from(),
            "edits": self.edits(),
            "assumed_headers": self.ask.assumed.iter().cloned().collect::<BTreeMap<_, _>>(),
            "rules": if self.asks_rules() { rules.collect() } else { Vec::<Value>::new() },
        })
    }
}

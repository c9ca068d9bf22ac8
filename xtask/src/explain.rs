//! `explain`: what the edge would answer, and what each rule has to do with it.

mod ask;
mod court;
mod reasons;

use crate::cli::Format;
use crate::exit::Exit;
use crate::output::{BOLD, DIM, GREEN, RED, say};
use crate::stack;
use anyhow::Result;
use clap::Args;
use config::KeyRefresh;
use serde_json::{Map, Value};
use std::path::PathBuf;

pub(crate) use ask::Ask;
pub(crate) use court::{Court, Explained, keys};

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
    let (ask, keys) = Ask::typed(args, &config)?;
    let mut explained = Court::new(&config.rules_json(), keys)?.explain(&ask)?;
    let asks = config.issuer.key_refresh == KeyRefresh::OnMiss && !args.local;
    explained.keys_from = (asks && args.token.is_some()).then_some(config.issuer.jwks_url);
    match args.format {
        Format::Text => print(&explained),
        Format::Json => say!("{:#}", explained.to_json()),
    }
    Ok(if explained.refusal().is_some() { Exit::Refused } else { Exit::Done })
}

fn print(explained: &Explained) {
    let Explained { method, path, assumed, status, rules, .. } = explained;
    let refusal = explained.refusal();
    let color = if refusal.is_some() { RED } else { GREEN };
    say!("{color}{}{color:#} {BOLD}{method} {path}{BOLD:#}", explained.decision());
    if let Some(status) = status {
        let code = refusal.map(|it| format!(" {}: {}", it.name(), it.message()));
        say!("  answer: {status}{}", code.unwrap_or_default());
    }
    if let Some(code) = refusal {
        say!("  check:  {}", reasons::check(code));
    }
    if let Some(lacks) = explained.lacks() {
        say!("  token:  {lacks}");
    }
    if let Some(url) = explained.keys_from() {
        say!("  note:   before that, the edge asks {url} for keys and judges again,");
        say!("          at most once in 60 to 90 seconds; nothing was asked here");
    }
    explained.edits().iter().for_each(|edit| say!("  edit:   {edit}"));
    for (name, value) in assumed {
        say!("  {DIM}assumed header {name}: {value}{DIM:#}");
    }
    if explained.asks_rules() {
        for (rule, position) in rules.iter().zip(1..) {
            let role = explained.role(position, rule);
            say!("  rule {position}: {} {}: {role}", rule.methods, rule.path);
        }
    }
}

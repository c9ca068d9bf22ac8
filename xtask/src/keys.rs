//! `keys`: the public keys that tokens are checked with, fetched and shown.

use crate::exit::Exit;
use crate::output::{self, say};
use anyhow::{Context, Result};
use bundle::PublicKey;
use clap::{Args, Subcommand};
use config::{Config, Issuer, Provider};
use engine::Failed;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A key set of Clerk's has one or two kilobytes.
const MAX_BYTES: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

/// Fetch or show the public keys that tokens are checked with
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask keys pull     fetch jwks_url into the key file, then review and commit it
  cargo xtask keys show     what is in the file, by fingerprints")]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Fetch the keys of the issuer, check them, and write them to the key file
    Pull(File),
    /// Check the keys in the key file and show their fingerprints
    Show(File),
}

#[derive(Args)]
struct File {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    config: PathBuf,
}

pub(crate) async fn run(args: KeysArgs) -> Result<Exit> {
    match args.command {
        KeysCommand::Pull(file) => pull(&Config::load(&file.config)?).await,
        KeysCommand::Show(file) => {
            let keys = Config::load(&file.config)?.read_keys()?;
            for key in bundle::public_keys(&keys)? {
                say!("  {}", describe(&key));
            }
            Ok(Exit::Done)
        }
    }
}

/// Nothing is written unless every key that is meant for us is fit for use.
async fn pull(config: &Config) -> Result<Exit> {
    let (url, path) = (&config.issuer.jwks_url, &config.issuer.keys);
    let (fetched, others) = published(&config.issuer).await.map_err(|error| Failed {
        message: format!("cannot fetch {url}: {error:#}"),
        hint: match config.issuer.provider {
            Provider::Clerk => {
                "clerk.jwks_url says where; Clerk's dashboard shows it on its page of API keys"
                    .into()
            }
            _ => "issuer.jwks_url says where; it is `jwks_uri` of the issuer's \
                  /.well-known/openid-configuration"
                .into(),
        },
    })?;
    let algorithms = config.issuer.algorithms.join(" or ");
    for other in others {
        output::note(&format!("not for {algorithms} signatures, and so passed over: {other}"));
    }
    authorizer::Keys::parse(&fetched).map_err(|error| Failed {
        message: format!("{url}: {error}"),
        hint: "nothing was written; no key is used that could be broken or is for another purpose"
            .into(),
    })?;
    let text = fetched;
    let old = std::fs::read_to_string(path).ok();
    let old = old.and_then(|old| bundle::public_keys(&old).ok()).unwrap_or_default();
    for line in changes(&old, &bundle::public_keys(&text)?) {
        say!("{line}");
    }
    write(path, &text)?;
    output::note(&format!("{}: review and commit it", path.display()));
    Ok(Exit::Done)
}

/// What an issuer publishes for our purpose, and the names of what it publishes for others.
///
/// # Errors
/// It cannot be fetched, or is no JSON.
pub(crate) async fn published(issuer: &Issuer) -> Result<(String, Vec<String>)> {
    pass_over(&fetch(&issuer.jwks_url).await?, &issuer.algorithms)
}

async fn fetch(url: &str) -> Result<String> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()?;
    let mut response = client.get(url).send().await.map_err(reqwest::Error::without_url)?;
    let status = response.status();
    anyhow::ensure!(status == 200, "the answer is {status}, and only 200 counts");
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reqwest::Error::without_url)? {
        body.extend_from_slice(&chunk);
        anyhow::ensure!(body.len() <= MAX_BYTES, "the answer has more than 64 KiB");
    }
    String::from_utf8(body).context("the answer is no text")
}

/// The set without the keys that are for something else (RFC 7517 §5), and their names. Every set in
/// the same form, so that a review shows keys and not blanks.
fn pass_over(fetched: &str, algorithms: &[String]) -> Result<(String, Vec<String>)> {
    let mut set: Value = serde_json::from_str(fetched).context("the answer is not JSON")?;
    let mut others = Vec::new();
    if let Some(keys) = set.get_mut("keys").and_then(Value::as_array_mut) {
        keys.retain(|key| {
            let is = |name, wanted| key.get(name).is_none_or(|value| value == wanted);
            let algorithm = match (key["kty"].as_str(), key["crv"].as_str()) {
                (Some("RSA"), _) => "RS256",
                (Some("EC"), Some("P-256")) => "ES256",
                _ => "",
            };
            let wanted = algorithms.iter().any(|it| it == algorithm);
            let ours = wanted && is("alg", algorithm) && is("use", "sig");
            if !ours {
                others.push(key["kid"].as_str().unwrap_or("a key without a name").to_owned());
            }
            ours
        });
    }
    Ok((format!("{set:#}\n"), others))
}

/// Whole or not at all.
fn write(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("json.partial");
    std::fs::write(&beside, text)
        .and_then(|()| std::fs::rename(&beside, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// The keys that stay, come and go.
fn changes(old: &[PublicKey], new: &[PublicKey]) -> Vec<String> {
    let line = |sign: &str, key: &PublicKey| format!("{sign} {}", describe(key));
    let gone = old.iter().filter(|key| !new.contains(key)).map(|key| line("-", key));
    let sign = |key| if old.contains(key) { " " } else { "+" };
    gone.chain(new.iter().map(|key| line(sign(key), key))).collect()
}

pub(crate) fn describe(PublicKey { kid, alg, bits, thumbprint }: &PublicKey) -> String {
    format!("{kid}  {alg}  {bits} bits  sha256:{thumbprint}")
}

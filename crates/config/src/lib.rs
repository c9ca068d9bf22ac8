//! `edgegate.toml`: read, checked, with every default filled in.
//!
//! [`Config::load`] is the only function here that touches a file; [`Config::parse`] is pure.

mod check;
mod clerk;
mod cookie_mode;
mod editable;
mod file;
mod issuer;
mod names;

use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt;
use std::path::{Path, PathBuf};

pub use editable::Editable;
pub use names::Names;

/// Everything a deployment is made from, but for the account and the code.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub stack: Stack,
    pub issuer: Issuer,
    /// In order; the first that is about a request decides, and what none is about is refused.
    pub rules: Vec<Rule>,
    pub uploads: Uploads,
    pub cors: Cors,
    pub delivery: Delivery,
    pub function: Function,
    pub adopt: Adopt,
}

/// What was made by hand and is to become the stack's, or has become it: by name what keeps its
/// name for life, by id what is renamed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adopt {
    pub bucket: Option<String>,
    pub role: Option<String>,
    pub function: Option<String>,
    pub origin_access_control: Option<String>,
    pub cache_policy: Option<String>,
    pub response_headers_policy: Option<String>,
    pub distribution: Option<String>,
}

/// What the stack is called and where its bucket lives.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    pub name: String,
    /// Of the bucket. Lambda@Edge and CloudFront are always in us-east-1.
    pub region: String,
    /// The twelve digits of the only account that it may be in; `None`: that of the credentials.
    pub account: Option<String>,
}

/// Whose tokens are accepted: Clerk's (`[clerk]`), or another issuer's (`[issuer]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Issuer {
    pub provider: Provider,
    /// An `https://` URL, compared byte by byte with the token's `iss`.
    pub url: String,
    /// Where the issuer publishes its keys. A deployment never fetches it.
    pub jwks_url: String,
    /// A JWKS file (RFC 7517): the keys are a build input, reviewed like code.
    pub keys: PathBuf,
    /// `RS256`, `ES256` or both (RFC 7518 §3.1).
    pub algorithms: Vec<String>,
    /// Of another issuer than Clerk: which `aud` tokens have to have, any of these, …
    pub audiences: Vec<String>,
    /// … and what else they have to say.
    pub require: Vec<(String, Requirement)>,
    /// The origins that may be a token's `azp`; empty: it is not checked.
    pub authorized_parties: Vec<String>,
    pub allow_missing_azp: bool,
    pub leeway_seconds: u32,
    pub max_lifetime_seconds: u32,
    pub key_refresh: KeyRefresh,
    /// Names of session cookies that count as credentials of reads, the first that is there; empty:
    /// none does.
    pub cookies: Vec<String>,
}

/// Who signs users in.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    #[serde(skip)]
    Clerk,
    Auth0,
    Cognito,
    Firebase,
    Supabase,
    /// Any other whose tokens are JSON Web Tokens (RFC 9068, or ID tokens).
    Oidc,
}

/// Whether the edge asks the issuer for keys that the deployment does not have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyRefresh {
    /// When a token names an unknown key, or its signature is not that of the key it names; at most
    /// once a minute.
    OnMiss,
    Off,
}

/// Who may do what.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub methods: Vec<String>,
    /// A template: `/users/{sub}/**`.
    pub path: String,
    /// A claim and what is asked of it.
    pub require: Vec<(String, Requirement)>,
    /// Whether no token is asked for.
    pub public: bool,
    /// Accepts these tokens instead of those of sessions.
    pub tokens: Option<Tokens>,
}

/// What is asked of a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Requirement {
    /// It is one of these.
    AnyOf(Vec<String>),
    /// It is a list with one of these in it.
    Contains(Vec<String>),
    /// It is `true`, or `false`.
    Is(bool),
    /// It is none of these, or not there.
    Not(Vec<String>),
    /// It is not there.
    Absent,
}

/// Tokens that are no session's and so outlive signing out.
#[derive(Clone, Debug, PartialEq)]
pub struct Tokens {
    /// `template` or `machine`.
    pub kind: String,
    /// What `aud` has to name.
    pub audience: String,
    pub max_lifetime_seconds: u32,
}

/// What may be uploaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Uploads {
    /// In bytes.
    pub max_size: u64,
    pub content_types: Vec<String>,
    /// An image is written once and never overwritten.
    pub create_only: bool,
}

/// Which web pages may use the images.
#[derive(Clone, Debug, PartialEq)]
pub struct Cors {
    /// As browsers send them: `https://app.example.com`.
    pub origins: Vec<String>,
}

/// How images reach the viewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Sent to viewers; the edge caches by its own policy.
    pub cache_control: String,
    /// `PriceClass_100`, `PriceClass_200` or `PriceClass_All`.
    pub price_class: String,
    pub aliases: Vec<String>,
    /// In ACM in us-east-1; present if and only if there are aliases.
    pub certificate_arn: Option<String>,
    /// Of AWS WAF, for CloudFront; `None` is no firewall, and takes one away.
    pub web_acl_arn: Option<String>,
}

/// The Lambda@Edge function that runs the authorizer.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    pub runtime: String,
    pub memory_mb: u32,
    pub timeout_seconds: u32,
    /// The share of allowed requests that are logged, 0 to 1. Refusals always are.
    pub log_allows: f64,
}

/// A configuration that cannot be used, in one line, and what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Invalid {
    /// What is wrong, and where: a file, or a key of `edgegate.toml`.
    pub message: String,
    pub hint: String,
}

impl Invalid {
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Invalid {}

impl Config {
    /// Reads and checks a file; relative paths in it start from its own folder.
    ///
    /// # Errors
    /// [`Invalid`]: the file is missing, is no TOML, has an unknown key, or a value that cannot be.
    pub fn load(path: &Path) -> Result<Self, Invalid> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let hint = "run it where edgegate.toml is, or name the file with --config FILE";
            Invalid::new(format!("cannot read {shown}: {error}"), hint)
        })?;
        let mut config = Self::parse(&text)
            .map_err(|it| Invalid::new(format!("{shown}: {}", it.message), it.hint))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.issuer.keys = folder.join(&config.issuer.keys);
        Ok(config)
    }

    /// Checks a configuration and fills in its defaults.
    ///
    /// # Errors
    /// [`Invalid`], which names the key.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let file = toml::from_str::<file::File>(text).map_err(|error| {
            let hint = "README.md has the table of all keys and their defaults";
            Invalid::new(error.to_string().trim_end(), hint)
        })?;
        let config = file.into_config()?;
        check::check(&config)?;
        Ok(config)
    }

    /// The keys that tokens are checked with, as they stand in the file.
    ///
    /// # Errors
    /// [`Invalid`]: the file is missing, or a key in it is not fit for use.
    pub fn read_keys(&self) -> Result<String, Invalid> {
        let path = self.issuer.keys.display();
        let hint = "cargo xtask keys pull".to_owned();
        let keys = std::fs::read_to_string(&self.issuer.keys)
            .map_err(|error| Invalid::new(format!("cannot read {path}: {error}"), hint.clone()))?;
        let parsed = authorizer::Keys::parse(&keys)
            .map_err(|error| Invalid::new(format!("{path}: {error}"), hint.clone()))?;
        let algorithms = &self.issuer.algorithms;
        let odd = parsed.iter().find(|key| !algorithms.iter().any(|it| it == key.algorithm()));
        if let Some(key) = odd {
            let (kid, algorithm) = (key.kid(), key.algorithm());
            let message = format!("{path}: key {kid:?} is for {algorithm}, and tokens are not");
            return Err(Invalid::new(message, hint));
        }
        Ok(keys)
    }

    /// What the authorizer reads beside its keys: the same configuration gives the same bytes.
    pub fn rules_json(&self) -> String {
        let rules: Vec<Value> = self.rules.iter().map(rule_json).collect();
        let mut rules = json!({
            "issuer": self.issuer.url,
            "authorized_parties": self.issuer.authorized_parties,
            "leeway_seconds": self.issuer.leeway_seconds,
            "max_lifetime_seconds": self.issuer.max_lifetime_seconds,
            "cors_origins": self.cors.origins,
            "uploads": {
                "max_size": self.uploads.max_size,
                "content_types": self.uploads.content_types,
                "create_only": self.uploads.create_only,
            },
            "rules": rules,
        });
        self.issuer.write(&mut rules);
        // What is not used is left out.
        if self.issuer.key_refresh == KeyRefresh::OnMiss {
            rules["jwks_url"] = json!(self.issuer.jwks_url);
        }
        if self.function.log_allows > 0.0 {
            rules["log_allows"] = json!(self.function.log_allows);
        }
        format!("{rules:#}\n")
    }

    /// The key prefixes below which the rules allow a `PUT`, such as `users/`; `""` is everywhere.
    ///
    /// The bucket policy grants no more than these: what stands before the first placeholder.
    pub fn upload_prefixes(&self) -> Vec<String> {
        let puts = self.rules.iter().filter(|rule| rule.methods.iter().any(|it| it == "PUT"));
        let mut prefixes: Vec<String> = puts.map(|rule| literal_prefix(&rule.path)).collect();
        prefixes.sort();
        prefixes.dedup();
        let all = prefixes.clone();
        prefixes.retain(|it| !all.iter().any(|other| other != it && it.starts_with(other)));
        prefixes
    }

    /// The resources that `[adopt]` names, by their names in a plan, and what stands there.
    pub fn adopted(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let Adopt { bucket, role, function, .. } = &self.adopt;
        let Adopt { origin_access_control, cache_policy, response_headers_policy, .. } =
            &self.adopt;
        let all = [
            ("bucket", bucket),
            ("role", role),
            ("function", function),
            ("origin_access_control", origin_access_control),
            ("cache_policy", cache_policy),
            ("response_headers_policy", response_headers_policy),
            ("distribution", &self.adopt.distribution),
        ];
        all.into_iter().filter_map(|(resource, it)| Some((resource, it.as_deref()?)))
    }

    /// Holds the account of the credentials against `stack.account`.
    ///
    /// # Errors
    /// [`Invalid`]: the stack is not meant for it.
    pub fn check_account(&self, account: &str) -> Result<(), Invalid> {
        let Some(wanted) = self.stack.account.as_deref().filter(|it| *it != account) else {
            return Ok(());
        };
        Err(Invalid::new(
            format!("these credentials are of account {account}, and stack.account says {wanted}"),
            "choose other credentials (AWS_PROFILE), or set stack.account",
        ))
    }

    /// What works but deserves a second look.
    pub fn warnings(&self) -> Vec<String> {
        check::warnings(self)
    }

    /// The warnings, but for those of public rules: they show in the function that is deployed, too.
    pub fn doubts(&self) -> Vec<String> {
        check::doubts(self)
    }
}

fn rule_json(rule: &Rule) -> Value {
    let mut json = json!({"methods": rule.methods, "path": rule.path});
    if !rule.require.is_empty() {
        json["require"] = require_json(&rule.require);
    }
    if rule.public {
        json["public"] = json!(true);
    }
    if let Some(Tokens { kind, audience, max_lifetime_seconds }) = &rule.tokens {
        json["tokens"] = json!(kind);
        json["aud"] = json!(audience);
        json["max_lifetime_seconds"] = json!(max_lifetime_seconds);
    }
    json
}

fn require_json(require: &[(String, Requirement)]) -> Value {
    let asked = |requirement: &Requirement| match requirement {
        Requirement::AnyOf(values) => json!(values),
        Requirement::Contains(values) => json!({"contains": values}),
        Requirement::Is(value) => json!(value),
        Requirement::Not(values) => json!({"not": values}),
        Requirement::Absent => Value::Null,
    };
    require.iter().map(|(claim, it)| (claim.clone(), asked(it))).collect()
}

/// Of `/users/{sub}/**`: `users/`.
fn literal_prefix(path: &str) -> String {
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let literal = segments.iter().take_while(|it| !it.starts_with(['{', '*'])).copied();
    let literal: Vec<_> = literal.collect();
    match literal.len() {
        0 => String::new(),
        all if all == segments.len() => literal.join("/"),
        _ => literal.join("/") + "/",
    }
}

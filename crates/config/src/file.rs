//! The file as it is written, before defaults and checks.

use crate::{
    Adopt, Config, Cors, Delivery, Function, Invalid, Issuer, KeyRefresh, Provider, Requirement,
    Rule, Stack, Tokens, Uploads, clerk, issuer::FileIssuer,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    stack: FileStack,
    clerk: Option<FileClerk>,
    issuer: Option<FileIssuer>,
    rules: Option<Vec<FileRule>>,
    #[serde(default)]
    uploads: FileUploads,
    #[serde(default)]
    cors: FileCors,
    #[serde(default)]
    delivery: FileDelivery,
    #[serde(default)]
    function: FileFunction,
    #[serde(default)]
    adopt: Adopt,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStack {
    name: String,
    region: String,
    account: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileClerk {
    publishable_key: Option<String>,
    issuer: Option<String>,
    jwks_url: Option<String>,
    keys: Option<PathBuf>,
    #[serde(default)]
    authorized_parties: Vec<String>,
    #[serde(default)]
    allow_missing_azp: bool,
    leeway_seconds: Option<u32>,
    max_lifetime_seconds: Option<u32>,
    key_refresh: Option<FileKeyRefresh>,
    #[serde(default)]
    cookies: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileKeyRefresh {
    OnMiss,
    Off,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRule {
    methods: Vec<String>,
    path: String,
    #[serde(default)]
    require: BTreeMap<String, FileRequirement>,
    #[serde(default)]
    public: bool,
    tokens: Option<String>,
    aud: Option<String>,
    max_lifetime_seconds: Option<u32>,
}

/// A list, or a single value without its brackets; or what a list has to contain.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a string, a list of strings, true, false, { contains = … } or { not = … }"
)]
pub(crate) enum FileRequirement {
    Is(bool),
    One(String),
    Many(Vec<String>),
    Contains(Contains),
    Not(Not),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contains {
    contains: OneOrMany,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Not {
    not: OneOrMany,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a string or a list of strings")]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FileUploads {
    max_size: Option<Size>,
    content_types: Option<Vec<String>>,
    create_only: Option<bool>,
}

/// Bytes as a number, or with a unit.
#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a size such as 10485760 or \"10 MiB\"")]
enum Size {
    Bytes(u64),
    Text(String),
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FileCors {
    origins: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FileDelivery {
    cache_control: Option<String>,
    price_class: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    certificate_arn: Option<String>,
    web_acl_arn: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct FileFunction {
    runtime: Option<String>,
    memory_mb: Option<u32>,
    timeout_seconds: Option<u32>,
    log_allows: Option<f64>,
}

const MIB: u64 = 1024 * 1024;

impl File {
    pub(crate) fn into_config(self) -> Result<Config, Invalid> {
        let issuer = match (self.clerk, self.issuer) {
            (Some(clerk), None) => clerk.into_issuer()?,
            (None, Some(issuer)) => issuer.into_issuer()?,
            (None, None) => {
                let message = "there is neither [clerk] nor [issuer]";
                let hint = "write [clerk] with your publishable_key, or [issuer]: docs/issuers.md";
                return Err(Invalid::new(message, hint));
            }
            (Some(_), Some(_)) => {
                let message = "there are both [clerk] and [issuer]";
                return Err(Invalid::new(message, "remove one: tokens come from one issuer"));
            }
        };
        let uploads = self.uploads.into_uploads()?;
        let rules = self.rules.map_or_else(
            || Ok(default_rules()),
            |rules| rules.into_iter().zip(1..).map(FileRule::into_rule).collect(),
        )?;
        // A page may show images exactly when it may hold tokens for them.
        let origins = self.cors.origins.unwrap_or_else(|| issuer.authorized_parties.clone());
        let FileDelivery { cache_control, price_class, aliases, certificate_arn, web_acl_arn } =
            self.delivery;
        let FileFunction { runtime, memory_mb, timeout_seconds, log_allows } = self.function;
        Ok(Config {
            stack: Stack {
                name: self.stack.name,
                region: self.stack.region,
                account: self.stack.account,
            },
            issuer,
            rules,
            uploads,
            cors: Cors { origins },
            delivery: Delivery {
                cache_control: cache_control.unwrap_or_else(|| "private, max-age=300".into()),
                price_class: price_class.unwrap_or_else(|| "PriceClass_100".into()),
                aliases,
                certificate_arn,
                web_acl_arn,
            },
            function: Function {
                runtime: runtime.unwrap_or_else(|| "nodejs24.x".into()),
                memory_mb: memory_mb.unwrap_or(128),
                timeout_seconds: timeout_seconds.unwrap_or(5),
                log_allows: log_allows.unwrap_or(0.0),
            },
            adopt: self.adopt,
        })
    }
}

impl FileClerk {
    fn into_issuer(self) -> Result<Issuer, Invalid> {
        let cookies = clerk::cookies(self.publishable_key.as_deref().filter(|_| self.cookies));
        let issuer = match (self.publishable_key, self.issuer) {
            (Some(key), None) => clerk::issuer(&key)?,
            (None, Some(issuer)) => issuer,
            (None, None) => {
                let message = "[clerk] has neither publishable_key nor issuer";
                let hint = "copy the publishable key from the API keys page of Clerk's dashboard";
                return Err(Invalid::new(message, hint));
            }
            (Some(_), Some(_)) => {
                let message = "[clerk] has both publishable_key and issuer";
                let hint = "remove one: the issuer follows from the publishable key";
                return Err(Invalid::new(message, hint));
            }
        };
        let jwks_url = self.jwks_url.unwrap_or_else(|| format!("{issuer}/.well-known/jwks.json"));
        Ok(Issuer {
            provider: Provider::Clerk,
            url: issuer,
            jwks_url,
            keys: self.keys.unwrap_or_else(|| "keys.json".into()),
            algorithms: vec!["RS256".to_owned()],
            audiences: Vec::new(),
            require: Vec::new(),
            authorized_parties: self.authorized_parties,
            allow_missing_azp: self.allow_missing_azp,
            leeway_seconds: self.leeway_seconds.unwrap_or(5),
            max_lifetime_seconds: self.max_lifetime_seconds.unwrap_or(300),
            key_refresh: FileKeyRefresh::or_default(self.key_refresh),
            cookies: if self.cookies { cookies } else { Vec::new() },
        })
    }
}

impl FileKeyRefresh {
    pub(crate) fn or_default(this: Option<Self>) -> KeyRefresh {
        match this {
            Some(Self::Off) => KeyRefresh::Off,
            Some(Self::OnMiss) | None => KeyRefresh::OnMiss,
        }
    }
}

impl OneOrMany {
    pub(crate) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value],
            Self::Many(values) => values,
        }
    }
}

impl FileRule {
    fn into_rule((file, position): (Self, usize)) -> Result<Rule, Invalid> {
        let require = file.require.into_iter().map(|(claim, it)| (claim, it.into())).collect();
        let tokens = match (file.tokens, file.aud, file.max_lifetime_seconds) {
            (None, None, None) => None,
            (Some(kind), Some(audience), Some(max_lifetime_seconds)) => {
                Some(Tokens { kind, audience, max_lifetime_seconds })
            }
            _ => {
                let message = format!(
                    "rule {position} ({}): `tokens`, `aud` and `max_lifetime_seconds` go together",
                    file.path
                );
                let hint = "name the kind of token, its audience and how long one may live";
                return Err(Invalid::new(message, hint));
            }
        };
        Ok(Rule { methods: file.methods, path: file.path, require, public: file.public, tokens })
    }
}

impl From<FileRequirement> for Requirement {
    fn from(file: FileRequirement) -> Self {
        match file {
            FileRequirement::Is(value) => Self::Is(value),
            FileRequirement::One(value) => Self::AnyOf(vec![value]),
            FileRequirement::Many(values) => Self::AnyOf(values),
            FileRequirement::Contains(it) => Self::Contains(it.contains.into_vec()),
            FileRequirement::Not(it) => Self::Not(it.not.into_vec()),
        }
    }
}

impl FileUploads {
    fn into_uploads(self) -> Result<Uploads, Invalid> {
        let max_size = self.max_size.map_or(Ok(10 * MIB), Size::bytes)?;
        let images =
            || ["avif", "gif", "jpeg", "png", "webp"].map(|it| format!("image/{it}")).to_vec();
        Ok(Uploads {
            max_size,
            content_types: self.content_types.unwrap_or_else(images),
            create_only: self.create_only.unwrap_or(true),
        })
    }
}

impl Size {
    fn bytes(self) -> Result<u64, Invalid> {
        let text = match self {
            Self::Bytes(bytes) => return Ok(bytes),
            Self::Text(text) => text,
        };
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
        let unit = match text[digits.len()..].trim() {
            "" | "B" => Some(1),
            "KB" => Some(1000),
            "KiB" => Some(1024),
            "MB" => Some(1_000_000),
            "MiB" => Some(MIB),
            "GB" => Some(1_000_000_000),
            "GiB" => Some(1024 * MIB),
            _ => None,
        };
        let bytes = unit.zip(digits.parse::<u64>().ok()).and_then(|(unit, n)| n.checked_mul(unit));
        bytes.ok_or_else(|| {
            let message = format!("uploads.max_size is no size: {text:?}");
            Invalid::new(message, "write bytes, or a number with KB, MB, GB, KiB, MiB or GiB")
        })
    }
}

/// Any signed-in user reads; each writes below a folder of their own.
fn default_rules() -> Vec<Rule> {
    let rule = |methods: &[&str], path: &str| Rule {
        methods: methods.iter().map(|&it| it.to_owned()).collect(),
        path: path.to_owned(),
        require: Vec::new(),
        public: false,
        tokens: None,
    };
    vec![rule(&["PUT"], "/users/{sub}/**"), rule(&["GET", "HEAD"], "/**")]
}

//! `[issuer]`: what is known of the issuers besides Clerk, and how the authorizer is told.

use crate::file::{FileKeyRefresh, FileRequirement, OneOrMany};
use crate::{Invalid, Issuer, Provider, Requirement, require_json};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const MINUTE: u32 = 60;
const DAY: u32 = 24 * 60 * MINUTE;
/// Firebase, "Verify ID tokens using a third-party JWT library": one set for all projects.
const FIREBASE_KEYS: &str =
    "https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com";
const FIREBASE: &str = "https://securetoken.google.com/";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileIssuer {
    provider: Provider,
    url: String,
    jwks_url: Option<String>,
    keys: Option<PathBuf>,
    algorithms: Option<Vec<String>>,
    audience: Option<OneOrMany>,
    token_use: Option<TokenUse>,
    #[serde(default)]
    require: BTreeMap<String, FileRequirement>,
    leeway_seconds: Option<u32>,
    max_lifetime_seconds: Option<u32>,
    key_refresh: Option<FileKeyRefresh>,
}

/// Which of the two that Cognito issues.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TokenUse {
    Access,
    Id,
}

/// What tokens have to say whatever they are used for.
struct Purpose {
    audiences: Vec<String>,
    require: BTreeMap<String, Requirement>,
}

impl Purpose {
    /// Names an audience where the file names none.
    fn be_for(&mut self, audience: Option<&str>) {
        if self.audiences.is_empty() {
            self.audiences.extend(audience.map(str::to_owned));
        }
    }

    /// Asks for this where the file asks for nothing else.
    fn ask(&mut self, claim: &str, requirement: Requirement) {
        self.require.entry(claim.to_owned()).or_insert(requirement);
    }

    /// Amazon Cognito, "Verifying JSON Web Tokens": access tokens name the app client that they were
    /// issued to, and have an audience only if they are for another resource ("Resource binding").
    fn be_of(&mut self, token_use: TokenUse) -> Result<(), Invalid> {
        if let Some(claim) =
            ["client_id", "token_use"].into_iter().find(|it| self.require.contains_key(*it))
        {
            let message = format!("issuer.require cannot ask for {claim} of Cognito's tokens");
            let hint = "issuer.audience has the app clients, issuer.token_use the kind of token";
            return Err(Invalid::new(message, hint));
        }
        let text = |text: &str| Requirement::AnyOf(vec![text.to_owned()]);
        match token_use {
            TokenUse::Access => {
                let clients = Requirement::AnyOf(std::mem::take(&mut self.audiences));
                self.ask("aud", Requirement::Absent);
                self.ask("client_id", clients);
                self.ask("token_use", text("access"));
            }
            TokenUse::Id => self.ask("token_use", text("id")),
        }
        Ok(())
    }
}

impl FileIssuer {
    pub(crate) fn into_issuer(mut self) -> Result<Issuer, Invalid> {
        check_url(self.provider, &self.url)?;
        let Purpose { audiences, require } = self.purpose()?;
        let jwks_url = self.jwks_url.take().map_or_else(|| self.published_keys(), Ok)?;
        Ok(Issuer {
            provider: self.provider,
            jwks_url,
            keys: self.keys.unwrap_or_else(|| "keys.json".into()),
            algorithms: self.algorithms.unwrap_or_else(|| vec![algorithm(self.provider).into()]),
            audiences,
            require: require.into_iter().collect(),
            authorized_parties: Vec::new(),
            allow_missing_azp: false,
            leeway_seconds: self.leeway_seconds.unwrap_or(5),
            max_lifetime_seconds: self.max_lifetime_seconds.unwrap_or(lifetime(self.provider)),
            key_refresh: FileKeyRefresh::or_default(self.key_refresh),
            cookies: Vec::new(),
            url: self.url,
        })
    }

    /// For whom tokens are meant, and what else they have to say.
    fn purpose(&mut self) -> Result<Purpose, Invalid> {
        if self.token_use.is_some() && self.provider != Provider::Cognito {
            let message = "issuer.token_use is for Cognito, which issues two kinds of tokens";
            return Err(Invalid::new(message, "remove it; issuer.audience tells tokens apart"));
        }
        let given = std::mem::take(&mut self.require).into_iter();
        let mut purpose = Purpose {
            audiences: self.audience.take().map_or_else(Vec::new, OneOrMany::into_vec),
            require: given.map(|(claim, it)| (claim, it.into())).collect(),
        };
        match self.provider {
            // Who has signed in as nobody has a token like everybody, but for one claim.
            Provider::Firebase => {
                purpose.be_for(self.url.strip_prefix(FIREBASE));
                let anonymous = Requirement::Not(vec!["anonymous".to_owned()]);
                purpose.ask("firebase.sign_in_provider", anonymous);
            }
            Provider::Supabase => {
                purpose.be_for(Some("authenticated"));
                purpose.ask("is_anonymous", Requirement::Is(false));
                // Supabase, "OAuth 2.1 server": other applications get tokens for its users, too.
                purpose.ask("client_id", Requirement::Absent);
            }
            _ => {}
        }
        if !purpose.audiences.iter().any(|audience| !audience.is_empty()) {
            let message = "[issuer] has no audience, so tokens for other applications would count";
            return Err(Invalid::new(message, audience_hint(self.provider)));
        }
        if self.provider == Provider::Cognito {
            purpose.be_of(self.token_use.unwrap_or(TokenUse::Access))?;
        }
        Ok(purpose)
    }

    fn published_keys(&self) -> Result<String, Invalid> {
        match self.provider {
            Provider::Firebase => Ok(FIREBASE_KEYS.to_owned()),
            Provider::Oidc => Err(Invalid::new(
                "[issuer] has no jwks_url",
                "copy `jwks_uri` from the issuer's /.well-known/openid-configuration",
            )),
            _ => Ok(format!("{}/.well-known/jwks.json", self.url.trim_end_matches('/'))),
        }
    }
}

/// The form of `iss`, which is compared byte by byte: a mistake would refuse everybody.
fn check_url(provider: Provider, url: &str) -> Result<(), Invalid> {
    let is_segment = |text: &str| !text.is_empty() && !text.contains('/');
    let path = url.strip_prefix("https://").and_then(|rest| rest.split_once('/'));
    let (fits, form) = match provider {
        Provider::Auth0 => (
            url.ends_with('/') && path.is_none_or(|(_, path)| path.is_empty()),
            "https://TENANT.REGION.auth0.com/, slash included",
        ),
        Provider::Cognito => (
            path.is_some_and(|(host, pool)| {
                host.starts_with("cognito-idp.")
                    && host.ends_with(".amazonaws.com")
                    && is_segment(pool)
            }),
            "https://cognito-idp.REGION.amazonaws.com/USER_POOL_ID",
        ),
        Provider::Firebase => (
            url.strip_prefix(FIREBASE).is_some_and(is_segment),
            "https://securetoken.google.com/PROJECT",
        ),
        Provider::Supabase => {
            (path.is_some_and(|(_, path)| path == "auth/v1"), "https://PROJECT.supabase.co/auth/v1")
        }
        Provider::Clerk | Provider::Oidc => (true, ""),
    };
    if fits {
        return Ok(());
    }
    let message = format!("issuer.url is not as tokens of this provider have it: {url:?}");
    Err(Invalid::new(message, format!("write it as in {form}")))
}

/// What each signs with, unless it was told otherwise.
fn algorithm(provider: Provider) -> &'static str {
    if provider == Provider::Supabase { "ES256" } else { "RS256" }
}

/// Seconds: how long tokens live, unless the provider was told otherwise; of Auth0, those for an API.
fn lifetime(provider: Provider) -> u32 {
    if provider == Provider::Auth0 { DAY } else { 60 * MINUTE }
}

fn audience_hint(provider: Provider) -> &'static str {
    match provider {
        Provider::Auth0 => {
            "write the identifier of your API: audience = \"https://api.example.com\""
        }
        Provider::Cognito => "write the id of your app client: audience = \"1example23456789\"",
        _ => "write what `aud` of your tokens has: audience = \"…\"",
    }
}

impl Issuer {
    /// The table of the configuration that it is from, for messages.
    pub fn table(&self) -> &'static str {
        if self.provider == Provider::Clerk { "clerk" } else { "issuer" }
    }

    /// What people call it.
    pub fn name(&self) -> &'static str {
        match self.provider {
            Provider::Clerk => "Clerk",
            Provider::Auth0 => "Auth0",
            Provider::Cognito => "Cognito",
            Provider::Firebase => "Firebase",
            Provider::Supabase => "Supabase",
            Provider::Oidc => "the issuer",
        }
    }

    /// What in `rules.json` depends on the provider.
    pub(crate) fn write(&self, rules: &mut Value) {
        if self.provider == Provider::Clerk {
            rules["allow_missing_azp"] = json!(self.allow_missing_azp);
            if !self.cookies.is_empty() {
                rules["cookies"] = json!(self.cookies);
            }
            return;
        }
        rules["provider"] = json!("oidc");
        rules["algorithms"] = json!(self.algorithms);
        rules["audiences"] = json!(self.audiences);
        rules["require"] = require_json(&self.require);
    }
}

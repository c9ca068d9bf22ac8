//! Whose tokens count: Clerk's, or those of another issuer, and then for whom they have to be meant.

use alloc::vec::Vec;

use super::policy::is_address;
use super::requirement::Requirement;
use super::writer::Writer;
use crate::fields;
use crate::json::Object;
use crate::problem::Problem;
use crate::refusal::Refusal;

/// What [`crate::jose`] and the keys know (RFC 7518 §3.3 and §3.4).
const ALGORITHMS: [&str; 2] = ["RS256", "ES256"];
/// RFC 7519 §5.1 and RFC 9068 §2.1.
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];
/// By which a token names its client: ID tokens, RFC 9068 §2.2, Okta, Entra ID.
const CLIENTS: [&str; 4] = ["azp", "client_id", "cid", "appid"];
/// By which it says that there is no user: Auth0, Entra ID.
const APPLICATIONS: [(&str, &str); 2] = [("gty", "client-credentials"), ("idtyp", "app")];
const MAX_AUDIENCE: usize = 255;

/// What the policy says about tokens of any use.
pub(crate) struct Issuer<'a> {
    pub(crate) address: &'a str,
    /// Whether it is another than Clerk.
    pub(crate) is_foreign: bool,
    algorithms: Vec<&'a str>,
    require: Vec<Requirement>,
}

impl<'a> Issuer<'a> {
    pub(crate) fn parse(object: Object<'a>) -> Result<Self, Refusal<'a>> {
        let address = fields::required(fields::text(object, "issuer"), "issuer")?;
        let is_foreign = match fields::text(object, "provider")? {
            None | Some("clerk") => false,
            Some("oidc") => true,
            Some(name) => return Err(Problem::Provider(name).into()),
        };
        // Auth0 ends its own with a slash, and `iss` is compared byte by byte.
        let stem = if is_foreign { address.strip_suffix('/').unwrap_or(address) } else { address };
        if !is_issuer(stem) {
            return Err(Problem::Issuer.into());
        }
        let algorithms = algorithms(object)?;
        let mut require = Requirement::parse_all(object)?;
        let audiences = audiences(object)?;
        if !audiences.is_empty() {
            require.push(Requirement::audience(&audiences));
        }
        match (is_foreign, require.is_empty()) {
            (false, true) => {}
            // A token of Clerk's is for the pages that it names.
            (false, false) => return Err(Problem::ClerkAudience.into()),
            // Another issuer may serve other applications.
            (true, true) => return Err(Problem::NoAudience.into()),
            (true, false) => {
                check_foreign(object, &require)?;
                require.extend(of_users());
            }
        }
        Ok(Issuer { address, is_foreign, algorithms, require })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        let types = TYPES.iter().take(if self.is_foreign { TYPES.len() } else { 1 });
        out.texts(&self.algorithms);
        out.texts(&types.collect::<Vec<_>>());
        out.list(&self.require, |out, requirement| requirement.write(out));
    }
}

/// What makes a token one of a user, presented by whoever holds it.
fn of_users() -> impl Iterator<Item = Requirement> {
    // RFC 9068 §2.2: where no user is involved, the subject is the client; Auth0 adds a suffix.
    let clients = CLIENTS.iter().map(|claim| Requirement::no_client(claim, &["", "@clients"]));
    let flows = APPLICATIONS.iter().map(|(claim, text)| Requirement::is_not(claim, text));
    // RFC 9449 §7.1: what is bound to a key is no bearer token. RFC 8417: events are no credentials.
    clients.chain(flows).chain(["cnf", "events"].map(Requirement::absent))
}

/// What nobody but Clerk puts into tokens would never be met, or open what it should close.
fn check_foreign<'a>(object: Object<'a>, require: &[Requirement]) -> Result<(), Refusal<'a>> {
    let parties = fields::texts(object, "authorized_parties")?.unwrap_or_default();
    let asked = [
        ("allow_missing_azp", object.get(b"allow_missing_azp").is_some()),
        ("authorized_parties", !parties.is_empty()),
        ("cookies", object.get(b"cookies").is_some()),
        ("require", require.iter().any(Requirement::is_clerks)),
    ];
    match asked.into_iter().find(|(_, asked)| *asked) {
        Some((name, _)) => Err(Problem::OnlyClerk(name).into()),
        None => Ok(()),
    }
}

fn algorithms(object: Object<'_>) -> Result<Vec<&str>, Refusal<'_>> {
    let named = fields::texts(object, "algorithms")?.unwrap_or_else(|| ["RS256"].into());
    let known = named.iter().all(|name| ALGORITHMS.contains(name));
    if known && !named.is_empty() { Ok(named) } else { Err(Problem::Algorithms.into()) }
}

fn audiences(object: Object<'_>) -> Result<Vec<&str>, Refusal<'_>> {
    let audiences = fields::texts(object, "audiences")?.unwrap_or_default();
    let fits = |audience: &&&str| (1..=MAX_AUDIENCE).contains(&audience.len());
    match audiences.iter().find(|it| !fits(it)) {
        Some(audience) => Err(Problem::Audience(audience).into()),
        None => Ok(audiences),
    }
}

/// Compared byte by byte with `iss`, so it has to be spelled as the issuer spells it.
pub(crate) fn is_issuer(text: &str) -> bool {
    let host = text.strip_prefix("https://").filter(|rest| !rest.starts_with('/'));
    host.is_some() && is_address(text)
}

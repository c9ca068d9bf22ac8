//! Where Clerk's session cookie cannot count, and why.

use crate::{Config, Rule};

/// The sentence of a warning, if `clerk.cookies` is on and something is in its way.
///
/// `clerk-js` sets the cookie without `Domain`, so that browsers send it to the very host of the app
/// and to no other, not even one below it (RFC 6265 §5.4).
pub(crate) fn doubt(config: &Config) -> Option<String> {
    if config.issuer.cookies.is_empty() {
        return None;
    }
    if !config.rules.iter().any(is_read_by_session) {
        let text = "clerk.cookies has no effect: no rule lets a session token GET anything";
        return Some(text.to_owned());
    }
    let aliases = &config.delivery.aliases;
    let apps = config.issuer.authorized_parties.iter().map(|it| host(it));
    let others: Vec<_> =
        apps.filter(|app| !aliases.iter().any(|alias| covers(alias, app))).collect();
    if others.is_empty() {
        return None;
    }
    let here = match aliases.as_slice() {
        [] => "a name of CloudFront".to_owned(),
        all => all.join(" and "),
    };
    Some(format!(
        "clerk.cookies cannot work for pages of {}: browsers send Clerk's cookie to that host alone, \
         and images are on {here}; only a proxy on the app's host that passes the cookie on helps",
        others.join(" and ")
    ))
}

fn is_read_by_session(rule: &Rule) -> bool {
    let reads = rule.methods.iter().any(|it| it == "GET" || it == "HEAD");
    reads && !rule.public && rule.tokens.is_none()
}

/// Of an origin. Ports do not matter to cookies (RFC 6265 §8.5).
fn host(origin: &str) -> &str {
    let (_, host) = origin.split_once("://").unwrap_or(("", origin));
    host.split_once(':').map_or(host, |(host, _)| host)
}

/// CloudFront's `*.` stands for one label.
fn covers(alias: &str, host: &str) -> bool {
    let below =
        |domain: &str| host.split_once('.').is_some_and(|(_, it)| it.eq_ignore_ascii_case(domain));
    alias.strip_prefix("*.").map_or_else(|| alias.eq_ignore_ascii_case(host), below)
}

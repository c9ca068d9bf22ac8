//! The keys that tokens are checked with, and whether the issuer still publishes these.

use super::check::{Check, within};
use crate::{keys, stack};
use anyhow::Result;
use bundle::PublicKey;
use config::Config;
use local::Issuer;
use std::time::Duration;

pub(super) async fn examine(
    config: Option<&Config>,
    issuer: Option<&Issuer>,
    patience: Duration,
) -> Vec<Check> {
    let Some(config) = config else {
        return ["keys", "clerk"].map(|it| Check::skip(it, "there is no configuration")).into();
    };
    if issuer.is_some() {
        let text = format!("the local issuer stands in for {}", config.issuer.name());
        return vec![Check::ok("keys", text)];
    }
    let ours = config.read_keys().map_err(Into::into).and_then(|it| bundle::public_keys(&it));
    let ours = match ours {
        Ok(ours) => ours,
        Err(error) => {
            let name = config.issuer.table();
            let skipped = Check::skip(name, "there are no keys to compare with");
            return vec![Check::failed("keys", &error), skipped];
        }
    };
    let file = config.issuer.keys.display();
    let names: Vec<_> = ours.iter().map(keys::describe).collect();
    let clerk = published(config, &ours, patience).await;
    vec![Check::ok("keys", format!("{file}: {}", names.join(", "))), clerk]
}

async fn published(config: &Config, ours: &[PublicKey], patience: Duration) -> Check {
    let (name, url) = (config.issuer.table(), &config.issuer.jwks_url);
    if config.issuer.url == stack::DEMO_ISSUER {
        let text = "this is the demo's Clerk instance: nobody will be let in";
        return Check::warn(name, text, "set clerk.publishable_key to yours, then keys pull");
    }
    match within(patience, fetch(&config.issuer)).await {
        Ok(theirs) => compare((name, url), ours, &theirs),
        // Deployments and the edge go by the file.
        Err(error) => Check::warn(
            name,
            format!("cannot fetch {url}: {error:#}"),
            format!("check the network and {name}.jwks_url; deployments go by the key file"),
        ),
    }
}

async fn fetch(issuer: &config::Issuer) -> Result<Vec<PublicKey>> {
    bundle::public_keys(&keys::published(issuer).await?.0)
}

fn compare((name, url): (&'static str, &str), ours: &[PublicKey], theirs: &[PublicKey]) -> Check {
    let missing = |from: &[PublicKey], of: &[PublicKey]| {
        let names = of.iter().filter(|it| !from.contains(it)).map(|it| it.kid.clone());
        names.collect::<Vec<_>>().join(", ")
    };
    let (new, gone) = (missing(ours, theirs), missing(theirs, ours));
    let hint = "cargo xtask keys pull, then review, commit and deploy";
    if !new.is_empty() {
        let text = format!("{url} has keys that the file has not: {new}");
        return Check::fail(name, text, hint);
    }
    if !gone.is_empty() {
        let text = format!("{url} does not have these any more, and their tokens count: {gone}");
        return Check::warn(name, text, hint);
    }
    Check::ok(name, format!("{url} publishes the same keys"))
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn a_key_that_is_missing_is_worse_than_one_that_is_left() {
        let key = |kid: &str, thumbprint: &str| PublicKey {
            kid: kid.to_owned(),
            alg: "RS256".to_owned(),
            bits: 2048,
            thumbprint: thumbprint.to_owned(),
        };
        let judged = |ours: &[PublicKey], theirs: &[PublicKey]| {
            compare(("clerk", "url"), ours, theirs).state
        };
        let (one, other) = (key("ins_1", "a"), key("ins_2", "b"));
        let rotated = key("ins_1", "c");
        let both = [one.clone(), other];
        let one = std::slice::from_ref(&one);
        assert_eq!(judged(one, one), State::Ok);
        assert_eq!(judged(one, &both), State::Fail);
        assert_eq!(judged(&both, one), State::Warn);
        assert_eq!(judged(one, &[rotated]), State::Fail, "Clerk's rotated key keeps its name");
    }
}

//! What was deployed last, noted on the role: one tag for each resource.
//!
//! Four of the resources have no tags of their own, and the role's are read with it anyway.

use crate::explain::Explain;
use crate::role::BUSY;
use crate::wait::Wait;
use crate::{Clients, Reporter};
use anyhow::{Context, Result};
use aws_sdk_iam::types::Tag;
use bundle::Bundle;
use config::{Config, Names};
use engine::{Notes, Source};
use serde_json::json;
use std::time::Duration;

/// Of the tags' names; the name of a resource follows.
const PREFIX: &str = "edgegate:deployed:";

const DEADLINE: Duration = Duration::from_secs(30);

/// A tag has at most 256 characters (IAM user guide, "Tags for IAM resources").
#[cfg(test)]
const VALUE_MAX: usize = 256;

/// The version of edgegate, and a fingerprint of what its user decides: of the configuration with
/// its defaults, and of the keys.
pub(crate) fn source(config: &Config, bundle: &Bundle) -> Source {
    // What of it judges requests is in the rules.
    let Config { stack, issuer: _, rules: _, uploads: _, cors, delivery, function, adopt: _ } =
        config;
    let adopted: Vec<_> = config.adopted().collect();
    let input = json!([
        bundle.rules,
        bundle.contents.keys,
        [json!(stack.name), json!(stack.region), json!(adopted)],
        cors.origins,
        [delivery.cache_control, delivery.price_class],
        [json!(delivery.aliases), json!(delivery.certificate_arn), json!(delivery.web_acl_arn)],
        [json!(function.runtime), json!(function.memory_mb), json!(function.timeout_seconds)],
    ]);
    Source::of(env!("CARGO_PKG_VERSION"), &input)
}

pub(crate) fn from_tags(tags: &[Tag]) -> Notes {
    let noted = tags
        .iter()
        .filter_map(|it| Some((it.key.strip_prefix(PREFIX)?.to_owned(), it.value.clone())));
    noted.collect()
}

/// Notes it, in one call; nothing to note is no call.
///
/// # Errors
/// The role cannot be tagged.
pub async fn note(clients: &Clients, names: &Names, notes: Notes, report: &Reporter) -> Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    let tags = notes.into_iter().map(|(resource, note)| {
        Tag::builder().key(format!("{PREFIX}{resource}")).value(note).build()
    });
    let tags = tags.collect::<Result<Vec<_>, _>>()?;
    let wait = Wait::new("IAM to take a change of the role", DEADLINE, report);
    let tag = || async {
        let tag = clients.iam.tag_role().role_name(&names.role);
        tag.set_tags(Some(tags.clone())).send().await.explain()
    };
    wait.retry(BUSY, tag).await.context("cannot note on the role what was deployed")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use engine::Snapshot;

    #[test]
    fn notes_fit_into_tags() {
        let (mut config, names, bundle) = (testing::config(), testing::names(), testing::bundle());
        config.delivery.aliases = vec!["images.example.com".to_owned()];
        config.delivery.certificate_arn = Some("arn:aws:acm:us-east-1:1:certificate/2".to_owned());
        let notes = crate::graph(&config, &names, &bundle).unwrap().notes(&Snapshot::new());
        assert_eq!(notes.len(), 8, "of the 50 that a role can have");
        for (resource, note) in notes {
            assert!(note.len() <= VALUE_MAX, "{resource}: {} characters", note.len());
            let is_taken = |it: char| it.is_ascii_alphanumeric() || " _.:/=+-@".contains(it);
            assert!(note.chars().all(is_taken), "{resource}: {note}");
        }
    }

    #[test]
    fn what_the_user_decides_has_a_fingerprint() {
        let (config, bundle) = (testing::config(), testing::bundle());
        let mut other = config.clone();
        other.delivery.price_class = "PriceClass_All".to_owned();
        assert_ne!(source(&config, &bundle), source(&other, &bundle));
        assert_eq!(source(&config, &bundle), source(&config.clone(), &bundle));
    }
}

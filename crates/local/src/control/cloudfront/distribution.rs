//! Distributions: stored as they were submitted, served as they are deployed.

use std::collections::BTreeMap;

use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::clock::{self, Millis};
use crate::control::auth::distribution_arn;
use crate::control::cloudfront::invalidation::Invalidation;
use crate::control::cloudfront::{Call, List, check, defaults, versioned};
use crate::control::{quota, reply};
use crate::fault::{Fault, Outcome};
use crate::rule::Rule;
use crate::store::Cloud;
use crate::xml::Element;

/// How many locations the edge of this cloud has.
pub(crate) const LOCATIONS: u64 = 4;

/// Whether a location has a change that was made at `modified`: they get it one by one, the last one
/// at `deployed_at`.
pub(crate) fn has_reached(
    location: u64,
    now: Millis,
    modified: Millis,
    deployed_at: Millis,
) -> bool {
    let takes = deployed_at.saturating_sub(modified);
    now >= deployed_at.max(modified) - takes / LOCATIONS * (LOCATIONS - 1 - location % LOCATIONS)
}

/// One distribution.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Distribution {
    pub(crate) id: String,
    etag: String,
    pub(crate) domain: String,
    pub(crate) created: Millis,
    modified: Millis,
    config: Element,
    /// What the edge serves until the newest configuration is deployed.
    previous: Option<Element>,
    deployed_at: Millis,
    tags: BTreeMap<String, String>,
    pub(crate) invalidations: Vec<Invalidation>,
}

impl Distribution {
    /// The configuration that a location of the edge serves; none before it has the first one.
    /// Locations switch one by one, the last one when the distribution is deployed.
    pub(crate) fn served_at(&self, location: u64, now: Millis) -> Option<&Element> {
        let new = has_reached(location, now, self.modified, self.deployed_at);
        if new { Some(&self.config) } else { self.previous.as_ref() }
    }

    /// The configuration that the slowest location serves.
    fn served(&self, now: Millis) -> Option<&Element> {
        self.served_at(LOCATIONS - 1, now)
    }

    /// Whether the stored or the served configuration has that element with that value.
    pub(crate) fn mentions(&self, name: &str, value: &str, now: Millis) -> bool {
        std::iter::once(&self.config).chain(self.served(now)).any(|it| has(it, name, value))
    }

    pub(crate) fn names_function(&self, arn: &str) -> bool {
        has(&self.config, "LambdaFunctionARN", arn)
    }

    fn is_deployed(&self, now: Millis) -> bool {
        now >= self.deployed_at
    }

    fn status(&self, now: Millis) -> &'static str {
        if self.is_deployed(now) { "Deployed" } else { "InProgress" }
    }

    fn element(&self, now: Millis) -> Element {
        let nobody =
            |name: &str| Element::new(name).with_leaf("Enabled", false).with_leaf("Quantity", 0);
        let pending = self.invalidations.iter().filter(|it| !it.is_complete(now)).count();
        Element::new("Distribution")
            .with_leaf("Id", &self.id)
            .with_leaf("ARN", distribution_arn(&self.id))
            .with_leaf("Status", self.status(now))
            .with_leaf("LastModifiedTime", clock::iso8601(self.modified))
            .with_leaf("InProgressInvalidationBatches", pending)
            .with_leaf("DomainName", &self.domain)
            .with(nobody("ActiveTrustedSigners"))
            .with(nobody("ActiveTrustedKeyGroups"))
            .with(self.config.clone())
    }

    fn summary(&self, now: Millis) -> Element {
        const FIELDS: [&str; 15] = [
            "Aliases",
            "Origins",
            "OriginGroups",
            "DefaultCacheBehavior",
            "CacheBehaviors",
            "CustomErrorResponses",
            "Comment",
            "PriceClass",
            "Enabled",
            "ViewerCertificate",
            "Restrictions",
            "WebACLId",
            "HttpVersion",
            "IsIPV6Enabled",
            "Staging",
        ];
        Element::new("DistributionSummary")
            .with_leaf("Id", &self.id)
            .with_leaf("ARN", distribution_arn(&self.id))
            .with_leaf("ETag", &self.etag)
            .with_leaf("Status", self.status(now))
            .with_leaf("LastModifiedTime", clock::iso8601(self.modified))
            .with_leaf("DomainName", &self.domain)
            .with_all(FIELDS.iter().filter_map(|it| self.config.child(it)).cloned())
    }
}

fn has(element: &Element, name: &str, value: &str) -> bool {
    let here = element.name == name && element.text == value;
    here || element.children.iter().any(|it| has(it, name, value))
}

/// Every function version a configuration names.
fn functions(element: &Element, out: &mut Vec<String>) {
    if element.name == "LambdaFunctionARN" {
        out.push(element.text.clone());
    }
    element.children.iter().for_each(|it| functions(it, out));
}

impl Call<'_> {
    pub(crate) fn distribution(&self, rest: &[&str]) -> Outcome<Response> {
        let now = self.control.store.clock.now();
        match (self.method, rest) {
            ("POST", []) => self.create_distribution(),
            ("GET", []) => {
                let all = self.control.store.read(|cloud| {
                    let each = cloud.distributions.iter();
                    each.map(|(id, it)| (id.clone(), it.summary(now))).collect::<Vec<_>>()
                });
                Ok(self.page(List::Marked, "DistributionList", &all))
            }
            ("GET", [id]) => self.with(id, |it| versioned(200, &it.element(now), &it.etag)),
            ("GET", [id, "config"]) => self.with(id, |it| versioned(200, &it.config, &it.etag)),
            ("PUT", [id, "config"]) => self.update_distribution(id),
            ("DELETE", [id]) => self.delete_distribution(id),
            (_, [id, "invalidation", rest @ ..]) => self.invalidation(id, rest),
            _ => Err(self.unknown()),
        }
    }

    fn create_distribution(&self) -> Outcome<Response> {
        let document = self.document()?;
        let (config, tags) = if self.query.contains_key("WithTags") {
            self.control.demand("cloudfront:TagResource");
            let config = document.child("DistributionConfig").cloned();
            (config.ok_or_else(|| malformed("DistributionConfig"))?, tags_of(&document))
        } else {
            (document, BTreeMap::new())
        };
        let clock = &self.control.store.clock;
        let now = clock.now();
        let id = reply::short_id("E");
        self.demand_replication(&config);
        // The first function of an account brings roles of AWS's own with it.
        self.control.demand("iam:CreateServiceLinkedRole");
        let created = self.control.store.write(|cloud| {
            let config = checked(cloud, config, now)?;
            let reference = config.text_at("CallerReference");
            let known = cloud.distributions.values().find(|it| it.config.text_at("CallerReference") == reference);
            if let Some(old) = known.map(|it| &it.id).or_else(|| cloud.spent.get(reference)) {
                let message = format!("The caller reference that you are using to create a distribution is associated with another distribution. Already exists: {old}");
                return Err(Fault::new(409, "DistributionAlreadyExists", message));
            }
            quota::DISTRIBUTIONS.check(cloud.distributions.len())?;
            let distribution = Distribution {
                domain: format!("{}.cloudfront.net", reply::short_id("d").to_ascii_lowercase()),
                etag: reply::short_id("E"),
                created: now,
                modified: now,
                config,
                previous: None,
                deployed_at: clock.after(clock::DISTRIBUTION_IN_PROGRESS),
                tags,
                invalidations: Vec::new(),
                id: id.clone(),
            };
            cloud.distributions.insert(id.clone(), distribution.clone());
            Ok(distribution)
        })?;
        let mut response = versioned(201, &created.element(now), &created.etag);
        let location = format!("https://cloudfront.amazonaws.com/2020-05-31/distribution/{id}");
        reply::set(&mut response, "location", &location);
        Ok(response)
    }

    fn update_distribution(&self, id: &str) -> Outcome<Response> {
        let config = self.document()?;
        let clock = &self.control.store.clock;
        let now = clock.now();
        self.demand_replication(&config);
        let updated = self.control.store.write(|cloud| {
            let old = cloud.distributions.get(id).ok_or_else(no_distribution)?;
            self.check_version(&old.etag)?;
            if config.text_at("CallerReference") != old.config.text_at("CallerReference")
                && cloud.holds(Rule::CallerReference)
            {
                let message = "The update contains modifications that are not allowed: CallerReference cannot be changed.";
                return Err(Fault::new(400, "IllegalUpdate", message));
            }
            let config = checked(cloud, config, now)?;
            let mut new = old.clone();
            new.previous = old.served(now).cloned();
            new.config = config;
            new.etag = reply::short_id("E");
            new.modified = now;
            new.deployed_at = clock.after(clock::DISTRIBUTION_IN_PROGRESS);
            release(cloud, id, &new.config, clock.after(clock::REPLICAS_DRAIN));
            cloud.distributions.insert(id.to_owned(), new.clone());
            Ok(new)
        })?;
        Ok(versioned(200, &updated.element(now), &updated.etag))
    }

    /// Who associates a function needs rights on it (CloudFront developer guide, "Set up IAM
    /// permissions and roles for Lambda@Edge").
    fn demand_replication(&self, config: &Element) {
        let mut arns = Vec::new();
        functions(config, &mut arns);
        if arns.is_empty() {
            return;
        }
        for action in
            ["lambda:GetFunction", "lambda:EnableReplication*", "lambda:DisableReplication*"]
        {
            self.control.demand(action);
        }
    }

    fn delete_distribution(&self, id: &str) -> Outcome<Response> {
        let clock = &self.control.store.clock;
        let now = clock.now();
        self.control.store.write(|cloud| {
            let old = cloud.distributions.get(id).ok_or_else(no_distribution)?;
            self.check_version(&old.etag)?;
            let is_everywhere = old.is_deployed(now) || !cloud.holds(Rule::DisabledEverywhere);
            if old.config.text_at("Enabled") == "true" || !is_everywhere {
                let message = "The distribution you are trying to delete has not been disabled.";
                return Err(Fault::new(409, "DistributionNotDisabled", message));
            }
            release(cloud, id, &Element::new(""), clock.after(clock::REPLICAS_DRAIN));
            let gone = cloud.distributions.remove(id);
            cloud
                .spent
                .extend(gone.map(|it| (it.config.text_at("CallerReference").to_owned(), it.id)));
            Ok(())
        })?;
        Ok(reply::empty(204))
    }

    pub(crate) fn with<T>(&self, id: &str, look: impl FnOnce(&Distribution) -> T) -> Outcome<T> {
        self.control
            .store
            .read(|cloud| cloud.distributions.get(id).map(look))
            .ok_or_else(no_distribution)
    }

    pub(crate) fn tagging(&self) -> Outcome<Response> {
        let arn = self.query.get("Resource").map_or("", String::as_str);
        let id =
            arn.rsplit('/').next().filter(|id| distribution_arn(id) == arn).unwrap_or_default();
        let no_resource =
            || Fault::new(404, "NoSuchResource", "The specified resource does not exist.");
        let operation = self.query.get("Operation").map_or("", String::as_str);
        if self.method == "GET" {
            let tags = self.with(id, |it| it.tags.clone()).map_err(|_| no_resource())?;
            let tag = |(key, value): (&String, &String)| {
                Element::new("Tag").with_leaf("Key", key).with_leaf("Value", value)
            };
            let items = Element::new("Items").with_all(tags.iter().map(tag));
            return Ok(reply::xml(200, reply::CLOUDFRONT_XMLNS, &Element::new("Tags").with(items)));
        }
        let document = self.document()?;
        self.control.store.write(|cloud| {
            let tags = &mut cloud.distributions.get_mut(id).ok_or_else(no_resource)?.tags;
            match operation {
                "Tag" => tags.extend(tags_in(&document)),
                "Untag" => tags.retain(|key, _| !document.members().any(|it| it.text == *key)),
                _ => return Err(Fault::not_implemented("this operation on tags")),
            }
            Ok(())
        })?;
        Ok(reply::empty(204))
    }
}

/// A submitted configuration, checked and completed.
fn checked(cloud: &Cloud, mut config: Element, now: Millis) -> Outcome<Element> {
    if config.name != "DistributionConfig" {
        return Err(malformed("DistributionConfig"));
    }
    check::distribution(cloud, &config, now)?;
    check_aliases(cloud, &config)?;
    defaults::complete_distribution(&mut config)?;
    Ok(config)
}

/// A host name is served by one distribution. That of an update is told by its caller reference.
fn check_aliases(cloud: &Cloud, config: &Element) -> Outcome<()> {
    let reference = |it: &Element| it.text_at("CallerReference").to_owned();
    let others = cloud.distributions.values().map(|it| &it.config);
    let mut taken = others
        .filter(|it| reference(it) != reference(config))
        .flat_map(|it| it.items("Aliases").iter().map(|alias| alias.text.clone()));
    let wanted = config.items("Aliases");
    if taken.any(|name| wanted.iter().any(|it| it.text == name)) {
        let message = "One or more of the CNAMEs you provided are already associated with a different resource.";
        return Err(Fault::new(409, "CNAMEAlreadyExists", message));
    }
    Ok(())
}

/// Starts the removal of the replicas of functions that `new` does not name any more.
fn release(cloud: &mut Cloud, id: &str, new: &Element, until: Millis) {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    if let Some(old) = cloud.distributions.get(id) {
        functions(&old.config, &mut before);
    }
    functions(new, &mut after);
    before.retain(|it| !after.contains(it));
    cloud.replicas.extend(before.into_iter().map(|arn| (arn, until)));
}

fn tags_of(document: &Element) -> BTreeMap<String, String> {
    document.child("Tags").map(|it| tags_in(it).collect()).unwrap_or_default()
}

fn tags_in(tags: &Element) -> impl Iterator<Item = (String, String)> + '_ {
    tags.members().map(|it| (it.text_at("Key").to_owned(), it.text_at("Value").to_owned()))
}

fn malformed(expected: &str) -> Fault {
    Fault::new(400, "MalformedXML", format!("expected {expected}"))
}

pub(crate) fn no_distribution() -> Fault {
    Fault::new(404, "NoSuchDistribution", "The specified distribution does not exist.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_old_configuration_is_served_until_the_new_one_is_deployed() {
        let config = |comment: &str| Element::new("C").with_leaf("Comment", comment);
        let mut distribution = Distribution {
            id: "E".into(),
            etag: "E1".into(),
            domain: "d.cloudfront.net".into(),
            created: 0,
            modified: 0,
            config: config("first"),
            previous: None,
            deployed_at: 100,
            tags: BTreeMap::new(),
            invalidations: Vec::new(),
        };
        assert_eq!(distribution.served(99), None);
        assert_eq!(distribution.served(100), Some(&config("first")));
        distribution.previous = distribution.served(150).cloned();
        distribution.config = config("second");
        distribution.deployed_at = 250;
        assert_eq!(
            (distribution.served(249), distribution.status(249)),
            (Some(&config("first")), "InProgress")
        );
        assert_eq!(
            (distribution.served(250), distribution.status(250)),
            (Some(&config("second")), "Deployed")
        );
        distribution.modified = 150;
        for (now, new) in [(174, 0), (175, 1), (200, 2), (249, 3), (250, 4)] {
            let config = config("second");
            let serving = (0..LOCATIONS).map(|it| distribution.served_at(it, now));
            assert_eq!(serving.filter(|it| *it == Some(&config)).count(), new, "{now}");
        }
        assert!(distribution.mentions("Comment", "first", 249));
        assert!(!distribution.mentions("Comment", "first", 250));
    }
}

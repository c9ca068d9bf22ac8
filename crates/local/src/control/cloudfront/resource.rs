//! What a distribution names: origin access controls, cache policies, response headers policies.

use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::clock::{self, Clock, Millis};
use crate::control::cloudfront::distribution::{LOCATIONS, has_reached};
use crate::control::cloudfront::{Call, List, check, defaults, managed, versioned};
use crate::control::quota::{self, Quota};
use crate::control::reply;
use crate::fault::{Fault, Outcome};
use crate::rule::Rule;
use crate::store::Cloud;
use crate::xml::Element;

/// One resource, with its configuration as it was submitted and completed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) etag: String,
    pub(crate) modified: Millis,
    pub(crate) config: Element,
    /// What the edge serves until it has the newest configuration everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) previous: Option<Element>,
    #[serde(default)]
    pub(crate) deployed_at: Millis,
}

impl Resource {
    /// One that nobody has changed. It is served where a distribution names it, and that takes its
    /// time already.
    pub(crate) fn new(id: String, etag: String, modified: Millis, config: Element) -> Self {
        Self { id, etag, modified, config, previous: None, deployed_at: modified }
    }

    /// The configuration that a location of the edge serves: a change reaches one after the other, like
    /// a change of a distribution.
    pub(crate) fn served_at(&self, location: u64, now: Millis) -> &Element {
        let new = has_reached(location, now, self.modified, self.deployed_at);
        self.previous.as_ref().filter(|_| !new).unwrap_or(&self.config)
    }

    fn changed(&self, config: Element, clock: &Clock) -> Self {
        let now = clock.now();
        Self {
            id: self.id.clone(),
            etag: reply::short_id("E"),
            modified: now,
            previous: Some(self.served_at(LOCATIONS - 1, now).clone()),
            deployed_at: clock.after(clock::DISTRIBUTION_IN_PROGRESS),
            config,
        }
    }
}

/// What distinguishes the kinds on the wire.
pub(crate) struct Kind {
    /// The path below the API version.
    pub(crate) path: &'static str,
    /// The element, which is also the noun of most operations.
    pub(crate) noun: &'static str,
    pub(crate) plural: &'static str,
    /// The element of a distribution's configuration that names one.
    pub(crate) reference: &'static str,
    exists: &'static str,
    quota: Quota,
    /// Its error, and the rule that can be suspended.
    in_use: (&'static str, Option<Rule>),
    pub(crate) missing: &'static str,
    check: fn(&Cloud, &Element) -> Outcome<()>,
    defaults: &'static str,
}

pub(crate) const ACCESS_CONTROL: Kind = Kind {
    path: "origin-access-control",
    noun: "OriginAccessControl",
    plural: "OriginAccessControls",
    reference: "OriginAccessControlId",
    exists: "OriginAccessControlAlreadyExists",
    quota: quota::ACCESS_CONTROLS,
    in_use: ("OriginAccessControlInUse", Some(Rule::AccessControlInUse)),
    missing: "NoSuchOriginAccessControl",
    check: check::access_control,
    defaults: "<C><Description></Description></C>",
};

pub(crate) const CACHE_POLICY: Kind = Kind {
    path: "cache-policy",
    noun: "CachePolicy",
    plural: "CachePolicies",
    reference: "CachePolicyId",
    exists: "CachePolicyAlreadyExists",
    quota: quota::CACHE_POLICIES,
    in_use: ("CachePolicyInUse", Some(Rule::CachePolicyInUse)),
    missing: "NoSuchCachePolicy",
    check: check::cache_policy,
    defaults: defaults::CACHE_POLICY,
};

pub(crate) const HEADERS_POLICY: Kind = Kind {
    path: "response-headers-policy",
    noun: "ResponseHeadersPolicy",
    plural: "ResponseHeadersPolicies",
    reference: "ResponseHeadersPolicyId",
    exists: "ResponseHeadersPolicyAlreadyExists",
    quota: quota::HEADERS_POLICIES,
    in_use: ("ResponseHeadersPolicyInUse", Some(Rule::HeadersPolicyInUse)),
    missing: "NoSuchResponseHeadersPolicy",
    check: check::headers_policy,
    defaults: defaults::HEADERS_POLICY,
};

pub(crate) const REQUEST_POLICY: Kind = Kind {
    path: "origin-request-policy",
    noun: "OriginRequestPolicy",
    plural: "OriginRequestPolicies",
    reference: "OriginRequestPolicyId",
    exists: "OriginRequestPolicyAlreadyExists",
    quota: quota::REQUEST_POLICIES,
    in_use: ("OriginRequestPolicyInUse", None),
    missing: "NoSuchOriginRequestPolicy",
    check: check::request_policy,
    defaults: defaults::REQUEST_POLICY,
};

pub(crate) const KINDS: [Kind; 4] = [ACCESS_CONTROL, CACHE_POLICY, HEADERS_POLICY, REQUEST_POLICY];

impl Kind {
    /// One resource by its id, the account's own or AWS's.
    pub(crate) fn find(&self, cloud: &Cloud, id: &str) -> Option<Resource> {
        let own = cloud.resources.get(self.path).and_then(|it| it.get(id)).cloned();
        own.or_else(|| managed::all(self.path).into_iter().find(|it| it.id == id))
    }

    fn config_name(&self) -> String {
        format!("{}Config", self.noun)
    }

    fn element(&self, resource: &Resource) -> Element {
        let mut out = Element::new(self.noun).with_leaf("Id", &resource.id);
        // Access controls alone do not say when they changed.
        if self.path != ACCESS_CONTROL.path {
            out = out.with_leaf("LastModifiedTime", clock::iso8601(resource.modified));
        }
        out.with(resource.config.clone())
    }

    fn summary(&self, resource: &Resource, managed: &str) -> Element {
        if self.path != ACCESS_CONTROL.path {
            let summary = Element::new(&format!("{}Summary", self.noun)).with_leaf("Type", managed);
            return summary.with(self.element(resource));
        }
        let config = |name: &str| Element::leaf(name, resource.config.text_at(name));
        let fields = [
            "Description",
            "Name",
            "SigningProtocol",
            "SigningBehavior",
            "OriginAccessControlOriginType",
        ];
        Element::new("OriginAccessControlSummary")
            .with_leaf("Id", &resource.id)
            .with_all(fields.map(config))
    }

    fn no_such(&self) -> Fault {
        let noun = self.path.replace('-', " ");
        Fault::new(404, self.missing, format!("The specified {noun} does not exist."))
    }
}

impl Call<'_> {
    pub(crate) fn resource(&self, kind: &'static Kind, rest: &[&str]) -> Outcome<Response> {
        match (self.method, rest) {
            ("POST", []) => self.create_resource(kind),
            ("GET", []) => Ok(self.list_resources(kind)),
            ("GET", [id]) => {
                let it = self.find_resource(kind, id)?;
                Ok(versioned(200, &kind.element(&it), &it.etag))
            }
            ("GET", [id, "config"]) => {
                let it = self.find_resource(kind, id)?;
                Ok(versioned(200, &it.config, &it.etag))
            }
            ("PUT", [id] | [id, "config"]) => self.update_resource(kind, id),
            ("DELETE", [id]) => self.delete_resource(kind, id),
            _ => Err(self.unknown()),
        }
    }

    fn find_resource(&self, kind: &Kind, id: &str) -> Outcome<Resource> {
        self.control.store.read(|cloud| kind.find(cloud, id)).ok_or_else(|| kind.no_such())
    }

    fn submitted_config(&self, kind: &Kind) -> Outcome<Element> {
        let mut config = self.document()?;
        if config.name != kind.config_name() {
            return Err(Fault::new(
                400,
                "MalformedXML",
                format!("expected {}", kind.config_name()),
            ));
        }
        check::quantities(&config)?;
        self.control.store.read(|cloud| (kind.check)(cloud, &config))?;
        defaults::complete(&mut config, kind.defaults)?;
        Ok(config)
    }

    fn create_resource(&self, kind: &Kind) -> Outcome<Response> {
        let config = self.submitted_config(kind)?;
        let clock = &self.control.store.clock;
        let id = if kind.path == ACCESS_CONTROL.path {
            reply::short_id("E")
        } else {
            reply::request_id()
        };
        let resource = Resource::new(id, reply::short_id("E"), clock.now(), config);
        let created = self.control.store.write(|cloud| {
            let own = cloud.resources.entry(kind.path.to_owned()).or_default();
            check_name(kind, own.values(), &resource)?;
            kind.quota.check(own.len())?;
            own.insert(resource.id.clone(), resource.clone());
            Ok(resource)
        })?;
        let mut response = versioned(201, &kind.element(&created), &created.etag);
        let location =
            format!("https://cloudfront.amazonaws.com/2020-05-31/{}/{}", kind.path, created.id);
        reply::set(&mut response, "location", &location);
        Ok(response)
    }

    fn update_resource(&self, kind: &Kind, id: &str) -> Outcome<Response> {
        let config = self.submitted_config(kind)?;
        let updated = self.control.store.write(|cloud| {
            let own = cloud.resources.entry(kind.path.to_owned()).or_default();
            let Some(old) = own.get(id) else { return Err(not_own(kind, id, "IllegalUpdate")) };
            self.check_version(&old.etag)?;
            let new = old.changed(config, &self.control.store.clock);
            check_name(kind, own.values(), &new)?;
            own.insert(id.to_owned(), new.clone());
            Ok(new)
        })?;
        Ok(versioned(200, &kind.element(&updated), &updated.etag))
    }

    fn delete_resource(&self, kind: &Kind, id: &str) -> Outcome<Response> {
        let now = self.control.store.clock.now();
        self.control.store.write(|cloud| {
            let (code, rule) = kind.in_use;
            let used = rule.is_none_or(|it| cloud.holds(it))
                && cloud.distributions.values().any(|it| it.mentions(kind.reference, id, now));
            let own = cloud.resources.entry(kind.path.to_owned()).or_default();
            let Some(old) = own.get(id) else { return Err(not_own(kind, id, "IllegalDelete")) };
            self.check_version(&old.etag)?;
            if used {
                let noun = kind.path.replace('-', " ");
                let message =
                    format!("Cannot delete the {noun} because it is in use by distributions.");
                return Err(Fault::new(409, code, message));
            }
            own.remove(id);
            Ok(())
        })?;
        Ok(reply::empty(204))
    }

    fn list_resources(&self, kind: &Kind) -> Response {
        let wanted = self.query.get("Type").map(String::as_str);
        let mut all = Vec::new();
        if wanted != Some("custom") {
            let aws = managed::all(kind.path);
            all.extend(aws.iter().map(|it| (it.id.clone(), kind.summary(it, "managed"))));
        }
        if wanted != Some("managed") {
            all.extend(self.control.store.read(|cloud| {
                let own = cloud.resources.get(kind.path).into_iter().flatten();
                own.map(|(id, it)| (id.clone(), kind.summary(it, "custom"))).collect::<Vec<_>>()
            }));
        }
        let list = if kind.path == ACCESS_CONTROL.path { List::Marked } else { List::Plain };
        self.page(list, &format!("{}List", kind.noun), &all)
    }
}

/// Names are unique among the resources of a kind.
fn check_name<'a>(
    kind: &Kind,
    mut others: impl Iterator<Item = &'a Resource>,
    new: &Resource,
) -> Outcome<()> {
    let name = new.config.text_at("Name");
    if others.any(|it| it.id != new.id && it.config.text_at("Name") == name) {
        let noun = kind.path.replace('-', " ");
        let message = format!("{} with the same name already exists: {name}", capital(&noun));
        return Err(Fault::new(409, kind.exists, message));
    }
    Ok(())
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |it| it.to_uppercase().chain(chars).collect())
}

/// AWS's own policies exist, but cannot be changed.
fn not_own(kind: &Kind, id: &str, code: &'static str) -> Fault {
    if managed::all(kind.path).iter().any(|it| it.id == id) {
        return Fault::new(
            400,
            code,
            "The update contains modifications that are not allowed: a managed policy cannot be changed.",
        );
    }
    kind.no_such()
}

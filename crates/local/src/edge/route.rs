//! Which distribution and which behavior answer a request, as they are deployed now.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::clock::Millis;
use crate::control::Control;
use crate::control::cloudfront::distribution::Distribution;
use crate::control::cloudfront::resource::{
    ACCESS_CONTROL, CACHE_POLICY, HEADERS_POLICY, Kind, Resource,
};
use crate::edge::key::KeyRule;
use crate::edge::node::Function;
use crate::edge::ttl::Ttl;
use crate::guard;
use crate::policy::like;
use crate::store::Cloud;
use crate::xml::Element;

/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html>
const ERROR_TTL: u64 = 10;

/// Everything the edge needs to answer one request.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) protocol: Protocol,
    pub(crate) methods: Vec<String>,
    pub(crate) cached_methods: Vec<String>,
    pub(crate) function: Option<Function>,
    /// Set when the function that is named is not there any more.
    pub(crate) broken: bool,
    pub(crate) ttl: Ttl,
    pub(crate) key: KeyRule,
    pub(crate) headers_policy: Option<Element>,
    pub(crate) origin: Origin,
    default_root: String,
    error_ttls: BTreeMap<u16, u64>,
}

/// One location of the edge, now.
#[derive(Clone, Copy)]
struct Here {
    location: u64,
    now: Millis,
}

impl Here {
    fn served(self, resource: &Resource) -> Element {
        resource.served_at(self.location, self.now).clone()
    }
}

/// What a behavior wants of plain HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Any,
    HttpsOnly,
    Redirect,
}

impl Protocol {
    fn of(behavior: &Element) -> Self {
        match behavior.text_at("ViewerProtocolPolicy") {
            "https-only" => Self::HttpsOnly,
            "redirect-to-https" => Self::Redirect,
            _ => Self::Any,
        }
    }
}

/// Where the behavior's misses go.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) domain: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) signing: Signing,
}

/// What an origin access control does to requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    Always,
    /// A viewer's own `Authorization` goes through instead.
    NoOverride,
    Never,
}

impl Route {
    /// The route at a location of a request to `host`. This computer's own names stand for the newest
    /// distribution; a name that nobody has leads nowhere.
    pub(crate) fn find(control: &Control, location: u64, host: &str, path: &str) -> Option<Self> {
        let now = control.store.clock.now();
        let here = Here { location, now };
        control.store.read(|cloud| {
            let serving = cloud.distributions.values().filter_map(|it| {
                let config = it.served_at(location, now)?;
                (config.text_at("Enabled") == "true").then_some((it, config))
            });
            let mut serving: Vec<(&Distribution, &Element)> = serving.collect();
            serving.sort_by_key(|(it, _)| it.created);
            let name = host.split(':').next().unwrap_or_default();
            let named = serving.iter().find(|(it, config)| names(it, config, name));
            let newest = || serving.last().filter(|_| guard::is_here(host));
            let (distribution, config) = named.or_else(newest)?;
            Self::of(control, cloud, here, (distribution, config), path)
        })
    }

    fn of(
        control: &Control,
        cloud: &Cloud,
        here: Here,
        (distribution, config): (&Distribution, &Element),
        path: &str,
    ) -> Option<Self> {
        let matching = config
            .items("CacheBehaviors")
            .iter()
            .find(|it| covers(it.text_at("PathPattern"), path));
        let behavior = matching.or(config.child("DefaultCacheBehavior"))?;
        let target = behavior.text_at("TargetOriginId");
        let origin = config.items("Origins").iter().find(|it| it.text_at("Id") == target)?;
        let named = |kind: &Kind| {
            let named = kind.find(cloud, behavior.text_at(kind.reference));
            named.map(|it| here.served(&it))
        };
        let policy = named(&CACHE_POLICY);
        let arn = function_arn(behavior);
        let function = arn.and_then(|arn| function(control, cloud, arn));
        let methods = |path: &str| behavior.items(path).iter().map(|it| it.text.clone()).collect();
        Some(Self {
            id: distribution.id.clone(),
            domain: distribution.domain.clone(),
            protocol: Protocol::of(behavior),
            methods: methods("AllowedMethods"),
            cached_methods: methods("AllowedMethods/CachedMethods"),
            broken: arn.is_some() && function.is_none(),
            function,
            // Without a cache policy the behavior itself has the three times.
            ttl: Ttl::of(policy.as_ref().unwrap_or(behavior)),
            key: KeyRule::of(policy.as_ref()),
            headers_policy: named(&HEADERS_POLICY),
            origin: Origin::of(cloud, here, origin),
            default_root: config.text_at("DefaultRootObject").to_owned(),
            error_ttls: error_ttls(config),
        })
    }

    /// How long an error is kept at least.
    pub(crate) fn error_ttl(&self, status: u16) -> u64 {
        self.error_ttls.get(&status).copied().unwrap_or(ERROR_TTL)
    }

    /// The path the origin is asked for.
    pub(crate) fn rooted<'a>(&'a self, path: &'a str) -> std::borrow::Cow<'a, str> {
        if path == "/" && !self.default_root.is_empty() {
            return format!("/{}", self.default_root).into();
        }
        path.into()
    }

    /// Whether an object that was cached at `stored` has been invalidated since.
    pub(crate) fn invalidated(&self, control: &Control, path: &str, stored: Millis) -> bool {
        control.store.read(|cloud| {
            let batches = cloud.distributions.get(&self.id).map(|it| &it.invalidations);
            batches.into_iter().flatten().any(|it| it.created >= stored && it.covers(path))
        })
    }
}

impl Origin {
    fn of(cloud: &Cloud, here: Here, origin: &Element) -> Self {
        let control = ACCESS_CONTROL.find(cloud, origin.text_at(ACCESS_CONTROL.reference));
        let control = control.map(|it| here.served(&it));
        let behavior = control.as_ref().map_or("never", |it| it.text_at("SigningBehavior"));
        let header = |it: &Element| {
            (it.text_at("HeaderName").to_owned(), it.text_at("HeaderValue").to_owned())
        };
        Self {
            domain: origin.text_at("DomainName").to_owned(),
            path: origin.text_at("OriginPath").to_owned(),
            headers: origin.items("CustomHeaders").iter().map(header).collect(),
            signing: match behavior {
                "always" => Signing::Always,
                "no-override" => Signing::NoOverride,
                _ => Signing::Never,
            },
        }
    }

    /// The bucket in `bucket.s3.region.amazonaws.com`.
    pub(crate) fn bucket(&self) -> Option<&str> {
        self.domain.rsplit_once(".s3.").map(|(bucket, _)| bucket)
    }

    /// The region in `bucket.s3.region.amazonaws.com`.
    pub(crate) fn region(&self) -> &str {
        let rest =
            self.domain.split(".s3.").nth(1).and_then(|it| it.strip_suffix(".amazonaws.com"));
        rest.unwrap_or("us-east-1")
    }
}

fn names(distribution: &Distribution, config: &Element, host: &str) -> bool {
    let local = format!("{}.localhost", distribution.id);
    let alias = |it: &Element| it.text.eq_ignore_ascii_case(host);
    host.eq_ignore_ascii_case(&distribution.domain)
        || host.eq_ignore_ascii_case(&local)
        || config.items("Aliases").iter().any(alias)
}

/// A leading slash in a path pattern is optional.
fn covers(pattern: &str, path: &str) -> bool {
    like(pattern.trim_start_matches('/'), path.trim_start_matches('/'))
}

fn function_arn(behavior: &Element) -> Option<&str> {
    let associations = behavior.items("LambdaFunctionAssociations");
    let ours = associations.iter().find(|it| it.text_at("EventType") == "viewer-request")?;
    Some(ours.text_at("LambdaFunctionARN"))
}

fn function(control: &Control, cloud: &Cloud, arn: &str) -> Option<Function> {
    let (name, number) = arn.split_once(":function:")?.1.split_once(':')?;
    let version = cloud.functions.get(name)?.version(number)?;
    Some(Function {
        name: name.to_owned(),
        version: number.to_owned(),
        handler: version.config.handler.clone(),
        timeout: Duration::from_secs(version.config.timeout),
        memory: version.config.memory,
        folder: control.store.code(&version.code.folder),
    })
}

fn error_ttls(config: &Element) -> BTreeMap<u16, u64> {
    let responses = config.items("CustomErrorResponses").iter();
    responses
        .filter_map(|it| {
            let ttl = it.text_at("ErrorCachingMinTTL").parse().unwrap_or(ERROR_TTL);
            Some((it.text_at("ErrorCode").parse().ok()?, ttl))
        })
        .collect()
}

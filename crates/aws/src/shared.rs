//! What CloudFront has once and distributions share: it is listed by name and comment, and not deleted
//! while a distribution uses it.

use crate::explain::{Failure, Named, found, since_the_plan};
use crate::owner::{Adoption, Listed, pick};
use crate::wait::{Wait, changed};
use crate::{Reporter, distribution};
use anyhow::{Context, Result};
use aws_sdk_cloudfront::Client;
use aws_sdk_cloudfront::types::{
    CacheBehavior, CacheBehaviors, DefaultCacheBehavior, DistributionSummary,
};
use config::Names;
use engine::{Deletion, Observed, Owner};
use std::collections::BTreeMap;
use std::time::Duration;

/// What another distribution is to what is to be adopted: what is changed for the stack changes for it.
pub(crate) const SHARED: &str = "uses it, too";

/// A deleted distribution counts as a user for a little longer.
const IN_USE_DEADLINE: Duration = Duration::from_mins(1);

/// Such a kind of thing.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    AccessControl,
    CachePolicy,
    HeadersPolicy,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::AccessControl => "origin access control",
            Self::CachePolicy => "cache policy",
            Self::HeadersPolicy => "response headers policy",
        }
    }

    /// Where it carries the mark.
    fn field(self) -> &'static str {
        match self {
            Self::AccessControl => "description",
            Self::CachePolicy | Self::HeadersPolicy => "comment",
        }
    }

    /// What CloudFront answers when it is not there.
    fn absent(self) -> &'static [&'static str] {
        match self {
            Self::AccessControl => &["NoSuchOriginAccessControl"],
            Self::CachePolicy => &["NoSuchCachePolicy"],
            Self::HeadersPolicy => &["NoSuchResponseHeadersPolicy"],
        }
    }

    fn in_use(self) -> [Named; 1] {
        let code = match self {
            Self::AccessControl => "OriginAccessControlInUse",
            Self::CachePolicy => "CachePolicyInUse",
            Self::HeadersPolicy => "ResponseHeadersPolicyInUse",
        };
        [Named { code, text: "" }]
    }

    fn adopted(self, names: &Names) -> Option<&str> {
        let adopt = &names.adopt;
        match self {
            Self::AccessControl => adopt.origin_access_control.as_deref(),
            Self::CachePolicy => adopt.cache_policy.as_deref(),
            Self::HeadersPolicy => adopt.response_headers_policy.as_deref(),
        }
    }
}

/// What the adapters of these kinds have in common.
pub(crate) struct Shared {
    pub(crate) kind: Kind,
    pub(crate) cloudfront: Client,
    pub(crate) names: Names,
    pub(crate) adoption: Adoption,
    pub(crate) report: Reporter,
}

impl Shared {
    /// The stack's own, or the one to be adopted.
    pub(crate) fn pick<T>(&self, all: Vec<Listed<T>>) -> Result<Option<(T, Owner)>> {
        let (kind, listed) = (self.kind, self.kind.adopted(&self.names));
        Ok(pick(&self.names, self.adoption, (kind.name(), kind.field()), listed, all)?)
    }

    /// With its owner and with who else uses it: asked only of what is to be adopted, as what the stack
    /// has made itself it shares with nobody.
    pub(crate) async fn owned(&self, id: &str, owner: Owner, seen: Observed) -> Result<Observed> {
        let beside = match owner {
            Owner::Stack => BTreeMap::new(),
            Owner::Nobody => {
                let others = self.others(id).await?;
                others.iter().map(|it| (format!("distribution {it}"), SHARED.to_owned())).collect()
            }
        };
        Ok(Observed { owner, beside, ..seen })
    }

    /// The condition of a write to what was planned, from what a get of it answers: the list that shows
    /// everything else lacks it. None when it is gone.
    pub(crate) fn condition<T>(
        &self,
        planned: &Observed,
        answer: Result<T, Failure>,
        seen: impl FnOnce(T) -> Result<(Observed, Option<String>)>,
    ) -> Result<Option<String>> {
        let Some(answer) = found(answer, self.kind.absent())? else { return Ok(None) };
        let (now, etag) = seen(answer)?;
        if now.props != planned.props {
            return Err(changed());
        }
        etag.context("CloudFront sent no ETag").map(Some)
    }

    /// Deletes it, unless another distribution uses it.
    pub(crate) async fn delete<F>(&self, id: &str, mut call: impl FnMut() -> F) -> Result<Deletion>
    where
        F: Future<Output = Result<(), Failure>>,
    {
        let in_use = self.kind.in_use();
        let mut answer = call().await;
        if answer.as_ref().is_err_and(|it| it.is_any(&in_use)) {
            let others = self.others(id).await?;
            if !others.is_empty() {
                return Ok(Deletion::Shared(format!(
                    "in use by distribution {}",
                    others.join(", ")
                )));
            }
            let what = format!("CloudFront to let go of the {}", self.kind.name());
            let wait = Wait::new(&what, IN_USE_DEADLINE, &self.report);
            answer = wait.retry(&in_use, call).await;
        }
        match found(answer, self.kind.absent()) {
            Ok(_) => Ok(Deletion::Done),
            Err(failure) if failure.is_any(&in_use) => Ok(Deletion::Pending(failure.to_string())),
            Err(failure) => Err(since_the_plan(failure)),
        }
    }

    /// The ids of the other distributions that name it.
    async fn others(&self, id: &str) -> Result<Vec<String>> {
        let names = &self.names;
        let is_ours = |it: &DistributionSummary| {
            it.comment == names.mark || names.adopt.distribution.as_ref() == Some(&it.id)
        };
        let all = distribution::all(&self.cloudfront).await?.into_iter();
        Ok(all.filter(|it| !is_ours(it) && uses(it, self.kind, id)).map(|it| it.id).collect())
    }
}

fn uses(it: &DistributionSummary, kind: Kind, id: &str) -> bool {
    let default = it.default_cache_behavior.as_ref();
    let others = it.cache_behaviors.iter().flat_map(CacheBehaviors::items);
    let of_behaviors = |default_of: fn(&DefaultCacheBehavior) -> Option<&str>,
                        of: fn(&CacheBehavior) -> Option<&str>| {
        let mut all = default.into_iter().map(default_of).chain(others.clone().map(of));
        all.any(|it| it == Some(id))
    };
    match kind {
        Kind::AccessControl => {
            let mut origins = it.origins.iter().flat_map(|it| &it.items);
            origins.any(|it| it.origin_access_control_id.as_deref() == Some(id))
        }
        Kind::CachePolicy => {
            of_behaviors(DefaultCacheBehavior::cache_policy_id, CacheBehavior::cache_policy_id)
        }
        Kind::HeadersPolicy => of_behaviors(
            DefaultCacheBehavior::response_headers_policy_id,
            CacheBehavior::response_headers_policy_id,
        ),
    }
}

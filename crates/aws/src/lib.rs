//! The stack's AWS resources: one file each, with its desired state and its four verbs.
//!
//! [`graph`] says what should be and needs no credentials; [`cloud`] has the adapters that read
//! and write it. Those two lists are the only place that knows every resource.

mod account;
mod bucket;
mod bucket_policy;
mod cache_policy;
mod clients;
mod distribution;
mod explain;
mod function;
mod images;
mod lint;
mod notes;
mod origin_access_control;
mod owner;
mod policy;
mod response_headers_policy;
mod review;
mod role;
mod shared;
#[cfg(test)]
mod testing;
mod tree;
mod versions;
mod wait;
mod watch;

use anyhow::Result;
use bundle::Bundle;
use config::{Config, Names};
use engine::{Cloud, Graph, Resource};
use shared::{Kind, Shared};
use std::sync::Arc;
use std::time::Duration;

pub use account::{
    Credentials, Quota, addresses, concurrency, credentials, http_date, quotas, web_acl,
};
pub use bucket_policy::kept;
pub use clients::{Clients, Endpoint};
pub use distribution::{in_front, wait_deployed};
pub use explain::Failure;
pub use images::{count_images, delete_images, delete_versions, object_url};
pub use lint::lints;
pub use notes::note;
pub use owner::Adoption;
pub use versions::{Version, cleanup, in_front_before, noted, prune, superseded, versions};
pub use wait::settled;
pub use watch::{Reporter, Watch};

/// The tag that marks what can be tagged as a stack's; its value is the stack's name.
const OWNER_TAG: &str = "edgegate:stack";

/// What the stack should be.
///
/// # Errors
/// A policy document that is not what it has to be, or references in a circle.
pub fn graph(config: &Config, names: &Names, bundle: &Bundle) -> Result<Graph> {
    let graph = Graph::new(vec![
        bucket::node(names)?,
        origin_access_control::node(names)?,
        role::node(names)?,
        cache_policy::node(names)?,
        response_headers_policy::node(config, names)?,
        function::node(config, names, bundle)?,
        distribution::node(config, names)?,
        bucket_policy::node(config, names)?,
    ])?;
    Ok(graph.made_from(notes::source(config, bundle)))
}

/// The adapter of every node of [`graph`]. `patience` is for the replicas of a deleted function,
/// which go away within hours; `adoption` for what `[adopt]` names and is nobody's yet.
pub fn cloud(
    clients: &Clients,
    names: &Names,
    bundle: &Bundle,
    patience: Duration,
    adoption: Adoption,
    watch: &Arc<dyn Watch>,
) -> Cloud {
    let Clients { cloudfront, iam, lambda, s3, .. } = clients;
    let (names, tell) = (|| names.clone(), |resource| Reporter::new(resource, watch));
    let (cloudfront, s3) = (|| cloudfront.clone(), || s3.clone());
    let (iam, lambda, bundle) = (iam.clone(), lambda.clone(), bundle.clone());
    let shared = |kind, resource| {
        let (cloudfront, names, report) = (cloudfront(), names(), tell(resource));
        Shared { kind, cloudfront, names, adoption, report }
    };
    let all: [(_, Box<dyn Resource>); 8] = [
        (
            "bucket",
            Box::new(bucket::Bucket { s3: s3(), names: names(), adoption, report: tell("bucket") }),
        ),
        (
            "origin_access_control",
            Box::new(origin_access_control::OriginAccessControl(shared(
                Kind::AccessControl,
                "origin_access_control",
            ))),
        ),
        ("role", Box::new(role::Role { iam, names: names(), adoption, report: tell("role") })),
        (
            "cache_policy",
            Box::new(cache_policy::CachePolicy(shared(Kind::CachePolicy, "cache_policy"))),
        ),
        (
            "response_headers_policy",
            Box::new(response_headers_policy::ResponseHeadersPolicy(shared(
                Kind::HeadersPolicy,
                "response_headers_policy",
            ))),
        ),
        (
            "function",
            Box::new(function::Function {
                lambda,
                names: names(),
                bundle,
                patience,
                adoption,
                report: tell("function"),
            }),
        ),
        (
            "distribution",
            Box::new(distribution::Distribution {
                cloudfront: cloudfront(),
                names: names(),
                adoption,
                report: tell("distribution"),
            }),
        ),
        (
            "bucket_policy",
            Box::new(bucket_policy::BucketPolicy {
                s3: s3(),
                cloudfront: cloudfront(),
                names: names(),
                report: tell("bucket_policy"),
            }),
        ),
    ];
    Cloud::from(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_node_has_an_adapter() {
        let (config, names, bundle) = (testing::config(), testing::names(), testing::bundle());
        let graph = graph(&config, &names, &bundle).unwrap();
        let watch = testing::nobody();
        let cloud =
            cloud(&testing::clients(), &names, &bundle, Duration::ZERO, Adoption::Refused, &watch);
        let mut nodes: Vec<_> = graph.nodes().iter().map(|node| node.name).collect();
        nodes.sort_unstable();
        assert_eq!(nodes, cloud.into_keys().collect::<Vec<_>>());
    }

    #[test]
    fn the_order_of_creation() {
        let (config, names, bundle) = (testing::config(), testing::names(), testing::bundle());
        let graph = graph(&config, &names, &bundle).unwrap();
        let nodes: Vec<_> = graph.nodes().iter().map(|node| node.name).collect();
        insta::assert_snapshot!(nodes.join(", "), @r#"
        bucket, origin_access_control, role, cache_policy, response_headers_policy, function, distribution, bucket_policy
        "#);
    }
}

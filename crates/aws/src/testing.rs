//! What the unit tests share.

use crate::{Clients, Watch};
use aws_config::{BehaviorVersion, SdkConfig};
use bundle::Bundle;
use config::{Config, Names};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const ACCOUNT: &str = "111122223333";

pub(crate) fn config() -> Config {
    Config::parse(include_str!("testing.toml")).unwrap()
}

pub(crate) fn names() -> Names {
    Names::new(&config(), ACCOUNT)
}

pub(crate) fn bundle() -> Bundle {
    Bundle {
        zip: b"zip".to_vec(),
        code_sha256: "4ZG6Yq0=".to_owned(),
        description: "authorizer 1a2b, rules 3c4d, keys 5e6f".to_owned(),
        ..Bundle::default()
    }
}

pub(crate) fn pretty(tree: &Value) -> String {
    serde_json::to_string_pretty(tree).unwrap()
}

pub(crate) fn graph() -> engine::Graph {
    crate::graph(&config(), &names(), &bundle()).unwrap()
}

/// Clients that reach nothing.
pub(crate) fn clients() -> Clients {
    let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    Clients {
        cloudfront: aws_sdk_cloudfront::Client::new(&config),
        iam: aws_sdk_iam::Client::new(&config),
        lambda: aws_sdk_lambda::Client::new(&config),
        s3: aws_sdk_s3::Client::new(&config),
        endpoint_url: None,
        account: ACCOUNT.to_owned(),
        caller: format!("arn:aws:iam::{ACCOUNT}:user/ada"),
    }
}

/// A watcher who looks away.
pub(crate) fn nobody() -> Arc<dyn Watch> {
    struct Nobody;
    impl Watch for Nobody {
        fn waiting(&self, _: &str, _: &str, _: Duration) {}
        fn waited(&self, _: &str, _: &str) {}
        fn came_to(&self, _: &str, _: &str) {}
    }
    Arc::new(Nobody)
}

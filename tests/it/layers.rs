//! The direction of dependencies, as ARCHITECTURE.md draws it.

use crate::support::workspace;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Every crate of ours and those of ours that it may use. Adding an edge is a decision.
const LAYERS: [(&str, &[&str]); 10] = [
    ("authorizer", &[]),
    ("authorizer-rsa", &[]),
    ("authorizer-wasm", &["authorizer", "authorizer-rsa"]),
    ("engine", &[]),
    ("config", &["authorizer"]),
    ("bundle", &["authorizer"]),
    ("aws", &["bundle", "config", "engine"]),
    ("local", &[]),
    ("edgegate", &["xtask"]),
    ("xtask", &["authorizer", "authorizer-rsa", "aws", "bundle", "config", "engine", "local"]),
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .current_dir(workspace())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The names of the dependencies of each package.
fn dependencies(metadata: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    let packages = metadata["packages"].as_array().unwrap();
    let edges = packages.iter().map(|package| {
        let found = package["dependencies"].as_array().unwrap().iter();
        let found = found.filter(|it| it["kind"].is_null()).map(|it| it["name"].as_str().unwrap());
        (package["name"].as_str().unwrap(), found.collect())
    });
    edges.collect()
}

#[test]
fn crates_depend_only_downwards() {
    let metadata = metadata();
    let found = dependencies(&metadata);
    let ours: BTreeSet<_> = LAYERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(found.keys().copied().collect::<BTreeSet<_>>(), ours);
    for (name, allowed) in LAYERS {
        let used: Vec<_> = found[name].intersection(&ours).copied().collect();
        assert_eq!(used, allowed, "{name}");
    }
}

#[test]
fn only_the_adapters_know_aws_and_the_engine_has_no_runtime() {
    let metadata = metadata();
    let found = dependencies(&metadata);
    for (name, used) in &found {
        let has_sdk = used.iter().any(|it| it.starts_with("aws-sdk-") || *it == "aws-config");
        assert_eq!(has_sdk, *name == "aws", "{name}");
    }
    assert!(!found["engine"].contains("tokio"));
    for judge in ["authorizer", "authorizer-rsa"] {
        assert!(found[judge].is_empty(), "what judges tokens depends on nothing: {judge}");
    }
}

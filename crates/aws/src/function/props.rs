//! Its properties, as the plan shows them and as the SDK has them.

use super::unfit::Unfit;
use crate::policy;
use crate::tree::parse;
use anyhow::Result;
use aws_sdk_lambda::types::{Architecture, FunctionConfiguration};
use bundle::{Bundle, Contents};
use config::{Config, Names};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Props {
    name: String,
    #[serde(flatten)]
    pub(super) configuration: Configuration,
    #[serde(flatten)]
    pub(super) code: Code,
    /// The key of KMS for the zip, which Lambda@Edge could not read then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) runtime_updates: Option<String>,
    /// Who else may invoke it, by the id of the statement. Lambda@Edge needs none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) permissions: BTreeMap<String, Value>,
    /// Who may call it by an address of its own; the stack gives it none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    /// How many executions at a time it gets at most; the stack sets no limit, and 0 is an outage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) reserved_concurrency: Option<i32>,
    /// Whether the newest numbered version is active and a copy of what is shown here. Only a
    /// numbered version can be at the edge.
    pub(super) published: bool,
    /// What is inside the code: its hash alone says nothing to a reviewer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) contents: Option<Contents>,
}

/// What `UpdateFunctionConfiguration` changes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Configuration {
    pub(super) description: String,
    pub(super) runtime: String,
    pub(super) handler: String,
    pub(super) role: String,
    pub(super) memory_mb: i32,
    pub(super) timeout_seconds: i32,
    #[serde(flatten)]
    pub(super) unfit: Unfit,
}

/// What `UpdateFunctionCode` changes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Code {
    #[serde(rename = "code_sha256")]
    pub(super) sha256: String,
    architecture: String,
}

impl Props {
    pub(super) fn desired(config: &Config, names: &Names, bundle: &Bundle) -> Self {
        let function = &config.function;
        Self {
            name: names.function.clone(),
            configuration: Configuration {
                description: bundle.description.clone(),
                runtime: function.runtime.clone(),
                handler: "index.handler".to_owned(),
                role: "${role.arn}".to_owned(),
                memory_mb: signed(function.memory_mb),
                timeout_seconds: signed(function.timeout_seconds),
                unfit: Unfit::default(),
            },
            code: Code {
                sha256: bundle.code_sha256.clone(),
                // The only one that Lambda@Edge runs.
                architecture: Architecture::X8664.to_string(),
            },
            code_key: None,
            runtime_updates: None,
            permissions: BTreeMap::new(),
            url: None,
            reserved_concurrency: None,
            published: true,
            contents: Some(bundle.contents.clone()),
        }
    }

    /// Whether those properties are the same configuration and code, published or not.
    pub(super) fn is_copy(tree: &Value, want: &Self) -> bool {
        let seen: Result<Self> = parse(tree);
        seen.is_ok_and(|it| it.configuration == want.configuration && it.code == want.code)
    }

    pub(super) fn architectures(&self) -> Vec<Architecture> {
        vec![Architecture::from(self.code.architecture.as_str())]
    }
}

/// Lambda counts with sign; what is too large for that, it refuses as too large.
fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Of `$LATEST` or of a version; as if it was not published and nobody had looked inside.
pub(super) fn from_sdk(it: &FunctionConfiguration) -> Props {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    Props {
        name: text(&it.function_name),
        configuration: Configuration {
            description: text(&it.description),
            runtime: it.runtime.as_ref().map(ToString::to_string).unwrap_or_default(),
            handler: text(&it.handler),
            role: text(&it.role),
            memory_mb: it.memory_size.unwrap_or_default(),
            timeout_seconds: it.timeout.unwrap_or_default(),
            unfit: Unfit::of(it),
        },
        code: Code {
            sha256: text(&it.code_sha256),
            architecture: it.architectures().first().unwrap_or(&Architecture::X8664).to_string(),
        },
        code_key: None,
        runtime_updates: None,
        permissions: BTreeMap::new(),
        url: None,
        reserved_concurrency: None,
        published: false,
        contents: None,
    }
}

/// The statements of a resource policy, but for the one that AWS may add for its replicas.
pub(super) fn permissions(policy: &str) -> Result<BTreeMap<String, Value>> {
    let policy = policy::parse(policy)?;
    let statements = policy["Statement"].as_array().into_iter().flatten();
    let others = statements.filter(|it| it["Principal"]["Service"] != REPLICATOR);
    let by_id = others.map(|it| {
        let mut it = it.clone();
        let id = it.as_object_mut().and_then(|it| it.remove("Sid")).unwrap_or_default();
        (id.as_str().unwrap_or_default().to_owned(), it)
    });
    Ok(by_id.collect())
}

const REPLICATOR: &str = "replicator.lambda.amazonaws.com";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::node;
    use crate::testing;
    use aws_sdk_lambda::types::Runtime;

    #[test]
    fn what_is_written_is_what_is_read() {
        let (config, names, bundle) = (testing::config(), testing::names(), testing::bundle());
        let mut props: Props = parse(&node(&config, &names, &bundle).unwrap().desired).unwrap();
        let it = &props.configuration;
        let written = FunctionConfiguration::builder()
            .function_name(&props.name)
            .description(&it.description)
            .runtime(Runtime::from(it.runtime.as_str()))
            .handler(&it.handler)
            .role(&it.role)
            .memory_size(it.memory_mb)
            .timeout(it.timeout_seconds)
            .code_sha256(&props.code.sha256)
            .set_architectures(Some(props.architectures()))
            .build();
        (props.published, props.contents) = (false, None);
        assert_eq!(from_sdk(&written), props);
    }

    #[test]
    fn desired() {
        let (config, names, bundle) = (testing::config(), testing::names(), testing::bundle());
        let desired = node(&config, &names, &bundle).unwrap().desired;
        insta::assert_snapshot!(testing::pretty(&desired), @r#"
        {
          "architecture": "x86_64",
          "code_sha256": "4ZG6Yq0=",
          "contents": {
            "files": {},
            "keys": {},
            "policy": {},
            "rules": []
          },
          "description": "authorizer 1a2b, rules 3c4d, keys 5e6f",
          "handler": "index.handler",
          "memory_mb": 128,
          "name": "photos-authorizer",
          "published": true,
          "role": "${role.arn}",
          "runtime": "nodejs24.x",
          "timeout_seconds": 5
        }
        "#);
    }
}

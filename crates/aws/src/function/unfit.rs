//! What a function can have elsewhere and Lambda@Edge refuses
//! (CloudFront developer guide, "Restrictions on Lambda@Edge"). The stack's never has any of it.

use crate::explain::Explain;
use crate::tree::sorted;
use anyhow::Result;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::update_function_configuration::builders::UpdateFunctionConfigurationFluentBuilder as Update;
use aws_sdk_lambda::types::{
    DeadLetterConfig, Environment, EphemeralStorage, FunctionConfiguration, PackageType, SnapStart,
    SnapStartApplyOn, TracingConfig, TracingMode, UpdateRuntimeOn, VpcConfig,
};
use engine::Refused;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Megabytes; more is not supported at the edge.
const STORAGE_MB: i32 = 512;

/// As far as a configuration says so: empty in one that is fit.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Unfit {
    /// Names only: a plan must not show a value that may be secret.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    environment: Vec<String>,
    /// The key of KMS for the environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment_key: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    layers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subnets: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    file_systems: Vec<String>,
    /// The queue or topic for what failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letters: Option<String>,
    /// `Active`: X-Ray records requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    tracing: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_mb: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snap_start: Option<String>,
}

impl Unfit {
    pub(super) fn of(it: &FunctionConfiguration) -> Self {
        let environment = it.environment.as_ref().and_then(|it| it.variables.as_ref());
        let subnets = it.vpc_config.as_ref().and_then(|it| it.subnet_ids.as_ref());
        let tracing = it.tracing_config.as_ref().and_then(|it| it.mode.as_ref());
        let snap_start = it.snap_start.as_ref().and_then(|it| it.apply_on.as_ref());
        Self {
            environment: sorted(environment.into_iter().flat_map(|it| it.keys().cloned())),
            environment_key: given(it.kms_key_arn.as_ref()),
            layers: it.layers().iter().filter_map(|it| it.arn.clone()).collect(),
            subnets: sorted(subnets.into_iter().flatten().cloned()),
            file_systems: sorted(it.file_system_configs().iter().map(|it| it.arn.clone())),
            dead_letters: given(
                it.dead_letter_config.as_ref().and_then(|it| it.target_arn.as_ref()),
            ),
            tracing: tracing.filter(|it| **it != TracingMode::PassThrough).map(ToString::to_string),
            storage_mb: it
                .ephemeral_storage
                .as_ref()
                .map(|it| it.size)
                .filter(|it| *it != STORAGE_MB),
            snap_start: snap_start
                .filter(|it| **it != SnapStartApplyOn::None)
                .map(ToString::to_string),
        }
    }

    /// Has an update take it away: what an update leaves out stays. What is seldom there is named only where
    /// it is.
    pub(super) fn taken_away(&self, update: Update) -> Update {
        let mut update = update
            .environment(Environment::builder().set_variables(Some(HashMap::new())).build())
            .set_layers(Some(Vec::new()))
            .vpc_config(no_vpc());
        if self.environment_key.is_some() {
            update = update.kms_key_arn("");
        }
        if !self.file_systems.is_empty() {
            update = update.set_file_system_configs(Some(Vec::new()));
        }
        if self.dead_letters.is_some() {
            update = update.dead_letter_config(DeadLetterConfig::builder().target_arn("").build());
        }
        if self.tracing.is_some() {
            let off = TracingConfig::builder().mode(TracingMode::PassThrough);
            update = update.tracing_config(off.build());
        }
        if self.storage_mb.is_some() {
            let usual = EphemeralStorage::builder().size(STORAGE_MB);
            update = update.set_ephemeral_storage(usual.build().ok());
        }
        if self.snap_start.is_some() {
            let off = SnapStart::builder().apply_on(SnapStartApplyOn::None);
            update = update.snap_start(off.build());
        }
        update
    }
}

fn given(text: Option<&String>) -> Option<String> {
    text.filter(|it| !it.is_empty()).cloned()
}

fn no_vpc() -> VpcConfig {
    let none = || Some(Vec::new());
    VpcConfig::builder().set_subnet_ids(none()).set_security_group_ids(none()).build()
}

/// # Errors
/// It is made of a container image for life, which no update changes.
pub(super) fn check_package(name: &str, it: &FunctionConfiguration) -> Result<(), Refused> {
    if it.package_type != Some(PackageType::Image) {
        return Ok(());
    }
    Err(Refused {
        message: format!(
            "the function `{name}` is a container image: Lambda@Edge runs none, and none becomes code"
        ),
        hint: "take adopt.function out of edgegate.toml: a function is made beside it".to_owned(),
    })
}

/// When Lambda puts a newer patch of the runtime in, if it is not `Auto`. A stack that edgegate has made
/// was never told otherwise, so only one that is adopted is asked.
///
/// # Errors
/// That of the call.
pub(super) async fn runtime_updates(lambda: &Client, name: &str) -> Result<Option<String>> {
    let get = lambda.get_runtime_management_config().function_name(name);
    let mode = get.send().await.explain()?.update_runtime_on;
    Ok(mode.filter(|it| *it != UpdateRuntimeOn::Auto).map(|it| it.to_string()))
}

/// # Errors
/// That of the call.
pub(super) async fn update_runtime_by_itself(lambda: &Client, name: &str) -> Result<()> {
    let put = lambda.put_runtime_management_config().function_name(name);
    put.update_runtime_on(UpdateRuntimeOn::Auto).send().await.explain()?;
    Ok(())
}

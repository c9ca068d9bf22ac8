//! Which functions `CloudFront` accepts for its events, and how it words the refusals.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html>

use crate::control::iam;
use crate::control::lambda::Function;
use crate::control::lambda::function::{LATEST, Version};
use crate::fault::{Fault, Outcome};
use crate::rule::Rule;
use crate::store::Cloud;
use crate::xml::Element;

/// Limits of functions on viewer events.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-lambda-at-edge>
const VIEWER_CODE_MAX: usize = 1_048_576;
const VIEWER_MEMORY_MAX: u64 = 128;
const VIEWER_TIMEOUT_MAX: u64 = 5;
/// The edge learns of a new runtime months after Lambda does.
const RUNTIMES: [&str; 4] = ["nodejs22.x", "nodejs24.x", "python3.12", "python3.13"];

/// Checks every association of one behavior.
pub(crate) fn check(cloud: &Cloud, behavior: &Element, now: u64) -> Outcome<()> {
    let mut events: Vec<&str> = Vec::new();
    for association in behavior.items("LambdaFunctionAssociations") {
        let (arn, event) =
            (association.text_at("LambdaFunctionARN"), association.text_at("EventType"));
        if events.contains(&event) {
            return Err(refused("A cache behavior can have one function for each event type."));
        }
        events.push(event);
        match resolve(cloud, arn) {
            Ok((function, version)) => {
                check_version(function, version, arn, now)?;
                check_role(cloud, version)?;
                check_limits(cloud, (function, version), arn, event)?;
            }
            Err(missing) if cloud.holds(Rule::AssociationExists) => return Err(missing),
            Err(_) => {}
        }
    }
    Ok(())
}

fn resolve<'a>(cloud: &'a Cloud, arn: &'a str) -> Outcome<(&'a Function, &'a Version)> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", "aws", "lambda", region, account, "function", name, rest @ ..] = parts.as_slice()
    else {
        return Err(refused(format!("The function ARN is not valid. ARN: {arn}")));
    };
    let number = match rest {
        [number] if *number != LATEST && number.bytes().all(|it| it.is_ascii_digit()) => number,
        _ if !cloud.holds(Rule::AssociationIsVersion) => "1",
        _ => {
            return Err(refused(format!(
                "The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: {arn}"
            )));
        }
    };
    if *region != "us-east-1" && cloud.holds(Rule::AssociationRegion) {
        return Err(refused(format!("The function must be in region us-east-1. ARN: {arn}")));
    }
    let function = cloud.functions.get(*name).filter(|_| *account == crate::ACCOUNT);
    let found = function.and_then(|it| Some((it, it.version(number)?)));
    found.ok_or_else(|| {
        refused(format!("Lambda@Edge cannot retrieve the specified Lambda function. Update the IAM policy to add permission: lambda:GetFunction for resource: {arn} and try again."))
    })
}

fn check_version(function: &Function, version: &Version, arn: &str, now: u64) -> Outcome<()> {
    if now < version.active_at.max(function.latest.active_at) {
        return Err(refused(format!(
            "The function must be in an Active state. The current state for function {arn} is Pending"
        )));
    }
    Ok(())
}

fn check_role(cloud: &Cloud, version: &Version) -> Outcome<()> {
    let arn = &version.config.role;
    let trusts = |role: &iam::Role| {
        ["lambda.amazonaws.com", "edgelambda.amazonaws.com"].iter().all(|it| iam::trusts(role, it))
    };
    if iam::by_arn(cloud, arn).is_some_and(trusts) || !cloud.holds(Rule::AssociationTrust) {
        return Ok(());
    }
    Err(refused(format!(
        "The function execution role must be assumable with edgelambda.amazonaws.com as well as lambda.amazonaws.com principals. Update the IAM role and try again. Role: {arn}"
    )))
}

fn check_limits(
    cloud: &Cloud,
    (function, version): (&Function, &Version),
    arn: &str,
    event: &str,
) -> Outcome<()> {
    let config = &version.config;
    if !RUNTIMES.contains(&config.runtime.as_str()) {
        let (runtime, known) = (&config.runtime, RUNTIMES.join(", "));
        return Err(refused(format!(
            "The function has a runtime that is not supported by Lambda@Edge: {runtime} Function: {arn} Supported runtimes: [{known}]"
        )));
    }
    let forbidden = [
        ("Environment/Variables", "environment variables"),
        ("VpcConfig/SubnetIds", "a VPC configuration"),
        ("DeadLetterConfig/TargetArn", "a dead letter queue"),
        ("Layers", "layers"),
    ];
    let mut found = forbidden.iter().filter(|(setting, _)| config.has(setting));
    let found = found.next().map(|(_, what)| *what).or_else(|| unfit(function, version));
    if let Some(what) = found.filter(|_| cloud.holds(Rule::AssociationEnvironment)) {
        return Err(refused(format!("The function cannot have {what}. Function: {arn}")));
    }
    if config.architecture() != "x86_64" && cloud.holds(Rule::AssociationArchitecture) {
        return Err(refused(format!(
            "The function must use the x86_64 architecture: {} Function: {arn}",
            config.architecture()
        )));
    }
    if event.starts_with("viewer-") { check_viewer_limits(version, arn) } else { Ok(()) }
}

/// What is there by default, and not supported in any other form.
fn unfit(function: &Function, version: &Version) -> Option<&'static str> {
    let config = &version.config;
    let is = |name, inner, usual: &str| {
        config.setting(name, inner).is_none_or(|it| it.as_str() == Some(usual))
    };
    let storage = config.setting("EphemeralStorage", "Size").and_then(serde_json::Value::as_u64);
    let all = [
        (!is("TracingConfig", "Mode", "PassThrough"), "active tracing"),
        (storage.is_some_and(|it| it > 512), "more than 512 MB of ephemeral storage"),
        (function.code_key.is_some(), "a customer managed key for its code"),
        (function.runtime_updates.is_some(), "a runtime that does not update by itself"),
    ];
    all.into_iter().find(|(has, _)| *has).map(|(_, what)| what)
}

fn check_viewer_limits(version: &Version, arn: &str) -> Outcome<()> {
    let (config, code_size) = (&version.config, version.code.size);
    let too_large = |what: &str, actual: u64, max: u64| {
        Err(refused(format!(
            "The function {what} for functions that are triggered by a CloudFront event: {actual} Max allowed: {max} Function: {arn}"
        )))
    };
    if code_size > VIEWER_CODE_MAX {
        return too_large(
            "code size is larger than the maximum allowed size",
            code_size as u64,
            VIEWER_CODE_MAX as u64,
        );
    }
    if config.memory > VIEWER_MEMORY_MAX {
        return too_large(
            "memory size is larger than the maximum allowed size",
            config.memory,
            VIEWER_MEMORY_MAX,
        );
    }
    if config.timeout > VIEWER_TIMEOUT_MAX {
        return too_large(
            "timeout is larger than the maximum allowed",
            config.timeout,
            VIEWER_TIMEOUT_MAX,
        );
    }
    Ok(())
}

fn refused(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidLambdaFunctionAssociation", message)
}

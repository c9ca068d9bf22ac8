//! Who deploys, into which account, and what that account may still hold.

use super::check::{Check, within};
use anyhow::Result;
use aws::{Clients, Credentials, Endpoint, Quota};
use config::{Config, Names};
use std::time::{Duration, SystemTime};

/// What is left of a session that a first deployment, which waits for the edges, may outlive.
const SHORT: Duration = Duration::from_mins(20);

/// Of new accounts it is 10: then the eleventh viewer at a time gets a 503.
const CONCURRENCY: i32 = 1000;

pub(super) async fn examine(
    config: Option<&Config>,
    endpoint: Option<&Endpoint>,
    now: SystemTime,
    patience: Duration,
) -> Vec<Check> {
    let found = within(patience, aws::credentials(endpoint)).await;
    let (credentials, there) = match found {
        Ok(_) if endpoint.is_some() => {
            (Check::ok("credentials", "the local cloud takes any"), true)
        }
        Ok(it) => (found_in(&it, now), true),
        Err(error) => (Check::failed("credentials", &error), false),
    };
    let skip = |why: &str| ["account", "quotas", "pricing plan"].map(|it| Check::skip(it, why));
    if !there {
        return [credentials].into_iter().chain(skip("there are no credentials")).collect();
    }
    let Some(config) = config else {
        return [credentials].into_iter().chain(skip("there is no configuration")).collect();
    };
    let clients = within(patience, Clients::connect(endpoint, &config.stack.region)).await;
    let clients = match clients {
        Ok(clients) => clients,
        Err(error) => {
            let why = "AWS did not say whose account it is";
            let rest = skip(why).into_iter().skip(1);
            return [credentials, Check::failed("account", &error)]
                .into_iter()
                .chain(rest)
                .collect();
        }
    };
    let names = Names::new(config, &clients.account);
    let (edge, lambda, plan) = tokio::join!(
        within(patience, aws::quotas(&clients, &names)),
        within(patience, aws::concurrency(&clients)),
        within(patience, aws::web_acl(&clients, &names)),
    );
    let mut checks = vec![credentials, account(config, &clients, endpoint)];
    checks.extend(quotas(edge));
    checks.extend([concurrency(lambda), pricing_plan(plan)]);
    checks
}

fn found_in(Credentials { source, expires }: &Credentials, now: SystemTime) -> Check {
    let name = "credentials";
    let Some(expires) = expires else { return Check::ok(name, format!("from {source}")) };
    let Ok(left) = expires.duration_since(now) else {
        return Check::fail(name, format!("from {source}, and expired"), "aws sso login");
    };
    let text = format!("from {source}, for another {} minutes", left.as_secs() / 60);
    if left >= SHORT {
        return Check::ok(name, text);
    }
    Check::warn(name, text, "aws sso login; a first deployment can take a quarter of an hour")
}

fn account(config: &Config, clients: &Clients, endpoint: Option<&Endpoint>) -> Check {
    let (name, Clients { account, caller, .. }) = ("account", clients);
    if endpoint.is_some() {
        return Check::ok(name, format!("{account}, of the local cloud"));
    }
    if let Err(error) = config.check_account(account) {
        return Check::failed(name, &error.into());
    }
    let certificate = config.delivery.certificate_arn.as_deref().unwrap_or_default();
    if certificate.split(':').nth(4).is_some_and(|it| it != account) {
        let text = format!("{account}, and delivery.certificate_arn is of another: {certificate}");
        return Check::fail(
            name,
            text,
            "choose other credentials, or a certificate of this account",
        );
    }
    if caller.ends_with(":root") {
        let text = format!("{account}, as its root user: {caller}");
        return Check::warn(name, text, "use a role with policies/deployer.json instead");
    }
    Check::ok(name, format!("{account}, as {caller}"))
}

fn quotas(read: Result<Vec<Quota>>) -> Vec<Check> {
    match read {
        Ok(all) => all.iter().map(quota).collect(),
        Err(error) => vec![Check::unread("quotas", &error)],
    }
}

fn quota(Quota { what, used, default, has_ours }: &Quota) -> Check {
    let ours = if *has_ours { ", this stack's among them" } else { "" };
    let text = format!("{used} {what} of {default} that AWS allows by default{ours}");
    if *has_ours || used < default {
        return Check::ok("quotas", text);
    }
    let hint = "if AWS has not allowed you more: ask for it in Service Quotas, or delete one";
    Check::warn("quotas", text, hint)
}

fn concurrency(read: Result<i32>) -> Check {
    match read {
        Ok(limit) if limit >= CONCURRENCY => {
            Check::ok("quotas", format!("{limit} invocations at a time in us-east-1"))
        }
        Ok(limit) => Check::warn(
            "quotas",
            format!(
                "{limit} invocations at a time in us-east-1, where {CONCURRENCY} are usual: \
                 viewers beyond that get a 503"
            ),
            "ask for more in Service Quotas (AWS Lambda, Concurrent executions), in each region \
             that viewers come from",
        ),
        Err(error) => Check::unread("quotas", &error),
    }
}

/// Which plan a distribution is on, no call of CloudFront says; but one of the flat-rate plans needs
/// a web ACL (CloudFront developer guide, "CloudFront flat-rate pricing plans").
fn pricing_plan(read: Result<Option<String>>) -> Check {
    let name = "pricing plan";
    match read {
        Ok(None) => Check::ok(name, "a new distribution is pay-as-you-go, as Lambda@Edge needs it"),
        Ok(Some(acl)) if acl.is_empty() => {
            Check::ok(name, "pay-as-you-go: a flat-rate plan would come with a web ACL")
        }
        Ok(Some(acl)) => Check::warn(
            name,
            format!("the distribution has a web ACL, {acl}: it may be on a flat-rate plan"),
            "look in the CloudFront console: flat-rate plans have no Lambda@Edge; change to \
             pay-as-you-go",
        ),
        Err(error) => Check::unread(name, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn what_is_used_up_matters_to_who_needs_one_more() {
        let judged = |used, has_ours| {
            quota(&Quota { what: "cache policies", used, default: 20, has_ours }).state
        };
        assert_eq!(judged(19, false), State::Ok);
        assert_eq!(judged(20, false), State::Warn);
        assert_eq!(judged(20, true), State::Ok);
        assert_eq!(concurrency(Ok(10)).state, State::Warn);
        assert_eq!(concurrency(Ok(1000)).state, State::Ok);
    }

    #[test]
    fn credentials_that_end_soon_are_told() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(500_000);
        let judged = |expires| found_in(&Credentials { source: "SSO".into(), expires }, now);
        assert_eq!(judged(None).text, "from SSO");
        assert_eq!(judged(Some(now + Duration::from_hours(1))).state, State::Ok);
        assert_eq!(judged(Some(now + Duration::from_mins(5))).state, State::Warn);
        assert_eq!(judged(Some(now - Duration::from_secs(1))).state, State::Fail);
    }

    #[test]
    fn a_web_acl_may_come_with_a_plan() {
        let judged = |acl: Option<&str>| pricing_plan(Ok(acl.map(str::to_owned))).state;
        assert_eq!(judged(None), State::Ok);
        assert_eq!(judged(Some("")), State::Ok);
        assert_eq!(judged(Some("arn:aws:wafv2:us-east-1:1:global/webacl/a/b")), State::Warn);
    }
}

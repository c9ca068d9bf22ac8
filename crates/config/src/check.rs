//! What a configuration must satisfy before anything is planned from it.

use crate::{Config, Invalid, KeyRefresh, Names, Provider, clerk::is_dns_name, cookie_mode};

/// S3 user guide, "General purpose bucket naming rules".
const BUCKET_NAME_MAX: usize = 63;
/// IAM: names of roles. Lambda: names of functions.
const ROLE_NAME_MAX: usize = 64;
/// S3: the largest object of a single PUT.
const PUT_MAX: u64 = 5 * 1024 * 1024 * 1024;
/// CloudFront quotas, "Lambda@Edge", viewer events.
const EDGE_TIMEOUT_MAX: u32 = 30;
/// Seconds: the handler waits for one, and has to start and to answer besides.
const REFRESH_TIMEOUT_MIN: u32 = 3;
const EDGE_MEMORY: std::ops::RangeInclusive<u32> = 128..=10_240;
/// Lambda "Runtimes": these can be created and updated today. nodejs20.x cannot since 2026-08-31.
const RUNTIMES: [&str; 2] = ["nodejs22.x", "nodejs24.x"];
const PRICE_CLASSES: [&str; 3] = ["PriceClass_100", "PriceClass_200", "PriceClass_All"];
/// S3 user guide, "Namespaces for general purpose buckets": no account-regional namespace there.
const REGIONS_WITHOUT_NAMESPACE: [&str; 2] = ["me-central-1", "me-south-1"];

type Check = Result<(), Invalid>;

/// The first thing that is wrong.
pub(crate) fn check(config: &Config) -> Check {
    stack(config)?;
    issuer(config)?;
    uploads(config)?;
    origins("clerk.authorized_parties", &config.issuer.authorized_parties)?;
    origins("cors.origins", &config.cors.origins)?;
    delivery(config)?;
    function(config)?;
    adopt(config)?;
    // The authorizer has the last word on what it will run.
    authorizer::compile(&config.rules_json()).map(drop).map_err(|error| {
        Invalid::new(error.to_string(), "README.md explains every key, and what [[rules]] can say")
    })
}

pub(crate) fn warnings(config: &Config) -> Vec<String> {
    let mut warnings = Vec::new();
    for (rule, position) in config.rules.iter().zip(1..).filter(|(rule, _)| rule.public) {
        let (methods, path) = (rule.methods.join(", "), &rule.path);
        warnings.push(format!(
            "rule {position} is PUBLIC: anybody may {methods} {path}, signed in or not"
        ));
    }
    warnings.extend(doubts(config));
    warnings
}

pub(crate) fn doubts(config: &Config) -> Vec<String> {
    let mut warnings: Vec<_> = cookie_mode::doubt(config).into_iter().collect();
    let is_clerk = config.issuer.provider == Provider::Clerk;
    if is_clerk && config.issuer.authorized_parties.is_empty() {
        let text = "clerk.authorized_parties is empty: tokens of every origin of this Clerk \
                    instance are accepted";
        warnings.push(text.to_owned());
    }
    if !is_clerk && config.cors.origins.is_empty() {
        let text = "cors.origins is empty: no web page can fetch the images";
        warnings.push(text.to_owned());
    }
    if config.function.memory_mb > 128 || config.function.timeout_seconds > 5 {
        let text = "[function] exceeds 128 MB or 5 s, which CloudFront has refused for viewer \
                    requests";
        warnings.push(text.to_owned());
    }
    warnings
}

fn ensure(holds: bool, message: impl FnOnce() -> String, hint: &str) -> Check {
    if holds { Ok(()) } else { Err(Invalid::new(message(), hint)) }
}

fn stack(config: &Config) -> Check {
    let (name, region) = (&config.stack.name, &config.stack.region);
    let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let is_name = name.bytes().all(inside)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|it| name.starts_with(it));
    ensure(
        is_name,
        || format!("stack.name cannot be {name:?}"),
        "use lower-case letters, digits and hyphens, beginning with a letter",
    )?;
    let parts: Vec<_> = region.split('-').collect();
    let is_region = parts.len() >= 3
        && parts.iter().all(|it| !it.is_empty())
        && region.bytes().all(inside)
        && parts.last().is_some_and(|it| it.bytes().all(|b| b.is_ascii_digit()));
    ensure(
        is_region,
        || format!("stack.region is no AWS region: {region:?}"),
        "write it as in us-east-1 or eu-central-1",
    )?;
    ensure(
        !REGIONS_WITHOUT_NAMESPACE.contains(&region.as_str()),
        || format!("stack.region {region} has no account-regional bucket names"),
        "choose another region for the bucket: the edge caches images everywhere",
    )?;
    let other = ["cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-"]
        .iter()
        .find(|it| region.starts_with(**it));
    ensure(
        other.is_none(),
        || format!("stack.region {region} is in another partition than `aws`"),
        "Lambda@Edge exists in the partition `aws` only: choose a region there",
    )?;
    let is_account = |it: &String| it.len() == 12 && it.bytes().all(|b| b.is_ascii_digit());
    ensure(
        config.stack.account.as_ref().is_none_or(is_account),
        || "stack.account is no AWS account".to_owned(),
        "write its twelve digits in quotes: aws sts get-caller-identity --query Account",
    )?;
    lengths(config)
}

fn lengths(config: &Config) -> Check {
    let names = Names::new(config, "000000000000");
    let limits = [("bucket", &names.bucket, BUCKET_NAME_MAX), ("role", &names.role, ROLE_NAME_MAX)];
    for (what, name, limit) in limits {
        let excess = name.len().saturating_sub(limit);
        ensure(
            excess == 0,
            || {
                format!(
                    "stack.name is {excess} characters too long for the name of the {what}: {name}"
                )
            },
            "shorten stack.name",
        )?;
    }
    Ok(())
}

/// Names go into policies, in which a `*` would mean more than one.
fn adopt(config: &Config) -> Check {
    for (resource, name) in config.adopted() {
        let inside = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
        let most = if resource == "bucket" { BUCKET_NAME_MAX } else { ROLE_NAME_MAX };
        ensure(
            !name.is_empty() && name.len() <= most && name.bytes().all(inside),
            || format!("adopt.{resource} cannot be {name:?}"),
            "name the bucket, the role and the function by their names, all else by its id",
        )?;
    }
    Ok(())
}

fn issuer(config: &Config) -> Check {
    let (issuer, table) = (&config.issuer, config.issuer.table());
    let is_clerk = issuer.provider == Provider::Clerk;
    let url = if is_clerk { "issuer" } else { "url" };
    for (key, url) in [(url, &issuer.url), ("jwks_url", &issuer.jwks_url)] {
        // Keys of an issuer on this machine, for trying things out.
        if key == "jwks_url" && url.starts_with("http://127.0.0.1:") {
            continue;
        }
        let host = url.strip_prefix("https://").map(|it| it.split('/').next().unwrap_or_default());
        let is_port = |port: &str| !is_clerk && port.parse::<u16>().is_ok_and(|it| it != 0);
        let is_host = |host: &str| match host.split_once(':') {
            Some((name, port)) => is_dns_name(name) && is_port(port),
            None => is_dns_name(host),
        };
        ensure(
            host.is_some_and(is_host),
            || format!("{table}.{key} is no https:// URL of a DNS name: {url:?}"),
            if is_clerk {
                "write it as in https://clerk.example.com, without a trailing slash"
            } else {
                "write issuer.url as tokens have it in `iss`"
            },
        )?;
    }
    let lifetime = issuer.max_lifetime_seconds;
    let (most, hint) = if is_clerk {
        (3_600, "Clerk's session tokens live 60 seconds; choose 60 to 3600")
    } else {
        (86_400, "nobody can take a token back before it expires; choose 60 to 86400")
    };
    ensure(
        (60..=most).contains(&lifetime),
        || format!("{table}.max_lifetime_seconds cannot be {lifetime}"),
        hint,
    )
}

fn uploads(config: &Config) -> Check {
    let size = config.uploads.max_size;
    ensure(
        (1..=PUT_MAX).contains(&size),
        || format!("uploads.max_size cannot be {size} bytes"),
        "S3 takes 1 byte to 5 GiB in one PUT",
    )
}

fn origins(key: &str, origins: &[String]) -> Check {
    for origin in origins {
        ensure(
            is_origin(origin),
            || format!("{key} has {origin:?}, which is no origin"),
            "write what browsers send: https://app.example.com, or http://localhost:3000",
        )?;
    }
    Ok(())
}

/// RFC 6454 §6.2: scheme, host and an explicit port where it is not the default.
fn is_origin(origin: &str) -> bool {
    let (secure, rest) = match (origin.strip_prefix("https://"), origin.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return false,
    };
    let (host, port) = rest.split_once(':').map_or((rest, None), |(host, port)| (host, Some(port)));
    let is_port = port.is_none_or(|it| it.parse::<u16>().is_ok_and(|it| it != 0));
    let is_local = host == "localhost" || host == "127.0.0.1";
    is_port && (is_local || secure && is_dns_name(host))
}

fn delivery(config: &Config) -> Check {
    let delivery = &config.delivery;
    let (class, value) = (&delivery.price_class, &delivery.cache_control);
    ensure(
        PRICE_CLASSES.contains(&class.as_str()),
        || format!("delivery.price_class cannot be {class:?}"),
        "choose PriceClass_100, PriceClass_200 or PriceClass_All",
    )?;
    ensure(
        !value.is_empty() && value.bytes().all(|b| matches!(b, b' '..=b'~')),
        || format!("delivery.cache_control is no header value: {value:?}"),
        "write it as in \"private, max-age=300\"",
    )?;
    // RFC 9111 §3.5: either lets a shared cache keep what was fetched with a token.
    let shared = value.split(',').map(|it| it.split('=').next().unwrap_or_default().trim());
    let mut shared =
        shared.filter(|it| ["public", "s-maxage"].contains(&it.to_ascii_lowercase().as_str()));
    let shared = shared.next().unwrap_or_default();
    ensure(
        shared.is_empty(),
        || format!("delivery.cache_control says {shared}, and the images are private"),
        "write it as in \"private, max-age=300\"",
    )?;
    let wrong =
        delivery.aliases.iter().find(|it| !is_dns_name(it.strip_prefix("*.").unwrap_or(it)));
    ensure(
        wrong.is_none(),
        || format!("delivery.aliases has {wrong:?}, which is no DNS name"),
        "write it as in images.example.com",
    )?;
    let certificate = delivery.certificate_arn.as_deref();
    ensure(
        delivery.aliases.is_empty() == certificate.is_none(),
        || "delivery.aliases and delivery.certificate_arn go together, and one is missing".into(),
        "an alias needs an ACM certificate of us-east-1 that covers it",
    )?;
    ensure(
        certificate.is_none_or(|it| it.starts_with("arn:aws:acm:us-east-1:")),
        || "delivery.certificate_arn is no ACM certificate of us-east-1".into(),
        "CloudFront takes certificates from us-east-1 only: request or import it there",
    )?;
    let is_acl =
        |it: &String| it.starts_with("arn:aws:wafv2:us-east-1:") && it.contains(":global/webacl/");
    ensure(
        delivery.web_acl_arn.as_ref().is_none_or(is_acl),
        || "delivery.web_acl_arn is no web ACL for CloudFront".into(),
        "write arn:aws:wafv2:us-east-1:ACCOUNT:global/webacl/NAME/ID, of scope CLOUDFRONT",
    )
}

fn function(config: &Config) -> Check {
    let function = &config.function;
    let (runtime, memory, timeout) =
        (&function.runtime, function.memory_mb, function.timeout_seconds);
    ensure(
        RUNTIMES.contains(&runtime.as_str()),
        || format!("function.runtime cannot be {runtime:?}"),
        "choose nodejs24.x or nodejs22.x: AWS creates no nodejs20.x functions since 2026-08-31",
    )?;
    ensure(
        EDGE_MEMORY.contains(&memory),
        || format!("function.memory_mb cannot be {memory}"),
        "128 is enough; Lambda takes 128 to 10240",
    )?;
    ensure(
        (1..=EDGE_TIMEOUT_MAX).contains(&timeout),
        || format!("function.timeout_seconds cannot be {timeout}"),
        "5 is more than enough; Lambda@Edge takes 1 to 30",
    )?;
    // Ended by Lambda in the middle of it, a function forgets that it has asked, and asks again.
    ensure(
        timeout >= REFRESH_TIMEOUT_MIN || config.issuer.key_refresh == KeyRefresh::Off,
        || format!("function.timeout_seconds {timeout} is too short to ask for keys"),
        "write at least 3, or key_refresh = \"off\"",
    )?;
    ensure(
        (0.0..=1.0).contains(&function.log_allows),
        || format!("function.log_allows cannot be {}", function.log_allows),
        "write the share of allowed requests to log, from 0 to 1",
    )
}

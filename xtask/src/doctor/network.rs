//! Whether AWS answers at all, and what time it is there. No credentials are needed for that.

use super::check::Check;
use aws::Endpoint;
use reqwest::redirect::Policy;
use std::error::Error;
use std::time::{Duration, SystemTime};

/// AWS refuses a signature that is older or newer (IAM user guide, "Elements of an AWS API request
/// signature").
const SKEW_MAX: Duration = Duration::from_mins(5);
/// Less than that is the network.
const SKEW_SEEN: Duration = Duration::from_secs(30);

pub(super) async fn examine(
    endpoint: Option<&Endpoint>,
    region: &str,
    now: SystemTime,
    patience: Duration,
) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut dates = Vec::new();
    for address in aws::addresses(endpoint, region).await {
        match date(&address, patience).await {
            Ok(date) => {
                checks.push(Check::ok("network", format!("{address} answers")));
                dates.extend(date);
            }
            Err(error) => checks.push(unreachable(&address, &error)),
        }
    }
    checks.push(dates.first().map_or_else(
        || Check::skip("clock", "nobody said what time it is"),
        |there| clock(now, *there),
    ));
    checks
}

/// Any answer will do: without a signature it is a refusal or a redirect.
async fn date(address: &str, patience: Duration) -> reqwest::Result<Option<SystemTime>> {
    let client = reqwest::Client::builder().redirect(Policy::none()).timeout(patience).build()?;
    let answer = client.head(address).send().await?;
    let date = answer.headers().get("date").and_then(|it| it.to_str().ok());
    Ok(date.and_then(aws::http_date))
}

fn unreachable(address: &str, error: &reqwest::Error) -> Check {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let why = if error.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() };
    let hint = "check the network, stack.region, and AWS_ENDPOINT_URL if it is set";
    Check::fail("network", format!("{address} cannot be reached: {why}"), hint)
}

fn clock(here: SystemTime, there: SystemTime) -> Check {
    let (skew, word) = match here.duration_since(there) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    let text = format!("{} s {word} AWS", skew.as_secs());
    let hint = "set the clock by NTP";
    if skew >= SKEW_MAX {
        return Check::fail("clock", format!("{text}, which refuses signatures then"), hint);
    }
    if skew >= SKEW_SEEN {
        return Check::warn("clock", text, hint);
    }
    Check::ok("clock", text)
}

#[cfg(test)]
mod tests {
    use super::super::check::State;
    use super::*;

    #[test]
    fn a_clock_is_wrong_in_either_direction() {
        let there = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let judged = |seconds: i64| {
            let by = Duration::from_secs(seconds.unsigned_abs());
            let here = if seconds < 0 { there - by } else { there + by };
            let check = clock(here, there);
            (check.state, check.text)
        };
        assert_eq!(judged(0), (State::Ok, "0 s ahead of AWS".to_owned()));
        assert_eq!(judged(-40), (State::Warn, "40 s behind AWS".to_owned()));
        assert_eq!(judged(300).0, State::Fail);
        assert_eq!(judged(-3600).0, State::Fail);
    }
}

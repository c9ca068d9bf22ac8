//! Waiting and retrying, always with a deadline. Nothing else in this crate sleeps.

use crate::Reporter;
use crate::explain::{Failure, Named, since_the_plan};
use anyhow::Result;
use engine::{Failed, Observed, Resource, Unfinished};
use serde_json::Value;
use std::future::Future;
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const GROWTH: f64 = 1.6;
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// IAM, S3 and the lists of CloudFront are eventually consistent, typically within seconds
/// (IAM user guide, "Changes that I make are not always immediately visible"; S3 user guide,
/// "Amazon S3 data consistency model").
const SETTLE_DEADLINE: Duration = Duration::from_secs(30);

/// `OperationAborted`: two changes of one bucket at a time, or its name right after a deletion
/// (S3 API, "Error responses").
pub(crate) const ABORTED: &[Named] = &[Named { code: "OperationAborted", text: "" }];

/// What is waited for, how long at most, and who is told.
pub(crate) struct Wait<'a> {
    /// As in "waiting for …".
    pub(crate) what: &'a str,
    pub(crate) deadline: Duration,
    pub(crate) longest_pause: Duration,
    pub(crate) report: &'a Reporter,
}

impl<'a> Wait<'a> {
    pub(crate) fn new(what: &'a str, deadline: Duration, report: &'a Reporter) -> Self {
        Self { what, deadline, longest_pause: LONGEST_PAUSE, report }
    }

    /// Asks until there is an answer; `None` after the deadline.
    pub(crate) async fn until<T, E, F>(&self, mut ask: impl FnMut() -> F) -> Result<Option<T>, E>
    where
        F: Future<Output = Result<Option<T>, E>>,
    {
        let mut pauses = self.pauses();
        loop {
            let answer = ask().await?;
            if answer.is_some() || !pauses.next().await {
                return Ok(answer);
            }
        }
    }

    /// Calls again while the failure is one of those named; after the deadline it is the answer.
    pub(crate) async fn retry<T, F>(
        &self,
        named: &[Named],
        mut call: impl FnMut() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut pauses = self.pauses();
        loop {
            match call().await {
                Err(failure) if failure.is_any(named) => {
                    if !pauses.next().await {
                        return Err(failure);
                    }
                }
                answer => return answer,
            }
        }
    }

    /// The error after a deadline.
    pub(crate) fn expired(&self) -> Unfinished {
        Unfinished(format!("waited {} s for {}, in vain", self.deadline.as_secs(), self.what))
    }

    /// For loops that do more than to ask again.
    pub(crate) fn pauses(&self) -> Pauses<'_> {
        Pauses { wait: self, begun: Instant::now(), next: FIRST_PAUSE }
    }
}

pub(crate) struct Pauses<'a> {
    wait: &'a Wait<'a>,
    begun: Instant,
    next: Duration,
}

impl Pauses<'_> {
    /// Sleeps, each time a little longer; `false` when the time is up.
    pub(crate) async fn next(&mut self) -> bool {
        let left = self.wait.deadline.saturating_sub(self.begun.elapsed());
        if left.is_zero() {
            return false;
        }
        if self.next == FIRST_PAUSE {
            self.wait.report.waiting(self.wait.what, self.wait.deadline);
        }
        tokio::time::sleep(self.next.min(left)).await;
        self.next = self.next.mul_f64(GROWTH).min(self.wait.longest_pause);
        true
    }
}

impl Drop for Pauses<'_> {
    fn drop(&mut self) {
        if self.next != FIRST_PAUSE {
            self.wait.report.waited(self.wait.what);
        }
    }
}

/// Asks again while AWS may not show yet what was written: `None` when it still does not.
///
/// # Errors
/// That of a read.
pub async fn settled<T, F>(report: &Reporter, ask: impl FnMut() -> F) -> Result<Option<T>>
where
    F: Future<Output = Result<Option<T>>>,
{
    Wait::new("the changes to be visible", SETTLE_DEADLINE, report).until(ask).await
}

/// Looks once more, right before a write that AWS has no condition for. What changes in the moment
/// that is left is overwritten.
pub(crate) async fn unchanged(resource: &dyn Resource, planned: Option<&Value>) -> Result<()> {
    let seen = resource.read().await?;
    if seen.as_ref().map(|it| &it.props) == planned {
        return Ok(());
    }
    Err(changed())
}

pub(crate) fn changed() -> anyhow::Error {
    let message = "it changed since the plan".to_owned();
    Failed { message, hint: "plan again: cargo xtask plan".to_owned() }.into()
}

/// A create whose name is taken: by an attempt of its own whose answer was lost, when what is there
/// is what it would have made.
///
/// `made` compares the properties that are there with those that are desired; what is there is
/// returned.
pub(crate) async fn taken(
    resource: &dyn Resource,
    failure: Failure,
    made: impl Fn(&Value) -> bool,
) -> Result<Observed> {
    if !failure.is_taken() {
        return Err(failure.into());
    }
    // It refuses what is not this stack's, by name.
    match resource.read().await? {
        Some(it) if made(&it.props) => Ok(it),
        _ => Err(made_meanwhile(failure)),
    }
}

pub(crate) fn made_meanwhile(failure: Failure) -> anyhow::Error {
    let message = "it was made since the plan, and differs from it".to_owned();
    let hint = "plan again: cargo xtask plan".to_owned();
    anyhow::Error::new(failure).context(Failed { message, hint })
}

/// A conditional update that came too late: by an attempt of its own whose answer was lost, when
/// what is there is what it would have written.
pub(crate) async fn stale(
    resource: &dyn Resource,
    failure: Failure,
    desired: &Value,
) -> Result<Observed> {
    if failure.is_stale()
        && let Some(it) = resource.read().await?.filter(|it| it.props == *desired)
    {
        return Ok(it);
    }
    Err(since_the_plan(failure))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::nobody;
    use std::cell::Cell;

    fn failure(code: &str) -> Failure {
        let call = "s3:CreateBucket".to_owned();
        Failure { call, code: code.to_owned(), message: String::new(), status: 409 }
    }

    #[tokio::test]
    async fn retries_what_is_named_and_nothing_else() {
        let report = Reporter::new("test", &nobody());
        let wait = Wait::new("a test", Duration::from_secs(5), &report);
        let calls = Cell::new(0);
        let answer = wait.retry(ABORTED, || {
            calls.set(calls.get() + 1);
            let code = if calls.get() < 3 { "OperationAborted" } else { "AccessDenied" };
            async move { Err::<(), _>(failure(code)) }
        });
        assert_eq!(answer.await.unwrap_err().code, "AccessDenied");
        assert_eq!(calls.get(), 3);
    }

    #[tokio::test]
    async fn gives_up_after_the_deadline() {
        let report = Reporter::new("test", &nobody());
        let wait = Wait::new("nothing", Duration::from_millis(150), &report);
        let answer: Result<Option<()>> = wait.until(|| async { Ok(None) }).await;
        assert_eq!(answer.unwrap(), None);
    }
}

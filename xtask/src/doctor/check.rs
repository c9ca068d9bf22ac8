//! What came of looking at one thing.

use crate::output;
use crate::program::said;
use serde::Serialize;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Ok,
    /// It works, and somebody should look at it.
    Warn,
    Fail,
    /// It could not be looked at, because of something else.
    Skip,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Check {
    pub(super) name: &'static str,
    pub(super) state: State,
    /// One line.
    pub(super) text: String,
    /// What to run or change.
    pub(super) hint: Option<String>,
}

impl Check {
    pub(super) fn ok(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, state: State::Ok, text: text.into(), hint: None }
    }

    pub(super) fn warn(
        name: &'static str,
        text: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { name, state: State::Warn, text: text.into(), hint: Some(hint.into()) }
    }

    pub(super) fn fail(
        name: &'static str,
        text: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { name, state: State::Fail, text: text.into(), hint: Some(hint.into()) }
    }

    pub(super) fn skip(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, state: State::Skip, text: text.into(), hint: None }
    }

    /// Commands by the name that they are called by here.
    pub(super) fn in_words_of_this_program(self) -> Self {
        let here = |text: String| said(&text).into_owned();
        Self { text: here(self.text), hint: self.hint.map(here), ..self }
    }

    /// What a deployment does not depend on could not be read.
    pub(super) fn unread(name: &'static str, error: &anyhow::Error) -> Self {
        Self { state: State::Warn, ..Self::failed(name, error) }
    }

    /// With the hint that the error has.
    pub(super) fn failed(name: &'static str, error: &anyhow::Error) -> Self {
        let hint = output::hint(error).map(str::to_owned);
        Self { name, state: State::Fail, text: one_line(&format!("{error:#}")), hint }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The answer, or that there was none in time.
///
/// # Errors
/// The answer's own, or the deadline has passed.
pub(super) async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(anyhow::anyhow!("no answer within {} s", patience.as_secs())),
    }
}

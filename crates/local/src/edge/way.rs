//! What a request meets on its way through the edge, and how long it stays there.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyhow::Result;
use axum::response::Response;
use serde::Serialize;

use crate::edge::node::Function;

/// A run of the viewer-request function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ran {
    pub version: String,
    pub millis: f64,
}

/// A question to the bucket, and its answer up to the body.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// None when there was no answer.
    pub status: Option<u16>,
    pub millis: f64,
}

/// The way of one request, as far as it has come.
#[derive(Default)]
pub(crate) struct Way(Mutex<Steps>);

#[derive(Clone, Default)]
pub(crate) struct Steps {
    /// The function that judged, when there is one.
    pub(crate) function: Option<(Function, Ran)>,
    pub(crate) origin: Vec<Asked>,
}

impl Way {
    pub(crate) fn ran(&self, function: &Function, start: Instant) {
        let ran = Ran { version: function.version.clone(), millis: since(start) };
        self.lock().function = Some((function.clone(), ran));
    }

    pub(crate) fn asked(&self, answer: &Result<Response>, start: Instant) {
        let status = answer.as_ref().ok().map(|it| it.status().as_u16());
        self.lock().origin.push(Asked { status, millis: since(start) });
    }

    pub(crate) fn steps(&self) -> Steps {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Steps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// In milliseconds.
pub(crate) fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

//! Desired state in, ordered steps out. Only [`observe`] and [`apply`] reach a cloud.
//!
//! ```text
//! Graph (desired) + Snapshot (observed) ──plan──► Vec<Step> ──apply──► the cloud
//! ```
//!
//! [`plan`] is a pure function and holds no client, so a dry run cannot write, by construction.
//! Read [`Node`] first, then [`Resource`], then [`plan`].

mod apply;
mod finding;
mod graph;
mod lint;
mod note;
mod order;
mod plan;
mod review;
mod tree;
mod why;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

pub use apply::{Pending, Progress, WaitsFor, apply, observe, observe_again};
pub use finding::{Direction, Finding, Judge, Risk};
pub use graph::Graph;
pub use lint::{Cleanup, Lint, Severity, State};
pub use note::{Note, Notes, Source};
pub use plan::{Action, Goal, Step, plan};
pub use review::{Approved, Review, SCHEMA, Scope, WIDTH, escape};
pub use tree::Change;
pub use why::Why;

/// One thing that must exist.
///
/// A string anywhere in `desired` may name an output of another node, `"${role.arn}"`. Those
/// references are the edges of the graph, and in a plan they stand for "known after apply".
#[derive(Clone, Debug)]
pub struct Node {
    /// Lower case with underscores: it is what references name.
    pub name: &'static str,
    /// The properties, in the shape that [`Resource::read`] returns them.
    pub desired: Value,
    /// Outputs that an update changes, such as the ARN of a function's newest version.
    pub volatile: &'static [&'static str],
    /// Properties that can change without an effect on those.
    pub aside: &'static [&'static str],
    /// Outputs that say how far AWS has got, and change by themselves.
    pub transient: &'static [&'static str],
    /// Who says what a change of it means for security.
    pub judge: Judge,
}

/// What the cloud says of a node: properties in the shape of `desired`, and the identifiers that
/// other nodes refer to or that make a write conditional (`id`, `arn`, `etag`).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Observed {
    pub props: Value,
    pub outputs: BTreeMap<String, String>,
    /// What somebody else attached to it and edgegate leaves there: a name for it, and what it is.
    pub beside: BTreeMap<String, String>,
    /// What the last deployment noted on it about any resource. No part of what is approved.
    pub notes: Notes,
    pub owner: Owner,
}

/// Whose something is that was observed. What is another stack's is not observed but refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    #[default]
    Stack,
    /// It was made by hand; [`Resource::update`] makes it the stack's and then the same as desired.
    Nobody,
}

/// Every node that exists.
pub type Snapshot = BTreeMap<&'static str, Observed>;

/// The adapter of every node, by its name.
pub type Cloud = BTreeMap<&'static str, Box<dyn Resource>>;

/// The end of a delete that did not fail.
#[derive(Debug, PartialEq)]
pub enum Deletion {
    Done,
    /// The cloud refuses for now, for this reason. Running again later finishes it.
    Pending(String),
    /// Somebody else uses it, as said here: it stays, and waiting does not help.
    Shared(String),
}

/// One AWS resource, one file, four verbs.
///
/// Each verb may be repeated after a failure at any point inside it: what it finds half done it
/// completes. Writes are conditional on what was observed wherever AWS has a way to say so, and a
/// conflict is an error, never a silent second read.
#[async_trait::async_trait]
pub trait Resource: Send + Sync {
    /// `None` when it does not exist.
    ///
    /// # Errors
    /// [`Refused`] when the name is taken by something that is not this stack's.
    async fn read(&self) -> Result<Option<Observed>>;
    /// Creates it and returns it as [`Resource::read`] would, as far as the answers say.
    async fn create(&self, desired: &Value) -> Result<Observed>;
    /// Turns `current` into `desired` and returns it, likewise.
    async fn update(&self, current: &Observed, desired: &Value) -> Result<Observed>;
    /// Takes from `current` at once what an update would take away anyhow and nothing has to wait for,
    /// and returns what is left; `None` when there is nothing of that kind. `desired` may still refer to
    /// what other steps will change.
    async fn narrow(&self, _current: &Observed, _desired: &Value) -> Result<Option<Observed>> {
        Ok(None)
    }
    /// Removes it; that it is gone already is success.
    async fn delete(&self, current: &Observed) -> Result<Deletion>;
    /// Whether the answer to a create shows everything that a read right after it would.
    fn create_shows_all(&self) -> bool {
        false
    }
}

/// Something that edgegate will not do without being told so in so many words.
#[derive(Debug)]
pub struct Refused {
    pub message: String,
    /// What to run or change next.
    pub hint: String,
}

/// A failure that its reader can do something about.
#[derive(Debug)]
pub struct Failed {
    pub message: String,
    /// What to run or change next.
    pub hint: String,
}

/// A wait that took longer than it should: nothing is wrong yet, and running again goes on.
#[derive(Debug)]
pub struct Unfinished(pub String);

impl fmt::Display for Unfinished {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Unfinished {}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}
impl std::error::Error for Failed {}

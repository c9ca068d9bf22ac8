//! What the engine and the adapters say, as events.

use super::event::seconds;
use super::{Event, Planned, emit, told};
use aws::Watch;
use engine::{Action, Progress, Step};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

/// Knows since when everything goes on.
#[derive(Default)]
pub(crate) struct Console {
    since: Mutex<BTreeMap<String, Instant>>,
}

static CONSOLE: LazyLock<Arc<Console>> = LazyLock::new(Arc::default);

pub(crate) fn console() -> &'static Console {
    &CONSOLE
}

/// The same, for the adapters.
pub(crate) fn watch() -> Arc<dyn Watch> {
    CONSOLE.clone()
}

impl Console {
    pub(crate) fn begins(&self, resource: &str, action: Action) {
        self.note(resource);
        emit(&Event::Started { resource, action });
    }

    pub(crate) fn ends(&self, resource: &str, action: Action) {
        let seconds = self.forget(resource);
        emit(&Event::Finished { resource, action, seconds });
    }

    fn note(&self, thing: &str) {
        if let Ok(mut since) = self.since.lock() {
            since.insert(thing.to_owned(), Instant::now());
        }
    }

    fn forget(&self, thing: &str) -> f64 {
        self.since.lock().ok().and_then(|mut it| it.remove(thing)).map_or(0.0, seconds)
    }
}

impl Progress for Console {
    fn planned(&self, steps: &[(&Step, Vec<&'static str>)]) {
        let planned = steps.iter().map(|(step, after)| {
            let Step { resource, action, .. } = *step;
            Planned { resource, action: *action, after: after.clone() }
        });
        emit(&Event::Planned { steps: planned.collect() });
    }

    fn started(&self, step: &Step) {
        self.begins(step.resource, step.action);
    }

    fn finished(&self, step: &Step) {
        self.ends(step.resource, step.action);
    }

    fn postponed(&self, step: &Step, reason: &str) {
        self.forget(step.resource);
        emit(&Event::Postponed { resource: step.resource, action: step.action, reason });
    }

    fn failed(&self, step: &Step, error: &anyhow::Error) {
        self.forget(step.resource);
        let (message, hint) = told(error);
        let (resource, action) = (step.resource, step.action);
        emit(&Event::Failed { resource, action, message: &message, hint: hint.as_deref() });
    }
}

impl Watch for Console {
    fn waiting(&self, resource: &str, what: &str, at_most: Duration) {
        self.note(what);
        emit(&Event::Waiting { resource, what, at_most: at_most.as_secs() });
    }

    fn waited(&self, resource: &str, what: &str) {
        let seconds = self.forget(what);
        emit(&Event::Waited { resource, what, seconds });
    }

    fn came_to(&self, resource: &str, text: &str) {
        emit(&Event::CameTo { resource, text });
    }
}

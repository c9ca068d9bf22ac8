//! What takes long is told to whoever watches.

use std::sync::Arc;
use std::time::Duration;

/// Told what is waited for and what has been done so far.
pub trait Watch: Send + Sync {
    /// A wait begins: for what, as in "waiting for …", and for how long at most.
    fn waiting(&self, resource: &str, what: &str, at_most: Duration);
    /// That wait is over, whatever came of it.
    fn waited(&self, resource: &str, what: &str);
    /// How far something has come that takes many calls.
    fn came_to(&self, resource: &str, text: &str);
}

/// Tells a watcher about one resource.
#[derive(Clone)]
pub struct Reporter {
    resource: &'static str,
    watch: Arc<dyn Watch>,
}

impl Reporter {
    pub fn new(resource: &'static str, watch: &Arc<dyn Watch>) -> Self {
        Self { resource, watch: Arc::clone(watch) }
    }

    pub(crate) fn waiting(&self, what: &str, at_most: Duration) {
        self.watch.waiting(self.resource, what, at_most);
    }

    pub(crate) fn waited(&self, what: &str) {
        self.watch.waited(self.resource, what);
    }

    pub(crate) fn came_to(&self, text: &str) {
        self.watch.came_to(self.resource, text);
    }
}

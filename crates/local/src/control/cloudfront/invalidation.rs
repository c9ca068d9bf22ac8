//! Invalidations: which cached objects the edge forgets.

use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::clock::{self, Millis};
use crate::control::cloudfront::distribution::no_distribution;
use crate::control::cloudfront::{Call, List, check, invalid_argument};
use crate::control::reply;
use crate::fault::{Fault, Outcome};
use crate::policy;
use crate::xml::Element;

/// One batch of paths.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Invalidation {
    id: String,
    pub(crate) created: Millis,
    complete_at: Millis,
    batch: Element,
}

impl Invalidation {
    pub(crate) fn is_complete(&self, now: Millis) -> bool {
        now >= self.complete_at
    }

    /// Whether an object of that path is forgotten; only the last character can be a wildcard.
    pub(crate) fn covers(&self, path: &str) -> bool {
        let same = |it: &Element| match it.text.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => it.text == path,
        };
        self.batch.items("Paths").iter().any(same)
    }

    fn status(&self, now: Millis) -> &'static str {
        if self.is_complete(now) { "Completed" } else { "InProgress" }
    }

    fn element(&self, now: Millis) -> Element {
        Element::new("Invalidation")
            .with_leaf("Id", &self.id)
            .with_leaf("Status", self.status(now))
            .with_leaf("CreateTime", clock::iso8601(self.created))
            .with(self.batch.clone())
    }

    fn summary(&self, now: Millis) -> Element {
        Element::new("InvalidationSummary")
            .with_leaf("Id", &self.id)
            .with_leaf("CreateTime", clock::iso8601(self.created))
            .with_leaf("Status", self.status(now))
    }
}

impl Call<'_> {
    pub(crate) fn invalidation(&self, distribution: &str, rest: &[&str]) -> Outcome<Response> {
        let now = self.control.store.clock.now();
        let answer = |status, body: &Element| reply::xml(status, reply::CLOUDFRONT_XMLNS, body);
        match (self.method, rest) {
            ("POST", []) => {
                let created = self.create_invalidation(distribution)?;
                Ok(answer(201, &created.element(now)))
            }
            ("GET", []) => {
                let all = self.with(distribution, |it| {
                    it.invalidations
                        .iter()
                        .rev()
                        .map(|it| (it.id.clone(), it.summary(now)))
                        .collect::<Vec<_>>()
                })?;
                Ok(self.page(List::Marked, "InvalidationList", &all))
            }
            ("GET", [id]) => {
                let found = self.with(distribution, |it| {
                    it.invalidations.iter().find(|it| it.id == *id).cloned()
                })?;
                let missing = || {
                    Fault::new(
                        404,
                        "NoSuchInvalidation",
                        "The specified invalidation does not exist.",
                    )
                };
                Ok(answer(200, &found.ok_or_else(missing)?.element(now)))
            }
            _ => Err(self.unknown()),
        }
    }

    fn create_invalidation(&self, distribution: &str) -> Outcome<Invalidation> {
        let batch = self.document()?;
        check::quantities(&batch)?;
        let paths = batch.items("Paths");
        if paths.is_empty() || paths.iter().any(|it| !policy::like("/*", &it.text)) {
            return Err(invalid_argument(
                "Your request contains one or more invalid invalidation paths.",
            ));
        }
        let now = self.control.store.clock.now();
        let new = Invalidation { id: reply::short_id("I"), created: now, complete_at: now, batch };
        self.control.store.write(|cloud| {
            let it = cloud.distributions.get_mut(distribution).ok_or_else(no_distribution)?;
            // The same caller reference means the same batch.
            let reference = new.batch.text_at("CallerReference");
            if let Some(old) =
                it.invalidations.iter().find(|it| it.batch.text_at("CallerReference") == reference)
            {
                if old.batch == new.batch {
                    return Ok(old.clone());
                }
                let message = "The caller reference is associated with another invalidation batch.";
                return Err(Fault::new(400, "InvalidArgument", message));
            }
            it.invalidations.push(new.clone());
            Ok(new)
        })
    }
}

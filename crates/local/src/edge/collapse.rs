//! Simultaneous requests for the same object: the first one asks the origin, the others wait for it.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorS3Origin.html#request-s3-traffic-spikes>

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Who waited that long asks by itself: the first viewer may be a slow one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The keys that somebody is asking the origin for.
#[derive(Clone, Default)]
pub(crate) struct Flights(Arc<Mutex<HashMap<String, watch::Receiver<()>>>>);

/// Held by the first one until its answer is in the cache, or never will be.
pub(crate) struct Flight {
    flights: Flights,
    key: String,
    /// Whoever waits sees it go.
    _landed: watch::Sender<()>,
}

/// What one that asks for a key is.
pub(crate) enum Turn {
    First(Flight),
    Waits(watch::Receiver<()>),
}

impl Flights {
    pub(crate) fn join(&self, key: &str) -> Turn {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(key) {
            return Turn::Waits(flight.clone());
        }
        let (landed, waits) = watch::channel(());
        flights.insert(key.to_owned(), waits);
        Turn::First(Flight { flights: self.clone(), key: key.to_owned(), _landed: landed })
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Waits until the first one is done.
pub(crate) async fn landed(mut flight: watch::Receiver<()>) {
    // Both an error, which is the end of the flight, and too long a wait let it go on.
    let _ = tokio::time::timeout(PATIENCE, flight.changed()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_others_wait_until_the_first_is_done() {
        let flights = Flights::default();
        let Turn::First(first) = flights.join("a") else { panic!("nobody else asks") };
        let Turn::Waits(waits) = flights.join("a") else { panic!("somebody asks already") };
        assert!(matches!(flights.join("b"), Turn::First(_)));
        drop(first);
        landed(waits).await;
        assert!(matches!(flights.join("a"), Turn::First(_)));
    }
}

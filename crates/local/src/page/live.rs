//! The requests of the edge, as they are answered: the last ones, and those to come.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use serde_json::{Value, json};
use tokio::sync::{broadcast, watch};

use crate::Served;
use crate::clock::Millis;
use crate::control::reply;

/// How many requests somebody who opens the page finds there.
const RECENT_MAX: usize = 200;
/// So often a page that has gone is noticed.
const BEAT: Duration = Duration::from_secs(15);

/// Of one request, without anything secret.
#[derive(Clone)]
struct Entry {
    seq: u64,
    json: Arc<str>,
}

pub(crate) struct Live {
    numbers: AtomicU64,
    recent: Mutex<VecDeque<Entry>>,
    news: broadcast::Sender<Entry>,
}

impl Default for Live {
    fn default() -> Self {
        let news = broadcast::Sender::new(RECENT_MAX);
        Self { numbers: AtomicU64::default(), recent: Mutex::default(), news }
    }
}

impl Live {
    /// The number of the next request, from one.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn add(&self, seq: u64, at: Millis, served: &Served, judged: Option<&Value>) {
        let Served { id, method, path, status, decision, reason, .. } = served;
        let Served { location, function, cache, origin, millis, .. } = served;
        let json = json!({
            "seq": seq, "at": at, "id": id, "location": location, "method": method, "path": path,
            "status": status, "decision": decision, "reason": reason, "function": function,
            "cache": cache, "origin": origin, "millis": millis, "judged": judged,
        });
        let entry = Entry { seq, json: json.to_string().into() };
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == RECENT_MAX {
            recent.pop_front();
        }
        recent.push_back(entry.clone());
        // An error means that nobody looks on.
        let _ = self.news.send(entry);
    }

    /// What came after a number, and what comes: nothing is missed in between.
    fn follow(&self, after: u64) -> (VecDeque<Entry>, broadcast::Receiver<Entry>) {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let missed = recent.iter().filter(|it| it.seq > after).cloned().collect();
        (missed, self.news.subscribe())
    }
}

/// Server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html>
pub(crate) fn stream(live: &Live, after: u64, stopped: watch::Receiver<()>) -> Response {
    let (missed, news) = live.follow(after);
    // A first line, so that the page knows at once that it is connected.
    let first = std::iter::once(beat()).chain(missed.iter().map(event)).collect::<String>();
    let first = futures_util::stream::iter([Ok(first)]);
    let rest = futures_util::stream::unfold((news, stopped), |(mut news, mut stopped)| async {
        let text = tokio::select! {
            entry = news.recv() => match entry {
                Ok(entry) => event(&entry),
                // Whoever is too slow misses some, and goes on.
                Err(broadcast::error::RecvError::Lagged(_)) => beat(),
                Err(broadcast::error::RecvError::Closed) => return None,
            },
            () = tokio::time::sleep(BEAT) => beat(),
            _ = stopped.changed() => return None,
        };
        Some((Ok::<_, std::convert::Infallible>(text), (news, stopped)))
    });
    let body = Body::from_stream(futures_util::StreamExt::chain(first, rest));
    reply::with(200, "text/event-stream", body)
}

fn event(entry: &Entry) -> String {
    format!("id: {}\ndata: {}\n\n", entry.seq, entry.json)
}

/// A comment, which no page sees.
fn beat() -> String {
    ":\n\n".to_owned()
}

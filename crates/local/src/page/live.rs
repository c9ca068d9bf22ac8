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
    /// When this cloud was started: an earlier one counted from one as well.
    started: Millis,
    numbers: AtomicU64,
    recent: Mutex<VecDeque<Entry>>,
    news: broadcast::Sender<Entry>,
}

impl Live {
    pub(crate) fn new(started: Millis) -> Self {
        let (numbers, recent) = (AtomicU64::default(), Mutex::default());
        Self { started, numbers, recent, news: broadcast::Sender::new(RECENT_MAX) }
    }

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

/// Server-sent events, from the one after `last` on. The first says which cloud this is.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html>
pub(crate) fn stream(live: &Live, last: &str, stopped: watch::Receiver<()>) -> Response {
    let started = live.started;
    let same = last.split_once('-').filter(|(cloud, _)| *cloud == started.to_string());
    let (missed, news) = live.follow(same.and_then(|(_, seq)| seq.parse().ok()).unwrap_or(0));
    let hello = format!("event: cloud\ndata: {started}\n\n");
    let first = std::iter::once(hello).chain(missed.iter().map(|it| event(started, it)));
    let first = futures_util::stream::iter([Ok(first.collect::<String>())]);
    let rest =
        futures_util::stream::unfold((news, stopped), move |(mut news, mut stopped)| async move {
            let text = tokio::select! {
                entry = news.recv() => match entry {
                    Ok(entry) => event(started, &entry),
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

fn event(started: Millis, entry: &Entry) -> String {
    format!("id: {started}-{}\ndata: {}\n\n", entry.seq, entry.json)
}

/// A comment, which no page sees.
fn beat() -> String {
    ":\n\n".to_owned()
}

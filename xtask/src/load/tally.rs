//! What a run has come to, and how it is told.

use crate::output::{BOLD, DIM, GREEN, RED, say};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// So many mistakes are named; the rest is only counted.
const NAMED: usize = 10;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    View,
    Upload,
    Refusal,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cache {
    Hit,
    Miss,
}

/// What one viewer, or all of them, have seen.
#[derive(Default)]
pub(super) struct Tally {
    /// In microseconds, by the row of the table.
    latencies: BTreeMap<&'static str, Vec<u32>>,
    reads: u64,
    hits: u64,
    decisions: u64,
    wrong: u64,
    compared: u64,
    corrupted: u64,
    died: u64,
    pub(super) mistakes: Vec<String>,
}

impl Tally {
    pub(super) fn took(&mut self, kind: Kind, cache: Cache, time: Duration) {
        let row = match (kind, cache) {
            (Kind::View, Cache::Hit) => "hits",
            (Kind::View, Cache::Miss) => "misses",
            (Kind::Upload, _) => "uploads",
            (Kind::Refusal, _) => "refusals",
        };
        let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        self.latencies.entry(row).or_default().push(micros);
    }

    /// Counts a decision; whether it was the right one.
    pub(super) fn expect(&mut self, status: u16, expected: u16, path: &str) -> bool {
        self.decisions += 1;
        if status != expected {
            self.wrong += 1;
            self.mistake(format!("{path}: {status} instead of {expected}"));
        }
        status == expected
    }

    pub(super) fn read(&mut self, cache: Cache) {
        self.reads += 1;
        self.hits += u64::from(cache == Cache::Hit);
    }

    /// The bytes of an answer were compared with those that were uploaded.
    pub(super) fn compared(&mut self) {
        self.compared += 1;
    }

    /// They were others.
    pub(super) fn corrupted(&mut self, path: &str) {
        self.corrupted += 1;
        self.mistake(format!("{path}: not the bytes that were uploaded"));
    }

    /// A request met a process that died.
    pub(super) fn died(&mut self) {
        self.died += 1;
    }

    fn mistake(&mut self, what: String) {
        if self.mistakes.len() < NAMED {
            self.mistakes.push(what);
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        for (row, times) in other.latencies {
            self.latencies.entry(row).or_default().extend(times);
        }
        self.reads += other.reads;
        self.hits += other.hits;
        self.decisions += other.decisions;
        self.wrong += other.wrong;
        self.compared += other.compared;
        self.corrupted += other.corrupted;
        self.died += other.died;
        other.mistakes.into_iter().for_each(|it| self.mistake(it));
    }

    /// Takes over what a last look at everything has found, without its speed.
    pub(super) fn found(&mut self, mut last: Self) {
        last.latencies.clear();
        (last.reads, last.hits) = (0, 0);
        self.add(last);
    }

    pub(super) fn wrong(&self) -> u64 {
        self.wrong
    }

    pub(super) fn is_good(&self) -> bool {
        self.wrong == 0 && self.corrupted == 0
    }

    pub(super) fn requests(&self) -> u64 {
        self.latencies.values().map(|it| it.len() as u64).sum()
    }
}

/// All that a run is judged by.
pub(super) struct Report {
    pub(super) tally: Tally,
    pub(super) seconds: f64,
    pub(super) uploaded: u64,
    pub(super) lost: u64,
    pub(super) errors: Vec<String>,
    pub(super) killed: u64,
    /// In MiB, where the system tells.
    pub(super) peak: Option<u64>,
    pub(super) workers: Option<u64>,
    pub(super) large: Option<(u64, Option<u64>)>,
}

impl Report {
    pub(super) fn is_good(&self) -> bool {
        self.tally.is_good() && self.lost == 0 && self.errors.is_empty()
    }

    fn rate(&self) -> f64 {
        number(self.tally.requests()) / self.seconds.max(f64::MIN_POSITIVE)
    }

    fn hit_ratio(&self) -> f64 {
        number(self.tally.hits) / number(self.tally.reads.max(1))
    }

    pub(super) fn json(&self) -> Value {
        let rows = self.tally.latencies.iter().map(|(row, times)| {
            let row_of = json!({"requests": times.len(), "p50_ms": quantile(times, 50), "p99_ms": quantile(times, 99)});
            ((*row).to_owned(), row_of)
        });
        json!({
            "requests": self.tally.requests(), "seconds": self.seconds, "per_second": self.rate(),
            "latency": rows.collect::<serde_json::Map<_, _>>(), "hit_ratio": self.hit_ratio(),
            "decisions": self.tally.decisions, "wrong": self.tally.wrong,
            "compared": self.tally.compared, "corrupted": self.tally.corrupted,
            "uploaded": self.uploaded, "lost": self.lost, "errors": self.errors,
            "killed": self.killed, "sent_again": self.tally.died, "mistakes": self.tally.mistakes,
            "peak_mib": self.peak, "workers_mib": self.workers,
            "large_mib": self.large.map(|it| it.0), "large_growth_mib": self.large.and_then(|it| it.1),
        })
    }

    pub(super) fn print(&self) {
        let Self { tally, seconds, uploaded, lost, .. } = self;
        say!(
            "{BOLD}requests{BOLD:#}   {} in {seconds:.1} s: {:.0} a second",
            tally.requests(),
            self.rate()
        );
        for (row, times) in &tally.latencies {
            let (count, half, most) = (times.len(), quantile(times, 50), quantile(times, 99));
            say!("  {row:<9}{count:>8}  p50 {half:>8.2} ms  p99 {most:>8.2} ms");
        }
        say!(
            "{BOLD}cache{BOLD:#}      {:.1} % of {} reads hit",
            self.hit_ratio() * 100.0,
            tally.reads
        );
        let style = if self.is_good() { GREEN } else { RED };
        say!(
            "{BOLD}decisions{BOLD:#}  {} made, {style}{} wrong{style:#}",
            tally.decisions,
            tally.wrong
        );
        say!(
            "{BOLD}images{BOLD:#}     {uploaded} uploaded, {style}{lost} lost{style:#}; {} compared byte by byte, {style}{} corrupted{style:#}",
            tally.compared,
            tally.corrupted
        );
        say!("{BOLD}errors{BOLD:#}     {style}{}{style:#}", self.errors.len());
        say!(
            "{BOLD}workers{BOLD:#}    {} killed; {} requests met one and were sent again",
            self.killed,
            tally.died
        );
        let mib =
            |it: Option<u64>| it.map_or_else(|| "unknown".to_owned(), |it| format!("{it} MiB"));
        say!(
            "{BOLD}memory{BOLD:#}     at most {} with the viewers in it, {} in Node",
            mib(self.peak),
            mib(self.workers)
        );
        if let Some((size, growth)) = self.large {
            say!("           {size} MiB up and down took {} more", mib(growth));
        }
        for it in tally.mistakes.iter().chain(&self.errors) {
            say!("  {RED}{it}{RED:#}");
        }
        say!("{DIM}one machine, loopback, viewers and edge on the same cores{DIM:#}");
    }
}

fn number(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

/// In milliseconds.
fn quantile(micros: &[u32], percent: usize) -> f64 {
    let mut sorted = micros.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).map_or(0.0, |it| f64::from(*it) / 1000.0)
}

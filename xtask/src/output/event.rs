//! What whoever watches a command is told, and in which form.

use super::live::Live;
use super::{lines, written_to};
use clap::ValueEnum;
use engine::Action;
use serde::Serialize;
use std::io::IsTerminal as _;
use std::sync::OnceLock;

/// The form of what goes to stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people: what runs and what waits on a terminal, else one line as each thing happens
    #[default]
    Text,
    /// For programs: one JSON object on each line
    Json,
}

/// One thing that happened; as JSON, `event` is its kind. Durations are in seconds.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Event<'a> {
    /// All steps that will be taken, each with the resources that come before it.
    Planned {
        steps: Vec<Planned>,
    },
    Started {
        resource: &'a str,
        action: Action,
    },
    Finished {
        resource: &'a str,
        action: Action,
        seconds: f64,
    },
    /// It has to wait until the same command is run again.
    Postponed {
        resource: &'a str,
        action: Action,
        reason: &'a str,
    },
    /// So has another one, and that is the error at the end.
    Failed {
        resource: &'a str,
        action: Action,
        message: &'a str,
        hint: Option<&'a str>,
    },
    /// As in "waiting for …".
    Waiting {
        resource: &'a str,
        what: &'a str,
        at_most: u64,
    },
    Waited {
        resource: &'a str,
        what: &'a str,
        seconds: f64,
    },
    CameTo {
        resource: &'a str,
        text: &'a str,
    },
    Note {
        text: &'a str,
    },
    Warning {
        text: &'a str,
    },
    Error {
        message: &'a str,
        hint: Option<&'a str>,
        exit: u8,
    },
}

#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Planned {
    pub(crate) resource: &'static str,
    pub(crate) action: Action,
    pub(crate) after: Vec<&'static str>,
}

/// Where events go.
pub(crate) enum View {
    Json,
    Lines(lines::Lines),
    Live(Live),
}

static VIEW: OnceLock<View> = OnceLock::new();

/// Chooses the form, once for the process.
pub(crate) fn start(format: LogFormat) {
    let is_watched = std::io::stderr().is_terminal();
    VIEW.get_or_init(|| match format {
        LogFormat::Json => View::Json,
        LogFormat::Text if is_watched => View::Live(Live::default()),
        LogFormat::Text => View::Lines(lines::Lines::default()),
    });
}

pub(crate) fn view() -> &'static View {
    VIEW.get_or_init(|| View::Lines(lines::Lines::default()))
}

pub(crate) fn emit(event: &Event) {
    match view() {
        View::Json => {
            let line = serde_json::to_string(event).unwrap_or_default();
            written_to(anstream::stderr(), format_args!("{line}"));
        }
        View::Lines(view) => view.show(event),
        View::Live(view) => view.show(event),
    }
}

/// Since then, to a tenth.
pub(crate) fn seconds(since: std::time::Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 10.0).round() / 10.0
}

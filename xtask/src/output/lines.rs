//! One line as each thing happens: for pipes, files and CI. No line holds the time of day.

use super::{BOLD, DIM, Event, RED, YELLOW, written_to};
use engine::{Action, escape};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// Says what a wait is for once for each thing.
#[derive(Default)]
pub(crate) struct Lines {
    told: Mutex<BTreeSet<String>>,
}

impl Lines {
    pub(crate) fn show(&self, event: &Event) {
        if let Event::Waiting { what, .. } = event {
            let is_new = self.told.lock().is_ok_and(|mut it| it.insert((*what).to_owned()));
            if !is_new {
                return;
            }
        }
        if let Some(line) = line(event) {
            written_to(anstream::stderr(), format_args!("{line}"));
        }
    }
}

/// An event on a line of its own, which nothing that AWS or somebody else wrote can leave; none for what only matters to a view that is redrawn.
pub(crate) fn line(event: &Event) -> Option<String> {
    let dim = |text: String| Some(format!("{DIM}{text}{DIM:#}"));
    match event {
        Event::Planned { .. } | Event::Waited { .. } => None,
        Event::Started { resource, action } => dim(format!("  {} {resource} ...", doing(*action))),
        Event::Finished { resource, action, seconds } => {
            dim(format!("  {} {resource} ({seconds:.1} s)", done(*action)))
        }
        Event::Postponed { resource, action, reason } => {
            dim(format!("  {resource} not {} yet: {}", done(*action), escape(reason)))
        }
        Event::Waiting { what, .. } => dim(format!("    waiting for {}", escape(what))),
        Event::CameTo { text, .. } => dim(format!("    {}", escape(text))),
        Event::Note { text } => dim(escape(text)),
        Event::Warning { text } => Some(format!("{YELLOW}warning:{YELLOW:#} {}", escape(text))),
        Event::Failed { message, hint, .. } => Some(bad("failed, too:", message, *hint)),
        Event::Error { message, hint, .. } => Some(bad("error:", message, *hint)),
    }
}

fn bad(kind: &str, message: &str, hint: Option<&str>) -> String {
    let error = format!("{RED}{kind}{RED:#} {}", excerpt(message));
    match hint {
        Some(hint) => format!("{error}\n{BOLD}hint:{BOLD:#} {}", escape(hint)),
        None => error,
    }
}

/// A parser shows lines of a file, which stay lines; but none that a CI would take for a command
/// (GitHub Actions, "Workflow commands").
fn excerpt(message: &str) -> String {
    let mut out = String::new();
    for (at, text) in message.split('\n').map(escape).enumerate() {
        let is_command = text.trim_start().starts_with(['#', ':']);
        out += match at {
            0 => "",
            _ if is_command => "\\u{a}",
            _ => "\n",
        };
        out += &text;
    }
    out
}

pub(crate) fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Adopt => "adopting",
        Action::Delete => "deleting",
    }
}

pub(crate) fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Adopt => "adopted",
        Action::Delete => "deleted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_stays_on_its_line() {
        let note = line(&Event::Note { text: "version 2: \x1b[2J\n::error::forged" }).unwrap();
        assert!(note.contains(r"version 2: \u{1b}[2J\u{a}::error::forged"), "{note}");
        assert_eq!(
            excerpt("at line 3\n  |\n3 | x\n ::add-mask::x"),
            "at line 3\n  |\n3 | x\\u{a} ::add-mask::x"
        );
    }

    #[test]
    fn a_line_says_what_happened_and_never_when() {
        let (resource, action) = ("role", Action::Create);
        let events = [
            Event::Planned { steps: Vec::new() },
            Event::Started { resource, action },
            Event::Waiting { resource, what: "IAM to show it", at_most: 60 },
            Event::Waited { resource, what: "IAM to show it", seconds: 2.0 },
            Event::Finished { resource, action, seconds: 2.54 },
            Event::Postponed { resource, action: Action::Delete, reason: "replicas remain" },
            Event::CameTo { resource: "images", text: "3000 images deleted" },
            Event::Warning { text: "nobody will be let in" },
            Event::Error { message: "no such stack", hint: Some("cargo xtask plan"), exit: 1 },
        ];
        let lines: Vec<_> = events.iter().filter_map(line).collect();
        let lines = lines.join("\n");
        insta::assert_snapshot!(anstream::adapter::strip_str(&lines), @r"
          creating role ...
            waiting for IAM to show it
          created role (2.5 s)
          role not deleted yet: replicas remain
            3000 images deleted
        warning: nobody will be let in
        error: no such stack
        hint: cargo xtask plan
        ");
    }
}

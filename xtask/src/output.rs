//! Everything a user sees that is not a command's data.

use crate::exit::Exit;
use anstyle::{AnsiColor, Style};
use config::Invalid;
use engine::{Action, Failed, Progress, Refused, Review, Step, Unfinished};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{BufRead as _, ErrorKind, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Whether a line of data could not be written.
static LOST: AtomicBool = AtomicBool::new(false);

/// A line of data, on stdout.
macro_rules! say {
    ($($line:tt)*) => { $crate::output::data(format_args!($($line)*)) };
}

/// A line for whoever watches, on stderr.
macro_rules! tell {
    ($($line:tt)*) => { $crate::output::aside(format_args!($($line)*)) };
}

pub(crate) use {say, tell};

/// A reader that has seen enough (`| head`) is no failure; a full disk is.
pub(crate) fn data(line: fmt::Arguments) {
    match writeln!(anstream::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => LOST.store(true, Ordering::Relaxed),
        _ => {}
    }
}

/// Nothing depends on it being seen, least of all a deployment that is under way.
pub(crate) fn aside(line: fmt::Arguments) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

/// What a command ends with, if all it had to say was written.
pub(crate) fn written(exit: Exit) -> Exit {
    if !LOST.load(Ordering::Relaxed) {
        return exit;
    }
    tell!("{RED}error:{RED:#} cannot write to standard output");
    if exit == Exit::Done { Exit::Failed } else { exit }
}

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();

/// Prints an error with its causes and its hint, and says how the command ends.
pub(crate) fn failure(error: &anyhow::Error) -> Exit {
    let (exit, hint) = classify(error);
    tell!("{RED}error:{RED:#} {error:#}");
    if let Some(hint) = hint {
        tell!("{BOLD}hint:{BOLD:#} {hint}");
    }
    exit
}

fn classify(error: &anyhow::Error) -> (Exit, Option<&str>) {
    if let Some(it) = error.downcast_ref::<Invalid>() {
        (Exit::Usage, Some(&it.hint))
    } else if let Some(it) = error.downcast_ref::<Refused>() {
        (Exit::Refused, Some(&it.hint))
    } else if error.is::<Unfinished>() {
        (Exit::Unfinished, Some("run the same command again: it goes on from here"))
    } else {
        let ours = error.downcast_ref::<Failed>().map(|it| it.hint.as_str());
        let local = || error.downcast_ref::<local::Failed>().map(|it| it.hint.as_str());
        let aws = || error.downcast_ref::<aws::Failure>().and_then(aws::Failure::hint);
        (Exit::Failed, ours.or_else(local).or_else(aws))
    }
}

pub(crate) fn note(text: &str) {
    tell!("{DIM}{text}{DIM:#}");
}

pub(crate) fn warning(text: &str) {
    tell!("{YELLOW}warning:{YELLOW:#} {text}");
}

/// Prints a plan, its lines coloured as GitHub colours a `diff` block.
pub(crate) fn review(review: &Review) {
    let width = terminal_size::terminal_size().map_or(engine::WIDTH, |(width, _)| width.0.into());
    for line in review.to_text(width).lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => GREEN,
            Some(b'-') => RED,
            Some(b'!') => YELLOW,
            _ => Style::new(),
        };
        say!("{style}{line}{style:#}");
    }
}

/// Asks, on a terminal.
///
/// # Errors
/// [`Refused`]: the answer was not `yes`, or there is nobody to ask.
pub(crate) async fn confirm(question: &str, flag: &str) -> anyhow::Result<()> {
    confirm_with(question, "yes", flag).await
}

/// Asks for a certain answer.
///
/// # Errors
/// As those of [`confirm`].
pub(crate) async fn confirm_with(question: &str, wanted: &str, flag: &str) -> anyhow::Result<()> {
    let refused = |message: &str| Refused {
        message: message.to_owned(),
        hint: format!("add {flag} to go ahead without being asked"),
    };
    if !std::io::stdin().is_terminal() {
        return Err(refused("nothing was changed: nobody is there to confirm it").into());
    }
    write!(anstream::stderr(), "{BOLD}{question}{BOLD:#} Type {wanted} to go ahead: ")?;
    std::io::stderr().flush()?;
    // On a thread of its own, so that ctrl-C is heard while it waits.
    let answer = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map(|_| answer)
    });
    match answer.await??.trim() {
        answer if answer == wanted => Ok(()),
        _ => Err(refused("nothing was changed: it was not confirmed").into()),
    }
}

/// One line as each step begins and ends, on stderr.
#[derive(Default)]
pub(crate) struct Console {
    started: Mutex<BTreeMap<&'static str, Instant>>,
}

impl Progress for Console {
    fn started(&self, step: &Step) {
        if let Ok(mut started) = self.started.lock() {
            started.insert(step.resource, Instant::now());
        }
        note(&format!("  {} {} ...", verbs(step.action).0, step.resource));
    }

    fn finished(&self, step: &Step) {
        let started = self.started.lock().ok().and_then(|mut it| it.remove(step.resource));
        let seconds = started.map_or(0.0, |it| it.elapsed().as_secs_f64());
        note(&format!("  {} {} ({seconds:.1} s)", verbs(step.action).1, step.resource));
    }

    fn postponed(&self, step: &Step, reason: &str) {
        note(&format!("  {} not {} yet: {reason}", step.resource, verbs(step.action).1));
    }
}

fn verbs(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("creating", "created"),
        Action::Update => ("updating", "updated"),
        Action::Delete => ("deleting", "deleted"),
    }
}

/// Prints what a wait is waiting for, once for each thing.
pub(crate) fn reporter() -> aws::Reporter {
    let told = Mutex::new(BTreeSet::new());
    Arc::new(move |text: &str| {
        let Ok(mut told) = told.lock() else { return };
        if told.insert(text.to_owned()) {
            note(&format!("    {text}"));
        }
    })
}

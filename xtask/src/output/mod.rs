//! Everything a user sees that is not a command's data.

mod console;
mod event;
mod lines;
mod live;

use crate::exit::Exit;
use crate::program::said;
use anstyle::{AnsiColor, Style};
use config::Invalid;
use engine::{Failed, Refused, Review, Unfinished};
use event::{Event, Planned, View, emit, view};
use std::fmt;
use std::io::{BufRead as _, ErrorKind, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use console::{console, watch};
pub(crate) use event::{LogFormat, start};

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
    let write = || match writeln!(anstream::stdout(), "{line}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => LOST.store(true, Ordering::Relaxed),
        _ => {}
    };
    match view() {
        View::Live(terminal) => terminal.beside(write),
        View::Json | View::Lines(_) => write(),
    }
}

/// A line that is styled already. Nothing depends on it being seen, least of all a deployment that
/// is under way.
pub(crate) fn aside(line: fmt::Arguments) {
    match view() {
        View::Json => {
            let text = line.to_string();
            note(&anstream::adapter::strip_str(&text).to_string());
        }
        View::Lines(_) => written_to(anstream::stderr(), line),
        View::Live(terminal) => terminal.beside(|| written_to(anstream::stderr(), line)),
    }
}

fn written_to(mut stream: impl Write, line: fmt::Arguments) {
    let _ = writeln!(stream, "{line}");
}

/// What a command ends with, if all it had to say was written.
pub(crate) fn written(exit: Exit) -> Exit {
    if !LOST.load(Ordering::Relaxed) {
        return exit;
    }
    let exit = if exit == Exit::Done { Exit::Failed } else { exit };
    let message = "cannot write to standard output";
    emit(&Event::Error { message, hint: None, exit: exit as u8 });
    exit
}

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const RED: Style = AnsiColor::Red.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();

/// Prints an error with its causes and its hint, and says how the command ends.
pub(crate) fn failure(error: &anyhow::Error) -> Exit {
    let exit = classify(error).0;
    let (message, hint) = told(error);
    emit(&Event::Error { message: &message, hint: hint.as_deref(), exit: exit as u8 });
    exit
}

/// With its causes, and its hint.
fn told(error: &anyhow::Error) -> (String, Option<String>) {
    (said(&format!("{error:#}")).into(), hint(error).map(|it| said(it).into()))
}

/// What its reader can do about it.
pub(crate) fn hint(error: &anyhow::Error) -> Option<&str> {
    classify(error).1
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
    emit(&Event::Note { text: &said(text) });
}

/// Says that ctrl-C was heard. What was under way stays on the screen.
pub(crate) fn interrupted() {
    if let View::Live(terminal) = view() {
        terminal.leave();
    }
    note("interrupted; the same command, run again, goes on from here");
}

pub(crate) fn warning(text: &str) {
    emit(&Event::Warning { text: &said(text) });
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

//! Which program this is: `cargo xtask` inside the repository, or `edgegate` wherever it is installed.

use crate::cli::{Cli, Command};
use clap::CommandFactory as _;
use config::Invalid;
use std::borrow::Cow;
use std::sync::OnceLock;

/// What the two differ in.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// What is typed before a command.
    pub call: &'static str,
    /// The name of the file, for shells and for `man`.
    pub binary: &'static str,
    /// The compiled authorizer, if it is carried along; else it is compiled when it is needed.
    pub authorizer: Option<&'static [u8]>,
}

impl Program {
    pub const IN_REPOSITORY: Self = Self { call: Self::WRITTEN, binary: "xtask", authorizer: None };

    /// What every text in the sources says.
    const WRITTEN: &str = "cargo xtask";

    pub const fn installed(name: &'static str, authorizer: &'static [u8]) -> Self {
        Self { call: name, binary: name, authorizer: Some(authorizer) }
    }
}

static PROGRAM: OnceLock<Program> = OnceLock::new();

/// Once, at the very beginning.
pub(crate) fn set(program: Program) {
    PROGRAM.get_or_init(|| program);
}

pub(crate) fn get() -> &'static Program {
    PROGRAM.get_or_init(|| Program::IN_REPOSITORY)
}

/// A text for whoever called this program, by the name they called it.
pub(crate) fn said(text: &str) -> Cow<'_, str> {
    renamed(text, get().call)
}

fn renamed<'a>(text: &'a str, call: &str) -> Cow<'a, str> {
    if call == Program::WRITTEN || !text.contains(Program::WRITTEN) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(Program::WRITTEN, call))
}

/// Of edgegate's own sources: nobody who has only the program can use them.
const OF_THE_REPOSITORY: [&str; 7] =
    ["bench", "conformance", "example", "fuzz-diff", "load", "test", "torture"];

/// # Errors
/// [`Invalid`]: the command needs sources that an installed program does not have.
pub(crate) fn can(command: &Command) -> Result<(), Invalid> {
    let name = match command {
        Command::Bench(_) => "bench",
        Command::Conformance(_) => "conformance",
        Command::Example(_) => "example",
        Command::FuzzDiff(_) => "fuzz-diff",
        Command::Load(_) => "load",
        Command::Test(_) => "test",
        Command::Torture(_) => "torture",
        _ => return Ok(()),
    };
    if get().authorizer.is_none() {
        return Ok(());
    }
    let message = format!("`{name}` works on edgegate's own sources");
    Err(Invalid::new(message, "call it by cargo's alias xtask, in a clone of the repository"))
}

/// The command line as it is called here.
pub(crate) fn command() -> clap::Command {
    let program = get();
    let command = Cli::command().name(program.call).bin_name(program.call);
    if program.authorizer.is_none() {
        return command;
    }
    OF_THE_REPOSITORY.iter().fold(in_words_of(command, program.call), |command, name| {
        command.mut_subcommand(name, |it| it.hide(true))
    })
}

fn in_words_of(mut command: clap::Command, call: &str) -> clap::Command {
    let here = |it: Option<&clap::builder::StyledStr>| {
        it.map(|it| renamed(&it.to_string(), call).into_owned())
    };
    let (about, after) = (here(command.get_about()), here(command.get_after_help()));
    if let Some(about) = about {
        command = command.about(about);
    }
    if let Some(after) = after {
        command = command.after_help(after);
    }
    command = command.mut_args(|arg| match here(arg.get_help()) {
        Some(help) => arg.help(help),
        None => arg,
    });
    let names: Vec<_> = command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    names
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, |it| in_words_of(it, call)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_run_what_is_not_there() {
        assert_eq!(
            renamed("cargo xtask plan, then cargo xtask deploy", "edgegate"),
            "edgegate plan, then edgegate deploy"
        );
        let command = Cli::command().name("edgegate").bin_name("edgegate");
        let mut command = in_words_of(command, "edgegate");
        command.build();
        let mut open = vec![command];
        while let Some(mut it) = open.pop() {
            open.extend(it.get_subcommands().cloned());
            let help = it.render_long_help().to_string();
            let hidden = OF_THE_REPOSITORY.contains(&it.get_name());
            assert!(hidden || !help.contains("cargo xtask"), "{help}");
        }
    }

    #[test]
    fn what_is_hidden_exists() {
        let command = Cli::command();
        assert!(OF_THE_REPOSITORY.iter().all(|it| command.find_subcommand(it).is_some()));
    }
}

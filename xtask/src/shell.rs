//! `completions` and `man`: the command line, told to shells and to `man`.
//!
//! Both know the program by the name of its file, `edgegate` where it is installed: a shell hands
//! whatever begins with `cargo` to cargo's own completions.

use crate::exit::Exit;
use crate::output::say;
use crate::program;
use anyhow::{Context, Result};
use clap::Args;
use clap_complete::Shell;
use clap_mangen::Man;
use config::Invalid;
use std::path::PathBuf;

/// Print completions of commands and flags for a shell
#[derive(Args)]
#[command(after_help = "Examples:
  cargo install --locked --path crates/edgegate
  edgegate completions bash > ~/.local/share/bash-completion/completions/edgegate
  edgegate completions fish > ~/.config/fish/completions/edgegate.fish")]
pub(crate) struct CompletionsArgs {
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual page of a command, or write those of all
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask man deploy | man -l -
  cargo xtask man --out ~/.local/share/man/man1")]
pub(crate) struct ManArgs {
    /// Of this command; the overview if none is given
    command: Option<String>,
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,
}

pub(crate) fn completions(args: &CompletionsArgs) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), program::get().binary, &mut script);
    print(script)
}

pub(crate) fn man(args: &ManArgs) -> Result<Exit> {
    let mut program = command();
    if let Some(folder) = &args.out {
        let write = std::fs::create_dir_all(folder)
            .and_then(|()| clap_mangen::generate_to(program, folder));
        write.with_context(|| format!("cannot write into {}", folder.display()))?;
        return Ok(Exit::Done);
    }
    program.build();
    let page = match &args.command {
        None => program,
        Some(name) => {
            let found = program.find_subcommand(name).cloned();
            let hint = "`cargo xtask --help` lists the commands";
            found.ok_or_else(|| Invalid::new(format!("no command: {name:?}"), hint))?
        }
    };
    let mut text = Vec::new();
    Man::new(page).render(&mut text)?;
    print(text)
}

fn command() -> clap::Command {
    let name = program::get().binary;
    program::command().name(name).bin_name(name)
}

fn print(text: Vec<u8>) -> Result<Exit> {
    say!("{}", String::from_utf8(text)?.trim_end());
    Ok(Exit::Done)
}

//! The command line of edgegate: `cargo xtask plan | deploy | teardown | …`, or `edgegate plan`.
//!
//! One command, one file. Data goes to stdout, progress and errors to stderr.

mod bench;
mod browsers;
mod bundle_cmd;
mod claims;
mod cli;
mod clients;
mod compile_rules;
mod conformance;
mod deploy;
mod desk;
mod doctor;
mod example;
mod exit;
mod explain;
mod fuzz_diff;
mod keys;
mod load;
mod local_cmd;
mod logs;
mod output;
mod plan;
mod plans;
mod policies;
mod prng;
mod program;
mod proof;
mod rollback;
mod shell;
mod stack;
mod status;
mod story;
mod teardown;
mod test_cmd;
mod token;
mod torture;
mod verify;
mod wasm;
mod world;

use anyhow::Result;
use clap::FromArgMatches as _;
use cli::{Cli, Command};
use exit::Exit;
use std::process::ExitCode;

pub use program::Program;

/// The compiled authorizer, fresh from the sources.
///
/// # Errors
/// The compiler's own message.
pub fn compiled_authorizer() -> Result<Vec<u8>> {
    wasm::build()
}

/// Runs what the command line says.
pub fn main(program: Program) -> ExitCode {
    program::set(program);
    let matches = program::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    output::start(cli.log_format);
    let exit = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let exit = runtime.block_on(run(cli));
            // A thread that still waits for an answer on stdin must not hold the process.
            runtime.shutdown_background();
            exit
        }
        Err(error) => output::failure(&anyhow::Error::new(error).context("cannot start")),
    };
    ExitCode::from(output::written(exit) as u8)
}

async fn run(cli: Cli) -> Exit {
    if let Err(error) = program::can(&cli.command) {
        return output::failure(&error.into());
    }
    let result = match cli.command {
        Command::Plan(args) => whole(plan::run(args)).await,
        Command::Deploy(args) => whole(deploy::run(args)).await,
        Command::Teardown(args) => whole(teardown::run(args)).await,
        Command::Status(args) => whole(status::run(args)).await,
        Command::Verify(args) => whole(verify::run(args)).await,
        Command::Doctor(args) => whole(doctor::run(args)).await,
        Command::Logs(args) => logs::run(&args),
        Command::Policies(args) => policies::run(&args),
        // It ends by ctrl-C, and that is no interruption.
        Command::Local(args) => local_cmd::run(args).await,
        Command::Bundle(args) => bundle_cmd::run(&args),
        Command::Keys(args) => whole(keys::run(args)).await,
        Command::Token(args) => token::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Example(args) => example::run(&args),
        Command::Torture(args) => whole(torture::run(args)).await,
        Command::Load(args) => whole(load::run(args)).await,
        Command::Bench(args) => whole(async { bench::run(&args).await }).await,
        Command::FuzzDiff(args) => fuzz_diff::run(&args),
        Command::Conformance(args) => whole(conformance::run(args)).await,
        Command::Test(args) => test_cmd::run(&args),
        Command::CompileRules => compile_rules::run(),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    };
    result.unwrap_or_else(|error| output::failure(&error))
}

async fn whole(command: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    Ok(interruptible(command).await?.unwrap_or(Exit::Unfinished))
}

/// `None` after ctrl-C: what was done is in the cloud, and a new run goes on from there.
async fn interruptible<T>(work: impl Future<Output = Result<T>>) -> Result<Option<T>> {
    tokio::select! {
        result = work => result.map(Some),
        _ = tokio::signal::ctrl_c() => {
            output::interrupted();
            Ok(None)
        }
    }
}

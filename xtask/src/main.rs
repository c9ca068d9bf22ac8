//! `cargo xtask`, inside the repository.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main(xtask::Program::IN_REPOSITORY)
}

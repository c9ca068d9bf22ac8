//! `edgegate`: what `cargo xtask` does, with the compiled authorizer in it, so that it needs neither
//! the sources nor a compiler.

use std::process::ExitCode;

fn main() -> ExitCode {
    let authorizer = include_bytes!(concat!(env!("OUT_DIR"), "/authorizer.wasm"));
    xtask::main(xtask::Program::installed("edgegate", authorizer))
}

//! Compiles the authorizer exactly as `cargo xtask` does.

#[path = "../../xtask/src/wasm/compile.rs"]
mod compile;

use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let workspace = folder.ancestors().nth(2).ok_or("no workspace")?;
    for input in
        ["authorizer/src", "authorizer/rsa/src", "authorizer/wasm", "Cargo.toml", "Cargo.lock"]
    {
        println!("cargo::rerun-if-changed={}", workspace.join(input).display());
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let (mut command, module) = compile::compile(workspace, &out.join("target"));
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(
            format!("{said}\nis the target there? rustup target add {}", compile::TARGET).into()
        );
    }
    std::fs::copy(&module, Path::new(&out).join("authorizer.wasm"))?;
    Ok(())
}

//! The folder in which the packaged authorizer is measured and attacked: its scripts, the pinned
//! libraries, the unpacked function and an issuer of its own.

use crate::{output, stack, token, wasm};
use anyhow::{Context, Result, ensure};
use config::Config;
use engine::Failed;
use local::Issuer;
use serde_json::{Value, json};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use zip::ZipArchive;

/// Installed packages land beside the scripts, and nothing is installed into the source tree.
pub(crate) struct Proof {
    folder: PathBuf,
}

impl Proof {
    /// Copies the scripts, installs what they are pinned to, and builds and unpacks the function.
    pub(crate) fn prepare() -> Result<Self> {
        let folder = wasm::workspace().join("target/proof");
        copy(&wasm::workspace().join("authorizer/proof"), &folder)?;
        install(&folder)?;
        let proof = Self { folder };
        proof.unpack()?;
        Ok(proof)
    }

    /// Runs one of the scripts; its output is the command's.
    pub(crate) fn node(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.folder.join(script));
        command
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The handler with RSA in its module, beside the one that is deployed.
    pub(crate) fn add_own_rsa(&self) -> Result<()> {
        let module = wasm::build_with_rsa()?;
        self.build("bundle-rsa", Some(&module)).map(drop)
    }

    /// The Node.js on the path, and those that Lambda@Edge runs as far as they exist for this
    /// machine.
    pub(crate) fn nodes(&self) -> Result<Vec<PathBuf>> {
        let folder = self.folder.join("nodes");
        install(&folder)?;
        let mut nodes = vec![PathBuf::from("node")];
        for entry in entries(&folder.join("node_modules"))? {
            nodes.extend(Some(entry.join("bin/node")).filter(|node| node.is_file()));
        }
        nodes[1..].sort();
        Ok(nodes)
    }

    /// A second function, for an issuer that signs with a curve.
    pub(crate) fn add_curve(&self) -> Result<()> {
        let (config, issuer, _) = self.build_for("edgegate-es256.toml", "bundle-es256", None)?;
        let setup = json!({
            "issuer": config.issuer.url,
            "audience": config.issuer.audiences.first(),
            "jwks": issuer.jwks(),
        });
        self.write("setup-es256.json", &setup)
    }

    fn unpack(&self) -> Result<()> {
        let (config, issuer, zip_bytes) = self.build("bundle", None)?;
        let setup = json!({
            "issuer": config.issuer.url,
            "authorizedParties": config.issuer.authorized_parties,
            "jwks": issuer.jwks(),
            "zipKib": kib(zip_bytes),
            "wasmKib": kib(wasm::build()?.len()),
        });
        self.write("setup.json", &setup)
    }

    fn write(&self, name: &str, setup: &Value) -> Result<()> {
        let file = self.folder.join(name);
        fs::write(&file, setup.to_string())
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// Unpacks a function with this module, or else the usual one; tells the size of its zip.
    fn build(&self, name: &str, module: Option<&Path>) -> Result<(Config, Issuer, usize)> {
        self.build_for("edgegate.toml", name, module)
    }

    fn build_for(
        &self,
        config: &str,
        name: &str,
        module: Option<&Path>,
    ) -> Result<(Config, Issuer, usize)> {
        let config = stack::load(&self.folder.join(config))?;
        let issuer = Issuer::open_for(&self.folder.join("state"), token::algorithm(&config))?;
        let bundle = stack::build(&config, Some(&issuer), module)?;
        let target = self.folder.join(name);
        if target.exists() {
            fs::remove_dir_all(&target)
                .with_context(|| format!("cannot empty {}", target.display()))?;
        }
        ZipArchive::new(Cursor::new(&bundle.zip))
            .and_then(|mut zip| zip.extract(&target))
            .with_context(|| format!("cannot unpack the function to {}", target.display()))?;
        Ok((config, issuer, bundle.zip.len()))
    }
}

/// To a tenth.
#[expect(clippy::cast_precision_loss, reason = "no zip has 2^52 bytes")]
fn kib(bytes: usize) -> f64 {
    (bytes as f64 / 102.4).round() / 10.0
}

/// A folder with everything in it; what is there already is overwritten.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for path in entries(from)? {
        let Some(target) = path.file_name().map(|name| to.join(name)) else { continue };
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target).with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let paths: std::io::Result<Vec<PathBuf>> = read();
    paths.with_context(|| format!("cannot read {}", folder.display()))
}

/// `npm ci`, unless the very same lock file was installed before.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let (lock, mark) = (folder.join("package-lock.json"), folder.join("node_modules/.installed"));
    let wanted = fs::read(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    if fs::read(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    output::note(&format!("installing the packages of {}", lock.display()));
    let failed = |message: String| Failed {
        message,
        hint: "install Node.js with npm (https://nodejs.org) and check the network".to_owned(),
    };
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder)
        .output()
        .map_err(|error| failed(format!("cannot run npm: {error}")))?;
    let message = String::from_utf8_lossy(&npm.stderr).trim_end().to_owned();
    ensure!(npm.status.success(), failed(format!("npm ci: {message}")));
    fs::write(&mark, wanted).with_context(|| format!("cannot write {}", mark.display()))
}

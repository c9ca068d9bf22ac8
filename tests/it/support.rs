//! A folder of its own for every test, and the binary run in it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

pub(crate) const CONFIG: &str = "[stack]\nname = \"photos\"\nregion = \"us-east-1\"\n\n\
     [clerk]\nissuer = \"https://clerk.photos.example\"\n\
     authorized_parties = [\"https://app.photos.example\"]\n";

/// A folder with an `edgegate.toml` in it.
pub(crate) struct Folder(TempDir);

/// What a command printed and how it ended.
pub(crate) struct Finished {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) code: i32,
}

impl fmt::Display for Finished {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}--- stderr\n{}--- exit {}", self.stdout, self.stderr, self.code)
    }
}

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("edgegate.toml", CONFIG);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// A command in the folder, that talks to nobody but this machine.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(line.split_whitespace()).current_dir(self.0.path()).stdin(Stdio::null());
        let aws = std::env::vars_os().map(|(name, _)| name);
        aws.filter(|name| name.to_string_lossy().starts_with("AWS_")).for_each(|name| {
            command.env_remove(name);
        });
        command
            .env("NO_COLOR", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", self.path("no-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.path("no-credentials"));
        command
    }

    pub(crate) fn run(&self, line: &str) -> Finished {
        self.finish(self.command(line))
    }

    /// Runs it with the names of this machine taken out of what it printed.
    pub(crate) fn finish(&self, mut command: Command) -> Finished {
        let output = command.output().unwrap();
        let folder = self.0.path().display().to_string();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&folder, "FOLDER");
        Finished {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code().unwrap_or(-1),
        }
    }
}

impl Finished {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }
}

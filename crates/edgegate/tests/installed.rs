//! The program as its users have it: somewhere, without the sources and without a compiler.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const CONFIG: &str = "[stack]\nname = \"photos\"\nregion = \"us-east-1\"\n\n\
     [clerk]\nissuer = \"https://clerk.photos.example\"\n\
     authorized_parties = [\"https://app.photos.example\"]\n";

/// Runs it where nothing but Node.js can be found.
fn run(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_edgegate"));
    command.args(line.split_whitespace()).current_dir(folder).env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["AWS_", "CARGO", "RUST"].iter().any(|it| text.starts_with(it)) {
            command.env_remove(&name);
        }
    }
    let nothing = folder.join("nothing");
    fs::create_dir_all(&nothing).unwrap();
    command.env("PATH", &nothing).output().unwrap()
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("edgegate.toml"), CONFIG).unwrap();
    // The repository's own are as good as any.
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../keys.json");
    fs::copy(keys, folder.path().join("keys.json")).unwrap();
    folder
}

#[test]
fn what_it_carries_is_what_would_be_compiled() {
    let folder = folder();
    let done = run(folder.path(), "bundle --out function.zip");
    assert!(done.status.success(), "{done:?}");
    let file = File::open(folder.path().join("function.zip")).unwrap();
    let mut carried = Vec::new();
    let mut zip = zip::ZipArchive::new(file).unwrap();
    zip.by_name("authorizer.wasm").unwrap().read_to_end(&mut carried).unwrap();
    assert!(carried == xtask::compiled_authorizer().unwrap(), "another module is inside");
}

#[test]
fn it_speaks_of_itself() {
    let folder = folder();
    let text = |line: &str| {
        let done = run(folder.path(), line);
        String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap()
    };
    let help = text("--help");
    assert!(help.contains("Usage: edgegate"), "{help}");
    assert!(!help.contains("xtask") && !help.contains("torture"), "{help}");
    assert!(text("plan --offline").contains("Plan: 8 to create"));
    assert!(text("completions bash").contains("complete -F _edgegate"));
    fs::remove_file(folder.path().join("keys.json")).unwrap();
    let missing = text("plan --offline");
    assert!(missing.contains("hint: edgegate keys pull"), "{missing}");
    let refused = text("test");
    assert!(refused.contains("works on edgegate's own sources"), "{refused}");
}

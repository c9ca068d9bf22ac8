//! The page of the local cloud, in a real browser and with the whole stack behind it.

use crate::setup::run_script;
use crate::support::{CONFIG, Folder, workspace};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

const RULES: &str = r#"
# Who may do what.
[[rules]]
methods = ["PUT"]
path = "/users/{sub}/**"

[[rules]]
methods = ["GET", "HEAD"]
path = "/**"
"#;

/// `edgegate local` as people start it; it ends with the test.
struct Local(Child);

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until everything is deployed.
fn start(folder: &Folder) -> Local {
    let mut command = folder.command("local --port 0 --edge-port 0 --clerk-port 0");
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut local = Local(child);
    let mut lines = BufReader::new(local.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let ready = lines.by_ref().any(|line| line.contains("ctrl-C stops it"));
    assert!(ready, "it ended before everything was deployed");
    // What it says later must find a reader.
    std::thread::spawn(move || lines.for_each(drop));
    local
}

/// Needs npm, and Chromium at `/usr/bin/chromium` (which it installs where apt-get can).
#[test]
fn a_person_signs_in_uploads_watches_and_tries_rules() {
    let folder = Folder::new();
    let file = format!("{CONFIG}{RULES}");
    folder.write("edgegate.toml", &file);
    let _local = start(&folder);
    let running = std::fs::read(folder.path(".edgegate/running.json")).unwrap();
    let running: serde_json::Value = serde_json::from_slice(&running).unwrap();
    let (images, shots) = (workspace().join("tests/images"), workspace().join("target/page"));
    let variables = [
        ("EDGE_URL", running["edge_url"].as_str().unwrap()),
        ("IMAGES", images.to_str().unwrap()),
        ("SHOTS", shots.to_str().unwrap()),
    ];
    run_script(workspace(), "page.mjs", &variables);
    assert_eq!(std::fs::read_to_string(folder.path("edgegate.toml")).unwrap(), file);
}

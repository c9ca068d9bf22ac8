//! The very zip that is uploaded, in plain Node, without any of our code around it.

use crate::support::{Folder, workspace};
use std::fs;
use std::io::Cursor;
use std::process::Command;

/// A folder with the unpacked zip in `function/`.
pub(crate) fn unpacked() -> Folder {
    let folder = Folder::new();
    folder.write("keys.json", include_str!("../../keys.json"));
    folder.run("bundle --out function.zip").expect(0);
    let zip = fs::read(folder.path("function.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    archive.extract(folder.path("function")).unwrap();
    folder
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let folder = unpacked();
    folder.run("bundle --config edgegate.toml --out again.zip").expect(0);
    let (first, again) = (folder.path("function.zip"), folder.path("again.zip"));
    assert_eq!(fs::read(&first).unwrap(), fs::read(again).unwrap());
    let size = |path| fs::metadata(path).unwrap().len();
    assert!(size(first) <= 24 * 1024, "the zip is small enough to start fast");
    let module = folder.path("function").join("authorizer.wasm");
    assert!(size(module) <= 24 * 1024, "the authorizer grows only on purpose");
}

#[test]
fn nothing_of_the_local_page_is_deployed() {
    let folder = unpacked();
    for file in fs::read_dir(folder.path("function")).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let named = bytes.windows(7).any(|it| it == b"_local/");
        assert!(!named, "{}", path.display());
    }
}

#[test]
fn paths_in_a_configuration_start_from_its_own_folder() {
    let folder = Folder::new();
    fs::create_dir(folder.path("prod")).unwrap();
    folder.write("prod/edgegate.toml", crate::support::CONFIG);
    folder.write("prod/keys.json", include_str!("../../keys.json"));
    folder.run("bundle --config prod/edgegate.toml --out prod.zip").expect(0);
    assert!(folder.path("prod.zip").exists());
}

#[test]
fn the_handler_passes_its_own_tests_from_the_zip() {
    let folder = unpacked();
    let tests = ["handler", "failures", "refresh", "curve"].map(|name| format!("{name}.test.mjs"));
    let node = Command::new("node")
        .arg("--test")
        .args(tests)
        .current_dir(workspace().join("authorizer/lambda"))
        .env("EDGEGATE", env!("CARGO_BIN_EXE_xtask"))
        .env("EDGEGATE_BUNDLE_DIR", folder.path("function"))
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&node.stdout);
    assert!(node.status.success(), "{report}{}", String::from_utf8_lossy(&node.stderr));
    assert!(report.contains("# fail 0") || report.contains("fail 0"), "{report}");
}

//! The output that README.md and `--help` show is the output that there is.
//!
//! `EDGEGATE_SAMPLES=write cargo test -p xtask --test it samples` writes what there is to where it is
//! shown.

use crate::cloud::Cloud;
use crate::hand::Hand;
use crate::support::{Folder, workspace};
use std::fs;
use std::path::PathBuf;

/// What `plan --help` shows, too.
const PLAN: &str = "xtask/src/plan.sample.txt";

fn path(name: &str) -> PathBuf {
    workspace().join(name)
}

/// Compares it, or writes it.
#[track_caller]
fn shown(file: &str, shown: &str, real: &str) {
    if shown == real {
        return;
    }
    let write = std::env::var_os("EDGEGATE_SAMPLES").is_some_and(|it| it == "write");
    assert!(write, "{file} shows\n{shown}\nand there is\n{real}");
    let text = fs::read_to_string(path(file)).unwrap();
    fs::write(path(file), text.replacen(shown, real, 1)).unwrap();
}

/// The block of text after a mark, `<!-- sample: NAME -->`.
fn sample(text: &str, name: &str) -> String {
    let (_, rest) = text.split_once(&format!("<!-- sample: {name} -->\n```text\n")).unwrap();
    format!("{}\n", rest.split_once("\n```").unwrap().0)
}

/// A part of an output: from the line that begins so to the next that is empty.
fn part(text: &str, begin: &str) -> String {
    let lines = text.lines().skip_while(|it| !it.starts_with(begin));
    let lines: Vec<_> = lines.take_while(|it| !it.is_empty()).collect();
    lines.join("\n") + "\n"
}

#[test]
fn the_plans_that_are_shown_are_plans() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.add_rule();
    let plan = cloud.run("plan").expect(0).stdout;
    let readme = fs::read_to_string(path("README.md")).unwrap();
    shown("README.md", &sample(&readme, "review"), &part(&plan, "Review first:"));

    cloud.reset_configuration();
    cloud.by_hand(&Hand::Edge("distribution", "PriceClass_100", "PriceClass_All"));
    let plan = cloud.run("plan").expect(0).stdout;
    let real = part(&plan, "! update distribution");
    let readme = fs::read_to_string(path("README.md")).unwrap();
    shown("README.md", &sample(&readme, "drift"), &real);
    let file = fs::read_to_string(path(PLAN)).unwrap();
    shown(PLAN, &file, &real);
}

#[test]
fn help_shows_a_plan() {
    let help = Folder::new().run("plan --help").expect(0).stdout;
    let file = fs::read_to_string(path(PLAN)).unwrap();
    for line in file.lines() {
        assert!(help.contains(line.trim_end()), "{line}: {help}");
    }
}

//! What README.md promises is there.

use crate::support::{Folder, workspace};
use std::fs;

fn readme() -> String {
    fs::read_to_string(workspace().join("README.md")).unwrap()
}

/// The words after every such call in the text.
fn commands<'a>(text: &'a str, call: &str) -> Vec<Vec<&'a str>> {
    let ends = ['`', '\n', '#', '|', '>'];
    let lines = text.split(call).skip(1).filter_map(|it| it.split(ends).next());
    lines.map(|line| line.split_whitespace().collect()).collect()
}

#[test]
fn every_command_and_flag_exists() {
    let text = readme();
    let commands = commands(&text, "cargo xtask ");
    assert!(commands.len() > 10, "{commands:?}");
    exist(commands);
}

/// Whoever copies them has the installed program, and not its sources.
#[test]
fn what_the_workflows_call_exists_and_is_pinned() {
    let workflow = |name| fs::read_to_string(workspace().join("examples/github").join(name));
    let text = ["plan.yml", "deploy.yml"].map(|name| workflow(name).unwrap()).concat();
    let mut commands = commands(&text, " edgegate ");
    commands.retain(|words| words.iter().any(|it| it.starts_with("--")));
    assert_eq!(commands.len(), 4, "{commands:?}");
    exist(commands);
    assert!(!text.contains("xtask"), "{text}");
    assert_eq!(text.matches("ref: ${{ env.EDGEGATE_COMMIT }}").count(), 4, "{text}");
    assert_eq!(text.matches("path: stack\n").count(), 4, "{text}");
    for commit in text.split("EDGEGATE_COMMIT: \"").skip(1) {
        assert!(commit[..40].bytes().all(|it| it.is_ascii_hexdigit()), "{commit}");
    }
    for uses in text.split(" uses: ").skip(1) {
        let (_, commit) = uses.split_once('@').unwrap();
        let is_commit = commit[..40].bytes().all(|it| it.is_ascii_hexdigit());
        assert!(is_commit && commit[40..].starts_with(" # v"), "{uses}");
    }
}

fn exist(commands: Vec<Vec<&str>>) {
    let folder = Folder::new();
    for words in commands {
        let help = folder.run(&format!("{} --help", words[0])).expect(0).stdout;
        let flags = words.iter().filter(|it| it.starts_with("--"));
        let missing: Vec<_> = flags.filter(|flag| !help.contains(**flag)).collect();
        assert!(missing.is_empty(), "{words:?}: no {missing:?}");
    }
}

#[test]
fn the_figures_are_those_that_were_measured() {
    let figures = workspace().join("docs/figures/authorizer.json").display().to_string();
    let shown = Folder::new().run(&format!("bench authorizer --from {figures}")).expect(0).stdout;
    let hint = "cargo xtask bench authorizer --from docs/figures/authorizer.json --readme";
    assert!(readme().contains(shown.trim()), "{hint}\n{shown}");
}

#[test]
fn every_key_is_in_the_table() {
    let folder = Folder::new();
    let issuers = fs::read_to_string(workspace().join("docs/issuers.md")).unwrap();
    let text = readme() + &issuers;
    for table in ["stack", "clerk", "issuer", "uploads", "cors", "delivery", "function", "adopt"] {
        folder.write("edgegate.toml", &format!("[{table}]\nno_such_key = 1\n"));
        let refused = folder.run("plan --local").expect(2).stderr;
        // `unknown field …, expected one of …` names them all.
        let (_, keys) = refused.split_once(", expected ").unwrap();
        let keys: Vec<_> = keys.lines().next().unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!keys.is_empty(), "{refused}");
        let missing: Vec<_> =
            keys.iter().filter(|key| !text.contains(&format!("| `{table}.{key}` |"))).collect();
        assert!(missing.is_empty(), "[{table}]: {missing:?}");
    }
}

#[test]
fn every_exit_code_is_documented() {
    let source = fs::read_to_string(workspace().join("xtask/src/exit.rs")).unwrap();
    let codes = source.lines().filter_map(|line| line.split_once(" = ")?.1.strip_suffix(','));
    let codes: Vec<_> = codes.collect();
    assert_eq!(codes, ["0", "1", "2", "3", "4", "5"]);
    let text = readme();
    assert!(codes.iter().all(|code| text.contains(&format!("| {code} |"))), "{codes:?}");
}

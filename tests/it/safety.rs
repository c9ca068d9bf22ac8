//! What must not happen, whatever was done by hand or at the wrong moment.

use crate::cloud::Cloud;
use crate::hand::Hand;
use crate::support::{CONFIG, Folder};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

#[test]
fn nothing_is_granted_while_an_edge_may_lack_the_authorizer() {
    let folder = Folder::new();
    // The distribution needs two seconds to reach every edge: far longer than the steps before.
    let first = folder.run("deploy --local --time-scale 0.01").expect(0);
    let at = |text: &str| first.stderr.find(text).unwrap_or_else(|| panic!("{text}: {first}"));
    assert!(at("created distribution") < at("creating bucket_policy"), "{first}");
    assert!(at("creating bucket_policy") < at("to reach every edge"), "{first}");
    assert!(at("to reach every edge") < at("created bucket_policy"), "{first}");
}

#[test]
fn a_stack_does_not_move_to_another_region_and_leave_its_images_behind() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let before = cloud.account();
    cloud.folder.write("edgegate.toml", &CONFIG.replace("us-east-1", "eu-central-1"));
    for line in [
        "plan",
        "deploy --yes",
        "teardown --yes --delete-images photos-images-000000000000-us-east-1-an",
    ] {
        let refused = cloud.run(line).expect(5);
        assert!(refused.stderr.contains("stack.region now says eu-central-1"), "{refused}");
        assert!(refused.stderr.contains("hint: set stack.region back"), "{refused}");
    }
    assert_eq!(before, cloud.account());
}

#[test]
fn a_distribution_is_found_by_its_bucket_when_its_comment_was_edited() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&Hand::Edge("distribution", "edgegate:photos", "our photos"));
    let plan = cloud.run("plan --exit-code").expect(3);
    assert!(plan.stdout.contains("Plan: 0 to create, 1 to update"), "{plan}");
    assert!(plan.stdout.contains("-     comment: our photos"), "{plan}");
    cloud.run("teardown --yes").expect(0);
    assert_eq!(cloud.account()["distributions"], serde_json::json!({}));
}

#[test]
fn a_second_command_on_the_same_state_waits_its_turn() {
    let folder = Folder::new();
    let mut command = folder.command("deploy --local --time-scale 0.5");
    let mut first = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(first.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("creating function")));
    let second = folder.run("plan --local").expect(1);
    insta::assert_snapshot!(second.stderr, @r#"
    error: another process serves the local cloud in .edgegate
    hint: wait until it has ended, or choose another folder with --state DIR
    "#);
    assert!(
        Command::new("kill").args(["-INT", &first.id().to_string()]).status().unwrap().success()
    );
    assert_eq!(first.wait().unwrap().code(), Some(4));
}

#[test]
fn a_full_disk_behind_standard_output_is_an_error_and_no_panic() {
    let folder = Folder::new();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let output = folder.command("plan --local").stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: cannot write to standard output\n"
    );
    let mut deploy = folder.command("deploy --local");
    let status = deploy.stdout(Stdio::null()).stderr(full()).status().unwrap();
    assert_eq!(status.code(), Some(0), "nobody watching is no reason to stop half-way");
}

/// Types what it is told into a terminal of its own, and prints what the command ended with.
const TERMINAL: &str = "
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b''
while b'Type yes' not in seen:
    seen += os.read(terminal, 1024)
os.write(terminal, b'\\x03')
try:
    while os.read(terminal, 1024):
        pass
except OSError:
    pass
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
";

#[test]
fn ctrl_c_is_heard_while_it_waits_for_an_answer() {
    let folder = Folder::new();
    folder.run("deploy --local").expect(0);
    let command =
        folder.command("teardown --local --delete-images photos-images-000000000000-us-east-1-an");
    let mut python = Command::new("python3");
    python.arg("-c").arg(TERMINAL).arg(command.get_program()).args(command.get_args());
    let output = python.current_dir(command.get_current_dir().unwrap()).output().unwrap();
    let (code, error) = (String::from_utf8(output.stdout), String::from_utf8(output.stderr));
    assert_eq!(code.unwrap().trim(), "4", "{}", error.unwrap());
    folder.run("plan --local --exit-code").expect(0);
}

//! What whoever runs a stack asks for beside plan and deploy.

use crate::support::Folder;
use std::process::Command;

#[test]
fn shells_and_man_know_commands_and_flags() {
    let folder = Folder::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = folder.run(&format!("completions {shell}")).expect(0).stdout;
        assert!(script.contains("teardown") && script.contains("max-risk"), "{shell}: {script}");
    }
    folder.run("completions tcsh").expect(2);

    folder.write("xtask.bash", &folder.run("completions bash").expect(0).stdout);
    let asked = "source ./xtask.bash; COMP_WORDS=(xtask plan --max); COMP_CWORD=2
        _xtask xtask --max plan; echo ${COMPREPLY[@]}";
    let mut bash = Command::new("bash");
    let answer = bash.args(["-c", asked]).current_dir(folder.path(".")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "--max-risk\n");

    assert!(folder.run("man").expect(0).stdout.contains("xtask\\-teardown(1)"));
    let page = folder.run("man teardown").expect(0).stdout;
    assert!(page.contains("xtask\\-teardown") && page.contains("\\-\\-delete\\-images"), "{page}");
    let unknown = folder.run("man taredown").expect(2);
    assert!(unknown.stderr.contains("no command: \"taredown\""), "{unknown}");
    folder.run("man --out pages").expect(0);
    let written = std::fs::read_to_string(folder.path("pages/xtask-teardown.1")).unwrap();
    assert_eq!(written.trim_end(), page.trim_end());
}

#[test]
fn the_logs_are_found_without_asking_aws() {
    let folder = Folder::new();
    let told = folder.run("logs").expect(0).stdout;
    let tail = "aws logs tail /aws/lambda/us-east-1.photos-authorizer --region";
    assert!(told.contains("nearest to each viewer") && told.contains("never expires"), "{told}");
    assert!(told.contains(&format!("{tail} sa-east-1 ")), "{told}");
    let one = folder.run("logs --region eu-north-1").expect(0).stdout;
    assert_eq!(one.matches(tail).count(), 1, "{one}");
    assert!(one.contains(&format!("{tail} eu-north-1 ")), "{one}");
    folder.run("logs --region a;b").expect(2);
    // The role may write exactly there.
    let role =
        include_str!("../../policies/role-logs.json").replace("<function>", "photos-authorizer");
    assert!(role.contains("log-group:/aws/lambda/us-east-1.photos-authorizer"), "{role}");
}

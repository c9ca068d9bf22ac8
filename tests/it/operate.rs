//! What whoever runs a stack asks for beside plan and deploy.

use crate::cloud::Cloud;
use crate::hand::Hand;
use crate::support::Folder;
use serde_json::{Value, json};
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
    assert!(told.contains("aws ec2 describe-regions"), "{told}");
    let one = folder.run("logs --region eu-north-1").expect(0).stdout;
    assert_eq!(one.matches(tail).count(), 1, "{one}");
    assert!(one.contains(&format!("{tail} eu-north-1 ")), "{one}");
    folder.run("logs --region a;b").expect(2);
    // The role may write exactly there.
    let role =
        include_str!("../../policies/role-logs.json").replace("<function>", "photos-authorizer");
    assert!(role.contains("log-group:/aws/lambda/us-east-1.photos-authorizer"), "{role}");
}

#[test]
fn the_status_says_what_is_there_and_what_differs() {
    let cloud = Cloud::new();
    let status = || -> Value {
        let told = cloud.run("status --format json").expect(0).stdout;
        let status: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(told, format!("{status:#}\n"));
        assert!(status.as_object().unwrap().keys().is_sorted(), "{told}");
        status
    };
    let nothing = status();
    assert_eq!(nothing["schema"], "edgegate.status/1");
    assert_eq!((&nothing["url"], &nothing["keys"]), (&Value::Null, &Value::Null));
    assert_eq!(nothing["drift"]["create"], 8);

    cloud.run("deploy --yes").expect(0);
    let there = status();
    assert!(there["url"].as_str().unwrap().starts_with("https://"), "{there:#}");
    assert_eq!(there["distribution"]["state"], "Deployed");
    assert_eq!(there["function"]["version_at_edge"], "1");
    assert_eq!(there["drift"]["unchanged"], 8);
    assert_eq!(there["draining"], json!([]));
    let keys = there["keys"].as_object().unwrap();
    assert!(keys.len() == 1 && keys.values().all(|it| it.as_str().unwrap().contains("thumbprint")));

    cloud.by_hand(&Hand::Policy("\"s3:GetObject\"", "[\"s3:GetObject\",\"s3:DeleteObject\"]"));
    cloud.change_configuration();
    let drifted = status();
    assert_eq!(drifted["keys"], there["keys"], "those that are deployed, not those of the file");
    assert!(drifted["drift"]["update"].as_u64().unwrap() >= 2, "{drifted:#}");
    assert_ne!(drifted["drift"]["digest"], there["drift"]["digest"]);
    let plan: Value =
        serde_json::from_str(&cloud.run("plan --format json").expect(0).stdout).unwrap();
    assert_eq!(drifted["drift"]["digest"], plan["digest"]);

    let text = cloud.run("status").expect(0).stdout;
    assert!(text.contains("version 1, at the edge 1"), "{text}");
    assert!(text.contains("thumbprint") && text.contains("to update"), "{text}");
}

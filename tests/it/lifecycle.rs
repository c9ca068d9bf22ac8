//! From nothing to images that are served, through changes, to nothing again.

use crate::cloud::Cloud;
use crate::hand::Hand;
use crate::support::{CONFIG, Folder};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};

#[test]
fn a_deployment_tells_its_story_and_leaves_nothing_to_do() {
    let folder = Folder::new();
    let first = folder.run("deploy --local").expect(0);
    assert!(first.stdout.contains("Plan: 8 to create"), "{first}");
    assert!(first.stdout.contains("view it with a fresher token of another user"), "{first}");
    assert!(first.stdout.contains("\n  15 of 15 ok"), "{first}");
    assert!(!first.stdout.contains("FAIL"), "{first}");

    let second = folder.run("deploy --local").expect(0);
    assert!(second.stdout.contains("No changes"), "{second}");
    assert!(second.stdout.contains("\n  15 of 15 ok"), "{second}");
    assert!(!second.stderr.contains("updating"), "{second}");
}

#[test]
fn a_plan_says_what_changes_and_changes_nothing() {
    let folder = Folder::new();
    let json = folder.run("plan --local --format json").expect(0);
    assert_eq!(json.stdout, folder.run("plan --local --format json").expect(0).stdout);
    let plan: Value = serde_json::from_str(&json.stdout).unwrap();
    assert!(plan["digest"].as_str().unwrap().starts_with("sha256:"));
    let steps = plan["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["action"] == "create"), "{json}");
    let order: Vec<_> = steps.iter().map(|step| step["resource"].as_str().unwrap()).collect();
    assert_eq!(order.last(), Some(&"bucket_policy"), "grants come last: {order:?}");
    assert_eq!(steps[0]["changes"][0]["path"].as_str().unwrap().chars().next(), Some('/'));

    folder.run("plan --local --exit-code").expect(3);
    folder.run("deploy --local").expect(0);
    folder.run("plan --local --exit-code").expect(0);

    let rule = "\n[[rules]]\nmethods = [\"GET\", \"PUT\"]\npath = \"/users/{sub}/**\"\n";
    folder.write("edgegate.toml", &format!("{CONFIG}{rule}"));
    let changed = folder.run("plan --local --exit-code").expect(3);
    assert!(changed.stdout.contains("! update function"), "{changed}");
    assert!(changed.stdout.contains("${function.version_arn}"), "what follows: {changed}");
    assert!(changed.stdout.contains("-       GET,HEAD /**"), "rule by rule: {changed}");
    let markdown = folder.run("plan --local --format markdown").expect(0);
    assert!(markdown.stdout.contains("```diff\n! update function"), "{markdown}");
}

#[test]
fn only_the_approved_plan_is_applied() {
    let folder = Folder::new();
    let digest = || {
        let plan = folder.run("plan --local --format json").expect(0);
        let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
        plan["digest"].as_str().unwrap().to_owned()
    };
    let approved = digest();
    folder.write("edgegate.toml", &format!("{CONFIG}[uploads]\nmax_size = \"1 MB\"\n"));
    let refused = folder.run(&format!("deploy --local --expect {approved}")).expect(5);
    assert!(refused.stderr.contains("not the plan that was approved"), "{refused}");
    folder.run("plan --local --exit-code").expect(3);
    folder.run(&format!("deploy --local --expect {}", digest())).expect(0);
    folder.run("plan --local --exit-code").expect(0);
}

#[test]
fn images_are_kept_until_their_deletion_is_asked_for() {
    let folder = Folder::new();
    folder.run("deploy --local").expect(0);
    let kept = folder.run("teardown --local --yes").expect(5);
    assert!(kept.stderr.contains("nothing was removed"), "{kept}");
    assert!(kept.stderr.contains("--delete-images"), "{kept}");
    folder.run("plan --local --exit-code").expect(0);

    folder
        .run("teardown --local --yes --delete-images photos-images-000000000000-us-east-1-an")
        .expect(0);
    let plan = folder.run("plan --local").expect(0);
    assert!(plan.stdout.contains("Plan: 8 to create, 0 to update, 0 to delete"), "{plan}");
    let nothing = folder.run("teardown --local --yes").expect(0);
    assert!(nothing.stdout.contains("nothing of this stack is there"), "{nothing}");
    folder.run("deploy --local").expect(0);
}

#[test]
fn the_story_fits_other_rules() {
    let folder = Folder::new();
    let rules = "[uploads]\ncontent_types = [\"image/png\"]\ncreate_only = false\n\
         [[rules]]\nmethods = [\"PUT\"]\npath = \"/orgs/{org_id}/*/**\"\n\
         require = { org_role = [\"admin\", \"editor\"] }\n\
         [[rules]]\nmethods = [\"GET\", \"HEAD\"]\npath = \"/orgs/{org_id}/**\"\n";
    folder.write("edgegate.toml", &format!("{CONFIG}{rules}"));
    let told = folder.run("deploy --local").expect(0);
    assert!(told.stdout.contains("upload gate.png"), "{told}");
    assert!(!told.stdout.contains("dusk.jpg"), "{told}");
    assert!(told.stdout.contains("overwrite it"), "{told}");
}

#[test]
fn an_interrupted_deployment_goes_on_where_it_stopped() {
    let folder = Folder::new();
    // Slow enough that the role is still being waited for when the signal comes.
    let mut command = folder.command("deploy --local --time-scale 0.5");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("creating function")));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(4), "{rest:?}");
    assert!(rest.iter().any(|line| line.contains("run again")), "{rest:?}");

    let again = folder.run("deploy --local").expect(0);
    assert!(!again.stdout.contains("+ create role"), "the role was there: {again}");
    folder.run("plan --local --exit-code").expect(0);
}

#[test]
fn a_running_cloud_serves_the_other_commands() {
    let folder = Folder::new();
    let mut command = folder.command("local --port 0 --edge-port 0 --clerk-port 0");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let edge = lines.find(|line| line.starts_with("edge")).unwrap();
    let edge = edge.split_whitespace().last().unwrap().to_owned();
    let clerk = lines.find(|line| line.starts_with("Clerk")).unwrap();
    let clerk = clerk.split_whitespace().nth(1).unwrap().strip_prefix("http://").unwrap();
    TcpStream::connect(clerk).unwrap();
    assert!(lines.next().unwrap().trim().starts_with("pk_test_"), "what clerk-js asks for");
    assert!(lines.any(|line| line.contains("TOKEN=")), "it invites to try it");
    assert!(lines.any(|line| line.ends_with("/users/user_demo/dusk.jpg")));

    let status = folder.run("status --local").expect(0);
    assert!(status.stdout.contains(&edge), "{status}");
    assert!(status.stdout.contains("No changes"), "{status}");
    let deploy = folder.run("deploy --local").expect(0);
    assert!(deploy.stdout.contains(&edge), "it uses the one that runs: {deploy}");
    let second = folder.run("local --port 0 --edge-port 0 --clerk-port 0").expect(1);
    assert!(second.stderr.contains("runs on .edgegate already"), "{second}");

    let line = lines.find(|line| line.starts_with("401")).unwrap();
    assert!(line.contains("GET") && line.contains("deny"), "{line}");
    assert!(
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success()
    );
    let rest: Vec<String> = lines.collect();
    assert!(!rest.iter().any(|line| line.contains("eyJ")), "no token is printed: {rest:?}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn local_check_is_the_demo_in_one_command() {
    let folder = Folder::new();
    let check = folder.run("local --check --port 0 --edge-port 0").expect(0);
    assert!(check.stdout.contains("15 of 15 ok"), "{check}");
}

#[test]
fn a_rollback_puts_the_version_before_back_and_nothing_else() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let none = cloud.run("deploy --rollback --yes").expect(1);
    assert!(none.stderr.contains("version 1 is the oldest that is kept"), "{none}");
    cloud.change_configuration();
    cloud.run("deploy --yes").expect(0);

    let back = cloud.run("deploy --rollback --yes").expect(0);
    assert!(back.stdout.contains("Plan: 0 to create, 1 to update, 0 to delete"), "{back}");
    assert!(back.stderr.contains("to version 1: edgegate authorizer: "), "{back}");
    assert_eq!(in_front(&cloud), "1");

    let forward = cloud.run("plan --exit-code").expect(3);
    assert!(forward.stdout.contains("! update distribution: it is rolled back\n"), "{forward}");
    cloud.run("deploy --yes").expect(0);
    assert_eq!(in_front(&cloud), "2");
}

/// The number of the version that the distribution names.
fn in_front(cloud: &Cloud) -> String {
    let distributions = cloud.account()["distributions"].clone();
    let it = distributions.as_object().unwrap().values().next().unwrap();
    let (_, rest) = it["config"].as_str().unwrap().split_once(":photos-authorizer:").unwrap();
    rest.split('<').next().unwrap().to_owned()
}

#[test]
fn a_rollback_goes_to_what_was_in_front_before_and_never_forth() {
    let cloud = Cloud::new();
    for (size, steps) in [(1, ""), (2, ""), (3, "back"), (4, "")] {
        cloud.set(&format!("[uploads]\nmax_size = \"{size} MB\"\n"));
        cloud.run("deploy --yes").expect(0);
        if steps == "back" {
            cloud.run("deploy --rollback --yes").expect(0);
            assert_eq!(in_front(&cloud), "2");
        }
    }
    assert_eq!(in_front(&cloud), "4");
    cloud.run("deploy --rollback --yes").expect(0);
    assert_eq!(in_front(&cloud), "2", "3 was rolled back itself");
    cloud.run("deploy --rollback --yes").expect(1);
    assert_eq!(versions(&cloud), ["2", "3", "4"]);
}

const ACL: &str = "<WebACLId>arn:aws:wafv2:us-east-1:1:global/webacl/attack/1</";
const GEO: &str = "<RestrictionType>blacklist</RestrictionType><Quantity>1</Quantity>\
    <Items><Location>AQ</Location></Items>";
const REQUEST_POLICY: &str = "<OriginRequestPolicyId>88a5eaf4-2fd4-4709-b370-b4c650ea3fcf</OriginRequestPolicyId>\
     <ResponseHeadersPolicyId>";
const NO_GEO: &str = "<RestrictionType>none</RestrictionType><Quantity>0</Quantity>";

#[test]
fn a_rollback_leaves_alone_what_somebody_put_before_the_edge() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.change_configuration();
    cloud.run("deploy --yes").expect(0);
    cloud.by_hand(&Hand::Edge("distribution", "<WebACLId></", ACL));
    cloud.by_hand(&Hand::Edge("distribution", NO_GEO, GEO));
    cloud.by_hand(&Hand::Edge("distribution", "<ResponseHeadersPolicyId>", REQUEST_POLICY));

    let back = cloud.run("deploy --rollback --yes").expect(0);
    assert!(back.stdout.contains("Plan: 0 to create, 1 to update, 0 to delete"), "{back}");
    let distribution = cloud.account()["distributions"].to_string();
    assert!(distribution.contains(":function:photos-authorizer:1<"), "{distribution}");
    for kept in [ACL, GEO, REQUEST_POLICY] {
        assert!(distribution.contains(kept), "{kept}: {distribution}");
    }
    assert!(back.stdout.contains("! update distribution: it is rolled back\n"), "{back}");
    let plan = cloud.run("plan --max-risk medium").expect(5);
    assert!(plan.stdout.contains("viewers are not held back any more by: "), "{plan}");
}

/// The numbers of those that are there.
fn versions(cloud: &Cloud) -> Vec<String> {
    let account = cloud.account();
    let all = account["functions"]["photos-authorizer"]["versions"].as_array().unwrap();
    all.iter().map(|it| it["number"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn old_versions_go_when_nothing_needs_them_any_more() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.publish_more();
    cloud.change_configuration();
    let plan = cloud.run("plan").expect(0).stdout;
    assert!(plan.contains("And at the end:\n- function: version 2 is deleted"), "{plan}");

    // The replicas of what was at the edge a moment ago are still there.
    let message = "it cannot be deleted because it is a replicated function.";
    let refusal =
        json!({"status": 400, "code": "InvalidParameterValueException", "message": message});
    cloud.disturb(&json!([{"call": "lambda:DeleteFunction", "fault": {"error": refusal}}]));
    let left = cloud.run("deploy --yes").expect(0);
    assert!(left.stderr.contains("version 2 of the function stays"), "{left}");
    assert_eq!(versions(&cloud), ["1", "2", "3", "4", "5"]);
    let plan = cloud.run("plan --exit-code").expect(0).stdout;
    assert!(plan.contains("version 2 is deleted") && plan.contains("No changes"), "{plan}");
    cloud.run("deploy").expect(5);

    cloud.run("deploy --yes").expect(0);
    assert_eq!(versions(&cloud), ["1", "3", "4", "5"], "1 was in front before");
    assert!(!cloud.run("plan").expect(0).stdout.contains("is deleted"));
    cloud.run("deploy --rollback --yes").expect(0);
    assert_eq!(
        versions(&cloud),
        ["1", "3", "4", "5"],
        "what it leaves is needed to go forward again"
    );
}

//! What is missing is said before a deployment meets it, and nobody is waited for too long.

use crate::cloud::{Cloud, issuer};
use crate::keys::{ok, served};
use crate::support::{CONFIG, Folder};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

/// Each check as `state name`, and the report.
fn report(told: &str) -> (Vec<String>, Value) {
    let report: Value = serde_json::from_str(told).unwrap();
    assert_eq!(report["schema"], "edgegate.doctor/1");
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let checks = report["checks"].as_array().unwrap().iter();
    (checks.map(|it| text(it, "state") + " " + &text(it, "name")).collect(), report)
}

/// A check's text and hint.
#[track_caller]
fn said(report: &Value, state: &str, name: &str) -> String {
    let is = |it: &&Value| it["name"] == name && it["state"] == state;
    let it = report["checks"].as_array().unwrap().iter().find(is);
    let it = it.unwrap_or_else(|| panic!("{state} {name}: {report:#}"));
    format!("{} | {}", it["text"].as_str().unwrap(), it["hint"].as_str().unwrap_or_default())
}

/// An address that lets in everybody and says the same to all, or nothing.
fn address(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let mut open = Vec::new();
        for mut stream in listener.incoming().flatten() {
            if !answer.is_empty() {
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
                continue;
            }
            open.push(stream);
        }
    });
    format!("http://127.0.0.1:{port}")
}

#[test]
fn the_local_cloud_needs_no_account_and_no_network() {
    let told = Folder::new().run("doctor --local").expect(0).stdout;
    assert!(!told.contains("fail") && !told.contains("skip"), "{told}");
    assert!(told.contains("the local issuer stands in for Clerk"), "{told}");
    assert!(told.contains("0 distributions of 500"), "{told}");
}

#[test]
fn an_account_that_has_everything_is_fit() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let keys = issuer().jwks().to_string();
    cloud.folder.write("edgegate.toml", &served(ok(&keys)));
    let (checks, fit) = report(&cloud.run("doctor --format json").expect(0).stdout);
    assert!(checks.iter().all(|it| it.starts_with("ok") || it == "warn account"), "{fit:#}");
    assert!(said(&fit, "ok", "clerk").contains("the same keys"));
    assert!(said(&fit, "ok", "credentials").contains("from EnvironmentVariable"));
    assert!(said(&fit, "ok", "pricing plan").contains("pay-as-you-go"));
    let text = fit.to_string();
    assert!(text.contains("1 cache policies of 20 that AWS allows by default, this stack's among"));
    assert!(said(&fit, "warn", "account").contains("root user"));

    cloud.folder.write("edgegate.toml", &served(ok(&keys.replace("kid\":\"", "kid\":\"new_"))));
    let (_, rotated) = report(&cloud.run("doctor --format json").expect(1).stdout);
    assert!(said(&rotated, "fail", "clerk").ends_with("review, commit and deploy"), "{rotated:#}");
}

#[test]
fn without_credentials_and_network_it_says_so() {
    let folder = Folder::new();
    let mut command = folder.command("doctor --format json");
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let (checks, report) = report(&folder.finish(command).expect(1).stdout);
    assert!(checks.contains(&"fail network".to_owned()), "{checks:?}");
    assert!(said(&report, "fail", "credentials").contains("aws sso login"));
    assert!(said(&report, "fail", "keys").contains("keys pull"));
    let skipped: Vec<_> = checks.iter().filter(|it| it.starts_with("skip")).collect();
    assert_eq!(
        skipped,
        ["skip clerk", "skip clock", "skip account", "skip quotas", "skip pricing plan"]
    );
}

#[test]
fn nobody_is_waited_for_longer_than_that() {
    let cloud = Cloud::new();
    let mut command = cloud.command("doctor --format json --patience 1");
    command.env("AWS_ENDPOINT_URL", address(""));
    let (_, report) = report(&cloud.folder.finish(command).expect(1).stdout);
    assert!(said(&report, "fail", "network").contains("no answer in time"));
    assert!(said(&report, "fail", "account").contains("no answer within 1 s"));
}

#[test]
fn a_clock_that_is_wrong_is_seen_in_any_answer() {
    let cloud = Cloud::new();
    let mut command = cloud.command("doctor --format json");
    let answer = "HTTP/1.1 403 Forbidden\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                  content-length: 0\r\nconnection: close\r\n\r\n";
    command.env("AWS_ENDPOINT_URL", address(answer));
    let (_, report) = report(&cloud.folder.finish(command).expect(1).stdout);
    assert!(said(&report, "fail", "clock").contains("refuses signatures"));
    assert!(said(&report, "ok", "network").contains("answers"));
}

#[test]
fn a_stack_stays_in_its_account() {
    let cloud = Cloud::new();
    let other = CONFIG.replace("[clerk]", "account = \"111122223333\"\n[clerk]");
    cloud.folder.write("edgegate.toml", &other);
    let (_, report) = report(&cloud.run("doctor --format json").expect(1).stdout);
    assert!(said(&report, "fail", "account").contains("stack.account says 111122223333"));
    let refused = cloud.run("plan").expect(2).stderr;
    assert!(refused.contains("these credentials are of account 000000000000"), "{refused}");
    cloud.folder.write("edgegate.toml", &other.replace("111122223333", "000000000000"));
    cloud.run("plan").expect(0);
    cloud.folder.write("edgegate.toml", &other.replace("\"111122223333\"", "\"11112222\""));
    assert!(cloud.run("plan").expect(2).stderr.contains("stack.account is no AWS account"));
}

//! Whatever is wrong: one clear line, a hint, the documented exit code, nothing half done.

use crate::support::{CONFIG, Finished, Folder};
use std::net::TcpListener;

/// What was said, without the folder's name.
fn said(folder: &Folder, line: &str) -> String {
    let Finished { stdout, stderr, code } = folder.run(line);
    assert_eq!(stdout, "", "data only when there is some");
    assert!(!stderr.contains("panicked"), "{stderr}");
    format!("{stderr}exit {code}")
}

#[test]
fn a_configuration_that_is_missing_or_broken() {
    let folder = Folder::new();
    std::fs::remove_file(folder.path("edgegate.toml")).unwrap();
    insta::assert_snapshot!(said(&folder, "plan --local"), @r#"
    error: cannot read edgegate.toml: No such file or directory (os error 2)
    hint: run it where edgegate.toml is, or name the file with --config FILE
    exit 2
    "#);
    folder.write("edgegate.toml", &CONFIG.replace("region", "regoin"));
    insta::assert_snapshot!(said(&folder, "deploy --local"), @r#"
    error: edgegate.toml: TOML parse error at line 3, column 1
      |
    3 | regoin = "us-east-1"
      | ^^^^^^
    unknown field `regoin`, expected one of `name`, `region`, `account`
    hint: README.md has the table of all keys and their defaults
    exit 2
    "#);
    assert!(!folder.path(".edgegate").exists(), "nothing was begun");
}

#[test]
fn keys_that_are_missing_weak_or_doubled() {
    let folder = Folder::new();
    insta::assert_snapshot!(said(&folder, "bundle --out function.zip"), @r#"
    error: cannot read keys.json: No such file or directory (os error 2)
    hint: cargo xtask keys pull
    exit 2
    "#);
    let key = |n: &str| format!(r#"{{"kty":"RSA","kid":"ins_1","n":"{n}","e":"AQAB"}}"#);
    folder.write("keys.json", &format!(r#"{{"keys":[{}]}}"#, key("AQAB")));
    insta::assert_snapshot!(said(&folder, "bundle --out function.zip"), @r#"
    error: keys.json: key "ins_1": the modulus has 17 bits; it needs 2048 to 4096
    hint: cargo xtask keys pull
    exit 2
    "#);
    insta::assert_snapshot!(said(&folder, "plan --local"), @r#"
    error: keys.json: key "ins_1": the modulus has 17 bits; it needs 2048 to 4096
    hint: cargo xtask keys pull
    exit 2
    "#);
    // 2^2048 - 5.
    let strong = key(&format!("{}-w", "_".repeat(340)));
    folder.write("keys.json", &format!(r#"{{"keys":[{strong},{strong}]}}"#));
    insta::assert_snapshot!(said(&folder, "bundle --out function.zip"), @r#"
    error: keys.json: key "ins_1": `kid` is repeated
    hint: cargo xtask keys pull
    exit 2
    "#);
    assert!(!folder.path("function.zip").exists());
}

#[test]
fn wrong_usage() {
    let folder = Folder::new();
    let usage = folder.run("deploy --lokal").expect(2);
    assert!(usage.stderr.contains("tip: a similar argument exists: '--local'"), "{usage}");
    folder.run("plan --format yaml").expect(2);
    folder.run("local --time-scale -1").expect(2);
    folder.run("bundle").expect(2);
    folder.run("token --claim nonsense").expect(2);
    for command in
        ["plan", "deploy", "teardown", "status", "bundle", "token", "local", "torture", "test"]
    {
        let help = folder.run(&format!("{command} --help")).expect(0);
        assert!(help.stdout.contains("Usage: cargo xtask"), "{help}");
    }
}

#[test]
fn no_credentials() {
    let folder = Folder::new();
    folder.write("keys.json", include_str!("../../keys.json"));
    insta::assert_snapshot!(said(&folder, "plan"), @r#"
    error: there are no usable AWS credentials: sts:GetCallerIdentity: other: the credential provider was not enabled: no credentials found in chain.
    hint: set AWS_PROFILE or run `aws sso login`; --local needs no credentials
    exit 1
    "#);
}

#[test]
fn an_endpoint_where_nobody_listens() {
    let folder = Folder::new();
    folder.write("keys.json", include_str!("../../keys.json"));
    let mut command = folder.command("plan");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    command.env("AWS_ENDPOINT_URL", format!("http://{free}"));
    command.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    let finished = folder.finish(command).expect(1);
    let stderr = finished.stderr.replace(&free.to_string(), "ADDRESS");
    insta::assert_snapshot!(stderr, @r#"
    error: AWS cannot be reached: sts:GetCallerIdentity: io error: client error (Connect): tcp connect error: Connection refused (os error 111)
    hint: check the network, and AWS_ENDPOINT_URL if it is set
    "#);
}

#[test]
fn a_port_that_is_taken() {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let line = format!("local --bare --edge-port 0 --clerk-port 0 --port {port}");
    insta::assert_snapshot!(said(&folder, &line).replace(&port, "PORT"), @r#"
    error: cannot listen on 127.0.0.1:PORT: Address already in use (os error 98)
    hint: stop the program that uses it, or choose another port; 0 is any free one
    exit 1
    "#);
}

#[test]
fn a_state_that_is_corrupt_is_neither_used_nor_overwritten() {
    let folder = Folder::new();
    folder.run("plan --local").expect(0);
    folder.write(".edgegate/cloud.json", "{\"roles\": 7");
    insta::assert_snapshot!(said(&folder, "deploy --local"), @r#"
    error: cannot read .edgegate/cloud.json: invalid type: integer `7`, expected a map at line 1 column 11
    hint: rm -r .edgegate starts afresh; images in it are lost
    exit 1
    "#);
    let kept = std::fs::read_to_string(folder.path(".edgegate/cloud.json")).unwrap();
    assert_eq!(kept, "{\"roles\": 7");
}

#[test]
fn node_that_is_missing() {
    let folder = Folder::new();
    let mut command = folder.command("deploy --local");
    let path = std::env::var("PATH").unwrap();
    let without_node: Vec<_> = std::env::split_paths(&path)
        .filter(|it| !it.join("node").exists() && !it.join("nodejs").exists())
        .collect();
    let bin = folder.path("bin");
    std::fs::create_dir(&bin).unwrap();
    for tool in ["cargo", "rustc", "cc", "ld"] {
        let found = std::env::split_paths(&path).map(|it| it.join(tool)).find(|it| it.exists());
        if let Some(found) = found {
            std::os::unix::fs::symlink(found, bin.join(tool)).unwrap();
        }
    }
    let path = std::env::join_paths(without_node.iter().chain([&bin])).unwrap();
    let finished = folder.finish({
        command.env("PATH", path);
        command
    });
    assert_eq!(finished.code, 1, "{finished}");
    let errors: Vec<_> = finished.stderr.lines().filter(|it| it.starts_with("error:")).collect();
    assert_eq!(errors.len(), 1, "{finished}");
    assert!(errors[0].contains("Node"), "{finished}");
}

#[test]
fn nobody_there_to_confirm_a_teardown() {
    let folder = Folder::new();
    folder.run("deploy --local").expect(0);
    let refused = folder
        .run("teardown --local --delete-images photos-images-000000000000-us-east-1-an")
        .expect(5);
    insta::assert_snapshot!(refused.stderr, @r#"
    error: nothing was changed: nobody is there to confirm it
    hint: add --yes to go ahead without being asked
    "#);
    folder.run("plan --local --exit-code").expect(0);
}

#[test]
fn a_bundle_overwrites_nothing_but_a_bundle() {
    let folder = Folder::new();
    folder.write("keys.json", include_str!("../../keys.json"));
    insta::assert_snapshot!(said(&folder, "bundle --out edgegate.toml"), @r#"
    error: edgegate.toml exists and is no zip
    hint: name another file with --out FILE.zip
    exit 5
    "#);
    assert_eq!(std::fs::read_to_string(folder.path("edgegate.toml")).unwrap(), CONFIG);
    folder.run("bundle --out function.zip").expect(0);
    folder.run("bundle --out function.zip").expect(0);
    folder.run("bundle --out .").expect(1);
    let left = std::fs::read_dir(folder.path("")).unwrap();
    let left =
        left.filter(|it| it.as_ref().unwrap().path().extension().is_some_and(|it| it == "partial"));
    assert_eq!(left.count(), 0);
}

#[test]
fn a_state_that_is_no_folder() {
    let folder = Folder::new();
    folder.write("state", "");
    insta::assert_snapshot!(said(&folder, "plan --local --state state"), @r#"
    error: cannot read state/issuer.pkcs8: Not a directory (os error 20)
    hint: choose a folder that can be read and written, with --state DIR
    exit 1
    "#);
}

#[test]
fn an_approved_plan_is_looked_at_before_anybody_is_asked_for_anything() {
    let folder = Folder::new();
    folder.write("approved.json", "{\"schema\"");
    insta::assert_snapshot!(said(&folder, "plan --check approved.json"), @"
    error: approved.json is no plan to go by: it is no JSON: EOF while parsing an object at line 1 column 9
    hint: write it with `cargo xtask plan --out FILE`, and change nothing in it
    exit 5
    ");
    insta::assert_snapshot!(said(&folder, "deploy --plan missing.json"), @"
    error: cannot read missing.json: No such file or directory (os error 2)
    hint: write it with `cargo xtask plan --out FILE`
    exit 2
    ");
    let refused = folder.run("deploy --expect sha256:a1b2").expect(2).stderr;
    assert!(refused.contains("expected sha256: and 64 hexadecimal digits"), "{refused}");
}

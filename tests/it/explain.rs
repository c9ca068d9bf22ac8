//! What the edge would answer, without an edge.

use crate::support::{CONFIG, Folder};
use serde_json::Value;
use std::io::Write as _;
use std::process::Stdio;

const RULES: &str = r#"
[[rules]]
methods = ["PUT"]
path = "/users/{sub}/**"
[[rules]]
methods = ["GET"]
path = "/orgs/{org_id}/*"
require = { org_role = ["admin", "editor"] }
[[rules]]
methods = ["GET"]
path = "/exports/*"
tokens = "machine"
aud = "exports"
max_lifetime_seconds = 60
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("edgegate.toml", &format!("{CONFIG}{RULES}"));
    folder
}

/// What is printed about a request, and how the command ends.
fn explain(line: &str) -> String {
    let finished = folder().run(&format!("explain {line}"));
    assert_eq!(finished.stderr, "");
    format!("{}exit {}", finished.stdout, finished.code)
}

#[test]
fn the_rule_that_grants_and_why_the_others_do_not() {
    insta::assert_snapshot!(explain(r#"--method PUT --path /users/u1/a.png --claims {"sub":"u1"}"#), @r#"
    allowed PUT /users/u1/a.png
      edit:   If-None-Match: * is set: nothing is overwritten
      assumed header content-type: image/png
      assumed header content-length: 1
      rule 1: PUT /users/{sub}/**: grants it
      rule 2: GET /orgs/{org_id}/*: not about PUT
      rule 3: GET /exports/*: not about PUT
    exit 0
    "#);
    insta::assert_snapshot!(explain(r#"--method PUT --path /users/u1/a.png --claims {"sub":"u2"}"#), @r#"
    refused PUT /users/u1/a.png
      answer: 403 insufficient_scope: no rule allows this
      check:  the rules
      assumed header content-type: image/png
      assumed header content-length: 1
      rule 1: PUT /users/{sub}/**: {sub} is "u2", and the path has "u1"
      rule 2: GET /orgs/{org_id}/*: not about PUT
      rule 3: GET /exports/*: not about PUT
    exit 5
    "#);
    let viewer = r#"--path /orgs/o1/a.png --claims {"o":{"id":"o1","rol":"viewer"}}"#;
    insta::assert_snapshot!(explain(viewer), @r#"
    refused GET /orgs/o1/a.png
      answer: 403 insufficient_scope: no rule allows this
      check:  the rules
      rule 1: PUT /users/{sub}/**: not about GET
      rule 2: GET /orgs/{org_id}/*: org_role is "viewer"; it has to be "admin" or "editor"
      rule 3: GET /exports/*: the path has "orgs" where the rule has "exports"
    exit 5
    "#);
    insta::assert_snapshot!(explain("--path /exports/a.png --claims {}"), @r#"
    refused GET /exports/a.png
      answer: 403 insufficient_scope: no rule allows this
      check:  the rules
      rule 1: PUT /users/{sub}/**: not about GET
      rule 2: GET /orgs/{org_id}/*: the path has "exports" where the rule has "orgs"
      rule 3: GET /exports/*: it takes machine tokens with aud "exports" that live 60 s at most
    exit 5
    "#);
    let machine = r#"--path /exports/a.png --claims {"sub":"mch_1","aud":"exports"}"#;
    assert!(explain(machine).ends_with("rule 3: GET /exports/*: grants it\nexit 0"));
}

#[test]
fn the_check_that_refuses_before_any_rule() {
    insta::assert_snapshot!(explain(r#"--path /a.png --claims {"exp":1000000000}"#), @r#"
    refused GET /a.png
      answer: 401 token-expired: the token has expired
      check:  the times in the token
    exit 5
    "#);
    insta::assert_snapshot!(explain("--path /a/../b.png --claims {}"), @r#"
    refused GET /a/../b.png
      answer: 400 path-not-canonical: the path is not in canonical form
      check:  the path
    exit 5
    "#);
    let gif = "--method PUT --path /users/user_demo/a --claims {} --header content-type=text/html";
    insta::assert_snapshot!(explain(gif), @r#"
    refused PUT /users/user_demo/a
      answer: 415 content-type-not-allowed: this content type is not accepted
      check:  the limits of uploads
      assumed header content-length: 1
    exit 5
    "#);
}

#[test]
fn a_token_from_standard_input_is_judged_and_not_printed() {
    let folder = folder();
    let token = folder.run("token --sub u1").expect(0).stdout;
    let line = "explain --method PUT --path /users/u1/a.png --token - --local --format json";
    let mut command = folder.command(line);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(output.stderr.is_empty() && !stdout.contains("eyJ"), "{stdout}");
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&json["decision"], &json["rule"]), (&"allowed".into(), &1.into()), "{json:#}");

    folder.write("keys.json", include_str!("../../keys.json"));
    let foreign = format!("explain --path /users/u1/a.png --format json --token {token}");
    let json: Value = serde_json::from_str(&folder.run(&foreign).expect(5).stdout).unwrap();
    assert_eq!(json["code"], "jwk-kid-mismatch", "{json:#}");
    let asked = json["asks_for_keys"].as_str().unwrap();
    assert_eq!(asked, "https://clerk.photos.example/.well-known/jwks.json");
    let told = folder.run(&format!("explain --path /users/u1/a.png --token {token}")).expect(5);
    assert!(told.stdout.contains("the edge asks https://clerk.photos.example/"), "{told}");
    let local = folder.run(&format!("{foreign} --local")).expect(5);
    let json: Value = serde_json::from_str(&local.stdout).unwrap();
    assert_eq!((&json["status"], &json["asks_for_keys"]), (&403.into(), &Value::Null));
}

#[test]
fn an_empty_token_is_a_mistake() {
    let told = folder().run("explain --path /users/u1/a.png --token - --local").expect(1);
    assert_eq!(told.stdout, "");
    insta::assert_snapshot!(told.stderr, @r#"
    error: standard input has no token
    hint: leave --token out to ask about a request without one
    "#);
}

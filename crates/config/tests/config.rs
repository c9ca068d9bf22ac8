//! What a configuration becomes, and what is said of one that cannot be.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use config::{Config, Names};

const STACK: &str = "[stack]\nname = \"photos\"\nregion = \"us-east-1\"\n";
const CLERK: &str = "[clerk]\nissuer = \"https://clerk.example.com\"\n";

fn parse(rest: &str) -> Config {
    Config::parse(&format!("{STACK}{CLERK}{rest}")).unwrap()
}

/// The message and the hint for a configuration that ends with `rest`.
fn refused(rest: &str) -> String {
    said(&format!("{STACK}{CLERK}{rest}"))
}

fn said(text: &str) -> String {
    let error = Config::parse(text).unwrap_err();
    format!("{error}\nhint: {}", error.hint)
}

#[test]
fn everything_but_the_stack_and_the_instance_has_a_default() {
    insta::assert_snapshot!(parse("").rules_json(), @r#"
    {
      "allow_missing_azp": false,
      "authorized_parties": [],
      "cors_origins": [],
      "issuer": "https://clerk.example.com",
      "jwks_url": "https://clerk.example.com/.well-known/jwks.json",
      "leeway_seconds": 5,
      "max_lifetime_seconds": 300,
      "rules": [
        {
          "methods": [
            "PUT"
          ],
          "path": "/users/{sub}/**"
        },
        {
          "methods": [
            "GET",
            "HEAD"
          ],
          "path": "/**"
        }
      ],
      "uploads": {
        "content_types": [
          "image/avif",
          "image/gif",
          "image/jpeg",
          "image/png",
          "image/webp"
        ],
        "create_only": true,
        "max_size": 10485760
      }
    }
    "#);
    insta::assert_debug_snapshot!(parse("").delivery, @r#"
    Delivery {
        cache_control: "private, max-age=300",
        price_class: "PriceClass_100",
        aliases: [],
        certificate_arn: None,
        web_acl_arn: None,
    }
    "#);
    insta::assert_debug_snapshot!(parse("").function, @r#"
    Function {
        runtime: "nodejs24.x",
        memory_mb: 128,
        timeout_seconds: 5,
        log_allows: 0.0,
    }
    "#);
    assert_eq!(parse("").issuer.jwks_url, "https://clerk.example.com/.well-known/jwks.json");
}

#[test]
fn the_shipped_configuration_is_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../edgegate.toml");
    let config = Config::load(folder.as_ref()).unwrap();
    assert_eq!(config.issuer.url, "https://clerk.edgegate.example");
    assert_eq!(config.warnings(), Vec::<String>::new());
    assert!(config.read_keys().unwrap().contains("ins_edgegatedemo"), "beside the file");
}

#[test]
fn pages_that_hold_tokens_may_show_images() {
    let config = parse("authorized_parties = [\"https://app.example.com\"]\n");
    assert_eq!(config.cors.origins, ["https://app.example.com"]);
    let config =
        parse("authorized_parties = [\"https://app.example.com\"]\n[cors]\norigins = []\n");
    assert_eq!(config.cors.origins, Vec::<String>::new());
}

#[test]
fn sizes_have_units() {
    let size = |text: &str| parse(&format!("[uploads]\nmax_size = {text}\n")).uploads.max_size;
    assert_eq!([size("512"), size("\"5 MB\""), size("\"1GiB\"")], [512, 5_000_000, 1 << 30]);
}

#[test]
fn the_bucket_grants_uploads_only_below_what_the_rules_name() {
    let prefixes = |paths: &[&str]| {
        let rule = |path: &&str| format!("[[rules]]\nmethods = [\"PUT\"]\npath = \"{path}\"\n");
        parse(&paths.iter().map(rule).collect::<String>()).upload_prefixes()
    };
    assert_eq!(prefixes(&["/users/{sub}/**"]), ["users/"]);
    assert_eq!(prefixes(&["/a/b/{sub}/*", "/logo.png"]), ["a/b/", "logo.png"]);
    assert_eq!(prefixes(&["/a/{sub}/x", "/a/b/*"]), ["a/"], "one within another");
    assert_eq!(prefixes(&["/{sub}/**"]), [""]);
}

#[test]
fn names_follow_from_the_stack() {
    insta::assert_debug_snapshot!(Names::new(&parse(""), "123456789012"), @r#"
    Names {
        stack: "photos",
        account: "123456789012",
        region: "us-east-1",
        bucket: "photos-images-123456789012-us-east-1-an",
        role: "photos-authorizer",
        function: "photos-authorizer",
        edge: "photos-images",
        mark: "edgegate:photos",
        adopt: Adopt {
            bucket: None,
            role: None,
            function: None,
            origin_access_control: None,
            cache_policy: None,
            response_headers_policy: None,
            distribution: None,
        },
    }
    "#);
}

#[test]
fn what_was_adopted_keeps_its_name() {
    let adopt = "[adopt]\nbucket = \"by-hand\"\nrole = \"images-role\"\n";
    let names = Names::new(&parse(adopt), "123456789012");
    assert_eq!((names.bucket.as_str(), names.role.as_str()), ("by-hand", "images-role"));
    assert_eq!(names.function, "photos-authorizer");
    insta::assert_snapshot!(refused("[adopt]\nrole = \"*\"\n"), @r#"
    adopt.role cannot be "*"
    hint: name the bucket, the role and the function by their names, all else by its id
    "#);
}

#[test]
fn a_typo_is_shown_where_it_stands() {
    insta::assert_snapshot!(refused("leway_seconds = 5\n"), @r#"
    TOML parse error at line 6, column 1
      |
    6 | leway_seconds = 5
      | ^^^^^^^^^^^^^
    unknown field `leway_seconds`, expected one of `publishable_key`, `issuer`, `jwks_url`, `keys`, `authorized_parties`, `allow_missing_azp`, `leeway_seconds`, `max_lifetime_seconds`, `key_refresh`, `cookies`
    hint: README.md has the table of all keys and their defaults
    "#);
    insta::assert_snapshot!(refused("[uploads]\nmax_size = true\n"), @r#"
    TOML parse error at line 7, column 12
      |
    7 | max_size = true
      |            ^^^^
    expected a size such as 10485760 or "10 MiB"
    hint: README.md has the table of all keys and their defaults
    "#);
    insta::assert_snapshot!(said("[stack\n"), @r#"
    TOML parse error at line 1, column 7
      |
    1 | [stack
      |       ^
    unclosed table, expected `]`
    hint: README.md has the table of all keys and their defaults
    "#);
    insta::assert_snapshot!(said(STACK), @r#"
    there is neither [clerk] nor [issuer]
    hint: write [clerk] with your publishable_key, or [issuer]: docs/issuers.md
    "#);
}

#[test]
fn a_value_that_cannot_be_is_named() {
    let stack = |name: &str, region: &str| {
        said(&format!("[stack]\nname = \"{name}\"\nregion = \"{region}\"\n{CLERK}"))
    };
    insta::assert_snapshot!(stack("Photos", "us-east-1"), @r#"
    stack.name cannot be "Photos"
    hint: use lower-case letters, digits and hyphens, beginning with a letter
    "#);
    insta::assert_snapshot!(stack("a-stack-with-a-very-long-name", "ap-southeast-1"), @r#"
    stack.name is 4 characters too long for the name of the bucket: a-stack-with-a-very-long-name-images-000000000000-ap-southeast-1-an
    hint: shorten stack.name
    "#);
    insta::assert_snapshot!(stack("photos", "useast1"), @r#"
    stack.region is no AWS region: "useast1"
    hint: write it as in us-east-1 or eu-central-1
    "#);
    insta::assert_snapshot!(stack("photos", "me-south-1"), @r#"
    stack.region me-south-1 has no account-regional bucket names
    hint: choose another region for the bucket: the edge caches images everywhere
    "#);
    insta::assert_snapshot!(refused("[function]\nruntime = \"nodejs20.x\"\n"), @r#"
    function.runtime cannot be "nodejs20.x"
    hint: choose nodejs24.x or nodejs22.x: AWS creates no nodejs20.x functions since 2026-08-31
    "#);
    insta::assert_snapshot!(refused("[delivery]\ncache_control = \"public, max-age=1\"\n"), @r#"
    delivery.cache_control says public, and the images are private
    hint: write it as in "private, max-age=300"
    "#);
    insta::assert_snapshot!(refused("[delivery]\naliases = [\"images.example.com\"]\n"), @r#"
    delivery.aliases and delivery.certificate_arn go together, and one is missing
    hint: an alias needs an ACM certificate of us-east-1 that covers it
    "#);
    insta::assert_snapshot!(refused("[cors]\norigins = [\"https://app.example.com/\"]\n"), @r#"
    cors.origins has "https://app.example.com/", which is no origin
    hint: write what browsers send: https://app.example.com, or http://localhost:3000
    "#);
    insta::assert_snapshot!(refused("[uploads]\nmax_size = \"10 foot\"\n"), @r#"
    uploads.max_size is no size: "10 foot"
    hint: write bytes, or a number with KB, MB, GB, KiB, MiB or GiB
    "#);
    insta::assert_snapshot!(refused("[uploads]\nmax_size = 0\n"), @r#"
    uploads.max_size cannot be 0 bytes
    hint: S3 takes 1 byte to 5 GiB in one PUT
    "#);
    insta::assert_snapshot!(refused("[uploads]\ncontent_types = [\"image/svg+xml\"]\n"), @r#"
    content type "image/svg+xml" is not a plain image type; SVG can carry scripts and is never accepted
    hint: README.md explains every key, and what [[rules]] can say
    "#);
    insta::assert_snapshot!(refused("max_lifetime_seconds = 10\n"), @r#"
    clerk.max_lifetime_seconds cannot be 10
    hint: Clerk's session tokens live 60 seconds; choose 60 to 3600
    "#);
    insta::assert_snapshot!(refused("leeway_seconds = 31\n"), @r#"
    `leeway_seconds` has to be 30 at most
    hint: README.md explains every key, and what [[rules]] can say
    "#);
}

#[test]
fn an_instance_is_named_once() {
    insta::assert_snapshot!(said(&format!("{STACK}[clerk]\n")), @r#"
    [clerk] has neither publishable_key nor issuer
    hint: copy the publishable key from the API keys page of Clerk's dashboard
    "#);
    let both = "publishable_key = \"pk_test_Y2xlcmsuZXhhbXBsZS5jb20k\"\n";
    insta::assert_snapshot!(refused(both), @r#"
    [clerk] has both publishable_key and issuer
    hint: remove one: the issuer follows from the publishable key
    "#);
    let broken = "[clerk]\npublishable_key = \"pk_test_bm9kb3Qk\"\n";
    insta::assert_snapshot!(said(&format!("{STACK}{broken}")), @r#"
    clerk.publishable_key does not decode to a DNS name
    hint: copy the key that starts with pk_ from the API keys page of Clerk's dashboard
    "#);
    let http = "[clerk]\nissuer = \"http://clerk.example.com\"\n";
    insta::assert_snapshot!(said(&format!("{STACK}{http}")), @r#"
    clerk.issuer is no https:// URL of a DNS name: "http://clerk.example.com"
    hint: write it as in https://clerk.example.com, without a trailing slash
    "#);
}

#[test]
fn a_rule_that_can_never_match_is_named() {
    let rules = "[[rules]]\nmethods = [\"GET\"]\npath = \"/**\"\n\
                 [[rules]]\nmethods = [\"GET\"]\npath = \"/users/{sub}/**\"\n";
    insta::assert_snapshot!(refused(rules), @r#"
    rule 2 (/users/{sub}/**): never reached, as rule 1 (/**) decides about all that it is about
    hint: README.md explains every key, and what [[rules]] can say
    "#);
    let method = "[[rules]]\nmethods = [\"DELETE\"]\npath = \"/**\"\n";
    insta::assert_snapshot!(refused(method), @r#"
    rule 1 (/**): method "DELETE" cannot be granted; the edge allows GET, HEAD and PUT, never DELETE or POST
    hint: README.md explains every key, and what [[rules]] can say
    "#);
}

#[test]
fn keys_that_are_missing_or_unfit_are_named_with_the_way_to_get_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edgegate.toml");
    std::fs::write(&file, format!("{STACK}{CLERK}")).unwrap();
    let config = Config::load(&file).unwrap();
    let said = || {
        let error = config.read_keys().unwrap_err();
        let text = format!("{error}\nhint: {}", error.hint);
        text.replace(&folder.path().display().to_string(), "FOLDER")
    };
    insta::assert_snapshot!(said(), @r#"
    cannot read FOLDER/keys.json: No such file or directory (os error 2)
    hint: cargo xtask keys pull
    "#);
    let weak = r#"{"keys":[{"kty":"RSA","kid":"weak","n":"AQAB","e":"AQAB"}]}"#;
    std::fs::write(folder.path().join("keys.json"), weak).unwrap();
    insta::assert_snapshot!(said(), @r#"
    FOLDER/keys.json: key "weak": the modulus has 17 bits; it needs 2048 to 4096
    hint: cargo xtask keys pull
    "#);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load("nowhere/edgegate.toml".as_ref()).unwrap_err();
    insta::assert_snapshot!(format!("{error}\nhint: {}", error.hint), @r#"
    cannot read nowhere/edgegate.toml: No such file or directory (os error 2)
    hint: run it where edgegate.toml is, or name the file with --config FILE
    "#);
}

#[test]
fn a_session_cookie_that_no_browser_would_send_is_said() {
    let doubts = |apps: &str, more: &str| {
        parse(&format!("cookies = true\nauthorized_parties = {apps}\n{more}")).doubts().join("\n")
    };
    let delivery = |aliases: &str| {
        let arn = "arn:aws:acm:us-east-1:111122223333:certificate/a";
        format!("[delivery]\naliases = {aliases}\ncertificate_arn = \"{arn}\"\n")
    };
    let app = r#"["https://app.example.com"]"#;
    insta::assert_snapshot!(doubts(app, ""), @"clerk.cookies cannot work for pages of app.example.com: browsers send Clerk's cookie to that host alone, and images are on a name of CloudFront; only a proxy on the app's host that passes the cookie on helps");
    insta::assert_snapshot!(doubts(app, &delivery(r#"["img.example.com"]"#)), @"clerk.cookies cannot work for pages of app.example.com: browsers send Clerk's cookie to that host alone, and images are on img.example.com; only a proxy on the app's host that passes the cookie on helps");
    let two = r#"["https://app.example.com", "http://localhost:3000"]"#;
    insta::assert_snapshot!(doubts(two, &delivery(r#"["app.example.com"]"#)), @"clerk.cookies cannot work for pages of localhost: browsers send Clerk's cookie to that host alone, and images are on app.example.com; only a proxy on the app's host that passes the cookie on helps");
    let uploads = "[[rules]]\nmethods = [\"PUT\"]\npath = \"/users/{sub}/**\"\n";
    insta::assert_snapshot!(doubts(app, uploads), @"clerk.cookies has no effect: no rule lets a session token GET anything");
    for alias in ["app.example.com", "*.example.com"] {
        assert_eq!(doubts(app, &delivery(&format!("[\"{alias}\"]"))), "");
    }
    assert_ne!(doubts(app, &delivery(r#"["*.app.example.com"]"#)), "", "what is below it");
}

#[test]
fn rules_can_ask_for_more_than_a_text() {
    let rules = r#"
authorized_parties = ["https://app.example.com"]
key_refresh = "off"
cookies = true
[function]
log_allows = 0.25
[[rules]]
methods = ["GET"]
path = "/logos/*"
public = true
[[rules]]
methods = ["GET"]
path = "/exports/**"
tokens = "machine"
aud = "exports"
max_lifetime_seconds = 3600
[[rules]]
methods = ["GET"]
path = "/reports/**"
require = { org_permission = "org:reports:read", feature = ["a", "b"], teams = { contains = "x" } }
"#;
    let config = parse(rules);
    let json: serde_json::Value = serde_json::from_str(&config.rules_json()).unwrap();
    assert!(json.get("jwks_url").is_none());
    assert_eq!((&json["cookies"][0], &json["log_allows"]), (&"__session".into(), &0.25.into()));
    insta::assert_snapshot!(json["rules"].to_string(), @r#"[{"methods":["GET"],"path":"/logos/*","public":true},{"aud":"exports","max_lifetime_seconds":3600,"methods":["GET"],"path":"/exports/**","tokens":"machine"},{"methods":["GET"],"path":"/reports/**","require":{"feature":["a","b"],"org_permission":["org:reports:read"],"teams":{"contains":["x"]}}}]"#);
    insta::assert_snapshot!(config.warnings().join("\n"), @r"
    rule 1 is PUBLIC: anybody may GET /logos/*, signed in or not
    clerk.cookies cannot work for pages of app.example.com: browsers send Clerk's cookie to that host alone, and images are on a name of CloudFront; only a proxy on the app's host that passes the cookie on helps
    ");
    let half = "[[rules]]\nmethods = [\"GET\"]\npath = \"/a\"\ntokens = \"machine\"\n";
    assert!(refused(half).starts_with("rule 1 (/a): `tokens`, `aud` and"), "{}", refused(half));
    assert!(refused("[function]\nlog_allows = 2\n").contains("log_allows cannot be 2"));
}

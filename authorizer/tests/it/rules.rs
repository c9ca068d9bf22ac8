//! Rules that ask for more than a session, or for less.

use std::sync::LazyLock;

use crate::support::{
    self, ID, Json, KEYS, NOW, claims, compiled, header, judge_by, outcome, pairs, sign,
};
use authorizer::{Decision, Keys, Policy, Request, decide};

type Outcome = (u16, &'static str);

const ALLOWED: Outcome = (200, "");
const FORBIDDEN: Outcome = (403, "insufficient_scope");
const MISSING: Outcome = (401, "token-missing");
const TYPE: Outcome = (401, "token-type-mismatch");

static POLICY: LazyLock<Policy<'static>> = LazyLock::new(|| {
    compiled(
        r#"{
  "issuer": "https://clerk.example.com",
  "authorized_parties": ["https://app.example.com"],
  "uploads": {"max_size": 1000, "content_types": ["image/png"]},
  "rules": [
    {"methods": ["GET"], "path": "/reports/**", "tokens": "template", "aud": "reports", "max_lifetime_seconds": 3600},
    {"methods": ["GET", "PUT"], "path": "/scans/**", "tokens": "machine", "aud": "scanner", "max_lifetime_seconds": 600},
    {"methods": ["GET"], "path": "/both/**", "tokens": "template", "aud": "reports", "max_lifetime_seconds": 60},
    {"methods": ["GET"], "path": "/both/**"},
    {"methods": ["GET"], "path": "/public/**", "public": true},
    {"methods": ["GET"], "path": "/dashboard", "require": {"org_permission": "org:dashboard:manage"}},
    {"methods": ["GET"], "path": "/teams", "require": {"org_permission": "org:teams:manage"}},
    {"methods": ["GET"], "path": "/teams/list", "require": {"org_permission": ["org:teams:manage", "org:teams:read"]}},
    {"methods": ["GET"], "path": "/export", "require": {"feature": "export"}},
    {"methods": ["GET"], "path": "/org/export", "require": {"feature": "org:export"}},
    {"methods": ["GET"], "path": "/groups", "require": {"groups": {"contains": ["staff", "crew"]}}},
    {"methods": ["GET"], "path": "/{sub}/**"}
  ]
}"#,
    )
});

fn send(method: &str, path: &str, token: &str) -> Outcome {
    let authorization = format!("Bearer {token}");
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "image/png"),
        ("content-length", "1"),
    ];
    let headers = pairs(if method == "PUT" { &headers } else { &headers[..1] });
    outcome(&judge_by(&POLICY, (method, path, ""), &headers))
}

fn read(path: &str, claims: &Json) -> Outcome {
    send("GET", path, &sign(header(), claims))
}

/// Made by a JWT template: no session, an audience, any lifetime.
fn template() -> Json {
    claims().without("sid").without("sts").without("v").with("aud", "\"reports\"")
}

/// A machine's: no session and no page that it was made for.
fn machine() -> Json {
    template().without("azp").with("sub", "\"mch_1\"").with("aud", "\"scanner\"")
}

fn header_of(category: &str) -> Json {
    header().with("cat", format!("\"{category}\""))
}

fn lasting(claims: Json, seconds: u64) -> Json {
    claims.with("exp", NOW + seconds)
}

#[test]
fn a_template_counts_where_a_rule_asks_for_it() {
    let template_header = header_of("cl_B7d4PD222AAA");
    let table = [
        ("/reports/a", template(), ALLOWED),
        ("/reports/a", lasting(template(), 3600), ALLOWED),
        ("/reports/a", lasting(template(), 3601), FORBIDDEN),
        ("/reports/a", template().with("aud", r#"["x","reports"]"#), ALLOWED),
        ("/reports/a", template().with("aud", r#"["x"]"#), FORBIDDEN),
        ("/reports/a", template().with("aud", "\"reports2\""), FORBIDDEN),
        ("/reports/a", template().with("aud", r#"{"reports":"reports"}"#), FORBIDDEN),
        ("/reports/a", template().without("aud"), FORBIDDEN),
        ("/reports/a", template().without("azp"), (401, "token-invalid-authorized-parties")),
        ("/reports/a", template().with("exp", 1), (401, "token-expired")),
        // Elsewhere it is no session's, whatever it says; and a session is no template's there.
        ("/user_1/a", template(), FORBIDDEN),
        ("/dashboard", template(), FORBIDDEN),
        ("/scans/a", template().with("aud", "\"scanner\""), FORBIDDEN),
        ("/both/a", template(), ALLOWED),
        ("/both/a", lasting(template(), 61), FORBIDDEN),
    ];
    for (path, claims, expected) in table {
        for header in [&template_header, &header().without("cat"), &header_of("cl_I7d4PD111III")] {
            assert_eq!(send("GET", path, &sign(header, &claims)), expected, "{path} {claims}");
        }
    }
    assert_eq!(read("/reports/a", &claims().with("aud", "\"reports\"")), FORBIDDEN);
    assert_eq!(read("/both/a", &claims()), ALLOWED);
    // What the header says and what the claims look like have to agree.
    assert_eq!(read("/reports/a", &template()), TYPE);
    assert_eq!(send("GET", "/reports/a", &sign(&template_header, claims())), TYPE);
    assert_eq!(send("GET", "/reports/a", &sign(&template_header, machine())), TYPE);
}

#[test]
fn a_machine_counts_where_a_rule_asks_for_it() {
    let header = header_of("cl_B7d4PD333AAA");
    let table = [
        ("GET", "/scans/a", machine(), ALLOWED),
        ("PUT", "/scans/a", machine(), ALLOWED),
        ("GET", "/scans/a", lasting(machine(), 600), ALLOWED),
        ("GET", "/scans/a", lasting(machine(), 601), FORBIDDEN),
        ("GET", "/scans/a", machine().with("aud", "\"reports\""), FORBIDDEN),
        ("GET", "/scans/a", machine().without("aud"), FORBIDDEN),
        ("GET", "/reports/a", machine().with("aud", "\"reports\""), FORBIDDEN),
        ("GET", "/mch_1/a", machine(), FORBIDDEN),
        ("GET", "/scans/a", machine().without("iss"), (401, "token-invalid-issuer")),
        ("GET", "/scans/a", machine().with("sub", "\"user_1\""), TYPE),
    ];
    for (method, path, claims, expected) in table {
        assert_eq!(
            send(method, path, &sign(&header, &claims)),
            expected,
            "{method} {path} {claims}"
        );
    }
    assert_eq!(read("/scans/a", &claims().with("aud", "\"scanner\"")), FORBIDDEN);
}

/// The longer life of other kinds is no longer life of a session.
#[test]
fn a_session_keeps_its_own_limits() {
    let long = lasting(claims(), 301).with("aud", "\"reports\"");
    for path in ["/reports/a", "/both/a", "/user_1/a"] {
        assert_eq!(read(path, &long), (401, "token-lifetime"), "{path}");
    }
}

/// The example of Clerk's documentation: `fpm` 3 is both permissions, 2 only the second.
#[test]
fn packed_permissions() {
    let member = |features: &str, fpm: &str| {
        let o = format!(r#"{{"id":"org_1","rol":"member","per":"manage,read","fpm":"{fpm}"}}"#);
        claims().with("fea", format!("\"{features}\"")).with("o", o)
    };
    let paths = ["/dashboard", "/teams", "/teams/list"];
    let table = [
        (member("o:dashboard,o:teams", "3,2"), [ALLOWED, FORBIDDEN, ALLOWED]),
        (member("o:dashboard,o:teams", "1,1"), [ALLOWED, ALLOWED, ALLOWED]),
        (member("o:dashboard,o:teams", "2,0"), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
        // A user's features have no number, one of both has.
        (member("u:export,o:dashboard,o:teams", "3,2"), [ALLOWED, FORBIDDEN, ALLOWED]),
        (member("uo:dashboard,o:teams", "3,2"), [ALLOWED, FORBIDDEN, ALLOWED]),
        (member("u:dashboard,u:teams", "3,3"), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
        (member("o:dashboard,o:teams", "3"), [ALLOWED, FORBIDDEN, FORBIDDEN]),
        (member("o:dashboard,o:teams", ""), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
        (member("o:dashboard,o:teams", "-1,0x3"), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
        (member("o:dashboard,o:teams", "18446744073709551617,0"), [ALLOWED, FORBIDDEN, FORBIDDEN]),
        (member("o:dashboard,o:teams", "3,2").without("o"), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
        (member("o:dashboard,o:teams", "3,2").without("v"), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
    ];
    for (claims, expected) in table {
        assert_eq!(paths.map(|path| read(path, &claims)), expected, "{claims}");
    }
}

#[test]
fn listed_permissions_of_the_first_version() {
    let first = |permissions: &str| claims().without("v").with("org_permissions", permissions);
    let table = [
        (first(r#"["org:teams:read","org:dashboard:manage"]"#), [ALLOWED, FORBIDDEN, ALLOWED]),
        (first(r#"["dashboard:manage","teams:manage"]"#), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
        (first(r#""org:dashboard:manage""#), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
        (first("[]"), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
        (first(r#"["org:dashboard:manage"]"#).with("v", 2), [FORBIDDEN, FORBIDDEN, FORBIDDEN]),
    ];
    for (claims, expected) in table {
        let judged = ["/dashboard", "/teams", "/teams/list"].map(|path| read(path, &claims));
        assert_eq!(judged, expected, "{claims}");
    }
}

#[test]
fn features_and_lists() {
    let features = |text: &str| claims().with("fea", format!("\"{text}\""));
    let groups = |json: &str| claims().with("groups", json);
    let table = [
        ("/export", features("u:export"), ALLOWED),
        ("/export", features("o:photos,o:export"), ALLOWED),
        ("/export", features("o:exports,u:expor"), FORBIDDEN),
        ("/export", features("export"), FORBIDDEN),
        ("/export", features("u:export").without("v"), FORBIDDEN),
        ("/export", claims(), FORBIDDEN),
        ("/org/export", features("u:export"), FORBIDDEN),
        ("/org/export", features("o:export"), ALLOWED),
        ("/org/export", features("uo:export"), ALLOWED),
        ("/groups", groups(r#"["guests","crew"]"#), ALLOWED),
        ("/groups", groups(r#"["st\u0061ff"]"#), ALLOWED),
        ("/groups", groups(r#"["guests"]"#), FORBIDDEN),
        ("/groups", groups(r#"["staffs",["staff"],{"staff":1},7]"#), FORBIDDEN),
        ("/groups", groups(r#""staff""#), FORBIDDEN),
        ("/groups", groups("[]"), FORBIDDEN),
        ("/groups", claims(), FORBIDDEN),
    ];
    for (path, claims, expected) in table {
        assert_eq!(read(path, &claims), expected, "{path} {claims}");
    }
}

#[test]
fn a_public_rule_asks_nobody() {
    let ask = |(method, path, query), headers: &[(&str, &str)]| {
        let headers = pairs(headers);
        let request = Request::new((method, path, query), ID, &headers);
        let decision = decide(&POLICY, &KEYS, NOW, &request, |_, _, _| panic!("no RSA for this"));
        if let Decision::Allow(edits) = decision {
            assert_eq!((edits.blank_query, edits.create_only), (!query.is_empty(), false));
        }
        outcome(&decision)
    };
    let open = ("GET", "/public/a.png", "");
    assert_eq!(ask(open, &[]), ALLOWED);
    assert_eq!(ask(("HEAD", "/public/a.png", ""), &[]), ALLOWED);
    assert_eq!(ask(("GET", "/public/a.png", "versionId=1"), &[]), ALLOWED);
    // A token makes nothing worse, and never reaches the bucket.
    for authorization in ["Bearer x", "Basic x", ""] {
        assert_eq!(ask(open, &[("authorization", authorization)]), ALLOWED, "{authorization}");
    }
    let request = Request::new(("GET", open.1, ""), ID, &[]);
    assert!(request.deletions().any(|name| name == b"authorization"));
    // Only what the rule says is public, and only as it is written.
    for path in ["/public", "/publics/a.png", "/Public/a.png", "/user_1/a.png"] {
        assert_eq!(ask(("GET", path, ""), &[]), MISSING, "{path}");
    }
    let not_canonical = (400, "path-not-canonical");
    for path in
        ["/public/../user_1/a.png", "/public/%2E%2E/user_1/a.png", "/public//a.png", "/public/"]
    {
        assert_eq!(ask(("GET", path, ""), &[]), not_canonical, "{path}");
    }
    let body = [("content-type", "image/png"), ("content-length", "1")];
    assert_eq!(ask(("PUT", "/public/a.png", ""), &body), MISSING);
    assert_eq!(ask(open, &body[1..]), (400, "invalid_request"));
    assert_eq!(ask(("DELETE", "/public/a.png", ""), &[]), (405, "method-not-allowed"));
}

/// What a rule asks for is asked, whatever a later and wider one says.
#[test]
fn the_first_rule_about_a_request_decides() {
    let policy = |rules: &str| {
        compiled(&format!(
            r#"{{"issuer":"https://clerk.example.com","authorized_parties":[],"rules":[{rules}]}}"#
        ))
    };
    let guard = r#"{"methods":["GET"],"path":"/private/**","require":{"org_role":"admin"}}"#;
    let own = r#"{"methods":["GET"],"path":"/users/{sub}/**","require":{"plan":"gold"}}"#;
    let all = r#"{"methods":["GET"],"path":"/**"}"#;
    let open = r#"{"methods":["GET"],"path":"/**","public":true}"#;
    let member = sign(header(), claims());
    let role = r#"{"id":"org_1","rol":"admin"}"#;
    let admin = sign(header(), claims().with("o", role).with("plan", "\"gold\""));
    let (private, mine, theirs) = ("/private/a", "/users/user_1/a", "/users/user_2/a");
    let table = [
        ([guard, own, all], Some(&member), [FORBIDDEN, FORBIDDEN, ALLOWED]),
        ([guard, own, open], Some(&admin), [ALLOWED; 3]),
        // Without a token nobody is the one whom a claim in a path means; with one it is no worse.
        ([guard, own, open], Some(&member), [FORBIDDEN, ALLOWED, ALLOWED]),
        ([guard, own, open], None, [MISSING, ALLOWED, ALLOWED]),
        ([own, guard, all], None, [MISSING; 3]),
    ];
    for (rules, token, expected) in table {
        let policy = policy(&rules.join(","));
        let authorization = token.map(|it| format!("Bearer {it}"));
        let headers: Vec<_> =
            authorization.iter().map(|it| ("authorization", it.as_str())).collect();
        let headers = pairs(&headers);
        let read = |path| outcome(&judge_by(&policy, ("GET", path, ""), &headers));
        assert_eq!([private, mine, theirs].map(read), expected, "{rules:?}");
    }
}

/// Keys that cannot be found make nothing public, and leave what is public alone.
#[test]
fn without_the_key_only_public_rules_count() {
    let other = support::jwks(&[support::jwk().with("kid", "\"ins_2\"")]);
    let other = Keys::parse(&other).unwrap();
    let authorization = format!("Bearer {}", support::token());
    let headers = pairs(&[("authorization", &authorization)]);
    let judge = |path| {
        let request = Request::new(("GET", path, ""), ID, &headers);
        outcome(&decide(&POLICY, &other, NOW, &request, support::verify))
    };
    assert_eq!(judge("/public/a"), ALLOWED);
    assert_eq!(judge("/user_1/a"), (401, "jwk-kid-mismatch"));
}

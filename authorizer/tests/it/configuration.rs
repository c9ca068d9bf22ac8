//! Policies and key sets that must not be deployed, and what their author is told.

use std::fmt::Write;

use crate::support::{RULES, encode, jwk, jwks, modulus};
use authorizer::{Keys, compile};
use insta::assert_snapshot;

fn with_rules(rules: &str) -> String {
    let uploads = r#""uploads":{"max_size":1,"content_types":["image/png"]}"#;
    format!(
        r#"{{"issuer":"https://c.example.com","authorized_parties":[],{uploads},"rules":[{rules}]}}"#
    )
}

fn get(path: &str) -> String {
    format!(r#"{{"methods":["GET"],"path":"{path}"}}"#)
}

fn error(json: &str) -> String {
    compile(json).expect_err(json).to_string()
}

#[test]
fn the_smallest_policy() {
    let json = format!(
        r#"{{"issuer":"https://c.example.com","authorized_parties":[],"rules":[{}]}}"#,
        get("/**")
    );
    assert!(compile(&json).is_ok());
    assert!(compile(RULES).is_ok());
}

#[test]
fn rules_say_what_is_wrong() {
    let rules = [
        "7".to_owned(),
        "{}".into(),
        r#"{"methods":[],"path":"/a"}"#.into(),
        r#"{"methods":"GET","path":"/a"}"#.into(),
        r#"{"methods":["GET"],"path":"/a","requires":{}}"#.into(),
        r#"{"methods":["GET","DELETE"],"path":"/a"}"#.into(),
        r#"{"methods":["POST"],"path":"/a"}"#.into(),
        r#"{"methods":["get"],"path":"/a"}"#.into(),
        get(""),
        get("/"),
        get("a"),
        get("/a/"),
        get("//a"),
        get("/../a"),
        get("/a b"),
        get("/a%2fb"),
        get("/**/a"),
        get("/a*"),
        get("/***"),
        get("/{}"),
        get("/{sub"),
        get("/x{sub}"),
        get("/{{sub}}"),
        get("/{sub}{sid}"),
        get("/{a b}"),
        get("/{a..b}"),
        get("/{exp}"),
        r#"{"methods":["GET"],"path":"/a","require":{"org_role":[]}}"#.into(),
        r#"{"methods":["GET"],"path":"/a","require":{"org_role":["admin",""]}}"#.into(),
        r#"{"methods":["GET"],"path":"/a","require":{"org_role":true}}"#.into(),
        r#"{"methods":["GET"],"path":"/a","require":{"org role":"admin"}}"#.into(),
        r#"{"methods":["GET"],"path":"/a","require":["admin"]}"#.into(),
    ];
    let mut shown = String::new();
    for rule in rules {
        writeln!(shown, "{}", error(&with_rules(&rule))).unwrap();
    }
    assert_snapshot!(shown, @r#"
    rule 1: a rule has to be an object
    rule 1: `methods` is missing
    rule 1 (/a): `methods` is empty, so the rule could never match
    rule 1 (/a): `methods` has to be a list of strings without escapes
    rule 1 (/a): unknown field "requires"
    rule 1 (/a): method "DELETE" cannot be granted; the edge allows GET, HEAD and PUT, never DELETE or POST
    rule 1 (/a): method "POST" cannot be granted; the edge allows GET, HEAD and PUT, never DELETE or POST
    rule 1 (/a): method "get" cannot be granted; the edge allows GET, HEAD and PUT, never DELETE or POST
    rule 1: `path` has to start with / and name something below it
    rule 1 (/): `path` has to start with / and name something below it
    rule 1 (a): `path` has to start with / and name something below it
    rule 1 (/a/): segment "" is in no canonical path, so the rule could never match
    rule 1 (//a): segment "" is in no canonical path, so the rule could never match
    rule 1 (/../a): segment ".." is in no canonical path, so the rule could never match
    rule 1 (/a b): segment "a b" is in no canonical path, so the rule could never match
    rule 1 (/a%2fb): segment "a%2fb" is in no canonical path, so the rule could never match
    rule 1 (/**/a): ** stands for all that follows, so it has to be the last segment
    rule 1 (/a*): in segment "a*" the wildcard has to stand alone
    rule 1 (/***): in segment "***" the wildcard has to stand alone
    rule 1 (/{}): "" is not the name of a claim with a text
    rule 1 (/{sub): segment "{sub" is not a placeholder; one is a whole segment, such as {sub}
    rule 1 (/x{sub}): segment "x{sub}" is not a placeholder; one is a whole segment, such as {sub}
    rule 1 (/{{sub}}): segment "{{sub}}" is not a placeholder; one is a whole segment, such as {sub}
    rule 1 (/{sub}{sid}): segment "{sub}{sid}" is not a placeholder; one is a whole segment, such as {sub}
    rule 1 (/{a b}): "a b" is not the name of a claim with a text
    rule 1 (/{a..b}): "a..b" is not the name of a claim with a text
    rule 1 (/{exp}): "exp" is not the name of a claim with a text
    rule 1 (/a): claim "org_role" needs a value, or a list of values that is not empty
    rule 1 (/a): claim "org_role" needs a value, or a list of values that is not empty
    rule 1 (/a): claim "org_role" needs a value, or a list of values that is not empty
    rule 1 (/a): "org role" is not the name of a claim with a text
    rule 1 (/a): `require` has to be an object
    "#);
}

#[test]
fn fields_say_what_is_wrong() {
    let changes = [
        ("\"issuer\"", "\"isuer\""),
        ("https://clerk.example.com", "http://clerk.example.com"),
        ("https://clerk.example.com", ""),
        ("https://clerk.example.com", "https://"),
        ("https://clerk.example.com", "https://clerk.example.com/"),
        ("\"https://www.example.com\"", "\"www.example.com\""),
        ("\"https://www.example.com\"", "7"),
        ("http://localhost:8081", "http://app.example.com"),
        ("http://localhost:8081", "*"),
        ("http://localhost:8081", "https://a.example/"),
        ("http://localhost:8081", "https://a.example:99999"),
        ("http://localhost:8081", "null"),
        ("\"leeway_seconds\": 5", "\"leeway_seconds\": 31"),
        ("\"leeway_seconds\": 5", "\"leeway_seconds\": -1"),
        ("\"leeway_seconds\": 5", "\"leeway_seconds\": 1.5"),
        ("300", "0"),
        ("300", "3601"),
        ("10485760", "0"),
        ("10485760", "5368709121"),
        ("\"max_size\": 10485760, ", ""),
        ("\"image/png\"", "\"image/svg+xml\""),
        ("\"image/png\"", "\"image/x+xml\""),
        ("\"image/png\"", "\"text/html\""),
        ("\"image/png\"", "\"image/*\""),
        ("\"image/png\"", "\"image/png; q=1\""),
        ("\"image/jpeg\", \"image/png\"", ""),
        ("\"allow_missing_azp\": false", "\"allow_missing_azp\": 0"),
        ("\"leeway_seconds\"", "\"allow_missing_azp\""),
        ("\"uploads\": {", "\"upload\": {"),
    ];
    let mut shown = String::new();
    for (from, to) in changes {
        assert!(RULES.contains(from), "{from}");
        writeln!(shown, "{}", error(&RULES.replace(from, to))).unwrap();
    }
    let without_uploads = format!(
        r#"{{"issuer":"https://c.example.com","authorized_parties":[],"rules":[{}]}}"#,
        r#"{"methods":["PUT"],"path":"/a"}"#
    );
    for text in [with_rules(""), without_uploads, "[]".into(), format!("{RULES}x"), String::new()] {
        writeln!(shown, "{}", error(&text)).unwrap();
    }
    assert_snapshot!(shown, @r#"
    unknown field "isuer"
    `issuer` has to be an https:// address without query, fragment or final slash
    `issuer` has to be an https:// address without query, fragment or final slash
    `issuer` has to be an https:// address without query, fragment or final slash
    `issuer` has to be an https:// address without query, fragment or final slash
    authorized party "www.example.com" has to be an origin, such as https://app.example.com
    `authorized_parties` has to be a list of strings without escapes
    CORS origin "http://app.example.com" has to be https://host or http://localhost, with a port if need be
    CORS origin "*" has to be https://host or http://localhost, with a port if need be
    CORS origin "https://a.example/" has to be https://host or http://localhost, with a port if need be
    CORS origin "https://a.example:99999" has to be https://host or http://localhost, with a port if need be
    CORS origin "null" has to be https://host or http://localhost, with a port if need be
    `leeway_seconds` has to be 30 at most
    `leeway_seconds` has to be a whole number that is not negative
    `leeway_seconds` has to be a whole number that is not negative
    `max_lifetime_seconds` has to be between 1 and 3600
    `max_lifetime_seconds` has to be between 1 and 3600
    `max_size` has to be between 1 byte and 5 GB, what S3 takes in one PUT
    `max_size` has to be between 1 byte and 5 GB, what S3 takes in one PUT
    `max_size` is missing
    content type "image/svg+xml" is not a plain image type; SVG can carry scripts and is never accepted
    content type "image/x+xml" is not a plain image type; SVG can carry scripts and is never accepted
    content type "text/html" is not a plain image type; SVG can carry scripts and is never accepted
    content type "image/*" is not a plain image type; SVG can carry scripts and is never accepted
    content type "image/png; q=1" is not a plain image type; SVG can carry scripts and is never accepted
    `content_types` is empty, so no upload could ever be accepted
    `allow_missing_azp` has to be true or false
    a member name is repeated (at byte 174)
    unknown field "upload"
    there are no rules, so nobody could do anything
    rule 1 (/a): PUT needs `uploads`, the limits that uploads have to keep
    this is not JSON (at byte 0)
    there is something after the end of the value (at byte 797)
    this is not JSON (at byte 0)
    "#);
}

#[test]
fn no_rule_is_dead() {
    let require = |path: &str, values: &str| {
        format!(r#"{{"methods":["GET"],"path":"{path}","require":{{"org_role":{values}}}}}"#)
    };
    let put = |path: &str| format!(r#"{{"methods":["PUT"],"path":"{path}"}}"#);
    let head = |path: &str| format!(r#"{{"methods":["HEAD"],"path":"{path}"}}"#);
    let public = |path: &str| format!(r#"{{"methods":["GET"],"path":"{path}","public":true}}"#);
    let machine = |aud: &str| {
        format!(
            r#"{{"methods":["GET"],"path":"/m","tokens":"machine","aud":"{aud}","max_lifetime_seconds":60}}"#
        )
    };
    let dead = [
        (get("/**"), get("/a")),
        (get("/**"), get("/**")),
        (get("/**"), head("/a/b")),
        (get("/a/**"), get("/a/*/{sub}")),
        (get("/a/**"), get("/a/b/**")),
        (get("/a/*"), get("/a/{sub}")),
        (get("/{sub}/*"), get("/{sub}/x")),
        (get("/a"), require("/a", "\"admin\"")),
        (require("/a", r#"["admin","editor"]"#), require("/a", "\"org:admin\"")),
        (require("/**", "\"admin\""), get("/a")),
        (require("/**", "\"admin\""), require("/a", r#"["admin","editor"]"#)),
        (get("/**"), public("/a/*")),
        (public("/a/**"), get("/a/b")),
        (machine("a"), machine("a")),
    ];
    for (first, second) in dead {
        let message = error(&with_rules(&format!("{first},{second}")));
        assert!(
            message.starts_with("rule 2 (/") && message.contains("never reached, as rule 1 (/"),
            "{message}"
        );
    }
    let alive = [
        (get("/a/**"), get("/a")),
        (get("/a/*"), get("/a/**")),
        (get("/{sub}"), get("/a")),
        (get("/{sub}"), get("/{sid}")),
        (get("/{sub}"), get("/*")),
        (get("/a"), get("/a/b")),
        (get("/a/b"), get("/a")),
        (get("/**"), put("/a")),
        (head("/**"), get("/a")),
        (require("/a/**", "\"admin\""), get("/**")),
        (public("/a/*"), get("/**")),
        (machine("a"), get("/m")),
        (machine("a"), machine("b")),
    ];
    for (first, second) in alive {
        let json = with_rules(&format!("{first},{second}"));
        assert!(compile(&json).is_ok(), "{json}");
    }
    assert_snapshot!(error(&with_rules(&[get("/a"), get("/b/**"), get("/b/{sub}")].join(","))), @r#"rule 3 (/b/{sub}): never reached, as rule 2 (/b/**) decides about all that it is about"#);
}

#[test]
fn keys_that_are_accepted() {
    let plain = jwk().without("alg").without("use");
    let operations =
        jwk().with("kid", "\"b\"").with("key_ops", "[\"verify\"]").with("x5t", "\"ignored\"");
    let keys = Keys::parse(&jwks(&[plain, operations])).unwrap();
    let shown: Vec<_> =
        keys.iter().map(|key| (key.kid(), key.index(), key.bits(), key.material().len())).collect();
    assert_eq!(shown, [("ins_1", 0, 2048, 256), ("b", 1, 2048, 256)]);
}

#[test]
fn keys_say_what_is_wrong() {
    let text = |bytes: &[u8]| format!("\"{}\"", encode(bytes));
    let sized = |bytes: usize| [vec![0xff], vec![1; bytes - 1]].concat();
    let mut even = modulus();
    *even.last_mut().unwrap() &= 0xfe;
    let keys = [
        vec![],
        vec![jwk().with("kty", "\"EC\"")],
        vec![jwk().without("kty")],
        vec![jwk().with("kty", "\"oct\"").with("k", "\"AA\"")],
        vec![jwk().with("alg", "\"RS512\"")],
        vec![jwk().with("alg", "null")],
        vec![jwk().with("use", "\"enc\"")],
        vec![jwk().with("key_ops", "[\"sign\"]")],
        vec![jwk().with("key_ops", "\"verify\"")],
        vec![jwk().without("kid")],
        vec![jwk().with("kid", "\"\"")],
        vec![jwk().with("kid", "\"a b\"")],
        vec![jwk().with("kid", format!("\"{}\"", "k".repeat(129)))],
        vec![jwk(), jwk()],
        vec![jwk().with("e", "\"Aw\"")],
        vec![jwk().with("e", "\"AQ\"")],
        vec![jwk().with("e", "\"AAEAAQ\"")],
        vec![jwk().without("n")],
        vec![jwk().with("n", text(&sized(128)))],
        vec![jwk().with("n", text(&sized(255)))],
        vec![jwk().with("n", text(&sized(513)))],
        vec![jwk().with("n", text(&[&[0], modulus().as_slice()].concat()))],
        vec![jwk().with("n", text(&even))],
        vec![jwk().with("n", format!("\"{}=\"", encode(modulus())))],
        vec![jwk().with("d", "\"AA\"")],
        vec![jwk().with("qi", "null")],
        (0..17).map(|index| jwk().with("kid", format!("\"k{index}\""))).collect(),
    ];
    let mut shown = String::new();
    for keys in keys {
        let message = Keys::parse(&jwks(&keys)).unwrap_err().to_string();
        writeln!(shown, "{}", message.replace(&"k".repeat(129), "kk…")).unwrap();
    }
    for json in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[7]}"#] {
        writeln!(shown, "{}", Keys::parse(json).unwrap_err()).unwrap();
    }
    assert_snapshot!(shown, @r#"
    there have to be 1 to 16 keys
    key "ins_1": `alg` has to be RS256, or ES256 where `kty` is EC
    key "ins_1": `kty` is missing
    key "ins_1": `k` is part of a PRIVATE key; remove it everywhere and replace the key
    key "ins_1": `alg` has to be RS256, or ES256 where `kty` is EC
    key "ins_1": `alg` has to be RS256, or ES256 where `kty` is EC
    key "ins_1": `use` has to be sig
    key "ins_1": `key_ops` has to contain verify
    key "ins_1": `key_ops` has to be a list of strings without escapes
    key 1: `kid` is missing
    key 1: `kid` has to be 1 to 128 letters, digits, - _ + / = . and :
    key "a b": `kid` has to be 1 to 128 letters, digits, - _ + / = . and :
    key "kk…": `kid` has to be 1 to 128 letters, digits, - _ + / = . and :
    key "ins_1": `kid` is repeated
    key "ins_1": `e` has to be AQAB, that is 65537
    key "ins_1": `e` has to be AQAB, that is 65537
    key "ins_1": `e` has to be AQAB, that is 65537
    key "ins_1": `n` is missing
    key "ins_1": the modulus has 1024 bits; it needs 2048 to 4096
    key "ins_1": the modulus has 2040 bits; it needs 2048 to 4096
    key "ins_1": the modulus has 4104 bits; it needs 2048 to 4096
    key "ins_1": `n` begins with a zero byte
    key "ins_1": `n` is even
    key "ins_1": `n` is not canonical base64url
    key "ins_1": `d` is part of a PRIVATE key; remove it everywhere and replace the key
    key "ins_1": `qi` is part of a PRIVATE key; remove it everywhere and replace the key
    there have to be 1 to 16 keys
    this is not JSON (at byte 0)
    this is not JSON (at byte 0)
    `keys` is missing
    `keys` has to be a list
    key 1: a key has to be an object
    "#);
}

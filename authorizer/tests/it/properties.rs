//! Whatever arrives is judged without a panic, and only what is right is allowed.

use std::sync::LazyLock;

use crate::support::{self, KEYS, NOW, POLICY, encode, outcome, pairs};
use authorizer::{Decision, Header, Keys, Policy, Request, compile, decide};
use proptest::prelude::*;

static TOKEN: LazyLock<String> = LazyLock::new(support::token);

fn read(path: &str, authorization: &str) -> u16 {
    let headers = pairs(&[("authorization", authorization)]);
    outcome(&support::judge_by(&POLICY, ("GET", path, ""), &headers)).0
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_is_answered(
        method in "GET|PUT|OPTIONS|\\PC{0,6}",
        path in "/[a-z%./0-9A-F]{0,20}|\\PC{0,30}",
        query in "\\PC{0,10}",
        id in "\\PC{0,10}",
        headers in prop::collection::vec(("authorization|origin|content-length|x-amz-a|\\PC{0,12}", "\\PC{0,40}"), 0..6),
    ) {
        let headers: Vec<Header> = headers.iter().map(|(name, value)| Header::new(name, value)).collect();
        let request = Request::new((&method, &path, &query), &id, &headers);
        let decision = decide(&POLICY, &KEYS, NOW, &request, |_, _, _| true);
        prop_assert!(matches!(decision, Decision::Answer(answer) if answer.body().len() < 1024));
    }

    #[test]
    fn random_parts_are_refused(head in any::<Vec<u8>>(), body in any::<Vec<u8>>(), signature in any::<Vec<u8>>()) {
        let token = format!("Bearer {}.{}.{}", encode(head), encode(body), encode(signature));
        prop_assert_ne!(read("/users/user_1/a", &token), 200);
    }

    #[test]
    fn random_claims_are_refused(body in "[{}\\[\\]\",:a-z0-9\\\\. -]{0,60}") {
        let token = support::sign(support::header(), &body);
        prop_assert_ne!(read("/users/user_1/a", &format!("Bearer {token}")), 200);
    }

    #[test]
    fn a_changed_byte_is_refused(position in any::<prop::sample::Index>(), byte in 0x20u8..0x7f) {
        let mut changed = TOKEN.clone().into_bytes();
        let position = position.index(changed.len());
        prop_assume!(changed[position] != byte);
        changed[position] = byte;
        let authorization = format!("Bearer {}", String::from_utf8(changed).unwrap());
        prop_assert_ne!(read("/users/user_1/a", &authorization), 200);
    }

    /// Whoever decodes an allowed path, once or twice, stays below the user's own folder.
    #[test]
    fn an_allowed_path_has_one_meaning(rest in "[a-zA-Z0-9%./\\\\;+ -]{1,24}|(%[0-9A-Fa-f]{2}|[a-z/.]){1,8}") {
        let path = format!("/users/user_1/{rest}");
        if read(&path, &format!("Bearer {}", *TOKEN)) == 200 {
            for _ in 0..2 {
                let decoded = unescape(&path);
                prop_assert!(decoded.split('/').all(|segment| !matches!(segment, "." | "..")), "{}", path);
                prop_assert!(!decoded.contains("//") && !decoded.contains(['\\', '\0', '%', ';', '?', '#']), "{}", path);
                prop_assert_eq!(decoded.matches('/').count(), path.matches('/').count());
            }
        }
    }

    #[test]
    fn any_configuration_is_parsed_or_refused(text in "[{}\\[\\]\",:a-z0-9 ]{0,80}|\\PC{0,40}") {
        prop_assert!(compile(&text).is_err());
        prop_assert!(Keys::parse(&text).is_err());
    }

    /// A rule is called dead only if the earlier one really allows all that it allows.
    #[test]
    fn shadowing_is_sound(first in "(/(a|b|\\*|\\{sub\\})){1,3}(/\\*\\*)?", second in "(/(a|b|\\*|\\{sub\\})){1,3}(/\\*\\*)?", path in "(/(a|b|user_1)){1,4}") {
        let policy = |rules: &[&String]| {
            let rules: Vec<String> = rules.iter().map(|path| format!(r#"{{"methods":["GET"],"path":"{path}"}}"#)).collect();
            compile(&format!(r#"{{"issuer":"https://clerk.example.com","authorized_parties":[],"rules":[{}]}}"#, rules.join(",")))
        };
        let authorization = format!("Bearer {}", *TOKEN);
        let headers = pairs(&[("authorization", &authorization)]);
        let allows = |compiled: &[u8]| outcome(&support::judge_by(&Policy::load(compiled).unwrap(), ("GET", &path, ""), &headers)).0 == 200;
        if policy(&[&first, &second]).is_err() && allows(&policy(&[&second]).unwrap()) {
            prop_assert!(allows(&policy(&[&first]).unwrap()));
        }
    }
}

fn unescape(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next().unwrap()).to_digit(16).unwrap();
        bytes.push(if byte == b'%' { u8::try_from(digit() * 16 + digit()).unwrap() } else { byte });
    }
    String::from_utf8(bytes).unwrap()
}

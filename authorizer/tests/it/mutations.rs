//! Texts that are almost right reach further into a parser than random ones. What is here in a few
//! hundred cases, `authorizer/fuzz` does for as long as one likes.

use crate::support::{self, KEYS, NOW, POLICY, RULES, claims, encode, header, jwk, jwks, pairs};
use authorizer::{Decision, Header, Keys, Policy, Request, compile, decide};
use proptest::prelude::*;
use proptest::sample::Index;

/// One cut: a part of the text is removed, doubled, or replaced by something with a meaning.
#[derive(Clone, Debug)]
struct Cut {
    from: Index,
    length: usize,
    by: &'static str,
    is_doubled: bool,
}

const MEANINGFUL: [&str; 16] = [
    "", "{", "}", "[", "]", "\"", ",", ":", "\\", "null", "-1", "1e9", "**", "{sub}", "\\u0000",
    "é",
];

fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    let cut = (any::<Index>(), 0usize..12, prop::sample::select(&MEANINGFUL[..]), any::<bool>());
    let cut = cut.prop_map(|(from, length, by, is_doubled)| Cut { from, length, by, is_doubled });
    prop::collection::vec(cut, 1..4)
}

fn cut(text: &str, cuts: &[Cut]) -> String {
    cuts.iter().fold(text.to_owned(), |text, Cut { from, length, by, is_doubled }| {
        let chars: Vec<char> = text.chars().collect();
        let from = from.index(chars.len() + 1);
        let to = (from + length).min(chars.len());
        let kept: String = chars[from..to].iter().collect();
        let (before, after) = (&chars[..from], &chars[to..]);
        let inside = if *is_doubled { format!("{kept}{by}{kept}") } else { (*by).to_owned() };
        before.iter().chain(inside.chars().collect::<Vec<_>>().iter()).chain(after).collect()
    })
}

/// Any decision will do, as long as there is one, and a refusal stays small.
fn is_sound(decision: &Decision) -> bool {
    match decision {
        Decision::Allow(_) => true,
        Decision::Answer(answer) => answer.body().len() < 1024 && !answer.to_json().is_empty(),
    }
}

fn authorization(header: &str, claims: &str) -> String {
    format!("Bearer {}.{}.{}", encode(header), encode(claims), encode([1; 256]))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_policy_that_parses_can_be_used(cuts in cuts()) {
        let text = cut(RULES, &cuts);
        match compile(&text) {
            Err(error) => prop_assert!(!error.to_string().is_empty()),
            Ok(compiled) => {
                let policy = Policy::load(&compiled).unwrap();
                let authorization = authorization(&header().to_string(), &claims().to_string());
                let headers = pairs(&[("authorization", &authorization)]);
                for path in ["/users/user_1/a", "/plans/a", "/probe"] {
                    let request = Request::new(("GET", path, ""), "", &headers);
                    prop_assert!(is_sound(&decide(&policy, &KEYS, NOW, &request, |_, _, _| true)));
                }
            }
        }
    }

    #[test]
    fn keys_that_parse_are_sound(cuts in cuts()) {
        match Keys::parse(&cut(&jwks(&[jwk(), jwk().with("kid", "\"ins_2\"")]), &cuts)) {
            Err(error) => prop_assert!(!error.to_string().is_empty()),
            Ok(keys) => for key in keys.iter() {
                prop_assert!((2048..=4096).contains(&key.bits()));
                prop_assert!(key.material().last().is_some_and(|last| last % 2 == 1));
                prop_assert!(!key.kid().is_empty());
            },
        }
    }

    /// Were every signature good, the claims alone would decide, and they never cause a panic.
    #[test]
    fn almost_right_tokens_are_judged(head in cuts(), body in cuts(), now in any::<u64>()) {
        let authorization = authorization(&cut(&header().to_string(), &head), &cut(&claims().to_string(), &body));
        let headers: Vec<Header> = pairs(&[("authorization", &authorization)]);
        let request = Request::new(("GET", "/users/user_1/a", ""), "", &headers);
        for now in [NOW, now] {
            prop_assert!(is_sound(&decide(&POLICY, &KEYS, now, &request, |_, _, _| true)));
        }
    }

    /// The signature is over the text: another text needs another signature, whatever it decodes to.
    #[test]
    fn a_signature_is_good_for_one_text(cuts in cuts()) {
        let token = support::token();
        let changed = cut(&token, &cuts);
        prop_assume!(changed != token);
        prop_assert_ne!(support::present(&changed).0, 200);
    }
}

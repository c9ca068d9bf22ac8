//! `rules.json`: read or refused in one line, and what was compiled can be judged by.
#![no_main]

use authorizer::{Policy, compile};
use authorizer_fuzz::{GOOD, NOW, judge_by};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match compile(text) {
    Ok(compiled) => {
        let policy = Policy::load(&compiled).expect("what was just compiled");
        let headers = [("authorization", GOOD.as_str())];
        judge_by(&policy, NOW, ["GET", "/users/user_1/a.png", "", ""], &headers);
    }
    Err(error) => assert!(!error.to_string().contains('\n')),
});

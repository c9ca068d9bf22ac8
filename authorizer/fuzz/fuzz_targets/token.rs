//! Header and claims of a token, before they are encoded: no panic, whatever the verdict.
#![no_main]

use authorizer_fuzz::{authorization, judge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|token: (&[u8], &[u8], u64)| {
    let (header, claims, now) = token;
    let headers = [("authorization", &*authorization(header, claims))];
    judge(now, ["GET", "/users/user_1/a.png", "", ""], &headers);
});

//! `rules.bin`, whoever wrote it: read to its end, without a panic, whatever the verdict.
#![no_main]

use authorizer::Policy;
use authorizer_fuzz::{GOOD, NOW, judge_by, with_checksum};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|compiled: &[u8]| {
    let compiled = with_checksum(compiled);
    let policy = Policy::load(&compiled).expect("the checksum is right");
    let token = ("authorization", GOOD.as_str());
    for (method, headers) in [("GET", &[token][..]), ("PUT", &[token]), ("OPTIONS", &[])] {
        judge_by(&policy, NOW, [method, "/users/user_1/a.png", "", ""], headers);
    }
});

//! Everything that a viewer can send; `T` stands for a good token, and nobody gets in without it.
#![no_main]

use authorizer_fuzz::{GOOD, NOW, judge};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|request: ([&str; 4], Vec<(&str, &str)>)| {
    let (line, mut headers) = request;
    let tokens = headers.iter_mut().filter(|(_, value)| *value == "T");
    let has_token = tokens.map(|(_, value)| *value = GOOD.as_str()).count() > 0;
    assert!(!judge(NOW, line, &headers) || has_token);
});

//! `rules.json`: read or refused in one line.
#![no_main]

use authorizer::compile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = compile(text) {
        assert!(!error.to_string().contains('\n'));
    }
});

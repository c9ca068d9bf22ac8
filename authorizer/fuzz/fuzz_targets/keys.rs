//! `keys.json`: only sound keys are read.
#![no_main]

use authorizer::Keys;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for key in Keys::parse(text).iter().flat_map(Keys::iter) {
        assert!((2048..=4096).contains(&key.bits()) && !key.kid().is_empty());
        assert!(key.modulus().last().is_some_and(|last| last % 2 == 1));
    }
});

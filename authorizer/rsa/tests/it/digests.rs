//! SHA-256 beside another implementation of it.

use authorizer_rsa::sha256;
use aws_lc_rs::digest::{SHA256, digest};
use proptest::prelude::*;

/// Every way in which the end of a message can fall into a block.
#[test]
fn all_lengths_up_to_some_blocks_are_right() {
    let message: Vec<u8> = (0..=255).cycle().take(300).collect();
    for length in 0..message.len() {
        let message = &message[..length];
        assert_eq!(sha256(message), digest(&SHA256, message).as_ref(), "{length} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_message_is_digested_as_elsewhere(message in prop::collection::vec(any::<u8>(), 0..2000)) {
        let (ours, expected) = (sha256(&message), digest(&SHA256, &message));
        prop_assert_eq!(&ours[..], expected.as_ref());
    }
}

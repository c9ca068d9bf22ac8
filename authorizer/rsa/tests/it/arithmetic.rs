//! The public operation beside num-bigint's; tests are built with overflow checks.

use authorizer_rsa::{Block, PublicKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use num_bigint::BigUint;
use proptest::prelude::*;

/// Sizes in bits: the usual ones, and some that end inside a byte or a limb.
const SIZES: [usize; 9] = [2048, 2049, 2055, 2106, 2107, 3072, 3999, 4095, 4096];

fn power(modulus: &[u8], base: &[u8]) -> Vec<u8> {
    let n = BigUint::from_bytes_be(modulus);
    let power = BigUint::from_bytes_be(base).modpow(&BigUint::from(65_537u32), &n).to_bytes_be();
    [vec![0; modulus.len() - power.len()], power].concat()
}

/// As many bytes as it takes, so that the number has exactly so many bits and is odd.
fn modulus(bits: usize, mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bits.div_ceil(8));
    let top = (bits - 1) % 8;
    bytes[0] = bytes[0] & ((1 << top) - 1) | 1 << top;
    *bytes.last_mut().unwrap() |= 1;
    bytes
}

/// All zeros, all ones, one bit and the like are where carries go wrong.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let runs =
        prop::collection::vec((prop::sample::select(vec![0u8, 0xff, 1, 0x80]), 1..200usize), 1..8);
    let runs = runs.prop_map(|runs| {
        let bytes = runs.iter().flat_map(|(byte, length)| vec![*byte; *length]).cycle();
        bytes.take(512).collect()
    });
    prop_oneof![runs, prop::collection::vec(any::<u8>(), 512)]
}

/// Numbers at both ends of what is allowed, and one that is not.
fn edges(modulus: &[u8]) -> Vec<Vec<u8>> {
    let last = modulus.len() - 1;
    let mut edges = vec![vec![0; modulus.len()]];
    for low in [1, 2, 0xff] {
        let mut edge = edges[0].clone();
        edge[last] = low;
        edges.push(edge);
    }
    let n = BigUint::from_bytes_be(modulus);
    let below = |less: u32| {
        let bytes = (&n - less).to_bytes_be();
        [vec![0; modulus.len() - bytes.len()], bytes].concat()
    };
    edges.extend([below(1), below(2), below(3), below(0)]);
    edges
}

fn check(modulus: &[u8], base: &[u8]) {
    let block = PublicKey::new(modulus).unwrap().recover(base);
    let expected = (base < modulus).then(|| power(modulus, base));
    assert_eq!(block.as_ref().map(Block::as_bytes), expected.as_deref());
}

#[test]
fn the_ends_of_the_range_are_right_for_all_sizes() {
    for bits in SIZES {
        for fill in [0, 0xff, 0xaa] {
            let modulus = modulus(bits, vec![fill; 512]);
            for edge in edges(&modulus) {
                check(&modulus, &edge);
            }
        }
    }
}

#[test]
fn keys_of_other_forms_are_refused() {
    for bits in SIZES {
        let modulus = modulus(bits, vec![0x55; 512]);
        assert!(PublicKey::new(&modulus).is_some(), "{bits}");
        assert!(PublicKey::new(&[&[0], modulus.as_slice()].concat()).is_none());
        let mut even = modulus.clone();
        *even.last_mut().unwrap() &= 0xfe;
        assert!(PublicKey::new(&even).is_none());
    }
    for bits in [8, 1024, 2047, 4097] {
        assert!(PublicKey::new(&modulus(bits, vec![0xff; 600])).is_none(), "{bits}");
    }
    assert!(PublicKey::new(&[]).is_none());
}

#[test]
fn signatures_of_another_length_are_refused() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let key = PublicKey::new(&modulus_of(&pair)).unwrap();
    let signature = sign(&pair, b"message");
    assert!(key.verify(b"message", &signature));
    assert!(!key.verify(b"message", &[&[0], signature.as_slice()].concat()));
    assert!(!key.verify(b"message", &signature[1..]));
    assert!(!key.verify(b"message", &[]));
}

/// A number that is too large by the modulus has the same residue (RFC 8017 §5.2.2, step 1).
#[test]
fn a_signature_is_smaller_than_the_modulus() {
    let modulus = modulus(2048, vec![0; 512]);
    let one_more = (BigUint::from_bytes_be(&modulus) + 7u32).to_bytes_be();
    let key = PublicKey::new(&modulus).unwrap();
    assert_eq!(one_more.len(), modulus.len());
    assert_eq!(key.recover(&one_more), None);
    assert_eq!(key.recover(&modulus), None);
}

/// The modulus inside the DER of an RSA-2048 public key (RFC 8017, appendix A.1.1).
fn modulus_of(pair: &RsaKeyPair) -> Vec<u8> {
    pair.public_key().as_ref()[9..265].to_vec()
}

fn sign(pair: &RsaKeyPair, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn powers_are_as_elsewhere(bits in prop::sample::select(&SIZES[..]), n in bytes(), base in bytes()) {
        let modulus = modulus(bits, n);
        check(&modulus, &base[..modulus.len()]);
    }

    #[test]
    fn what_another_library_signs_and_verifies_is_verified(
        message in prop::collection::vec(any::<u8>(), 0..200),
        flip in proptest::option::of((any::<prop::sample::Index>(), 0..8u32)),
    ) {
        let pair = PAIR.with(Clone::clone);
        let n = modulus_of(&pair);
        let mut signature = sign(&pair, &message);
        if let Some((position, bit)) = flip {
            signature[position.index(256)] ^= 1 << bit;
        }
        let theirs = RsaPublicKeyComponents { n: n.as_slice(), e: [1u8, 0, 1].as_slice() };
        let theirs = theirs.verify(&RSA_PKCS1_2048_8192_SHA256, &message, &signature).is_ok();
        prop_assert_eq!(PublicKey::new(&n).unwrap().verify(&message, &signature), theirs);
    }
}

thread_local! {
    static PAIR: std::rc::Rc<RsaKeyPair> =
        std::rc::Rc::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
}

//! SHA-256 (FIPS 180-4), compact rather than unrolled: a token is a dozen blocks.

use core::array;

const BLOCK: usize = 64;
/// The first 32 bits of the fractional parts of the square roots of the first eight primes (§5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
/// The same of the cube roots of the first sixty-four primes (§4.2.2).
#[rustfmt::skip]
const ROUNDS: [u32; 64] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// The digest of a message.
pub fn sha256(message: &[u8]) -> [u8; 32] {
    let mut state = INITIAL;
    let (blocks, rest) = message.as_chunks();
    for block in blocks {
        compress(&mut state, block);
    }
    finish(&mut state, rest, message.len());
    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// §5.1.1: a one, zeros, and the length of the message in bits, in one block or in two.
fn finish(state: &mut [u32; 8], rest: &[u8], length: usize) {
    let mut last = [0; 2 * BLOCK];
    for (place, byte) in last.iter_mut().zip(rest.iter().chain(&[0x80])) {
        *place = *byte;
    }
    let fits = rest.len() < BLOCK.saturating_sub(size_of::<u64>());
    let bits = u64::try_from(length).unwrap_or(u64::MAX).wrapping_mul(8).to_be_bytes();
    let blocks = last.as_chunks_mut().0.iter_mut().take(if fits { 1 } else { 2 });
    let count = blocks.len();
    for (index, block) in blocks.enumerate() {
        if index.saturating_add(1) == count
            && let Some(place) = block.last_chunk_mut()
        {
            *place = bits;
        }
        compress(state, block);
    }
}

/// §6.2.2.
#[expect(clippy::many_single_char_names, reason = "the names of the standard")]
#[inline(never)]
fn compress(state: &mut [u32; 8], block: &[u8; BLOCK]) {
    let words = block.as_chunks().0;
    let mut window: [u32; 16] =
        array::from_fn(|index| words.get(index).map_or(0, |word| u32::from_be_bytes(*word)));
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (round, constant) in ROUNDS.iter().enumerate() {
        let word = if round < 16 { at(&window, round) } else { schedule(&mut window, round) };
        let choice = (e & f) ^ (!e & g);
        let majority = (a & b) ^ (a & c) ^ (b & c);
        let one = h
            .wrapping_add(e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25))
            .wrapping_add(choice)
            .wrapping_add(*constant)
            .wrapping_add(word);
        let two =
            (a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22)).wrapping_add(majority);
        (h, g, f, e) = (g, f, e, d.wrapping_add(one));
        (d, c, b, a) = (c, b, a, one.wrapping_add(two));
    }
    for (word, change) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *word = word.wrapping_add(change);
    }
}

/// §6.2.2, step 1: the next word depends on the sixteen before it, and takes the place of the first.
fn schedule(window: &mut [u32; 16], round: usize) -> u32 {
    let before = |steps: usize| at(window, round.wrapping_sub(steps));
    let (near, far) = (before(2), before(15));
    let word = before(16)
        .wrapping_add(far.rotate_right(7) ^ far.rotate_right(18) ^ (far >> 3))
        .wrapping_add(before(7))
        .wrapping_add(near.rotate_right(17) ^ near.rotate_right(19) ^ (near >> 10));
    if let Some(place) = window.get_mut(round % 16) {
        *place = word;
    }
    word
}

fn at(window: &[u32; 16], round: usize) -> u32 {
    window.get(round % 16).copied().unwrap_or_default()
}

//! `powers CASES SEED`: random and extreme numbers to the power of 65537, for another implementation
//! to check (`cargo xtask fuzz-diff --rsa`).
//!
//! Written to standard output, for each modulus: its length in bytes and how many numbers follow, two
//! bytes each, then the modulus, then each number and its power, all as long as the modulus.

use authorizer_rsa::PublicKey;
use std::io::{BufWriter, Error, Write, stdout};

/// Bits, the usual ones more often.
const SIZES: [usize; 12] = [2048, 2048, 2048, 2048, 2048, 2048, 2048, 2049, 2106, 3072, 3999, 4096];
const NUMBERS: u16 = 100;

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let mut next = || arguments.next().and_then(Result::ok);
    let (Some(cases), Some(seed)) = (next(), next()) else {
        return Err(Error::other("usage: powers CASES SEED"));
    };
    let mut random = Random(seed);
    let mut out = BufWriter::new(stdout().lock());
    for _ in 0..cases.div_ceil(u64::from(NUMBERS)) {
        write_group(&mut out, &mut random)?;
    }
    out.flush()
}

fn write_group(out: &mut impl Write, random: &mut Random) -> Result<(), Error> {
    let modulus = random.modulus();
    let key = PublicKey::new(&modulus).ok_or_else(|| Error::other("no key"))?;
    let length = u16::try_from(modulus.len()).map_err(Error::other)?;
    out.write_all(&[length.to_be_bytes(), NUMBERS.to_be_bytes()].concat())?;
    out.write_all(&modulus)?;
    for _ in 0..NUMBERS {
        let base = random.below(&modulus);
        let power = key.recover(&base).ok_or_else(|| Error::other("no power"))?;
        out.write_all(&base)?;
        out.write_all(power.as_bytes())?;
    }
    Ok(())
}

/// The generator of Vigna's `splitmix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Every other number is made of long runs of zeros and ones, where carries travel far.
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 64);
        let has_runs = self.next().is_multiple_of(2);
        while bytes.len() < length {
            let [choice, run, ..] = self.next().to_le_bytes();
            match choice % 4 {
                0 if has_runs => bytes.extend(vec![0x00; usize::from(run)]),
                1 if has_runs => bytes.extend(vec![0xff; usize::from(run)]),
                _ => bytes.extend(self.next().to_le_bytes()),
            }
        }
        bytes.truncate(length);
        bytes
    }

    fn modulus(&mut self) -> Vec<u8> {
        let bits = SIZES.into_iter().cycle().nth(usize::from(self.next().to_le_bytes()[0]));
        let bits = bits.unwrap_or(2048);
        let mut bytes = self.bytes(bits.div_ceil(8));
        let top = 1 << ((bits - 1) % 8);
        if let Some(first) = bytes.first_mut() {
            *first = *first & (top - 1) | top;
        }
        if let Some(last) = bytes.last_mut() {
            *last |= 1;
        }
        bytes
    }

    /// Smaller than the modulus: in one case of eight by little, in one of eight very small.
    fn below(&mut self, modulus: &[u8]) -> Vec<u8> {
        let choice = self.next().to_le_bytes()[0] % 8;
        let mut bytes = match choice {
            0 => modulus.to_vec(),
            1 => vec![0; modulus.len()],
            _ => self.bytes(modulus.len()),
        };
        let changed = self.next().to_le_bytes();
        if let Some(last) = bytes.last_mut().filter(|_| choice < 2) {
            *last = if choice == 0 { *last & changed[0] & 0xfe } else { changed[0] };
        }
        while bytes.as_slice() >= modulus {
            let first = bytes.iter_mut().find(|byte| **byte > 0);
            first.map(|byte| *byte >>= 1).unwrap_or_default();
        }
        bytes
    }
}

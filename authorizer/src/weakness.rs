//! Moduli that can be broken without any secret: what a look at the number itself tells.

/// Why a modulus is not one of an RSA key that was made well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Weakness {
    Even,
    SmallFactor,
    Roca,
}

/// The primes that the fingerprint needs; each of them is also tried as a factor.
const PRIMES: [u8; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
    101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// What is wrong with a big-endian modulus, if that is easy to see.
pub(crate) fn weakness(modulus: &[u8]) -> Option<Weakness> {
    if modulus.last().is_none_or(|last| last & 1 == 0) {
        return Some(Weakness::Even);
    }
    let mut remainders =
        PRIMES.iter().map(|prime| (u32::from(*prime), remainder(modulus, u32::from(*prime))));
    if remainders.clone().any(|(_, remainder)| remainder == 0) {
        return Some(Weakness::SmallFactor);
    }
    // Nemec et al., "The Return of Coppersmith's Attack" (CCS 2017), §3.3: both primes, and so their
    // product, are powers of 65537 modulo every small prime. By chance that happens once in 2^27.
    remainders.all(|(prime, remainder)| is_power(prime, remainder)).then_some(Weakness::Roca)
}

fn remainder(modulus: &[u8], prime: u32) -> u32 {
    modulus.iter().fold(0, |rest: u32, byte| {
        rest.wrapping_mul(256).wrapping_add(u32::from(*byte)).checked_rem(prime).unwrap_or(0)
    })
}

/// Whether `wanted` is a power of 65537 modulo `prime`.
fn is_power(prime: u32, wanted: u32) -> bool {
    let mut power = 1u32;
    (0..prime).any(|_| {
        power = power.wrapping_mul(65_537).checked_rem(prime).unwrap_or(0);
        power == wanted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Big-endian; enough for a number that grows by two bytes at a time.
    fn times(number: &[u8], factor: u32) -> Vec<u8> {
        let mut carry = 0u32;
        let mut product: Vec<u8> = number
            .iter()
            .rev()
            .map(|byte| {
                carry = carry.wrapping_add(u32::from(*byte).wrapping_mul(factor));
                let low = u8::try_from(carry & 0xff).unwrap();
                carry >>= 8;
                low
            })
            .collect();
        product.extend(carry.to_le_bytes());
        while product.last() == Some(&0) {
            product.pop();
        }
        product.reverse();
        product
    }

    #[test]
    fn powers_of_the_generator_have_the_fingerprint() {
        let power = (0..130).fold(Vec::from([1]), |number, _| times(&number, 65_537));
        assert_eq!(weakness(&power), Some(Weakness::Roca));
        assert_eq!(weakness(&times(&power, 2)), Some(Weakness::Even));
        assert_eq!(weakness(&times(&power, 167)), Some(Weakness::SmallFactor));
        assert_eq!(weakness(&times(&power, 173)), None, "not a power modulo every prime");
        assert_eq!(weakness(&[]), Some(Weakness::Even));
    }
}

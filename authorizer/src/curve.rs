//! Whether a point is on P-256 (SEC 2 §2.4.2, FIPS 186-5). Only where a deployment is built, on public
//! numbers, once: what is easy to read is fast enough.

/// Four times 64 bits, least significant first.
type Number = [u64; 4];

/// p = 2^256 - 2^224 + 2^192 + 2^96 - 1.
const P: Number = [u64::MAX, 0xffff_ffff, 0, 0xffff_ffff_0000_0001];
/// The curve is y² = x³ - 3x + b.
const B: Number =
    [0x3bce_3c3e_27d2_604b, 0x651d_06b0_cc53_b0f6, 0xb3eb_bd55_7698_86bc, 0x5ac6_35d8_aa3a_93e7];

/// Whether these are the coordinates, 32 bytes each and big-endian, of a point of the curve. The
/// curve has no small subgroups, so nothing else has to be asked of a public key.
pub(crate) fn has(x: &[u8], y: &[u8]) -> bool {
    let (Some(x), Some(y)) = (coordinate(x), coordinate(y)) else { return false };
    let cube = times(&times(&x, &x), &x);
    let minus_x = less(&P, &x);
    let right = [minus_x, minus_x, minus_x, B].iter().fold(cube, |sum, term| plus(&sum, term));
    times(&y, &y) == right
}

/// A number below p.
fn coordinate(bytes: &[u8]) -> Option<Number> {
    let mut number = [0; 4];
    let (words, []) = bytes.as_chunks::<8>() else { return None };
    if words.len() != number.len() {
        return None;
    }
    for (place, word) in number.iter_mut().rev().zip(words) {
        *place = u64::from_be_bytes(*word);
    }
    is_below_p(&number).then_some(number)
}

fn is_below_p(number: &Number) -> bool {
    number.iter().rev().lt(P.iter().rev())
}

/// Modulo p, of two numbers that are at most p.
fn plus(first: &Number, second: &Number) -> Number {
    let mut sum = [0; 4];
    let mut carry = false;
    for (place, (one, other)) in sum.iter_mut().zip(first.iter().zip(second)) {
        let (part, over) = one.overflowing_add(*other);
        let (part, more) = part.overflowing_add(u64::from(carry));
        (*place, carry) = (part, over || more);
    }
    if carry || !is_below_p(&sum) { less(&sum, &P) } else { sum }
}

/// Modulo 2^256.
fn less(first: &Number, second: &Number) -> Number {
    let mut difference = [0; 4];
    let mut borrow = false;
    for (place, (one, other)) in difference.iter_mut().zip(first.iter().zip(second)) {
        let (part, under) = one.overflowing_sub(*other);
        let (part, more) = part.overflowing_sub(u64::from(borrow));
        (*place, borrow) = (part, under || more);
    }
    difference
}

/// Modulo p: doubled for each bit of the first, from the highest, and added where it is set.
fn times(first: &Number, second: &Number) -> Number {
    let bits = first.iter().rev().flat_map(|word| (0..64).rev().map(move |at| word >> at & 1));
    bits.fold([0; 4], |product, bit| {
        let doubled = plus(&product, &product);
        if bit == 1 { plus(&doubled, second) } else { doubled }
    })
}

//! Verifies RS256 signatures: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2.2) for the public
//! exponent 65537 and moduli of 2048 to 4096 bits, in plain Rust without allocation.
//!
//! WebAssembly multiplies two numbers of 32 bits at best, so general libraries, which are written
//! for 64 × 64 bits, take ten times as long there. Here numbers are cut into limbs of 27 bits
//! (`number`), so that a whole column of products fits a `u64` and carries wait for the end
//! (`montgomery`).
//!
//! Everything is public: key, message and signature. So nothing here has to take the same time for
//! all inputs, and nothing here could sign.

#![no_std]
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod block;
mod key;
mod montgomery;
mod number;
mod sha256;

pub use block::Block;
pub use key::PublicKey;
pub use sha256::sha256;

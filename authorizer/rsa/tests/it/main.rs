//! RSA signatures against vectors that have fooled others, and against implementations that share no
//! line with this one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod arithmetic;
mod digests;
mod vectors;

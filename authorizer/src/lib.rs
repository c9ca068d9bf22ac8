//! Decides, at the edge, who may read and write which image.
//!
//! Values in, a value out: [`Policy`] (who may do what, [`compile`]d before), [`Keys`] (whose signature counts), the time
//! and a [`Request`] become a [`Decision`]. Nothing here reads a clock, a file or the network, so the
//! same inputs give the same answer in a test, on a laptop and in front of a bucket.
//!
//! The RSA operation belongs to the host. [`begin`] judges everything that needs no key and stops at
//! [`Step::Verify`]; the host checks that one signature and passes a single boolean to [`finish`].
//! [`decide`] is both halves with a verifier passed in.
//!
//! Judging allocates nothing: texts are slices of the request or of the [`Scratch`] that the host
//! lends. A host that lends [`Slot`]s as well has each token's signature checked once.
//!
//! Whatever is not understood is refused: an odd path, a second header, an unknown claim type. Paths
//! are never normalised, since whoever reads the path after us might do it differently.

#![no_std]
#![forbid(unsafe_code)]
#![deny(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unreachable,
    clippy::unwrap_used
)]

extern crate alloc;

mod answer;
mod base64;
mod cache;
mod claim;
mod claims;
mod code;
mod compile;
mod compiled;
mod cookie;
mod cors;
mod credentials;
mod curve;
mod decide;
#[cfg(feature = "explain")]
mod explain;
mod fields;
mod jose;
mod json;
mod json_reader;
mod json_text;
mod jwk;
mod keys;
mod kind;
mod method;
mod number;
mod path;
mod permission;
mod policy;
mod policy_error;
mod problem;
mod refusal;
mod request;
mod requirement;
mod rule;
mod scratch;
mod template;
mod text;
mod token;
mod upload;
mod utf8;
mod validity;
mod weakness;

pub use answer::{Answer, Reply};
pub use cache::Slot;
pub use code::Code;
pub use compile::{answers, compile};
pub use cors::allowed_origin;
pub use decide::{Decision, Edits, Step, Verdict, begin, decide, finish};
#[cfg(feature = "explain")]
pub use explain::Miss;
pub use keys::{Key, Keys, MAX_KEYS, is_strong};
pub use method::Method;
pub use policy::Policy;
pub use policy_error::{KeysError, PolicyError};
pub use request::{Header, READ_HEADERS, Request};
pub use scratch::Scratch;

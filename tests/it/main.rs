//! edgegate as its users meet it: the binary, real HTTP, real images, real Node.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod account;
mod bad_input;
mod bundle;
mod cloud;
mod crash;
mod faults;

mod layers;
mod lifecycle;
mod readme;
mod support;

//! edgegate as its users meet it: the binary, real HTTP, real images, real Node.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod account;
mod bad_input;
mod bundle;
mod calls;
mod cloud;
mod controls;
mod crash;
mod doctor;
mod drift;
mod explain;
mod fail_closed;
mod faults;
mod hand;
mod issuers;
mod keys;
mod late;
mod layers;
mod lifecycle;
mod load;
mod operate;
mod order;
mod ownership;
mod page;
mod permissions;
mod progress;
mod races;
mod readme;
mod review;
mod safety;
mod samples;
mod scenario;
#[path = "../browser/setup.rs"]
mod setup;
mod support;
mod teardown;
mod torture;
mod vectors;
mod verify;
mod why;

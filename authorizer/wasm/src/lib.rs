//! The authorizer as a WebAssembly module: a C ABI over one buffer, no imports, no growing memory.
//!
//! ```text
//! buffer()   capacity()              where the host writes its texts, and how many bytes fit
//! configure(rules_len, keys_len)     once: rules.json and keys.json, one after the other
//! begin(length, lines, now)          a request, see below          → VERIFY or ANSWER
//! finish(ok)                         the signature was good, or not → ALLOW or ANSWER
//! results()                          seven u32: see [`Results`]
//! ```
//!
//! A request is lines joined with `\n`: method, path, query, request id, then name and value of
//! each header in turn. Their number is passed as well, so that a line break inside a value cannot
//! move a value to another place. All calls return a negative number when they are misused.
//!
//! A cache of verified tokens would stand between [`begin`] and the host's RSA: it would turn
//! `VERIFY` into a call of `finish(1)` for the same signing input, signature and key.

#![cfg(target_arch = "wasm32")]
#![no_std]

extern crate alloc;

mod arena;
mod state;

use core::panic::PanicInfo;

use arena::ARENA;
use state::STATE;

/// The host has to check a signature and call [`finish`].
const VERIFY: i32 = 1;
/// The request is not passed on; the response is at `text`.
const ANSWER: i32 = 2;
/// The request is passed on; the names of the headers to delete are at `text`.
const ALLOW: i32 = 4;
/// With `ALLOW`: the query string has to be emptied.
const BLANK_QUERY: i32 = 8;
/// With `ALLOW`: `If-None-Match: *` has to be set.
const CREATE_ONLY: i32 = 16;
/// The call does not fit the state or the buffer.
const MISUSED: i32 = -1;
/// The rules or the keys are not acceptable.
const REFUSED: i32 = -2;

/// Where the host finds what a call has left behind: addresses and lengths in bytes, valid until
/// the next call of `begin`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Results {
    /// After `VERIFY`: what was signed.
    signed: u32,
    signed_length: u32,
    /// After `VERIFY`: the signature.
    signature: u32,
    signature_length: u32,
    /// After `VERIFY`: the position of the key in keys.json.
    key: u32,
    /// After `ANSWER`: JSON; after `ALLOW`: names joined with `\n`.
    text: u32,
    text_length: u32,
}

/// The address of the buffer.
#[unsafe(no_mangle)]
pub extern "C" fn buffer() -> *const u8 {
    state::buffer()
}

/// The size of the buffer in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn capacity() -> usize {
    state::CAPACITY
}

/// The address of the [`Results`].
#[unsafe(no_mangle)]
pub extern "C" fn results() -> *const Results {
    STATE.results.as_ptr()
}

/// Takes the rules and the keys from the buffer, once; zero when they are acceptable.
#[unsafe(no_mangle)]
pub extern "C" fn configure(rules_length: usize, keys_length: usize) -> i32 {
    let outcome = STATE.configure(rules_length, keys_length);
    ARENA.keep();
    outcome
}

/// Judges the request in the buffer; `now` in seconds since 1970.
#[unsafe(no_mangle)]
pub extern "C" fn begin(length: usize, lines: usize, now: u32) -> i32 {
    STATE.forget_request();
    // SAFETY: what lived in the arena since it was configured was reachable through the request
    // only, which has just been dropped; the host knows its addresses to be invalid from here on.
    unsafe { ARENA.reset() };
    STATE.begin(length, lines, now)
}

/// Completes the decision when the host has checked the signature; counts once per [`begin`].
#[unsafe(no_mangle)]
pub extern "C" fn finish(ok: i32) -> i32 {
    STATE.finish(ok == 1)
}

/// Ends the call with a WebAssembly trap, which the host sees as an exception.
pub(crate) fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    trap()
}

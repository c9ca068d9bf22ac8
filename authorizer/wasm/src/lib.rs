//! The authorizer as a WebAssembly module: a C ABI, no imports, no growing memory.
//!
//! ```text
//! layout()                        where the host reads and writes: see [`Layout`]
//! judge_modulus(length)           of a key that nobody has judged yet                          → 0
//! configure(lengths)              once, see below                                              → 0
//! begin(method, lengths, now)     a request, see below                  → VERIFY, ANSWER or ALLOW
//! finish(ok)                      the signature was good, or not                → ANSWER or ALLOW
//! describe()                      tells in the layout what to log, and whom an answer is for   → 0
//! ```
//!
//! What an `ANSWER` says is not in here: the host has all answers beforehand, by their numbers.
//!
//! To configure, the texts are rules.bin, then name (`kid`) and modulus of each key, as bytes; no
//! keys at all is a choice.
//!
//! With the feature `rsa` the module checks signatures itself and never answers `VERIFY`.
//!
//! A request is texts in the buffer, one right after the other, and their lengths: path, query, then
//! name and value of each header in turn. A header whose value is read (`READ_HEADERS`) is named by
//! its position plus [`KNOWN`] instead of a text. Lengths are passed apart so that nothing inside a
//! text can move it to another place. All calls return a negative number when they are misused.

#![cfg(any(target_arch = "wasm32", test))]
#![cfg_attr(not(test), no_std)]

extern crate alloc;

#[cfg(target_arch = "wasm32")]
mod no_memory;
mod state;
#[cfg(test)]
mod tests;
#[cfg(feature = "rsa")]
mod verifier;

use state::{CONFIGURATION, ROOM, Room, STATE, State};

/// The host has to check a signature and call [`finish`].
const VERIFY: i32 = 1;
/// The request is not passed on. What is answered has a number, in the bits from [`REPLY`] on.
const ANSWER: i32 = 2;
const REPLY: u32 = 8;
/// The request is passed on without its token; of an upload, without the headers that are
/// [`DELETED`].
const ALLOW: i32 = 4;
/// With `ALLOW`: the query string has to be emptied.
const BLANK_QUERY: i32 = 8;
/// With `ALLOW`: `If-None-Match: *` has to be set.
const CREATE_ONLY: i32 = 16;
/// The call does not fit the state or the buffer.
const MISUSED: i32 = -1;
/// The rules or the keys are not acceptable.
const REFUSED: i32 = -2;
/// Marks a header's name that is a position in `READ_HEADERS`.
const KNOWN: u32 = 0x4000_0000;
/// Takes the place of the length of a name, if an upload must not keep that header.
const DELETED: u32 = u32::MAX;

/// Addresses that never change, and the lengths that a call has left behind.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Layout {
    /// Where the host writes texts, and how many bytes fit.
    buffer: u32,
    capacity: u32,
    /// Where the host writes the lengths of a request's texts, and how many fit.
    lengths: u32,
    lengths_capacity: u32,
    /// Where `VERIFY` leaves what was signed, the signature, and the position of the key.
    signed: u32,
    signed_length: u32,
    signature: u32,
    signature_length: u32,
    key: u32,
    /// What `describe` tells: the position of the rule from one, or zero; the names of the key and of
    /// the user; the origin that may read the answer, or nothing.
    rule: u32,
    kid: u32,
    kid_length: u32,
    subject: u32,
    subject_length: u32,
    origin: u32,
    origin_length: u32,
}

impl Layout {
    const EMPTY: Self = Self {
        buffer: 0,
        capacity: 0,
        lengths: 0,
        lengths_capacity: 0,
        signed: 0,
        signed_length: 0,
        signature: 0,
        signature_length: 0,
        key: 0,
        rule: 0,
        kid: 0,
        kid_length: 0,
        subject: 0,
        subject_length: 0,
        origin: 0,
        origin_length: 0,
    };
}

/// The address of the [`Layout`].
#[unsafe(no_mangle)]
pub extern "C" fn layout() -> *const Layout {
    with_state(|state, room| state.layout(room))
}

/// Judges the modulus in the buffer, which the issuer sent; zero when it is not known to be weak.
#[unsafe(no_mangle)]
pub extern "C" fn judge_modulus(length: usize) -> i32 {
    with_state(|_, room| state::judge_modulus(room, length))
}

/// Takes the rules and the keys from the buffer, once; zero when they are acceptable.
#[unsafe(no_mangle)]
pub extern "C" fn configure(lengths: usize) -> i32 {
    with_state(|state, room| {
        if state.is_configured() {
            return MISUSED;
        }
        // SAFETY: as long as there is no policy nothing refers to it, and with one it is never taken
        // again.
        let configuration = unsafe { &mut *CONFIGURATION.0.get() };
        state.configure(configuration, room, lengths).unwrap_or(MISUSED)
    })
}

/// Judges the request in the buffer; `now` in seconds since 1970.
#[unsafe(no_mangle)]
pub extern "C" fn begin(method: usize, lengths: usize, now: u32) -> i32 {
    with_state(|state, room| state.begin(room, method, lengths, u64::from(now)))
}

/// Completes the decision when the host has checked the signature; counts once per [`begin`].
#[unsafe(no_mangle)]
pub extern "C" fn finish(ok: i32) -> i32 {
    with_state(|state, room| state.finish(room, ok == 1))
}

/// Fills in the last fields of the [`Layout`], about the request that was judged last.
#[unsafe(no_mangle)]
pub extern "C" fn describe() -> i32 {
    with_state(|state, room| state.describe(room))
}

fn with_state<T>(act: impl FnOnce(&mut State, &mut Room) -> T) -> T {
    // SAFETY: nobody else holds a reference: there are no threads, no call is made from within
    // another, as the module has no imports, and none of the calls lets its references out.
    let state = unsafe { &mut *STATE.0.get() };
    // SAFETY: as above.
    let room = unsafe { &mut *ROOM.0.get() };
    act(state, room)
}

/// Ends the call with a WebAssembly trap, which the host sees as an exception.
#[cfg(target_arch = "wasm32")]
pub(crate) fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    trap()
}

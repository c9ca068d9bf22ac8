//! What the module remembers: its configuration for ever, one request until the next.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, UnsafeCell};

use authorizer::{Begun, Decision, Header, Keys, Pending, Policy, Request, begin, finish};

use crate::{ALLOW, ANSWER, BLANK_QUERY, CREATE_ONLY, MISUSED, REFUSED, Results, VERIFY};

/// Bytes. CloudFront accepts 32,768 bytes of URL and headers; the rest is for rules and keys.
pub(crate) const CAPACITY: usize = 256 * 1024;
/// Method, path, query and request id come before the headers.
const FIXED_LINES: usize = 4;

static BUFFER: Buffer = Buffer(UnsafeCell::new([0; CAPACITY]));

pub(crate) static STATE: State = State {
    configuration: Cell::new(None),
    pending: Cell::new(None),
    results: Cell::new(Results {
        signed: 0,
        signed_length: 0,
        signature: 0,
        signature_length: 0,
        key: 0,
        text: 0,
        text_length: 0,
    }),
};

struct Buffer(UnsafeCell<[u8; CAPACITY]>);

// SAFETY: the module is built without threads, so nothing is ever shared between two.
unsafe impl Sync for Buffer {}

/// `'static` stands for "in the arena": the configuration is kept there, a request is not.
pub(crate) struct State {
    configuration: Cell<Option<(&'static Policy, &'static Keys)>>,
    pending: Cell<Option<Pending<'static>>>,
    pub(crate) results: Cell<Results>,
}

// SAFETY: as above.
unsafe impl Sync for State {}

pub(crate) fn buffer() -> *const u8 {
    BUFFER.0.get().cast()
}

impl State {
    pub(crate) fn configure(&self, rules_length: usize, keys_length: usize) -> i32 {
        if self.configuration.get().is_some() {
            return MISUSED;
        }
        let Some(text) = rules_length.checked_add(keys_length).and_then(received) else {
            return MISUSED;
        };
        let Some((rules, keys)) = text.split_at_checked(rules_length) else { return MISUSED };
        let (Ok(policy), Ok(keys)) = (Policy::parse(rules), Keys::parse(keys)) else {
            return REFUSED;
        };
        self.configuration.set(Some((keep(policy), keep(keys))));
        0
    }

    /// Drops all that belongs to the last request.
    pub(crate) fn forget_request(&self) {
        self.pending.set(None);
    }

    pub(crate) fn begin(&self, length: usize, lines: usize, now: u32) -> i32 {
        let Some((policy, keys)) = self.configuration.get() else { return MISUSED };
        let Some(request) = received(length).and_then(|text| parse(text, lines)) else {
            return MISUSED;
        };
        match begin(policy, keys, u64::from(now), &request) {
            Begun::Decided(decision) => self.publish(decision),
            Begun::Verify(pending) => self.ask(pending),
        }
    }

    pub(crate) fn finish(&self, signature_ok: bool) -> i32 {
        match self.pending.take() {
            Some(pending) => self.publish(finish(pending, signature_ok)),
            None => MISUSED,
        }
    }

    fn ask(&self, pending: Pending<'static>) -> i32 {
        let mut results = self.results.get();
        (results.signed, results.signed_length) = place(pending.signing_input);
        (results.signature, results.signature_length) = place(&pending.signature);
        results.key = number(pending.key.index());
        self.results.set(results);
        self.pending.set(Some(pending));
        VERIFY
    }

    fn publish(&self, decision: Decision<'static>) -> i32 {
        let (text, outcome) = match decision {
            Decision::Answer(answer) => (answer.to_json(), ANSWER),
            Decision::Allow(edits) => {
                let query = if edits.blank_query { BLANK_QUERY } else { 0 };
                let create = if edits.create_only { CREATE_ONLY } else { 0 };
                (edits.delete.join("\n"), ALLOW | query | create)
            }
        };
        let mut results = self.results.get();
        (results.text, results.text_length) = place(text.leak().as_bytes());
        self.results.set(results);
        outcome
    }
}

/// A copy of what the host has written, in the arena: writing to the buffer cannot change it.
fn received(length: usize) -> Option<&'static str> {
    if length > CAPACITY {
        return None;
    }
    // SAFETY: `length` bytes lie inside the buffer; the host writes to it between calls only, and
    // the slice is gone before this call returns to the host.
    let bytes = unsafe { core::slice::from_raw_parts(buffer(), length) };
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    Some(text.leak())
}

fn parse(text: &'static str, lines: usize) -> Option<Request<'static>> {
    let texts: Vec<&str> = text.split('\n').collect();
    let ([method, path, query, id], headers) = texts.split_first_chunk::<FIXED_LINES>()?;
    let (pairs, rest) = headers.as_chunks::<2>();
    if texts.len() != lines || !rest.is_empty() {
        return None;
    }
    let headers: Vec<Header> = pairs.iter().map(|[name, value]| Header { name, value }).collect();
    Some(Request { method, path, query, id, headers: headers.leak() })
}

fn keep<T>(value: T) -> &'static T {
    alloc::boxed::Box::leak(alloc::boxed::Box::new(value))
}

fn place(bytes: &[u8]) -> (u32, u32) {
    (number(bytes.as_ptr().addr()), number(bytes.len()))
}

/// Addresses and lengths have 32 bits here.
fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

//! What the module remembers: its configuration for ever, tokens for as long as they count, one
//! request until the next.

use alloc::boxed::Box;
use core::cell::UnsafeCell;

use authorizer::{
    Answer, Code, Header, Keys, Policy, READ_HEADERS, Reply, Request, Scratch, Slot, Step, Verdict,
    begin, finish,
};

#[cfg(feature = "rsa")]
use crate::verifier::Verifier;
use crate::{ALLOW, ANSWER, BLANK_QUERY, CREATE_ONLY, KNOWN, Layout, MISUSED, REFUSED, VERIFY};

/// Bytes. CloudFront accepts 32,768 bytes of URL and headers; the rest is for rules and keys.
const CAPACITY: usize = 128 * 1024;
/// Bytes: all the names of an upload's headers, or an answer.
const TEXT: usize = 40 * 1024;
/// Headers of an upload, of which browsers send two dozen; of a read only a few are passed.
const MAX_HEADERS: usize = 64;
const MAX_LENGTHS: usize = 2 + 2 * MAX_HEADERS;
/// Tokens that are remembered: more than one container sees in the minute that they live.
const SLOTS: usize = 256;
/// What the host's number for a method means; any other is a method that is never granted.
const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "OPTIONS", "POST"];

pub(crate) static STATE: Global<State> = Global(UnsafeCell::new(State {
    layout: None,
    policy: None,
    keys: None,
    #[cfg(feature = "rsa")]
    verifier: None,
    answer: None,
    outcome: MISUSED,
}));

/// Zeros, all of it, and apart from the rest: zeros take no place in the module's file.
pub(crate) static ROOM: Global<Room> = Global(UnsafeCell::new(Room {
    scratch: Scratch::EMPTY,
    buffer: [0; CAPACITY],
    lengths: [0; MAX_LENGTHS],
    text: Text { bytes: [0; TEXT], length: 0 },
    slots: [Slot::EMPTY; SLOTS],
}));

pub(crate) struct Global<T>(pub(crate) UnsafeCell<T>);

// SAFETY: the module is built without threads, so nothing is ever shared between two.
unsafe impl<T> Sync for Global<T> {}

/// `'static` stands for "in the arena", where only the configuration is.
pub(crate) struct State {
    layout: Option<Layout>,
    policy: Option<&'static Policy>,
    keys: Option<&'static Keys>,
    #[cfg(feature = "rsa")]
    verifier: Option<&'static Verifier>,
    /// The answer to this request, if it came to that; its code may still change.
    answer: Option<Answer<'static>>,
    /// Of the last call.
    outcome: i32,
}

pub(crate) struct Room {
    scratch: Scratch,
    buffer: [u8; CAPACITY],
    lengths: [u32; MAX_LENGTHS],
    text: Text,
    slots: [Slot; SLOTS],
}

struct Text {
    bytes: [u8; TEXT],
    length: usize,
}

impl State {
    pub(crate) fn layout(&mut self, room: &Room) -> *const Layout {
        let layout = Layout {
            buffer: address(&room.buffer),
            capacity: number(CAPACITY),
            lengths: number(room.lengths.as_ptr().addr()),
            lengths_capacity: number(MAX_LENGTHS),
            signed: address(room.scratch.token()),
            signed_length: number(room.scratch.signing_input().len()),
            signature: address(room.scratch.signature()),
            signature_length: number(room.scratch.signature().len()),
            key: number(room.scratch.key()),
            text: address(&room.text.bytes),
            text_length: number(room.text.length),
        };
        self.layout.insert(layout)
    }

    pub(crate) fn configure(
        &mut self,
        room: &Room,
        rules_length: usize,
        keys_length: usize,
    ) -> i32 {
        let given = room.buffer.split_at_checked(rules_length).and_then(|(rules, rest)| {
            Some((rules, core::str::from_utf8(rest.get(..keys_length)?).ok()?))
        });
        let Some((rules, keys)) = given.filter(|_| self.policy.is_none()) else { return MISUSED };
        let keys = if keys.is_empty() { Some(Keys::none()) } else { Keys::accept(keys) };
        let (Some(policy), Some(keys)) = (Policy::load(rules), keys) else { return REFUSED };
        #[cfg(feature = "rsa")]
        let Some(verifier) = Verifier::new(&keys) else { return REFUSED };
        #[cfg(feature = "rsa")]
        let _ = self.verifier.insert(Box::leak(Box::new(verifier)));
        self.policy = Some(Box::leak(Box::new(policy)));
        self.keys = Some(Box::leak(Box::new(keys)));
        0
    }

    pub(crate) fn begin(
        &mut self,
        room: &mut Room,
        method: usize,
        lengths: usize,
        now: u64,
    ) -> i32 {
        self.outcome = self.judge(room, (method, lengths), now).unwrap_or(MISUSED);
        #[cfg(feature = "rsa")]
        if self.outcome == VERIFY {
            let signature_ok = self.verifier.is_some_and(|it| it.verify(&room.scratch));
            self.finish(room, signature_ok);
        }
        self.layout(room);
        self.outcome
    }

    pub(crate) fn finish(&mut self, room: &mut Room, signature_ok: bool) -> i32 {
        if self.outcome != VERIFY {
            return MISUSED;
        }
        let verdict = finish(&mut room.scratch, &mut room.slots, signature_ok);
        self.outcome = self.publish(verdict);
        self.outcome
    }

    pub(crate) fn describe(&mut self, room: &mut Room, id_length: usize) -> i32 {
        let id = room.buffer.get(..id_length).and_then(|bytes| core::str::from_utf8(bytes).ok());
        let Some(id) = id.filter(|_| self.outcome >= ANSWER) else { return MISUSED };
        room.text.length = 0;
        room.text.line(room.scratch.kid());
        room.text.number(room.scratch.rule().map_or(0, |rule| rule.saturating_add(1)));
        room.text.line(room.scratch.subject(&room.slots));
        if let Some(answer) = self.answer.as_ref().filter(|_| self.outcome == ANSWER) {
            let answer = answer.with_id(id);
            room.text.number(usize::from(answer.status));
            room.text.line(answer.code.map_or("", Code::name));
            for (name, value) in answer.headers() {
                room.text.line(name);
                room.text.line(value);
            }
            answer.write_body(|piece| room.text.push(piece));
        }
        self.layout(room);
        0
    }

    fn judge(
        &mut self,
        room: &mut Room,
        (method, lengths): (usize, usize),
        now: u64,
    ) -> Option<i32> {
        let (policy, keys) = (self.policy?, self.keys?);
        let mut texts = Texts { rest: &room.buffer, lengths: room.lengths.get(..lengths)?.iter() };
        let (path, query) = (texts.next()?, texts.next()?);
        let mut headers = [Header { name: "", value: "" }; MAX_HEADERS];
        let mut count = 0usize;
        while !texts.lengths.as_slice().is_empty() {
            *headers.get_mut(count)? = Header { name: texts.name()?, value: texts.next()? };
            count = count.wrapping_add(1);
        }
        let method = METHODS.get(method).copied().unwrap_or("");
        let request = Request { method, path, query, id: "", headers: headers.get(..count)? };
        room.text.length = 0;
        let step = begin((policy, keys), now, &request, &mut room.scratch, &room.slots);
        self.answer = None;
        if !matches!(step, Step::Decided(Verdict::Allow(_))) {
            self.answer = Some(Answer::new(policy, &request, "", Reply::Preflight));
        }
        if method == "PUT" && !matches!(step, Step::Decided(Verdict::Answer(_))) {
            for name in request.deletions() {
                room.text.line(name);
            }
        }
        Some(match step {
            Step::Verify => VERIFY,
            Step::Decided(verdict) => self.publish(verdict),
        })
    }

    fn publish(&mut self, verdict: Verdict) -> i32 {
        match verdict {
            Verdict::Allow(edits) => {
                let query = if edits.blank_query { BLANK_QUERY } else { 0 };
                let create = if edits.create_only { CREATE_ONLY } else { 0 };
                ALLOW | query | create
            }
            Verdict::Answer(reply) => {
                self.answer = self.answer.map(|answer| answer.saying(reply));
                ANSWER
            }
        }
    }
}

/// A request's texts, in turn.
struct Texts<'a> {
    rest: &'a [u8],
    lengths: core::slice::Iter<'a, u32>,
}

impl<'a> Texts<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let length = *self.lengths.next()?;
        self.take(length)
    }

    /// A header's name, as a text or as a position.
    fn name(&mut self) -> Option<&'a str> {
        let length = *self.lengths.next()?;
        match length.checked_sub(KNOWN) {
            Some(position) => READ_HEADERS.get(usize::try_from(position).ok()?).copied(),
            None => self.take(length),
        }
    }

    fn take(&mut self, length: u32) -> Option<&'a str> {
        let (text, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        core::str::from_utf8(text).ok()
    }
}

impl Text {
    /// What does not fit is no text of ours: the host gets a trap, and refuses.
    fn push(&mut self, piece: &str) {
        let end = self.length.wrapping_add(piece.len());
        let Some(place) = self.bytes.get_mut(self.length..end) else { crate::trap() };
        place.copy_from_slice(piece.as_bytes());
        self.length = end;
    }

    fn line(&mut self, text: &str) {
        self.push(text);
        self.push("\n");
    }

    /// Three digits are enough for statuses, and for positions of rules.
    fn number(&mut self, number: usize) {
        for value in [number / 100, number / 10, number] {
            let digits = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
            self.push(digits.get(value % 10).copied().unwrap_or_default());
        }
        self.push("\n");
    }
}

fn address(bytes: &[u8]) -> u32 {
    number(bytes.as_ptr().addr())
}

/// Addresses and lengths have 32 bits here.
fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

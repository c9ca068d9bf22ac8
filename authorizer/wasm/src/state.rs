//! What the module remembers: its configuration for ever, tokens for as long as they count, one
//! request until the next.

use core::cell::UnsafeCell;

use authorizer::{
    Answer, Code, Header, Keys, Method, Policy, READ_HEADERS, Reply, Request, Scratch, Slot, Step,
    Verdict, begin, finish,
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
const METHODS: [Method; 5] =
    [Method::Get, Method::Head, Method::Put, Method::Options, Method::Post];

pub(crate) static STATE: Global<State> = Global(UnsafeCell::new(State {
    layout: None,
    policy: None,
    #[cfg(feature = "rsa")]
    verifier: None,
    answer: None,
    outcome: MISUSED,
}));

/// Zeros, until [`State::configure`] has written it; nobody writes it afterwards.
pub(crate) static CONFIGURATION: Global<Configuration> = Global(UnsafeCell::new(Configuration {
    rules: [0; CAPACITY],
    keys: Keys::NONE,
    #[cfg(feature = "rsa")]
    verifier: Verifier::NONE,
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

pub(crate) struct Configuration {
    rules: [u8; CAPACITY],
    keys: Keys,
    #[cfg(feature = "rsa")]
    verifier: Verifier,
}

pub(crate) struct State {
    layout: Option<Layout>,
    /// Both lie in the [`Configuration`].
    policy: Option<(Policy<'static>, &'static Keys)>,
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

/// What else a host writes by itself.
#[cfg(test)]
impl Room {
    pub(crate) fn fill(&mut self, bytes: &[u8]) {
        self.buffer.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    }

    pub(crate) fn set_lengths(&mut self, lengths: &[u32]) {
        self.lengths.iter_mut().zip(lengths).for_each(|(place, length)| *place = *length);
    }
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

    pub(crate) fn is_configured(&self) -> bool {
        self.policy.is_some()
    }

    pub(crate) fn configure(
        &mut self,
        to: &'static mut Configuration,
        room: &Room,
        (rules_length, keys_length): (usize, usize),
    ) -> Option<i32> {
        let (rules, rest) = room.buffer.split_at_checked(rules_length)?;
        let keys = rest.get(..keys_length)?;
        to.rules.get_mut(..rules_length)?.copy_from_slice(rules);
        let sound = keys.is_empty() || to.keys.accept(keys);
        #[cfg(feature = "rsa")]
        to.verifier.prepare(&to.keys);
        let to: &'static Configuration = to;
        let policy = to.rules.get(..rules_length).and_then(Policy::load);
        let Some(policy) = policy.filter(|_| sound) else { return Some(REFUSED) };
        #[cfg(feature = "rsa")]
        {
            self.verifier = Some(&to.verifier);
        }
        self.policy = Some((policy, &to.keys));
        Some(0)
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
        let id = room.buffer.get(..id_length);
        let Some(id) = id.filter(|_| self.outcome >= ANSWER) else { return MISUSED };
        room.text.length = 0;
        room.text.line(room.scratch.kid());
        room.text.number(room.scratch.rule().map_or(0, |rule| rule.saturating_add(1)));
        room.text.line(room.scratch.subject(&room.slots));
        if let Some(answer) = self.answer.as_ref().filter(|_| self.outcome == ANSWER) {
            let answer = answer.with_id(id);
            room.text.number(usize::from(answer.status));
            room.text.line(answer.code.map_or("", Code::name).as_bytes());
            answer.write_headers(|name, value| {
                room.text.line(name.as_bytes());
                room.text.line(value);
            });
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
        let (policy, keys) = self.policy.as_ref()?;
        let mut texts = Texts { rest: &room.buffer, lengths: room.lengths.get(..lengths)?.iter() };
        let (path, query) = (texts.next()?, texts.next()?);
        let mut headers = [Header { name: b"", value: b"" }; MAX_HEADERS];
        let mut count = 0usize;
        while !texts.lengths.as_slice().is_empty() {
            *headers.get_mut(count)? = Header { name: texts.name()?, value: texts.next()? };
            count = count.wrapping_add(1);
        }
        let method = METHODS.get(method).copied().unwrap_or(Method::Other);
        let request = Request { method, path, query, id: "", headers: headers.get(..count)? };
        room.text.length = 0;
        let step = begin((policy, keys), now, &request, &mut room.scratch, &room.slots);
        self.answer = None;
        if !matches!(step, Step::Decided(Verdict::Allow(_))) {
            self.answer = Some(Answer::new(policy, &request, "", Reply::Preflight));
        }
        if method == Method::Put && !matches!(step, Step::Decided(Verdict::Answer(_))) {
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
    fn next(&mut self) -> Option<&'a [u8]> {
        let length = *self.lengths.next()?;
        self.take(length)
    }

    /// A header's name, as a text or as a position.
    fn name(&mut self) -> Option<&'a [u8]> {
        let length = *self.lengths.next()?;
        match length.checked_sub(KNOWN) {
            Some(position) => Some(READ_HEADERS.get(usize::try_from(position).ok()?)?.as_bytes()),
            None => self.take(length),
        }
    }

    fn take(&mut self, length: u32) -> Option<&'a [u8]> {
        let (text, rest) = self.rest.split_at_checked(usize::try_from(length).ok()?)?;
        self.rest = rest;
        Some(text)
    }
}

impl Text {
    /// What does not fit is no text of ours: the host gets a trap, and refuses.
    fn push(&mut self, piece: &[u8]) {
        let end = self.length.wrapping_add(piece.len());
        let Some(place) = self.bytes.get_mut(self.length..end) else { crate::trap() };
        place.copy_from_slice(piece);
        self.length = end;
    }

    fn line(&mut self, text: &[u8]) {
        self.push(text);
        self.push(b"\n");
    }

    /// Three digits are enough for statuses, and for positions of rules.
    fn number(&mut self, number: usize) {
        for value in [number / 100, number / 10, number] {
            let [digit, ..] = (value % 10).to_le_bytes();
            self.push(&[digit | b'0']);
        }
        self.push(b"\n");
    }
}

fn address(bytes: &[u8]) -> u32 {
    number(bytes.as_ptr().addr())
}

/// Addresses and lengths have 32 bits here.
fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

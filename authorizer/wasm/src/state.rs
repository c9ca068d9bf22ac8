//! What the module remembers: its configuration for ever, tokens for as long as they count, one
//! request until the next.

use core::cell::UnsafeCell;

use authorizer::{
    Header, Keys, Method, Policy, READ_HEADERS, Request, Scratch, Slot, Step, Verdict,
    allowed_origin, begin, finish, is_strong,
};

#[cfg(feature = "rsa")]
use crate::verifier::Verifier;
use crate::{
    ALLOW, ANSWER, BLANK_QUERY, CREATE_ONLY, DELETED, KNOWN, Layout, MISUSED, REFUSED, REPLY,
    VERIFY,
};

/// Bytes. CloudFront accepts 32,768 bytes of URL and headers; the rest is for rules and keys.
const CAPACITY: usize = 128 * 1024;
/// Headers of an upload, of which browsers send two dozen; of a read only a few are passed.
const MAX_HEADERS: usize = 64;
const MAX_LENGTHS: usize = 2 + 2 * MAX_HEADERS;
/// Tokens that are remembered: more than one container sees in the minute that they live.
const SLOTS: usize = 256;
/// What the host's number for a method means; any other is a method that is never granted.
const METHODS: [Method; 5] =
    [Method::Get, Method::Head, Method::Put, Method::Options, Method::Post];

pub(crate) static STATE: Global<State> = Global(UnsafeCell::new(State {
    layout: Layout::EMPTY,
    policy: None,
    #[cfg(feature = "rsa")]
    verifier: None,
    origin: None,
    outcome: 0,
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
    layout: Layout,
    /// Both lie in the [`Configuration`].
    policy: Option<(Policy<'static>, &'static Keys)>,
    #[cfg(feature = "rsa")]
    verifier: Option<&'static Verifier>,
    /// The policy's own text of the request's origin, if that is one of its origins.
    origin: Option<&'static [u8]>,
    /// Of the last call; zero, which is none, before the first, so that all of this is zeros.
    outcome: i32,
}

pub(crate) struct Room {
    scratch: Scratch,
    buffer: [u8; CAPACITY],
    lengths: [u32; MAX_LENGTHS],
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

    pub(crate) fn lengths(&self, count: usize) -> Vec<u32> {
        self.lengths.iter().copied().take(count).collect()
    }
}

impl State {
    pub(crate) fn layout(&mut self, room: &Room) -> *const Layout {
        self.layout.buffer = address(&room.buffer);
        self.layout.capacity = number(CAPACITY);
        self.layout.lengths = number(room.lengths.as_ptr().addr());
        self.layout.lengths_capacity = number(MAX_LENGTHS);
        self.layout.signed = address(room.scratch.token());
        self.layout.signature = address(room.scratch.signature());
        &raw const self.layout
    }

    pub(crate) fn is_configured(&self) -> bool {
        self.policy.is_some()
    }

    pub(crate) fn configure(
        &mut self,
        to: &'static mut Configuration,
        room: &Room,
        lengths: usize,
    ) -> Option<i32> {
        let mut texts = Texts::new(&room.buffer, room.lengths.get(..lengths)?);
        let rules = texts.next()?;
        let place = to.rules.get_mut(..rules.len())?;
        place.copy_from_slice(rules);
        to.keys.clear();
        while !texts.lengths.as_slice().is_empty() {
            if !to.keys.add(texts.next()?, texts.next()?) {
                return Some(REFUSED);
            }
        }
        #[cfg(feature = "rsa")]
        to.verifier.prepare(&to.keys);
        let to: &'static Configuration = to;
        let policy = to.rules.get(..rules.len()).and_then(Policy::load);
        let Some(policy) = policy else { return Some(REFUSED) };
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
        if self.outcome == VERIFY {
            self.layout.signed_length = number(room.scratch.signing_input().len());
            self.layout.signature_length = number(room.scratch.signature().len());
            self.layout.key = number(room.scratch.key());
            #[cfg(feature = "rsa")]
            {
                let signature_ok = self.verifier.is_some_and(|it| it.verify(&room.scratch));
                self.finish(room, signature_ok);
            }
        }
        self.outcome
    }

    pub(crate) fn finish(&mut self, room: &mut Room, signature_ok: bool) -> i32 {
        if self.outcome != VERIFY {
            return MISUSED;
        }
        self.outcome = outcome(finish(&mut room.scratch, &mut room.slots, signature_ok));
        self.outcome
    }

    pub(crate) fn describe(&mut self, room: &Room) -> i32 {
        if self.outcome < ANSWER {
            return MISUSED;
        }
        let (kid, subject) = (room.scratch.kid(), room.scratch.subject(&room.slots));
        self.layout.rule = number(room.scratch.rule().map_or(0, |rule| rule.saturating_add(1)));
        (self.layout.kid, self.layout.kid_length) = place(kid);
        (self.layout.subject, self.layout.subject_length) = place(subject);
        (self.layout.origin, self.layout.origin_length) = place(self.origin.unwrap_or_default());
        0
    }

    fn judge(
        &mut self,
        room: &mut Room,
        (method, lengths): (usize, usize),
        now: u64,
    ) -> Option<i32> {
        let (policy, keys) = self.policy.as_ref()?;
        let mut texts = Texts::new(&room.buffer, room.lengths.get(..lengths)?);
        let (path, query) = (texts.next()?, texts.next()?);
        let mut headers = [Header { name: b"", value: b"" }; MAX_HEADERS];
        let mut count = 0usize;
        while !texts.lengths.as_slice().is_empty() {
            *headers.get_mut(count)? = Header { name: texts.name()?, value: texts.next()? };
            count = count.wrapping_add(1);
        }
        let headers = headers.get(..count)?;
        let method = METHODS.get(method).copied().unwrap_or(Method::Other);
        let request = Request { method, path, query, id: "", headers };
        let step = begin((policy, keys), now, &request, &mut room.scratch, &room.slots);
        if !matches!(step, Step::Decided(Verdict::Allow(_))) {
            self.origin = allowed_origin(policy, &request);
        }
        if method == Method::Put {
            mark_deleted(&request, &mut room.lengths)?;
        }
        Some(match step {
            Step::Verify => VERIFY,
            Step::Decided(verdict) => outcome(verdict),
        })
    }
}

/// In the place of the lengths of their names.
#[inline(never)]
fn mark_deleted(request: &Request, lengths: &mut [u32]) -> Option<()> {
    let (_, pairs) = lengths.split_at_mut_checked(2)?;
    for (header, [name, _]) in request.headers.iter().zip(pairs.as_chunks_mut::<2>().0) {
        if request.deletes(header.name) {
            *name = DELETED;
        }
    }
    Some(())
}

pub(crate) fn judge_modulus(room: &Room, length: usize) -> i32 {
    match room.buffer.get(..length) {
        Some(modulus) if is_strong(modulus) => 0,
        Some(_) => REFUSED,
        None => MISUSED,
    }
}

fn outcome(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::Allow(edits) => {
            let query = if edits.blank_query { BLANK_QUERY } else { 0 };
            let create = if edits.create_only { CREATE_ONLY } else { 0 };
            ALLOW | query | create
        }
        Verdict::Answer(reply) => ANSWER | i32::from(reply.number()) << REPLY,
    }
}

/// A request's texts, in turn.
struct Texts<'a, 'l> {
    rest: &'a [u8],
    lengths: core::slice::Iter<'l, u32>,
}

impl<'a, 'l> Texts<'a, 'l> {
    fn new(buffer: &'a [u8], lengths: &'l [u32]) -> Self {
        Texts { rest: buffer, lengths: lengths.iter() }
    }

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

/// Where a text lies and how long it is.
fn place(text: &[u8]) -> (u32, u32) {
    (address(text), number(text.len()))
}

fn address(bytes: &[u8]) -> u32 {
    number(bytes.as_ptr().addr())
}

/// Addresses and lengths have 32 bits here.
fn number(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

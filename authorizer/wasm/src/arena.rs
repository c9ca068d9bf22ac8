//! Memory that is handed out in one direction and taken back all at once.
//!
//! A request's values live until the next request begins, so none of them is freed by itself, and
//! the module's memory never grows. When the arena is full the module traps: the host then refuses
//! the request and makes a new instance.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};

/// Far above what the largest request needs: 64 KB of text, twice, and what is parsed from it.
const SIZE: usize = 1024 * 1024;

#[global_allocator]
pub(crate) static ARENA: Arena =
    Arena { memory: UnsafeCell::new([0; SIZE]), used: Cell::new(0), kept: Cell::new(0) };

pub(crate) struct Arena {
    memory: UnsafeCell<[u8; SIZE]>,
    /// Bytes handed out.
    used: Cell<usize>,
    /// Bytes that survive a reset.
    kept: Cell<usize>,
}

// SAFETY: the module is built without threads, so nothing is ever shared between two.
unsafe impl Sync for Arena {}

impl Arena {
    /// Keeps what has been handed out so far for the life of the module.
    pub(crate) fn keep(&self) {
        self.kept.set(self.used.get());
    }

    /// Takes back everything that was handed out since [`Arena::keep`].
    ///
    /// # Safety
    /// None of it may be used afterwards.
    pub(crate) unsafe fn reset(&self) {
        self.used.set(self.kept.get());
    }
}

// SAFETY: blocks lie inside `memory`, are aligned as asked, and overlap no block handed out since
// the last reset, because `used` only rises between resets.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.memory.get().addr();
        let aligned = base.wrapping_add(self.used.get()).next_multiple_of(layout.align());
        let start = aligned.wrapping_sub(base);
        let Some(end) = start.checked_add(layout.size()).filter(|end| *end <= SIZE) else {
            crate::trap()
        };
        self.used.set(end);
        self.memory.get().cast::<u8>().wrapping_add(start)
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
}

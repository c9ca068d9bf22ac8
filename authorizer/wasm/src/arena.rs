//! Memory for the configuration: handed out in one direction, never taken back.
//!
//! Judging a request allocates nothing, so the module's memory never grows. Whatever asks for memory
//! after the configuration traps, as does a configuration that needs too much: the host then refuses
//! the request.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};

/// Several times what the largest configuration needs.
const SIZE: usize = 256 * 1024;

#[global_allocator]
pub(crate) static ARENA: Arena =
    Arena { memory: UnsafeCell::new([0; SIZE]), used: Cell::new(0), sealed: Cell::new(false) };

pub(crate) struct Arena {
    memory: UnsafeCell<[u8; SIZE]>,
    /// Bytes handed out.
    used: Cell<usize>,
    sealed: Cell<bool>,
}

// SAFETY: the module is built without threads, so nothing is ever shared between two.
unsafe impl Sync for Arena {}

impl Arena {
    /// From now on nobody gets anything.
    pub(crate) fn seal(&self) {
        self.sealed.set(true);
    }
}

// SAFETY: blocks lie inside `memory`, are aligned as asked, and overlap no block handed out before,
// because `used` only rises.
unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.memory.get().addr();
        let aligned = base.wrapping_add(self.used.get()).next_multiple_of(layout.align());
        let start = aligned.wrapping_sub(base);
        let fits = |end: &usize| *end <= SIZE && !self.sealed.get();
        let Some(end) = start.checked_add(layout.size()).filter(fits) else { crate::trap() };
        self.used.set(end);
        self.memory.get().cast::<u8>().wrapping_add(start)
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
}

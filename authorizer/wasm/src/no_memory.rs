//! Nothing here allocates, so the module's memory never grows; whoever does traps.
//!
//! `alloc` is linked, as `authorizer` uses it where it compiles rules, and asks for an allocator.

use core::alloc::{GlobalAlloc, Layout};

#[global_allocator]
static NO_MEMORY: NoMemory = NoMemory;

struct NoMemory;

// SAFETY: no block is ever handed out.
unsafe impl GlobalAlloc for NoMemory {
    unsafe fn alloc(&self, _layout: Layout) -> *mut u8 {
        crate::trap()
    }

    unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
}

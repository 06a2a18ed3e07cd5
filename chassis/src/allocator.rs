//! Where memory comes from, for every process that is made of this crate.
//!
//! Requests, events and JSON are many small pieces that one thread makes and another drops. The system's allocator took a
//! sixth of the processor time under load; this one takes less than half of that. It is built not to ask for huge pages: those
//! save little here, and cost over 20 MiB at rest.

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

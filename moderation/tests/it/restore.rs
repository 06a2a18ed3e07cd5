//! A database that was lost comes back from the bus's log.

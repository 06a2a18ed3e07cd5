//! What folding comes to: what a change did, what an item is seen as, when it is shown.

/// What a change did to an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The item knows something that it did not.
    Changed,
    /// The item is as it was.
    Nothing(Why),
}

impl Effect {
    /// Is the item another one now?
    pub fn is_changed(self) -> bool {
        self == Self::Changed
    }
}

/// Why a change did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The item knew it all: the same event again.
    Known,
    /// The item knows of something later.
    Outdated,
    /// The item is deleted.
    Deleted,
}

/// What an item is seen as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemStatus {
    /// Its creation has not been heard, whatever else has.
    Unknown,
    /// Its latest version has not been judged.
    Pending,
    /// Its latest version was judged good.
    Approved,
    /// Its latest version was judged bad.
    Rejected,
    /// It is gone.
    Deleted,
}

/// When a text is shown to everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Showing {
    /// Once its latest version has been approved.
    OnceApproved,
    /// From the start, until it is rejected or its verdict is taken back; and then, through whatever edits, not until
    /// it is approved.
    UntilRejected,
}

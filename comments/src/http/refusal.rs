//! Refusals as callers are to see them.

use std::time::Duration;

use chassis::problem::Problem;

use crate::arrival::NotTaken;
use crate::comment::Refusal;
use crate::thread::MAX_DEPTH;

/// After this time an answer that cannot be given yet may be asked for again.
const SOON: Duration = Duration::from_secs(1);

impl From<NotTaken> for Problem {
    fn from(not_taken: NotTaken) -> Self {
        match not_taken {
            NotTaken::Behind => Self::unavailable("Not everything that was said has arrived here yet.", SOON)
                .because("the bus is away, or has more to tell"),
            NotTaken::Write(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let parent = |detail: &str| Self::invalid_field("/parentId", detail);
        match refusal {
            Refusal::PostUnknown => Self::not_found("There is no such post."),
            Refusal::PostDeleted => Self::not_found("The post was deleted, and its thread closed."),
            Refusal::ParentUnknown => parent("There is no such comment under this post."),
            Refusal::ParentDeleted => parent("This comment was deleted; it takes no answers."),
            Refusal::ParentTooDeep => {
                parent(&format!("This comment stands {MAX_DEPTH} levels deep, and that is where threads end."))
            }
            Refusal::NotRepeated(why) => why.into(),
            Refusal::Denied(why) => why.into(),
            Refusal::Unknown => Self::not_found("There is no such comment."),
        }
    }
}

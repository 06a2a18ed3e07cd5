//! What is said in these tests, in few words.

use contract::{
    CommentCreated, CommentDeleted, CommentId, CommentUpdated, DecidedBy, DeletedBy, PostCreated, PostDeleted, PostId,
    PostModerated, PostUpdated, Revision, Status, Timestamp,
};
use sha2::{Digest, Sha256};

/// Secrets of two authors.
pub const ADA: &str = "ada-made-this-secret-herself";
pub const BOB: &str = "bob-made-this-one-for-himself";

/// What events carry of a secret.
pub fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

pub fn revision(number: u32) -> Revision {
    Revision::new(number).unwrap()
}

pub fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

/// Ada posts.
pub fn post_created(id: PostId, at: i64, title: &str) -> PostCreated {
    PostCreated {
        id,
        revision: Revision::FIRST,
        title: title.to_owned(),
        content: Some(format!("text of {title}")),
        author_id: None,
        author_name: Some("Ada".to_owned()),
        owner_key: Some(hash(ADA)),
        created_at: time(at),
    }
}

pub fn post_updated(id: PostId, number: u32, title: &str) -> PostUpdated {
    PostUpdated { id, revision: revision(number), title: title.to_owned(), content: None, edited_at: time(100_000) }
}

pub fn post_deleted(id: PostId) -> PostDeleted {
    PostDeleted { id, deleted_by: DeletedBy::Author }
}

pub fn post_judged(id: PostId, number: u32, decision: u32, status: Status) -> PostModerated {
    PostModerated {
        id,
        revision: revision(number),
        decision,
        status,
        reason: Some("the reason".to_owned()),
        rule: None,
        decided_by: DecidedBy::Rules,
    }
}

/// Bob comments.
pub fn commented(post: PostId, id: CommentId, parent: Option<CommentId>, at: i64, text: &str) -> CommentCreated {
    CommentCreated {
        id,
        revision: Revision::FIRST,
        post_id: post,
        parent_id: parent,
        content: text.to_owned(),
        status: Status::Pending,
        author_id: None,
        author_name: Some("Bob".to_owned()),
        owner_key: Some(hash(BOB)),
        created_at: time(at),
    }
}

/// What comments says of a comment after an edit (pending, no new decision) or a verdict.
pub fn updated(comment: &CommentCreated, number: u32, decision: u32, status: Status, text: &str) -> CommentUpdated {
    CommentUpdated {
        id: comment.id,
        revision: revision(number),
        decision,
        post_id: comment.post_id,
        parent_id: comment.parent_id,
        content: text.to_owned(),
        status,
        reason: (status == Status::Rejected).then(|| "the reason".to_owned()),
        edited_at: (number > 1).then(|| time(100_000 + i64::from(number))),
    }
}

/// The verdict on a comment as it was written.
pub fn judged(comment: &CommentCreated, status: Status) -> CommentUpdated {
    updated(comment, 1, 1, status, &comment.content)
}

pub fn comment_deleted(comment: &CommentCreated) -> CommentDeleted {
    CommentDeleted { id: comment.id, post_id: comment.post_id, deleted_by: DeletedBy::Author }
}

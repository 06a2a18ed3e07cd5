//! The byte form of what was folded: the same for two models exactly if they are the same.
//!
//! A post's bytes are its item and its comments' items, these in the order of their ids, in postcard; what follows from
//! the items, and what is only remembered (rendered pieces, applied ids), is not in them. A model's bytes are its place
//! in the log and its posts in the order of their ids. Snapshots hold the same bytes of each post, in any order.

use contract::{CommentId, CommentItem, LogId, PostId, PostItem, Sequence};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::post::Post;
use crate::store::Store;

/// How far a model is: everything in `log` up to and including `sequence` is in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The log; `None` before any was heard of.
    pub log: Option<LogId>,
    /// The last sequence that was folded.
    pub sequence: Sequence,
}

#[derive(Serialize)]
struct Written<'a> {
    id: PostId,
    item: &'a PostItem,
    comments: Vec<(&'a CommentId, &'a CommentItem)>,
}

/// One post as its bytes hold it.
#[derive(Debug, Deserialize)]
pub struct Record {
    /// The post.
    pub id: PostId,
    /// What has been heard of it.
    pub item: PostItem,
    /// What has been heard of its comments.
    pub comments: Vec<(CommentId, CommentItem)>,
}

/// Appends one post's bytes.
pub fn write_post(id: PostId, post: &Post, bytes: &mut Vec<u8>) {
    let written = Written { id, item: &post.item, comments: post.thread.items().collect() };
    let result = postcard::to_io(&written, bytes);
    #[expect(clippy::expect_used, reason = "a Vec takes every byte, and all lengths are known beforehand")]
    result.expect("a post has a byte form");
}

/// Reads one post's bytes from the front of a slice, and gives what comes behind.
///
/// # Errors
/// If they are no post's.
pub fn read_post(bytes: &[u8]) -> Result<(Record, &[u8]), postcard::Error> {
    postcard::take_from_bytes(bytes)
}

/// A whole model's bytes. Only for a model that is not being folded into.
pub fn bytes(position: Position, store: &Store) -> Vec<u8> {
    let mut posts = store.all(|id, post| {
        let mut bytes = Vec::new();
        write_post(id, post, &mut bytes);
        (id, bytes)
    });
    posts.sort_unstable_by_key(|(id, _)| *id);
    let mut bytes = place(position);
    for (_, post) in posts {
        bytes.extend_from_slice(&post);
    }
    bytes
}

/// A name for a whole model's bytes, worked out post by post in any order.
#[derive(Debug, Default)]
pub struct Digester {
    posts: Vec<(PostId, [u8; 32])>,
}

impl Digester {
    /// Takes in one post's bytes.
    pub fn add(&mut self, id: PostId, bytes: &[u8]) {
        self.posts.push((id, Sha256::digest(bytes).into()));
    }

    /// The digest of the model that consists of these posts at this place: SHA-256 over the place and each post's id
    /// and SHA-256, in the order of ids.
    pub fn finish(mut self, position: Position) -> [u8; 32] {
        self.posts.sort_unstable();
        let mut hasher = Sha256::new_with_prefix(place(position));
        for (id, digest) in &self.posts {
            hasher.update(id.uuid().as_bytes());
            hasher.update(digest);
        }
        hasher.finalize().into()
    }
}

fn place(position: Position) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(24);
    bytes.extend_from_slice(&position.log.map_or([0; 16], |log| log.uuid().into_bytes()));
    bytes.extend_from_slice(&position.sequence.get().to_be_bytes());
    bytes
}

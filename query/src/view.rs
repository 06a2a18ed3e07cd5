//! What one reader gets to see, put together from ready pieces.
//!
//! Everyone gets the same pieces. Only where the one who asks wrote something of what is shown are its pieces marked as
//! theirs, with what is withheld from others, and then the answer says that it is theirs alone.

use std::borrow::Cow;

use bytes::Bytes;
use contract::{CommentId, PostId};
use sha2::{Digest, Sha256};

use crate::place::Place;
use crate::post::Post;
use crate::render;
use crate::store::{Sort, Spot, Store};
use crate::thread::{self, Comment};

/// A body with what the answer has to say about it.
#[derive(Debug)]
pub struct View {
    /// JSON.
    pub body: Bytes,
    /// Changes whenever the body, or the page behind it, does.
    pub tag: [u8; 16],
    /// It holds something that only this reader may see.
    pub private: bool,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// Who asks: the hash of the secret that came along, if one did.
pub type Reader<'a> = Option<&'a str>;

/// A page of the list of posts, each with its first comments.
pub fn list(store: &Store, sort: Sort, after: Option<Spot>, limit: usize, reader: Reader<'_>) -> View {
    let (ids, next) = store.page(sort, after, limit);
    let next = next.map(|spot| spot.to_string());
    let mut tags = Sha256::new_with_prefix(next.as_deref().unwrap_or_default());
    let mut pieces: Vec<Bytes> = Vec::with_capacity(ids.len());
    let mut private = false;
    for id in ids {
        let seen = store.look(id, |post| post.is_shown().then(|| list_item(id, post, reader)));
        // It may have been hidden since its place was looked up.
        let Some((json, tag, own)) = seen.flatten() else { continue };
        tags.update(tag);
        private |= own;
        pieces.push(json);
    }
    let mut body = Vec::with_capacity(pieces.iter().map(|piece| piece.len() + 1).sum::<usize>() + 2);
    render::array(&mut body, pieces.iter());
    let mut tag = [0; 16];
    tag.copy_from_slice(&tags.finalize()[..16]);
    View { body: body.into(), tag, private, next }
}

fn list_item(id: PostId, post: &Post, reader: Reader<'_>) -> (Bytes, [u8; 16], bool) {
    if reader.is_some() {
        let (comments, _) = post.thread.first(render::FIRST_COMMENTS);
        if owns_any(post, &comments, reader) {
            let (json, own) = assemble(id, post, &comments, reader);
            let tag = render::tag(&json);
            return (json.into(), tag, own);
        }
    }
    let listed = post.listed(id);
    (listed.json.clone(), listed.tag, false)
}

/// One post with a part of its thread; `None` if this reader may not see it.
pub fn post(store: &Store, id: PostId, after: Option<thread::Spot>, least: usize, reader: Reader<'_>) -> Option<View> {
    let seen = store.look(id, |post| {
        if !may_see(post, reader) {
            return None;
        }
        if after.is_none() && least >= render::FIRST_COMMENTS && post.is_shown() {
            let listed = post.listed(id);
            let all = || post.thread.first(render::FIRST_COMMENTS).0;
            if listed.complete && (reader.is_none() || !owns_any(post, &all(), reader)) {
                return Some(View { body: listed.json.clone(), tag: listed.tag, private: false, next: None });
            }
        }
        let branches = post.thread.branches(after, least);
        let (json, own) = assemble(id, post, &branches.comments, reader);
        Some(view(json, own || !post.is_shown(), branches.next))
    });
    seen.flatten()
}

/// A part of a post's thread without the post.
pub fn comments(
    store: &Store,
    id: PostId,
    after: Option<thread::Spot>,
    least: usize,
    reader: Reader<'_>,
) -> Option<View> {
    let seen = store.look(id, |post| {
        if !may_see(post, reader) {
            return None;
        }
        let branches = post.thread.branches(after, least);
        let mut own = !post.is_shown();
        let mut json = Vec::new();
        render::array(&mut json, branches.comments.iter().map(|one| piece(one, reader, &mut own)));
        Some(view(json, own, branches.next))
    });
    seen.flatten()
}

fn view(json: Vec<u8>, private: bool, next: Option<thread::Spot>) -> View {
    let next = next.map(|spot: Place<CommentId>| spot.to_string());
    let mut named = Sha256::new_with_prefix(&json);
    named.update(next.as_deref().unwrap_or_default());
    let mut tag = [0; 16];
    tag.copy_from_slice(&named.finalize()[..16]);
    View { body: json.into(), tag, private, next }
}

/// A post with these comments, and whether any of it is for this reader alone.
fn assemble(id: PostId, post: &Post, comments: &[(CommentId, &Comment)], reader: Reader<'_>) -> (Vec<u8>, bool) {
    let mut own = render::is_own_post(reader, &post.item);
    let head = render::head(id, post, own).unwrap_or_else(|| "{}".to_owned());
    let pieces = comments.iter().map(|one| piece(one, reader, &mut own));
    (render::with_comments(&head, pieces), own)
}

fn piece<'a>((id, comment): &(CommentId, &'a Comment), reader: Reader<'_>, own: &mut bool) -> Cow<'a, [u8]> {
    let everyones = comment.piece(*id);
    if is_marked(comment, reader) {
        *own = true;
        return render::own_comment(*id, &comment.item, everyones).into_bytes().into();
    }
    everyones.as_bytes().into()
}

/// Is there anything in this for this reader alone?
fn owns_any(post: &Post, comments: &[(CommentId, &Comment)], reader: Reader<'_>) -> bool {
    render::is_own_post(reader, &post.item) || comments.iter().any(|(_, comment)| is_marked(comment, reader))
}

/// A comment of the reader's; what is left of a deleted one is nobody's.
fn is_marked(comment: &Comment, reader: Reader<'_>) -> bool {
    comment.item.deleted.is_none() && render::is_own_comment(reader, &comment.item)
}

/// A post that is hidden is there for its author alone.
fn may_see(post: &Post, reader: Reader<'_>) -> bool {
    post.is_shown() || (post.exists() && render::is_own_post(reader, &post.item))
}

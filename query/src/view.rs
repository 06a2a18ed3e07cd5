//! What one reader gets to see, put together from ready pieces.
//!
//! Everyone gets the same pieces. Only where the one who asks wrote something of what is shown are its pieces marked as
//! theirs, with what is withheld from others, and then the answer says that it is theirs alone.

use std::borrow::Cow;

use bytes::Bytes;
use contract::{CommentId, PostId, Revision};
use sha2::{Digest, Sha256};

use crate::html::Text;
use crate::post::Post;
use crate::render::{self, ready};
use crate::store::{Sort, Spot, Store};
use crate::thread::{self, Comment, Cursor};

/// A page of a list ends with the post with which it has so many bytes.
pub const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// A body with what the answer has to say about it.
#[derive(Debug)]
pub struct View {
    /// JSON.
    pub body: Bytes,
    /// Changes whenever the body, or the page behind it, does.
    pub tag: [u8; 16],
    /// Of what the address names, where it may be written there.
    pub revision: Option<Revision>,
    /// It holds something that only this reader may see.
    pub private: bool,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// Why there is no view.
#[derive(Debug)]
pub enum Unseen {
    /// There is nothing there that this reader may see.
    Hidden,
    /// The cursor names what is not there.
    Cursor,
    /// These texts are to be rendered first.
    Unrendered(Vec<Text>),
}

impl From<thread::Unknown> for Unseen {
    fn from(_: thread::Unknown) -> Self {
        Self::Cursor
    }
}

/// Who asks: the hash of the secret that came along, if one did.
pub type Reader<'a> = Option<&'a str>;

/// A page of the list of posts, each with its first comments.
///
/// # Errors
/// The texts that are to be rendered first.
pub fn list(
    store: &Store,
    sort: Sort,
    after: Option<Spot>,
    limit: usize,
    reader: Reader<'_>,
) -> Result<View, Vec<Text>> {
    let (spots, mut next) = store.page(sort, after, limit);
    let mut tags = Sha256::new();
    let (mut pieces, mut missing): (Vec<Bytes>, Vec<Text>) = (Vec::with_capacity(spots.len()), Vec::new());
    let (mut private, mut bytes) = (false, 0);
    let last = spots.last().copied();
    for spot in spots {
        let seen = store.look(spot.id, |post| post.is_shown().then(|| list_item(spot.id, post, reader)));
        // It may have been hidden since its place was looked up.
        let (json, tag, own) = match seen.flatten() {
            Some(Ok(item)) => item,
            Some(Err(texts)) => {
                missing.extend(texts);
                continue;
            }
            None => continue,
        };
        bytes += json.len();
        tags.update(tag);
        private |= own;
        pieces.push(json);
        if bytes >= PAGE_BYTES && Some(spot) != last {
            next = Some(spot);
            break;
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut body = Vec::with_capacity(pieces.iter().map(|piece| piece.len() + 1).sum::<usize>() + 2);
    render::array(&mut body, pieces.iter());
    let next = next.map(|spot| spot.to_string());
    tags.update(next.as_deref().unwrap_or_default());
    Ok(View { body: body.into(), tag: short(&tags), revision: None, private, next })
}

fn list_item(id: PostId, post: &Post, reader: Reader<'_>) -> Result<(Bytes, [u8; 16], bool), Vec<Text>> {
    if reader.is_some() {
        let (comments, _) = post.thread.first(render::FIRST_COMMENTS);
        if owns_any(post, &comments, reader) {
            let (mut missing, mut own) = (Vec::new(), false);
            let pieces = comments.iter().filter_map(|(id, comment)| {
                let piece = ready(piece(*id, comment, reader), &mut missing)?;
                own |= piece.1;
                Some(piece.0)
            });
            let pieces: Vec<Cow<'_, str>> = pieces.collect();
            let json = with_post(id, post, reader, &pieces, &mut own, &mut missing);
            if !missing.is_empty() {
                return Err(missing);
            }
            let tag = render::tag(&json);
            return Ok((json.into(), tag, own));
        }
    }
    let listed = post.listed(id)?;
    Ok((listed.json.clone(), listed.tag, false))
}

/// One post with a part of its thread.
///
/// # Errors
/// If there is none for this reader, or not yet.
pub fn post(
    store: &Store,
    id: PostId,
    cursor: Option<Cursor>,
    least: usize,
    reader: Reader<'_>,
) -> Result<View, Unseen> {
    look(store, id, reader, |post| {
        if cursor.is_none()
            && least >= render::FIRST_COMMENTS
            && let Some(view) = as_listed(id, post, reader)?
        {
            return Ok(view);
        }
        view(post, cursor, least, reader, |pieces, own, missing| with_post(id, post, reader, pieces, own, missing))
    })
}

/// A part of a post's thread without the post.
///
/// # Errors
/// If there is none for this reader, or not yet.
pub fn comments(
    store: &Store,
    id: PostId,
    cursor: Option<Cursor>,
    least: usize,
    reader: Reader<'_>,
) -> Result<View, Unseen> {
    look(store, id, reader, |post| {
        let view = view(post, cursor, least, reader, |pieces, _, _| {
            let mut json = Vec::new();
            render::array(&mut json, pieces.iter().map(|piece| piece.as_bytes()));
            json
        })?;
        Ok(View { revision: None, ..view })
    })
}

/// A post that is hidden is there for its author alone.
fn look(
    store: &Store,
    id: PostId,
    reader: Reader<'_>,
    at: impl FnOnce(&Post) -> Result<View, Unseen>,
) -> Result<View, Unseen> {
    let may_see = |post: &Post| post.is_shown() || (post.exists() && render::is_own_post(reader, &post.item));
    let seen = store.look(id, |post| if may_see(post) { at(post) } else { Err(Unseen::Hidden) });
    seen.unwrap_or(Err(Unseen::Hidden))
}

/// The ready piece of lists, where that is the whole thread, fits into one part, and has nothing of this reader's.
fn as_listed(id: PostId, post: &Post, reader: Reader<'_>) -> Result<Option<View>, Unseen> {
    if !post.is_shown() {
        return Ok(None);
    }
    let listed = post.listed(id).map_err(Unseen::Unrendered)?;
    let owns = || owns_any(post, &post.thread.first(render::FIRST_COMMENTS).0, reader);
    let whole = listed.complete && listed.json.len() < thread::MOST_BYTES && (reader.is_none() || !owns());
    let revision = revision(post);
    let view = || View { body: listed.json.clone(), tag: listed.tag, revision, private: false, next: None };
    Ok(whole.then(view))
}

/// A part of a thread, put together by `assemble`: from the pieces, with what it adds to what is the reader's own and to
/// what is missing.
fn view(
    post: &Post,
    cursor: Option<Cursor>,
    least: usize,
    reader: Reader<'_>,
    assemble: impl FnOnce(&[Cow<'_, str>], &mut bool, &mut Vec<Text>) -> Vec<u8>,
) -> Result<View, Unseen> {
    let (mut pieces, mut missing, mut own) = (Vec::new(), Vec::new(), !post.is_shown());
    let part = post.thread.part(cursor, least, |id, comment| {
        let made = ready(piece(id, comment, reader), &mut missing);
        own |= made.as_ref().is_some_and(|(_, own)| *own);
        let piece = made.map_or_else(Cow::default, |(piece, _)| piece);
        let bytes = piece.len();
        pieces.push(piece);
        bytes
    })?;
    if let Some(cut) = &part.cut {
        pieces[cut.root] = render::cut_off(&pieces[cut.root], cut).into();
    }
    let json = assemble(&pieces, &mut own, &mut missing);
    if !missing.is_empty() {
        return Err(Unseen::Unrendered(missing));
    }
    let next = part.next.map(|next| next.to_string());
    let mut named = Sha256::new_with_prefix(&json);
    named.update(next.as_deref().unwrap_or_default());
    Ok(View { body: json.into(), tag: short(&named), revision: revision(post), private: own, next })
}

fn short(hasher: &Sha256) -> [u8; 16] {
    let mut tag = [0; 16];
    tag.copy_from_slice(&hasher.clone().finalize()[..16]);
    tag
}

fn revision(post: &Post) -> Option<Revision> {
    post.item.version.as_ref().map(|version| version.revision)
}

/// A post with these comments.
fn with_post(
    id: PostId,
    post: &Post,
    reader: Reader<'_>,
    pieces: &[Cow<'_, str>],
    own: &mut bool,
    missing: &mut Vec<Text>,
) -> Vec<u8> {
    let is_own = render::is_own_post(reader, &post.item);
    *own |= is_own;
    let head = ready(render::head(id, post, is_own), missing).flatten().unwrap_or_else(|| "{}".to_owned());
    render::with_comments(&head, pieces.iter().map(|piece| piece.as_bytes()))
}

/// A comment as this reader sees it, and whether that is for this reader alone.
fn piece<'a>(id: CommentId, comment: &'a Comment, reader: Reader<'_>) -> Result<(Cow<'a, str>, bool), Text> {
    if is_marked(comment, reader) {
        return Ok((comment.own_piece(id)?, true));
    }
    Ok((comment.piece(id)?.into(), false))
}

/// Is there anything in this for this reader alone?
fn owns_any(post: &Post, comments: &[(CommentId, &Comment)], reader: Reader<'_>) -> bool {
    render::is_own_post(reader, &post.item) || comments.iter().any(|(_, comment)| is_marked(comment, reader))
}

/// A comment of the reader's; what is left of a deleted one is no one's.
fn is_marked(comment: &Comment, reader: Reader<'_>) -> bool {
    comment.item.deleted.is_none() && render::is_own_comment(reader, &comment.item)
}

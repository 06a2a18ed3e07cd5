//! How the read model is kept: posts in a concurrent map, and beside it the orders in which lists show them.
//!
//! One task changes, many read. A change holds one post's part of the map for as long as it takes to fold one event; a
//! reader holds it for as long as it takes to copy ready pieces. The orders are brought up to date for some events at
//! a time, so between the two a list may have a post in its former place; what a list shows is looked up in the post
//! itself, so it never shows a post that is hidden.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use contract::{Effect, PostId};
use dashmap::DashMap;

use crate::canonical;
use crate::cut::{Cut, Cuts, Mark};
use crate::place::Place;
use crate::post::{Listing, Post};

/// Parts of the map, each with a lock of its own: many, so that going through all of it holds each only briefly.
const PARTS: usize = 256;

/// Where a post stands in a list.
pub type Spot = Place<PostId>;

/// The order of a list, always latest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By when it was posted.
    New,
    /// By when something was last written there.
    Active,
}

/// The read model.
#[derive(Debug)]
pub struct Store {
    posts: DashMap<PostId, Kept>,
    orders: RwLock<Orders>,
    cuts: Arc<Cuts>,
    size: Size,
}

#[derive(Debug)]
struct Kept {
    post: Post,
    listing: Option<Listing>,
    mark: Mark,
}

#[derive(Debug, Default)]
struct Orders {
    new: BTreeSet<Spot>,
    active: BTreeSet<Spot>,
}

/// How much there is, deleted things not counted. Signed, for a moment's sum may be seen between two of its parts.
#[derive(Debug, Default)]
struct Size {
    posts: AtomicI64,
    comments: AtomicI64,
}

/// Changes of order that have not been made yet.
#[derive(Debug, Default)]
pub struct Moves(Vec<(PostId, Option<Listing>, Option<Listing>)>);

impl Default for Store {
    fn default() -> Self {
        Self {
            posts: DashMap::with_shard_amount(PARTS),
            orders: RwLock::default(),
            cuts: Arc::default(),
            size: Size::default(),
        }
    }
}

impl Store {
    /// Changes a post; one that is not there is made. Where it moves to in lists is noted in `moves`.
    pub fn change(&self, id: PostId, moves: &mut Moves, touch: impl FnOnce(&mut Post) -> Effect) -> Effect {
        let mut kept = self.posts.entry(id).or_insert_with(|| Kept {
            post: Post::default(),
            listing: None,
            mark: self.cuts.mark(),
        });
        let kept = &mut *kept;
        self.cuts.before_change(id, &kept.post, &kept.mark);
        let before = counts(&kept.post);
        let effect = touch(&mut kept.post);
        if effect.is_changed() {
            self.size.changed(before, counts(&kept.post));
            let listing = kept.post.listing();
            if listing != kept.listing {
                moves.0.push((id, kept.listing, listing));
                kept.listing = listing;
            }
        }
        effect
    }

    /// Makes the changes of order.
    pub fn settle(&self, moves: &mut Moves) {
        if moves.0.is_empty() {
            return;
        }
        let mut orders = self.orders.write().unwrap_or_else(PoisonError::into_inner);
        for (id, before, after) in moves.0.drain(..) {
            for (sort, order) in orders.both() {
                let (before, after) = (before.map(|l| sort.spot(id, l)), after.map(|l| sort.spot(id, l)));
                if before == after {
                    continue;
                }
                if let Some(before) = before {
                    order.remove(&before);
                }
                if let Some(after) = after {
                    order.insert(after);
                }
            }
        }
    }

    /// A page of a list: the posts behind `after`, and the place behind which the next page begins, if there is one.
    pub fn page(&self, sort: Sort, after: Option<Spot>, limit: usize) -> (Vec<Spot>, Option<Spot>) {
        let orders = self.orders.read().unwrap_or_else(PoisonError::into_inner);
        let order = match sort {
            Sort::New => &orders.new,
            Sort::Active => &orders.active,
        };
        let mut found: Vec<Spot> = match after {
            Some(after) => order.range(..after).rev().take(limit + 1).copied().collect(),
            None => order.iter().rev().take(limit + 1).copied().collect(),
        };
        drop(orders);
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().copied().filter(|_| more);
        (found, next)
    }

    /// Looks at a post, if anything was heard of it.
    pub fn look<R>(&self, id: PostId, at: impl FnOnce(&Post) -> R) -> Option<R> {
        self.posts.get(&id).map(|kept| at(&kept.post))
    }

    /// Looks at all posts, in no order.
    pub fn all<R>(&self, mut at: impl FnMut(PostId, &Post) -> R) -> Vec<R> {
        self.posts.iter().map(|kept| at(*kept.key(), &kept.post)).collect()
    }

    /// How many posts and comments there are, deleted ones not counted.
    pub fn size(&self) -> (u64, u64) {
        let read = |count: &AtomicI64| u64::try_from(count.load(Ordering::Relaxed)).unwrap_or(0);
        (read(&self.size.posts), read(&self.size.comments))
    }

    /// Begins a cut; see [`Cuts::begin`].
    pub fn begin_cut(&self) -> Option<Cut> {
        self.cuts.begin()
    }

    /// Hands out each post's bytes as they were when the cut began. `false` if it was spoiled meanwhile: then what
    /// was handed out is good for nothing.
    ///
    /// # Errors
    /// What `each` fails with.
    pub fn carry_out<E>(&self, cut: &Cut, mut each: impl FnMut(PostId, &[u8]) -> Result<(), E>) -> Result<bool, E> {
        // Only the ids at first: whoever goes through the map holds a part of it until the next.
        let ids: Vec<PostId> = self.posts.iter().map(|kept| *kept.key()).collect();
        let mut bytes = Vec::new();
        for id in ids {
            bytes.clear();
            if let Some(kept) = self.posts.get(&id).filter(|kept| cut.takes(&kept.mark)) {
                canonical::write_post(id, &kept.post, &mut bytes);
            }
            if !bytes.is_empty() {
                each(id, &bytes)?;
            }
        }
        for (id, bytes) in cut.early() {
            each(id, &bytes)?;
        }
        Ok(!cut.is_spoiled())
    }

    /// Puts posts in that a snapshot kept; readers see them in lists after all of them are there.
    pub fn restore(&self, posts: impl Iterator<Item = (PostId, Post)>) -> Restored {
        let mut restored = Restored::default();
        for (id, post) in posts {
            let listing = post.listing();
            self.size.changed((0, 0), counts(&post));
            if let Some(listing) = listing {
                restored.new.push(Sort::New.spot(id, listing));
                restored.active.push(Sort::Active.spot(id, listing));
            }
            self.posts.insert(id, Kept { post, listing, mark: self.cuts.mark() });
        }
        restored
    }

    /// Puts what was restored in order.
    pub fn order(&self, all: impl IntoIterator<Item = Restored>) {
        let mut sum = Restored::default();
        for mut one in all {
            sum.new.append(&mut one.new);
            sum.active.append(&mut one.active);
        }
        // A set of a sorted list is made at once, not one by one.
        let orders = Orders { new: sum.new.into_iter().collect(), active: sum.active.into_iter().collect() };
        *self.orders.write().unwrap_or_else(PoisonError::into_inner) = orders;
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.cuts.spoil();
        self.posts.clear();
        *self.orders.write().unwrap_or_else(PoisonError::into_inner) = Orders::default();
        self.size.posts.store(0, Ordering::Relaxed);
        self.size.comments.store(0, Ordering::Relaxed);
    }
}

/// The places in lists of some posts that were restored.
#[derive(Debug, Default)]
pub struct Restored {
    new: Vec<Spot>,
    active: Vec<Spot>,
}

impl Orders {
    fn both(&mut self) -> [(Sort, &mut BTreeSet<Spot>); 2] {
        [(Sort::New, &mut self.new), (Sort::Active, &mut self.active)]
    }
}

impl Sort {
    fn spot(self, id: PostId, listing: Listing) -> Spot {
        let at = match self {
            Self::New => listing.created,
            Self::Active => listing.active,
        };
        Spot { at, id }
    }
}

impl Size {
    fn changed(&self, before: (i64, i64), after: (i64, i64)) {
        if before != after {
            self.posts.fetch_add(after.0 - before.0, Ordering::Relaxed);
            self.comments.fetch_add(after.1 - before.1, Ordering::Relaxed);
        }
    }
}

fn counts(post: &Post) -> (i64, i64) {
    (i64::from(post.exists()), i64::try_from(post.thread.count()).unwrap_or(i64::MAX))
}

//! Live updates: whoever listens is told what changed, as everyone may see it.
//!
//! Only references are kept, never text: which post or comment an event touched, for the latest some ten thousand
//! events. What a listener gets is rendered when it is sent, so a comment that was approved and then rejected is not told
//! to somebody who comes back with an id from before, and a slow listener costs no memory: it holds a place in the log and
//! nothing else. One that falls behind what is kept is told to begin anew (`reset`).

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use chassis::places::{Place, Places};
use chassis::serve::Lifetime;
use contract::{PostId, Sequence};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::desk::Desk;
use crate::html::Text;
use crate::meters;
use crate::model::Shelf;
use crate::projection::Touched;
use crate::render;
use crate::ring::{Cursor, Next, Ring};
use crate::store::Store;

/// Changes in one piece that is sent, and its bytes, which the last of them may exceed: what a listener that reads
/// nothing costs is a few pieces.
const PIECE: usize = 128;
const PIECE_BYTES: usize = 8 * 1024;
/// One address may have one of so many places.
const OF_ONE_ADDRESS: usize = 16;
/// A listener that takes nothing for so long is let go.
const PATIENCE: Duration = Duration::from_secs(10);
/// The shortest time between two wakings of all listeners, and what each listener adds to it: many are told a little
/// later, and more at once.
const BREATH: Duration = Duration::from_millis(5);
const BREATH_EACH: Duration = Duration::from_micros(15);

/// The latest changes, and those who listen. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Live(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    ring: RwLock<Ring>,
    /// Rung by the fold, for one task that rings the other.
    news: watch::Sender<()>,
    bell: watch::Sender<()>,
    places: Arc<Semaphore>,
    by_address: Places,
    most: usize,
    desk: Desk,
}

/// Everyone who may listen does already, or everyone of one address.
#[derive(Debug, Clone, Copy)]
pub struct Full;

impl Live {
    /// For so many listeners. Texts are rendered at this desk.
    pub fn new(most: usize, desk: Desk) -> Self {
        Self(Arc::new(Shared {
            ring: RwLock::default(),
            news: watch::Sender::new(()),
            bell: watch::Sender::new(()),
            places: Arc::new(Semaphore::new(most)),
            by_address: Places::new(most.div_ceil(OF_ONE_ADDRESS)),
            most,
            desk,
        }))
    }

    /// Starts the task that wakes listeners.
    pub fn start(&self, lifetime: &Lifetime) {
        let live = self.clone();
        let stop = lifetime.stop.clone();
        let mut news = self.0.news.subscribe();
        lifetime.spawn_loop("query-live", async move {
            while let Some(Ok(())) = stop.run_until_cancelled(news.changed()).await {
                live.0.bell.send_replace(());
                let listeners = u32::try_from(live.listeners()).unwrap_or(u32::MAX);
                let breath = BREATH + BREATH_EACH.saturating_mul(listeners);
                if stop.run_until_cancelled(tokio::time::sleep(breath)).await.is_none() {
                    return;
                }
            }
        });
    }

    /// These were changed, and everything up to `upto` has been folded.
    pub fn tell(&self, touched: &[Touched], upto: Sequence) {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).add(touched, upto);
        if !touched.is_empty() {
            self.0.news.send_replace(());
        }
    }

    /// Begins at this place: what was before it is not known here. All listeners begin anew.
    pub fn begin(&self, at: Sequence) {
        self.0.ring.write().unwrap_or_else(PoisonError::into_inner).begin(at);
        self.0.news.send_replace(());
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.0.most - self.0.places.available_permits()
    }

    /// Begins to listen: from behind `last`, if there is one. What comes is server-sent events.
    ///
    /// # Errors
    /// If there are too many who listen, or too many at this address.
    pub fn listen(
        &self,
        shown: &Shelf,
        last: Option<&str>,
        address: Option<IpAddr>,
        lifetime: &Lifetime,
    ) -> Result<Pieces, Full> {
        let own = match address {
            Some(address) => Some(self.0.by_address.take(address).ok_or(Full)?),
            None => None,
        };
        let place = Arc::clone(&self.0.places).try_acquire_owned().map_err(|_| Full)?;
        let (sender, pieces) = mpsc::channel(1);
        let (cursor, greeting) = self.enter(last);
        let listener = Listener {
            live: self.clone(),
            shelf: shown.clone(),
            cursor,
            sender,
            stop: lifetime.stop.clone(),
            _places: (place, own),
        };
        lifetime.spawn(listener.run(greeting));
        Ok(Pieces(pieces))
    }

    fn enter(&self, last: Option<&str>) -> (Cursor, Vec<u8>) {
        let ring = self.0.ring.read().unwrap_or_else(PoisonError::into_inner);
        let mut greeting = b"retry: 1000\n".to_vec();
        let cursor = match last.map(|last| last.trim().parse().ok().and_then(|last| ring.back(last))) {
            Some(Some(cursor)) => {
                greeting.extend_from_slice(b"\n");
                cursor
            }
            // An id without data moves the reader's place, and is otherwise not seen.
            None => {
                let now = ring.now();
                greeting.extend_from_slice(format!("id: {}\n\n", now.after).as_bytes());
                now
            }
            Some(None) => {
                let now = ring.now();
                write_reset(&mut greeting, now.after);
                now
            }
        };
        (cursor, greeting)
    }

    fn next(&self, cursor: Cursor) -> Next {
        self.0.ring.read().unwrap_or_else(PoisonError::into_inner).next(cursor, PIECE)
    }
}

/// The pieces of one listener's answer. Dropped, the listener is let go.
#[derive(Debug)]
pub struct Pieces(mpsc::Receiver<Bytes>);

impl Pieces {
    /// As a stream.
    pub fn into_stream(self) -> impl futures_util::Stream<Item = Bytes> + Send + 'static {
        futures_util::stream::unfold(self.0, |mut pieces| async move {
            let piece = pieces.recv().await?;
            Some((piece, pieces))
        })
    }
}

struct Listener {
    live: Live,
    shelf: Shelf,
    cursor: Cursor,
    sender: mpsc::Sender<Bytes>,
    stop: CancellationToken,
    _places: (OwnedSemaphorePermit, Option<Place>),
}

impl Listener {
    async fn run(mut self, greeting: Vec<u8>) {
        meters::listeners(1);
        let stop = self.stop.clone();
        stop.run_until_cancelled(self.talk(greeting)).await;
        meters::listeners(-1);
    }

    async fn talk(&mut self, greeting: Vec<u8>) {
        let mut bell = self.live.0.bell.subscribe();
        if !self.send(greeting).await {
            return;
        }
        loop {
            bell.mark_unchanged();
            let piece = match self.live.next(self.cursor) {
                Next::Nothing => {
                    tokio::select! {
                        changed = bell.changed() => if changed.is_err() { return },
                        () = self.sender.closed() => return,
                    }
                    continue;
                }
                Next::Changes(changes) => self.told(&changes).await,
                Next::Reset(cursor) => {
                    self.cursor = cursor;
                    let mut piece = Vec::new();
                    write_reset(&mut piece, cursor.after);
                    piece
                }
            };
            if !piece.is_empty() && !self.send(piece).await {
                return;
            }
        }
    }

    async fn told(&mut self, changes: &[Touched]) -> Vec<u8> {
        let mut piece = Vec::new();
        let store = self.shelf.store();
        for touched in changes {
            // Changes of one event stay together: the listener's place is behind all of them or before.
            if piece.len() >= PIECE_BYTES && touched.sequence != self.cursor.after {
                break;
            }
            while let Err(text) = write_change(&mut piece, &store, touched) {
                // Where there is no turn in time the listener waits for the next one.
                self.live.0.desk.render(vec![text]).await.ok();
            }
            self.cursor.after = touched.sequence;
        }
        piece
    }

    async fn send(&self, piece: Vec<u8>) -> bool {
        let sent = tokio::time::timeout(PATIENCE, self.sender.send(piece.into())).await;
        if sent.is_err() {
            meters::listener_let_go();
        }
        matches!(sent, Ok(Ok(())))
    }
}

fn write_reset(piece: &mut Vec<u8>, at: Sequence) {
    piece.extend_from_slice(format!("id: {at}\nevent: reset\ndata: {{}}\n\n").as_bytes());
}

/// One change as everyone may see it now; nothing, if there is nothing to see.
///
/// # Errors
/// The text that is to be rendered first.
fn write_change(piece: &mut Vec<u8>, store: &Store, touched: &Touched) -> Result<(), Text> {
    let Touched { sequence, post: id, comment } = *touched;
    let rendered = store.look(id, |post| match comment {
        None => Ok(render::live_post(id, post)?.map(|post| ("post", post))),
        Some(comment) => {
            match post.thread.get(comment).filter(|there| post.is_shown() && there.item.origin.is_some()) {
                Some(there) => Ok(Some(("comment", with_post_id(id, there.piece(comment)?)))),
                None => Ok(None),
            }
        }
    });
    if let Some((event, data)) = rendered.transpose()?.flatten() {
        // The data is JSON from serde_json: it has no line breaks.
        piece.extend_from_slice(format!("id: {sequence}\nevent: {event}\ndata: {data}\n\n").as_bytes());
    }
    Ok(())
}

/// The same object with the post's id in front.
fn with_post_id(id: PostId, comment: &str) -> String {
    format!("{{\"postId\":\"{id}\",{}", comment.strip_prefix('{').unwrap_or(comment))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn one_address_takes_some_of_the_places_and_leaves_the_others() {
        let live = Live::new(2 * OF_ONE_ADDRESS, Desk::new(1, PATIENCE));
        let (lifetime, store) = (Lifetime::new(), Shelf::default());
        let listen = |last| live.listen(&store, None, Some(Ipv4Addr::new(203, 0, 113, last).into()), &lifetime);
        let one = [listen(7), listen(7)];
        assert!(one.iter().all(Result::is_ok) && listen(7).is_err());
        assert!(listen(8).is_ok());
        drop(one);
        lifetime.stop.cancel();
    }

    #[tokio::test(start_paused = true)]
    async fn a_listener_that_takes_nothing_is_let_go() {
        let live = Live::new(1, Desk::new(1, PATIENCE));
        let (lifetime, store) = (Lifetime::new(), Shelf::default());
        live.start(&lifetime);
        let pieces = live.listen(&store, None, None, &lifetime);
        assert!(pieces.is_ok() && live.listen(&store, None, None, &lifetime).is_err());
        // The greeting fills the hand-over; the next piece waits for it to be taken.
        live.begin(Sequence::new(7));
        let begun = tokio::time::Instant::now();
        while live.listeners() > 0 {
            tokio::time::sleep(Duration::from_millis(100)).await; // why: the clock is paused; time passes by itself
            assert!(begun.elapsed() < 2 * PATIENCE);
        }
        assert!(begun.elapsed() >= PATIENCE);
        drop(pieces);
        assert!(lifetime.end(PATIENCE).await);
    }
}

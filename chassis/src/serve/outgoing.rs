//! An answer's body on its way out: what of it waits is counted, and HTTP/2 gets it in pieces small enough that one can
//! see whether they are taken.
//!
//! A body here is mostly one piece of memory, which stays whole until its last byte is sent. Small ones on HTTP/1 are
//! not counted: a connection has one at a time, so all of them together are bounded by the number of connections. An
//! answer that goes on (a stream) is asked for more only while little of it waits.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use hyper::body::{Body, Frame, SizeHint};

use super::activity::{Held, Open, Piece};

/// What HTTP/2 gets at a time.
const PIECE: usize = 16 * 1024;
/// The smallest body that is counted on HTTP/1.
const COUNTED: usize = 4 * 1024;
/// What of a stream may wait when it is asked for more.
const STREAMED: usize = 32 * 1024;

/// A body, with what is known of how far it is.
pub(crate) struct Outgoing<B> {
    body: B,
    open: Open,
    http2: bool,
    /// What is left of a piece that was too large to be handed over whole.
    rest: Bytes,
    /// Of a body that is there from the beginning, all of it.
    whole: Option<Arc<Held>>,
    stream: Option<Arc<Stream>>,
}

/// How much of a stream waits.
#[derive(Debug, Default)]
struct Stream {
    waiting: AtomicUsize,
    sent: AtomicWaker,
}

/// A piece that was handed over; dropped when it is sent.
struct Handed {
    bytes: Bytes,
    _held: Option<Arc<Held>>,
    _piece: Option<Piece>,
    stream: Option<Arc<Stream>>,
}

impl AsRef<[u8]> for Handed {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        if let Some(stream) = &self.stream {
            stream.waiting.fetch_sub(self.bytes.len(), Ordering::Release);
            stream.sent.wake();
        }
    }
}

impl<B: Body<Data = Bytes>> Outgoing<B> {
    /// The answer to this request.
    pub(crate) fn new(body: B, open: Open, http2: bool) -> Self {
        let size = body.size_hint().exact().and_then(|size| usize::try_from(size).ok());
        let counted = size.filter(|&size| size >= COUNTED || (http2 && size > 0));
        let whole = counted.map(|size| Arc::new(open.activity().hold(size)));
        let stream = size.is_none().then(Arc::default);
        Self { body, open, http2, rest: Bytes::new(), whole, stream }
    }

    fn hand_over(&self, bytes: Bytes) -> Bytes {
        let held = match (&self.whole, &self.stream) {
            (Some(whole), _) => Some(Arc::clone(whole)),
            (None, Some(stream)) => {
                stream.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
                Some(Arc::new(self.open.activity().hold(bytes.len())))
            }
            (None, None) => return bytes,
        };
        let piece = self.http2.then(|| self.open.activity().piece());
        Bytes::from_owner(Handed { bytes, _held: held, _piece: piece, stream: self.stream.clone() })
    }

    /// Whether so much of a stream waits that no more is asked for; then the task is woken when some is sent.
    fn must_wait(&self, cx: &Context<'_>) -> bool {
        let Some(stream) = &self.stream else { return false };
        let much = || stream.waiting.load(Ordering::Acquire) >= STREAMED;
        if !much() {
            return false;
        }
        stream.sent.register(cx.waker());
        much()
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Outgoing<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.must_wait(cx) {
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                end => return Poll::Ready(end),
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(frame) => return Poll::Ready(Some(Ok(frame))),
            }
        }
        let most = if self.http2 { PIECE } else { usize::MAX };
        let at = most.min(self.rest.len());
        let bytes = self.rest.split_to(at);
        Poll::Ready(Some(Ok(Frame::data(self.hand_over(bytes)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let body = self.body.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

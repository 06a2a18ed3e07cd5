//! The socket of a connection, which leaves marks of what goes through it ([`super::activity`]).

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::activity::Activity;

/// What is read and thrown away after the answer, so that a caller who is still sending gets to read it.
const DRAINED: usize = 8 * 1024 * 1024;
/// How long it may still send.
const LINGER: Duration = Duration::from_secs(2);

/// The socket.
pub(super) struct Socket {
    inner: TcpStream,
    activity: Arc<Activity>,
    /// Whether the caller has closed its side.
    ended: bool,
    drained: usize,
    /// Until when what still comes is read, once our side is closed.
    lingers: Option<Pin<Box<Sleep>>>,
}

impl Socket {
    /// Of this connection.
    pub(super) fn new(inner: TcpStream, activity: Arc<Activity>) -> Self {
        Self { inner, activity, ended: false, drained: 0, lingers: None }
    }

    /// Notes what came of a write of something.
    fn note(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Pending => self.activity.wrote(false),
            Poll::Ready(Ok(1..)) => self.activity.wrote(true),
            Poll::Ready(_) => {}
        }
        written
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        match buf.filled().len() - before {
            0 => self.ended = true,
            bytes => self.activity.received(bytes),
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bytes);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    /// Closes our side and reads what the caller still sends, for a while: a socket that is closed with something unread
    /// is reset, and the answer is lost with it.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_shutdown(cx))?;
        if self.ended || !self.activity.may_be_sending() {
            return Poll::Ready(Ok(()));
        }
        let lingers = self.lingers.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        if lingers.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut thrown = [0; 4096];
        while self.drained < DRAINED {
            let mut buf = ReadBuf::new(&mut thrown);
            match ready!(Pin::new(&mut self.inner).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => self.drained += buf.filled().len(),
                // It is closed, one way or the other.
                Ok(()) | Err(_) => break,
            }
        }
        self.ended = true;
        Poll::Ready(Ok(()))
    }
}

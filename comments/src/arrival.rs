//! A comment that arrives before the news of its post: it waits a moment, and is then answered truthfully.
//!
//! A script that creates a post and comments on it at once must work, though the post's event is still on its way. So
//! an unknown post is waited for, woken by what is heard. When the time is up it is either not there, which can be said
//! only by one who has heard everything up to the head, or it is not known whether it is.

use std::sync::Arc;
use std::time::Duration;

use chassis::creation::Creation;
use chassis::receiver::{Hearing, Position};
use chassis::store::{StoreError, WriteError};
use contract::PostId;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::comment::{NewComment, Refusal};
use crate::store::{Comments, Stored};
use crate::thread::PostState;

/// How long news of a post may take.
pub const GRACE: Duration = Duration::from_secs(1);

/// How many may wait at once; beyond, the answer comes at once.
const WAITERS: usize = 1024;

/// Why a comment was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It may be taken later: not everything has been heard.
    #[error("not everything has been heard yet")]
    Behind,
    /// What was written, or why not.
    #[error(transparent)]
    Write(#[from] WriteError<Refusal>),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Write(WriteError::Failed(error))
    }
}

/// Takes comments in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Arrivals {
    comments: Comments,
    hearing: Hearing,
    waiters: Arc<Semaphore>,
}

impl Arrivals {
    /// For a service that hears by `hearing`, and may write once its database is restored.
    pub fn new(comments: Comments, hearing: Hearing) -> Self {
        Self { comments, hearing, waiters: Arc::new(Semaphore::new(WAITERS)) }
    }

    /// Waits, at most as long as news may take, until the database may be written to.
    ///
    /// # Errors
    /// [`NotTaken::Behind`] if that takes longer.
    pub async fn open(&self) -> Result<(), NotTaken> {
        self.open_until(Instant::now() + GRACE).await
    }

    async fn open_until(&self, deadline: Instant) -> Result<(), NotTaken> {
        timeout_at(deadline, self.comments.restored().wait()).await.map_err(|_| NotTaken::Behind)
    }

    /// Keeps a comment, waiting for its post if that is not known.
    ///
    /// # Errors
    /// Why it was not taken.
    pub async fn take(&self, new: NewComment, creation: Creation) -> Result<Stored, NotTaken> {
        let deadline = Instant::now() + GRACE;
        self.open_until(deadline).await?;
        let (post_id, before) = (new.post_id, self.hearing.position());
        match self.comments.create(new.clone(), creation.clone()).await {
            Err(WriteError::Refused(Refusal::PostUnknown)) => {}
            taken => return Ok(taken?),
        }
        if self.arrives(post_id, deadline).await? {
            return Ok(self.comments.create(new, creation).await?);
        }
        Err(self.unknown_since(before))
    }

    /// What an unknown post means: that there is none, or that it is not known.
    pub fn unknown(&self) -> NotTaken {
        self.unknown_since(self.hearing.position())
    }

    /// The same for one who has waited since then: where much is said, what counts is having heard what had been said
    /// by then, not having nothing before one ever.
    fn unknown_since(&self, before: Position) -> NotTaken {
        let now = self.hearing.position();
        let heard = now.log.is_some() && now.log == before.log && now.upto >= before.head;
        if heard || !self.hearing.behind() {
            WriteError::Refused(Refusal::PostUnknown).into()
        } else {
            NotTaken::Behind
        }
    }

    async fn arrives(&self, post_id: PostId, deadline: Instant) -> Result<bool, StoreError> {
        let Ok(_permit) = self.waiters.try_acquire() else { return Ok(false) };
        let mut news = self.hearing.watch();
        loop {
            news.mark_unchanged();
            if self.comments.post(post_id).await? != PostState::Unknown {
                return Ok(true);
            }
            match timeout_at(deadline, news.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Ok(false),
            }
        }
    }
}

//! A comment that arrives before the news of its post: it waits a moment, and is then answered truthfully.
//!
//! A script that creates a post and comments on it at once must work, though the post's event is still on its way. So
//! an unknown post is waited for, woken by what is heard. When the time is up it is either not there, which can be said
//! only after everything has been received up to a head that was learned after the request came, or it is not known
//! whether it is.

use std::sync::Arc;
use std::time::Duration;

use chassis::creation::Creation;
use chassis::hearing::Hearing;
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
        let post_id = new.post_id;
        match self.comments.create(new.clone(), creation.clone()).await {
            Err(WriteError::Refused(Refusal::PostUnknown)) => {}
            taken => return Ok(taken?),
        }
        if !self.arrives(post_id, deadline).await? {
            self.complete().await?;
        }
        Ok(self.comments.create(new, creation).await?)
    }

    /// Makes sure that a post which is not known does not exist. What was not known before is to be looked for once more.
    ///
    /// # Errors
    /// [`NotTaken::Behind`] if its creation may still be on its way.
    pub async fn complete(&self) -> Result<(), NotTaken> {
        if self.hearing.is_complete(GRACE).await { Ok(()) } else { Err(NotTaken::Behind) }
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

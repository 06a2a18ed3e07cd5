//! Where texts are rendered: on few threads of their own, so that no text holds up a reader of another one.
//!
//! Anyone may write a text that takes long, and many may ask for it at once. It is rendered once; those who ask wait for
//! that, and are sent away where too many texts are before theirs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::html::Text;

/// Texts that are rendered at one go: few, so that those who wait take turns.
const AT_ONCE: usize = 16;

/// A number of threads that render. Clones share them.
#[derive(Debug, Clone)]
pub struct Desk {
    places: Arc<Semaphore>,
    patience: Duration,
}

/// Too many texts wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

impl Desk {
    /// With so many threads. A text waits for its turn for `patience` at most.
    pub fn new(threads: usize, patience: Duration) -> Self {
        Self { places: Arc::new(Semaphore::new(threads.max(1))), patience }
    }

    /// Renders what of these is not rendered yet.
    ///
    /// # Errors
    /// If there was no turn in time. Some of them may be rendered then.
    pub async fn render(&self, texts: Vec<Text>) -> Result<(), Busy> {
        for some in texts.chunks(AT_ONCE) {
            let turn = tokio::time::timeout(self.patience, Arc::clone(&self.places).acquire_owned()).await;
            let Ok(Ok(turn)) = turn else { return Err(Busy) };
            let some: Vec<Text> = some.iter().filter(|text| text.ready().is_none()).cloned().collect();
            if some.is_empty() {
                continue;
            }
            let rendering = tokio::task::spawn_blocking(move || {
                for text in &some {
                    text.render();
                }
                drop(turn);
            });
            rendering.await.map_err(|_| Busy)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    #[tokio::test]
    async fn what_is_rendered_needs_no_turn_and_what_gets_none_is_sent_away() {
        let desk = Desk::new(1, Duration::from_millis(1));
        let text = Text::new("*a*");
        desk.render(vec![text.clone()]).await.unwrap();
        assert_eq!(text.ready(), Some("<p><em>a</em></p>"));
        let taken = Arc::clone(&desk.places).acquire_owned().await.unwrap();
        assert_eq!(desk.render(vec![Text::new("*b*")]).await, Err(Busy));
        drop(taken);
        desk.render((0..40).map(|at| Text::new(&format!("*{at}*"))).collect()).await.unwrap();
    }
}

//! Judging beside everything else: rules run on threads of their own, within a budget of time.
//!
//! A rule that runs over the budget holds the text for a person. It cannot be ended, only left alone: until it has come
//! back no other text is put to it, and those that get as far as it are held at once. So a stuck rule costs one thread
//! and one budget, not one for each text. How many texts are judged at once is bounded as well.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::item::{Key, Kind};
use crate::measure;
use crate::rules::{BUSY, Rules, Ruling, Seen, Trouble};

/// A judgement that has not begun after this long will not be waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Texts that may be judged at once. The bus pushes one batch at a time, so few are under way unless rules are stuck.
const AT_ONCE: usize = 16;

/// Names that are remembered, at most.
const NAMES: usize = 4096;

/// The rules, and the threads that they run on. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Judges {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    rules: Rules,
    /// For each rule the texts that it is still at though nobody waits for it any more.
    overdue: Vec<AtomicUsize>,
    free: Arc<Semaphore>,
    budget: Duration,
    /// The names of items that came last: an edit may come in the same push as what it edits, before that is kept.
    names: Mutex<HashMap<Key, Option<String>>>,
}

/// How far one judgement is.
#[derive(Debug, Default)]
struct Progress {
    began: Option<Instant>,
    asking: Option<usize>,
    given_up: bool,
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Judges {
    /// Judges by these rules, each text within `budget`.
    pub fn new(rules: Rules, budget: Duration) -> Self {
        let overdue = rules.all().iter().map(|_| AtomicUsize::new(0)).collect();
        Self {
            inner: Arc::new(Inner {
                rules,
                overdue,
                free: Arc::new(Semaphore::new(AT_ONCE)),
                budget,
                names: Mutex::default(),
            }),
        }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.inner.rules
    }

    /// Notes the name that an item is under.
    pub fn remember(&self, key: Key, name: Option<String>) {
        let mut names = self.inner.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= NAMES {
            names.clear();
        }
        names.insert(key, name);
    }

    /// The name that an item is under, if it came lately.
    pub fn remembered(&self, key: Key) -> Option<Option<String>> {
        self.inner.names.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    /// What the rules make of a text; to hold it, if they fail or take too long.
    pub async fn judge(&self, kind: Kind, seen: Seen) -> Ruling {
        let began = Instant::now();
        let ruling = self.within_budget(kind, seen).await;
        measure::judgement(began.elapsed(), ruling.trouble.map(|trouble| (trouble, ruling.rule.as_str())));
        ruling
    }

    async fn within_budget(&self, kind: Kind, seen: Seen) -> Ruling {
        let Ok(permit) = Arc::clone(&self.inner.free).try_acquire_owned() else {
            tracing::warn!("a text is held: too many are being judged");
            return Ruling::troubled(BUSY, Trouble::Busy);
        };
        let progress = Arc::new(Mutex::new(Progress::default()));
        let (inner, within) = (Arc::clone(&self.inner), Arc::clone(&progress));
        let mut judging = tokio::task::spawn_blocking(move || {
            let ruling = inner.run(kind, &seen, &within);
            drop(permit);
            ruling
        });
        let (asked, mut wait) = (Instant::now(), self.inner.budget);
        let ruling = loop {
            match tokio::time::timeout(wait, &mut judging).await {
                Ok(Ok(ruling)) => break ruling,
                Ok(Err(_)) => break Ruling::troubled(BUSY, Trouble::Error),
                Err(_) => {}
            }
            // The time for judging runs from its beginning: a busy machine is not a rule's fault.
            let began = lock(&progress).began;
            wait = match began {
                Some(began) => self.inner.budget.saturating_sub(began.elapsed()),
                None => PATIENCE.saturating_sub(asked.elapsed()),
            };
            if wait.is_zero() {
                let ruling = self.inner.give_up(&progress);
                tracing::warn!(rule = ruling.rule, "a text is held: the rule took too long");
                return ruling;
            }
            if began.is_none() {
                wait = wait.min(self.inner.budget);
            }
        };
        if ruling.trouble == Some(Trouble::Error) {
            tracing::error!(rule = ruling.rule, "a text is held: the rule failed");
        }
        ruling
    }
}

impl Inner {
    fn run(&self, kind: Kind, seen: &Seen, progress: &Mutex<Progress>) -> Ruling {
        lock(progress).began = Some(Instant::now());
        // Before any rule is asked, so that none is blamed for a text that takes long to read.
        seen.readings();
        let ruling = self.rules.judge_while(kind, seen, |index| {
            let mut progress = lock(progress);
            let may = !progress.given_up && self.overdue[index].load(Ordering::Relaxed) == 0;
            if may {
                progress.asking = Some(index);
            }
            may
        });
        let mut progress = lock(progress);
        let asked = progress.asking.take();
        if let (true, Some(index)) = (progress.given_up, asked) {
            self.overdue[index].fetch_sub(1, Ordering::Relaxed);
        }
        ruling
    }

    /// Nobody waits any longer. The rule at fault is the one that is being asked.
    fn give_up(&self, progress: &Mutex<Progress>) -> Ruling {
        let mut progress = lock(progress);
        progress.given_up = true;
        let Some(index) = progress.asking else {
            return Ruling::troubled(BUSY, Trouble::Busy);
        };
        self.overdue[index].fetch_add(1, Ordering::Relaxed);
        Ruling::troubled(&self.rules.all()[index].name, Trouble::Slow)
    }
}

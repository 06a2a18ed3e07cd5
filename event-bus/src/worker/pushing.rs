//! A push, and what follows from its answer.

use std::sync::Arc;

use contract::Timestamp;
use tokio::time::Instant;

use super::{Wait, Worker};
use crate::answer::{Outcome, Verdict};
use crate::delivery::Told;
use crate::entry::Entry;
use crate::parking::Step;
use crate::subscription::Paused;

impl Worker {
    pub(super) fn start_push(&mut self) {
        if let Some(push) = self.window.next_push() {
            let spec = &self.subscription.spec;
            self.pushing = Some(self.delivery.push(spec, &push.entries, Told { upto: push.upto, head: push.head }));
            self.in_flight = Some(push);
        }
    }

    pub(super) async fn pushed(&mut self, verdict: Verdict) {
        let Some(push) = self.in_flight.take() else { return };
        self.note_answer(&push.entries, &verdict);
        let step = self.window.answered(&push, verdict);
        self.take(step).await;
    }

    /// Counts what was ignored, and lets go of a connection that may lead to another server.
    pub(super) fn note_answer(&mut self, entries: &[Arc<Entry>], verdict: &Verdict) {
        let batch = self.subscription.spec.batch > 1;
        match verdict {
            Verdict::Results(outcomes) => {
                for (entry, outcome) in entries.iter().zip(outcomes) {
                    if let Outcome::Ignored(reason) = outcome {
                        self.ignored.count += 1;
                        self.ignored.last = Some((entry.sequence, reason.clone()));
                        self.metrics.ignored();
                    }
                }
            }
            // To a batch even a refusal is a list of results, where the receiver is one of ours.
            Verdict::Refused(_) | Verdict::TooLarge if !batch => {}
            Verdict::Gone(_) => {}
            Verdict::Refused(_) | Verdict::TooLarge | Verdict::Down { .. } => match self.delivery.afresh() {
                Ok(delivery) => self.delivery = delivery,
                Err(error) => {
                    tracing::warn!(subscription = %self.subscription.name, %error, "the old connections stay in use");
                }
            },
        }
    }

    /// Does what follows from an answer.
    async fn take(&mut self, step: Step) {
        if let Some(error) = &step.error {
            self.metrics.failure();
            // What is parked has a line of its own.
            if step.park.is_empty() && self.complaints.is_due() {
                tracing::warn!(subscription = %self.subscription.name, %error, "a push failed");
            }
            self.last_error = Some(error.clone());
        } else if !step.wait && step.gone.is_none() {
            self.complaints.over();
            if self.parked.is_empty() {
                self.last_error = None;
            }
        }
        if step.rewound {
            self.reading = None;
            self.redelivering = None;
            tracing::error!(
                subscription = %self.subscription.name,
                "pushes of several subjects in a row failed: none stays parked; the receiver seems to be failing"
            );
        }
        if step.moved {
            self.backoff.reset();
        }
        if step.wait {
            let asked = step.at_least.map(|asked| asked.min(self.shared.settings.retry_after_cap));
            let pause = self.backoff.pause().max(asked.unwrap_or_default());
            self.wait = Some(Wait {
                until: Instant::now() + pause,
                shown: Timestamp::now().saturating_add(pause),
                asked: asked.is_some(),
            });
        }
        if !step.park.is_empty() || !step.unpark.is_empty() {
            self.park(step).await;
        } else if let Some(reason) = step.gone {
            self.pause(Paused::ByReceiver(reason)).await;
        }
    }
}

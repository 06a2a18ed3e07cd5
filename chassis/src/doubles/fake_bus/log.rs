//! What the fake bus remembers: its log, its subscriptions, and what it was told to do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use contract::{Envelope, LogId, Sequence};
use http::StatusCode;
use serde_json::{Value, json};

use super::Registration;

/// How the bus answers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mood {
    /// As a bus should.
    Well,
    /// Always with this status.
    Fails(StatusCode),
    /// Not at all.
    Hangs,
}

/// Everything the bus knows.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) log: LogId,
    pub(super) events: Vec<Envelope>,
    pub(super) subscriptions: BTreeMap<String, Registration>,
    pub(super) refused: BTreeSet<String>,
    pub(super) mood: Mood,
    /// Whether subscriptions are said to be behind.
    pub(super) lags: bool,
    /// By source and id: the place in `events`.
    identities: HashMap<(Box<str>, Box<str>), usize>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            log: LogId::new(),
            events: Vec::new(),
            subscriptions: BTreeMap::new(),
            refused: BTreeSet::new(),
            mood: Mood::Well,
            lags: false,
            identities: HashMap::new(),
        }
    }
}

impl Inner {
    pub(super) fn new_log(&mut self) -> LogId {
        self.events.clear();
        self.identities.clear();
        self.log = LogId::new();
        self.log
    }

    pub(super) fn lose_all_but(&mut self, count: usize) {
        self.events.truncate(count);
        self.identities.retain(|_, at| *at < count);
    }

    pub(super) fn head(&self) -> Sequence {
        Sequence::new(self.events.len() as u64)
    }

    /// A subscription and how it is doing.
    pub(super) fn show(&self, name: &str) -> Option<Value> {
        let Registration { url, types, from, generation, .. } = self.subscriptions.get(name)?;
        let head = self.head();
        let (cursor, lag) = if self.lags { (Sequence::ZERO, head.get()) } else { (head, 0) };
        Some(json!({
            "name": name, "url": url, "types": types, "from": from, "generation": generation, "state": "active",
            "cursor": cursor, "log": self.log, "head": head, "lag": { "events": lag, "seconds": 0 }, "parked": 0,
        }))
    }

    /// Takes an event as the bus would; the error is the answer to a refused one.
    pub(super) fn append(&mut self, json: &[u8]) -> Result<Value, Value> {
        let event = Envelope::parse(json).map_err(|error| refused(None, 422, &error.to_string()))?;
        let id = event.id.as_str().to_owned();
        if event.subject.as_deref().is_some_and(|subject| self.refused.contains(subject)) {
            return Err(refused(Some(&id), 422, "The bus was told to refuse this subject."));
        }
        let known = self.identities.get(&identity(&event)).map(|&at| &self.events[at]);
        let duplicate = known.is_some();
        if known.is_some_and(|known| !same(known, &event)) {
            return Err(refused(Some(&id), 409, "Another event has this id."));
        }
        let sequence = self.publish(event).sequence;
        Ok(json!({ "status": "OK", "id": id, "sequence": sequence, "duplicate": duplicate }))
    }

    /// Puts an event at the end of the log; one that is there already stays where it is.
    pub(super) fn publish(&mut self, mut event: Envelope) -> Envelope {
        if let Some(&at) = self.identities.get(&identity(&event)) {
            return self.events[at].clone();
        }
        event.sequence = Some(self.head().next());
        self.identities.insert(identity(&event), self.events.len());
        self.events.push(event.clone());
        event
    }
}

fn identity(event: &Envelope) -> (Box<str>, Box<str>) {
    (event.source.clone(), event.id.as_str().into())
}

fn same(one: &Envelope, other: &Envelope) -> bool {
    let data = |event: &Envelope| event.data.as_ref().map(|data| data.get().to_owned());
    one.type_name == other.type_name && one.subject == other.subject && data(one) == data(other)
}

fn refused(id: Option<&str>, status: u16, detail: &str) -> Value {
    let problem = json!({ "type": "/problems/refused", "title": "Refused", "status": status, "detail": detail });
    json!({ "status": "refused", "id": id, "problem": problem })
}

//! Figures, told and not asserted:
//! `cargo test --release -p query --test it -- --ignored --nocapture speed`.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

use chassis::follow::Batch;
use contract::{Cause, CommentId, Envelope, Event, EventId, LogId, PostId, Sequence, Status};
use query::applied::Applied;
use query::canonical::Position;
use query::heard::{Heard, Said};
use query::live::Live;
use query::projection::{Folded, Projection};
use query::snapshot::{Memo, Snapshots};
use query::store::{Sort, Store};
use query::view;

use super::said::{commented, judged, post_created};

/// Posts; each has three comments, each of these two events.
const POSTS: i64 = 150_000;
const BATCH: usize = 1000;

fn batches() -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut events: Vec<String> = Vec::new();
    let mut sequence = Sequence::ZERO;
    let mut say = |event: Event, last: bool| {
        sequence = sequence.next();
        let mut envelope = Envelope::say("/speed", &event, EventId::new(), None::<&Cause>, None);
        envelope.sequence = Some(sequence);
        events.push(String::from_utf8(envelope.to_json()).unwrap());
        if events.len() == BATCH || last {
            batches.push(Batch::new(format!("{{\"events\":[{}],\"upto\":\"{sequence}\"}}", events.join(","))));
            events.clear();
        }
    };
    for at in 0..POSTS {
        let post = PostId::new();
        say(post_created(post, at, "A title of some length").into(), false);
        for reply in 0..3 {
            let text = "What somebody has to say about it, in a line or two, as it is on boards like this one.";
            let comment = commented(post, CommentId::new(), None, at + reply, text);
            say(comment.clone().into(), false);
            say(judged(&comment, Status::Approved).into(), at == POSTS - 1 && reply == 2);
        }
    }
    batches
}

fn read(batch: &Batch) -> Vec<Heard> {
    let (said, _) = batch.read::<Said<'_>>().unwrap();
    said.iter().map(|said| said.hear().0).collect()
}

fn told(what: &str, count: usize, begun: Instant) {
    let took = begun.elapsed();
    #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
    let rate = count as f64 / took.as_secs_f64();
    println!("{what}: {count} in {took:.2?}, {rate:.0}/s");
}

#[test]
#[ignore = "takes long, and tells instead of asserting"]
#[expect(clippy::print_stdout, reason = "it is there to tell")]
fn speed() {
    let batches = batches();
    let events = usize::try_from(POSTS * 7).unwrap();

    let begun = Instant::now();
    let count: usize = batches.iter().map(|batch| read(batch).len()).sum();
    assert_eq!(count, events);
    told("events read, one thread", events, begun);

    let store = Arc::<Store>::default();
    let (applied, live) = (Applied::default(), Live::new(1));
    let log = Some(LogId::new());
    let mut projection = Projection::new(Arc::clone(&store), Position { log, sequence: Sequence::ZERO });
    let begun = Instant::now();
    let (sender, incoming) = sync_channel(4);
    std::thread::scope(|scope| {
        scope.spawn(move || batches.iter().for_each(|batch| sender.send(read(batch)).unwrap()));
        let mut folded = Folded::default();
        for heard in incoming {
            let mut heard = heard.into_iter();
            while heard.len() > 0 {
                projection.fold(heard.by_ref().take(256), &mut folded);
                live.tell(&folded.touched, projection.position().sequence);
                applied.note(&folded.keys);
                folded.touched.clear();
                folded.keys.clear();
            }
        }
    });
    told("events read and folded, two threads", events, begun);

    let (posts, comments) = store.size();
    let items = usize::try_from(posts + comments).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let snapshots = Snapshots::open(folder.path()).unwrap();
    let memo = Memo { position: projection.position(), applied: applied.remembered() };
    let begun = Instant::now();
    let bytes = snapshots.write(&memo, &store, &store.begin_cut().unwrap()).unwrap().unwrap();
    told("posts and comments written to a snapshot", items, begun);
    println!("  {} MiB", bytes >> 20);
    let again = Store::default();
    let begun = Instant::now();
    snapshots.read(&again).unwrap().unwrap();
    told("posts and comments read from a snapshot", items, begun);

    for round in ["first", "ready"] {
        let begun = Instant::now();
        for _ in 0..10_000 {
            assert!(view::list(&again, Sort::New, None, 20, None).body.len() > 10_000);
        }
        told(&format!("lists of 20 posts, {round} pieces"), 10_000, begun);
    }
}

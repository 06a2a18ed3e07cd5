//! From the past to the present: while events are appended, every kind of reader sees each sequence once, in order.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::bus::{TestBus, next_page, sequences, soon};
use crate::receiver::Receiver;

/// What one run is like.
#[derive(Debug, Clone)]
struct Story {
    /// How much there is before anyone reads.
    before: u64,
    /// How much is appended by each of the requests that race the readers.
    during: Vec<u64>,
    /// After which of those requests readers come, too.
    readers_at: usize,
    /// Memory for the newest events; little of it makes readers change between disk and memory.
    tail_bytes: usize,
    /// Where readers begin, as a part of what there is then.
    begin: f64,
}

fn stories() -> impl Strategy<Value = Story> {
    let during = prop::collection::vec(1_u64..40, 10..40);
    (0_u64..2000, during, 0_usize..10, prop_oneof![Just(0), Just(5_000), Just(50_000), Just(8 << 20)], 0.0..=1.0)
        .prop_map(|(before, during, readers_at, tail_bytes, begin)| Story {
            before,
            during,
            readers_at,
            tail_bytes,
            begin,
        })
}

#[test]
fn every_reader_sees_each_sequence_once_and_in_order() {
    let mut runner = TestRunner::new(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runner.run(&stories(), |story| runtime.block_on(tell(story))).unwrap();
}

async fn tell(story: Story) -> Result<(), TestCaseError> {
    let mut bus = TestBus::with_tail(story.tail_bytes).await;
    if story.before > 0 {
        bus.append_numbered(1, story.before).await;
        bus = bus.restart().await;
    }
    let last = story.before + story.during.iter().sum::<u64>();
    let (early, late) = story.during.split_at(story.readers_at);
    let mut next = story.before + 1;
    for count in early {
        bus.append_numbered(next, *count).await;
        next += count;
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    let after = ((next - 1) as f64 * story.begin) as u64;
    let appending = async {
        for count in late {
            bus.append_numbered(next, *count).await;
            next += count;
        }
    };
    let readers = async {
        tokio::join!(
            by_websocket(&bus, after, last),
            by_sse(&bus, after, last),
            by_pages(&bus, after, last),
            by_push(&bus, after, last)
        )
    };
    let all = Box::pin(async { tokio::join!(appending, readers) });
    let ((), (websocket, sse, pages, push)) = soon("the end of the story", all).await;
    let expected: Vec<u64> = (after + 1..=last).collect();
    prop_assert_eq!(&websocket, &expected, "WebSocket");
    prop_assert_eq!(&sse, &expected, "server-sent events");
    prop_assert_eq!(&pages, &expected, "pages");
    prop_assert_eq!(&push, &expected, "push");
    bus.stop().await;
    Ok(())
}

async fn by_websocket(bus: &TestBus, after: u64, last: u64) -> Vec<u64> {
    if after == last {
        return Vec::new();
    }
    bus.websocket(&format!("?after={after}")).await.sequences_until(last).await
}

async fn by_sse(bus: &TestBus, after: u64, last: u64) -> Vec<u64> {
    if after == last {
        return Vec::new();
    }
    bus.sse(&format!("?after={after}"), &[]).await.sequences_until(last).await
}

async fn by_push(bus: &TestBus, after: u64, last: u64) -> Vec<u64> {
    let receiver = Receiver::start().await;
    let wish = json!({"url": receiver.url(), "from": after, "batch": 1 + after % 20});
    bus.caller().put("/subscriptions/handoff", &wish).send().await.expect(201);
    receiver.took(after + 1..=last).await
}

async fn by_pages(bus: &TestBus, after: u64, last: u64) -> Vec<u64> {
    let mut seen: Vec<u64> = Vec::new();
    let mut path = format!("/events?after={after}&limit=37");
    while seen.last().copied().unwrap_or(after) < last {
        let page = bus.get(&path).await.expect(200);
        seen.extend(sequences(page.json().as_array().unwrap()));
        let place = seen.last().copied().unwrap_or(after);
        path = next_page(&page).unwrap_or_else(|| format!("/events?after={place}&limit=37"));
    }
    seen
}

//! `GET /events`: the log in pages, or as one long NDJSON answer.

use std::io;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use chassis::page::{Page as Paging, next_link};
use chassis::route::{Answer, Head, Response, Routes, answer, bytes_response, get, head, other_methods, with};
use chassis::stream::NDJSON;
use contract::Sequence;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LINK};
use http::{HeaderValue, StatusCode};
use tokio::sync::mpsc;
use warp::{Filter, Reply};

use crate::engine::{Log, Page, ReadError, Selection};
use crate::entry::{Entry, json_array};
use crate::http::{Bus, accepts};
use crate::reading::Reading;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;
/// The most bytes of one page or piece, except for a single event.
const PAGE_BYTES: usize = 1024 * 1024;

/// The reading route, with the end of its path.
pub(crate) fn routes(bus: &Bus) -> Routes {
    let all = warp::path!("events");
    let list = all.and(get()).and(with(bus)).and(head());
    let list = list.then(|bus: Bus, head: Head| async move { answer(list_events(&bus, &head).await) });
    list.or(all.and(other_methods("GET, HEAD, POST, OPTIONS"))).unify().boxed()
}

/// Read the log
///
/// Events in order, as an array with a `Link` to the next page as long as the log goes on. A page may have fewer events
/// than `limit`, or none, while the log is looked through for few types. With `Accept: application/x-ndjson` everything
/// up to the end comes in one answer, an event a line.
#[utoipa::path(
    get, path = "/events", tag = "log",
    params(
        ("after" = Option<String>, Query, description = "only what stands after this sequence"),
        ("since" = Option<String>, Query, description = "only what was recorded at this time or later (RFC 3339)"),
        ("limit" = Option<usize>, Query, description = "events in a page: 1 to 1000, 100 if it is not given"),
        ("type" = Option<Vec<String>>, Query, description = "only these types; repeated or comma-separated"),
        ("subject" = Option<String>, Query, description = "only this subject"),
        ("logid" = Option<String>, Query, description = "refuse with 409 if this is not the log's id"),
    ),
    responses(
        (status = 200, description = "events", content((Vec<Object> = "application/json"), (String = "application/x-ndjson"))),
        (status = 401, description = "no token, or a wrong one"),
        (status = 409, description = "another log, or one that does not reach as far as `after`"),
        (status = 422, description = "a parameter makes no sense"),
        (status = 500, description = "the log is damaged there"),
    )
)]
pub(crate) async fn list_events(bus: &Bus, head: &Head) -> Answer {
    bus.check(head)?;
    let reading = Reading::of(head)?;
    let after = reading.begin(bus).await?;
    if accepts(head, NDJSON) {
        return ndjson(bus, after, reading.selection).await;
    }
    let limit = Paging::read(head, DEFAULT_LIMIT, MAX_LIMIT)?.limit;
    let page = bus.log().read(after, None, &reading.selection, limit, PAGE_BYTES).await?;
    let mut response = bytes_response(StatusCode::OK, "application/json", json_array(&page.entries));
    if page.upto < page.head {
        // The next page begins where this one ends, however this one was begun.
        let mut head = head.clone();
        head.query = head.query.map(|query| without_start(&query));
        response.headers_mut().append(LINK, next_link(&head, "after", &page.upto.to_string()));
    }
    bus.name_log(&mut response, page.head);
    Ok(fresh(response))
}

fn without_start(query: &str) -> String {
    let kept = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "since" && name != "tail");
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
}

/// A part of a long answer.
enum Piece {
    Lines(Bytes),
    /// That was all of it.
    End,
}

/// Everything from here to the head as it is now. Where it breaks off, for whatever reason, the body does too: an
/// answer that ends well is whole.
async fn ndjson(bus: &Bus, after: Sequence, selection: Selection) -> Answer {
    let end = bus.head();
    let first = bus.log().read(after, Some(end), &selection, MAX_LIMIT, PAGE_BYTES).await?;
    let (pieces, mut body) = mpsc::channel(1);
    let log = Arc::clone(bus.log());
    let stop = bus.lifetime().stop.clone();
    bus.lifetime().spawn(async move {
        let all = send_lines(&*log, first, end, &selection, &pieces);
        // What failed was told where it was met; the reader notices that the end is missing.
        drop(stop.run_until_cancelled(all).await);
    });
    let stream = stream::poll_fn(move |context| {
        body.poll_recv(context).map(|piece| match piece {
            Some(Piece::Lines(lines)) => Some(Ok(lines)),
            Some(Piece::End) => None,
            None => Some(Err(io::Error::other("the answer broke off"))),
        })
    });
    let mut response = warp::reply::stream(stream).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    bus.name_log(&mut response, end);
    Ok(fresh(response))
}

/// A reader that has gone away ends it as well.
async fn send_lines(
    log: &dyn Log,
    mut page: Page,
    end: Sequence,
    selection: &Selection,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), ReadError> {
    loop {
        if !page.entries.is_empty() && pieces.send(Piece::Lines(lines(&page.entries))).await.is_err() {
            return Ok(());
        }
        if page.upto >= end {
            drop(pieces.send(Piece::End).await);
            return Ok(());
        }
        page = log.read(page.upto, Some(end), selection, MAX_LIMIT, PAGE_BYTES).await?;
    }
}

fn lines(entries: &[Arc<Entry>]) -> Bytes {
    let mut text = BytesMut::with_capacity(entries.iter().map(|entry| entry.json.len() + 1).sum());
    for entry in entries {
        text.put_slice(&entry.json);
        text.put_u8(b'\n');
    }
    text.freeze()
}

/// Withheld text must not stay in caches.
pub(crate) fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

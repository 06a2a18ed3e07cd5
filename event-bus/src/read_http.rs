//! `GET /events`: the log as one long answer, a JSON array or NDJSON, or, with `limit`, in pages.
//!
//! Without `limit` it is all of it: a program that replays the log with one call must not take a first page for the whole.

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

use crate::append_http::Event;
use crate::engine::{Log, Page, ReadError, Selection};
use crate::entry::json_array;
use crate::http::{Bus, accepts};
use crate::reading::Reading;

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
/// Events in order, everything up to the log's end in one array, or, with `Accept: application/x-ndjson`, an event a line;
/// an answer that cannot be finished breaks off, and its last piece is missing. With `limit` it is a page, with a `Link`
/// to the next one as long as the log goes on; a page may have fewer events than `limit`, or none, while the log is looked
/// through for few types.
#[utoipa::path(
    get, path = "/events", tag = "log",
    params(
        ("after" = Option<String>, Query, description = "only what stands after this sequence"),
        ("since" = Option<String>, Query, description = "only what was recorded at this time or later (RFC 3339)"),
        ("limit" = Option<usize>, Query, description = "pages of so many events, at most 1000; without it everything comes"),
        ("type" = Option<Vec<String>>, Query, description = "only these types; repeated or comma-separated"),
        ("subject" = Option<String>, Query, description = "only this subject"),
        ("logid" = Option<String>, Query, description = "refuse with 409 if this is not the log's id"),
    ),
    responses(
        (status = 200, description = "events", content((Vec<Event> = "application/json"), (String = "application/x-ndjson"))),
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
        return everything(bus, after, reading.selection, Form::Lines).await;
    }
    if head.parameter("limit").is_none() {
        return everything(bus, after, reading.selection, Form::Array).await;
    }
    let limit = Paging::read(head, MAX_LIMIT, MAX_LIMIT)?.limit;
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

/// How a long answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One JSON array.
    Array,
    /// An event a line.
    Lines,
}

impl Form {
    const fn media_type(self) -> &'static str {
        match self {
            Self::Array => "application/json",
            Self::Lines => NDJSON,
        }
    }

    /// What stands before the first event, between two, behind each, and at the end.
    const fn marks(self) -> [&'static [u8]; 4] {
        match self {
            Self::Array => [b"[", b",", b"", b"]"],
            Self::Lines => [b"", b"", b"\n", b""],
        }
    }
}

/// A part of a long answer.
enum Piece {
    Events(Bytes),
    /// That was all of it.
    End,
}

/// Everything from here to the head as it is now, of which only a piece is in memory at a time, and the next one when
/// the reader has room for it. Where it breaks off, for whatever reason, the body does too: an answer that ends well is
/// whole.
async fn everything(bus: &Bus, after: Sequence, selection: Selection, form: Form) -> Answer {
    let end = bus.head();
    let first = bus.log().read(after, Some(end), &selection, MAX_LIMIT, PAGE_BYTES).await?;
    let (pieces, mut body) = mpsc::channel(1);
    let log = Arc::clone(bus.log());
    let stop = bus.lifetime().stop.clone();
    bus.lifetime().spawn(async move {
        let all = send(&*log, first, end, &selection, form, &pieces);
        // What failed was told where it was met; the reader notices that the end is missing.
        drop(stop.run_until_cancelled(all).await);
    });
    let stream = stream::poll_fn(move |context| {
        body.poll_recv(context).map(|piece| match piece {
            Some(Piece::Events(events)) => Some(Ok(events)),
            Some(Piece::End) => None,
            None => Some(Err(io::Error::other("the answer broke off"))),
        })
    });
    let mut response = warp::reply::stream(stream).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    bus.name_log(&mut response, end);
    Ok(fresh(response))
}

/// A reader that has gone away ends it as well.
async fn send(
    log: &dyn Log,
    mut page: Page,
    end: Sequence,
    selection: &Selection,
    form: Form,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), ReadError> {
    let [begin, between, behind, finish] = form.marks();
    let mut before = begin;
    loop {
        let is_last = page.upto >= end;
        let mut text =
            BytesMut::with_capacity(page.entries.iter().map(|entry| entry.json.len() + 1).sum::<usize>() + 2);
        for entry in &page.entries {
            text.put_slice(before);
            text.put_slice(&entry.json);
            text.put_slice(behind);
            before = between;
        }
        if is_last {
            text.put_slice(if before == begin { begin } else { b"" });
            text.put_slice(finish);
        }
        if !text.is_empty() && pieces.send(Piece::Events(text.freeze())).await.is_err() {
            return Ok(());
        }
        if is_last {
            drop(pieces.send(Piece::End).await);
            return Ok(());
        }
        page = log.read(page.upto, Some(end), selection, MAX_LIMIT, PAGE_BYTES).await?;
    }
}

/// Withheld text must not stay in caches.
pub(crate) fn fresh(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

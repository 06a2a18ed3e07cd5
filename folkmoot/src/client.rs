//! The browser client, served from the binary: its page under every path that the client knows, its files beside it.
//!
//! A file under `assets/` has a digest of its content in its name, so it may be kept for ever; all else is asked for
//! again each time and answered 304 while it is the same. Nothing is compressed here: the client's build left each file
//! in up to three encodings, of which the request picks one. What is no path of the client is not its route; a person
//! whose browser asks for such a path gets the page all the same, with 404, and reads there that nothing is under it.

mod encoding;
mod files;
mod policy;

use std::collections::HashMap;
use std::sync::Arc;

use chassis::config::Origin;
use chassis::route::{self, Head, Response, Routes, bytes_response, get, other_methods};
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use warp::Filter;
use warp::path::{FullPath, Peek};

pub use files::{EMBEDDED, File};

use files::Entry;
use policy::Policy;

/// The page that every path of the client answers with.
const PAGE: &str = "index.html";
/// Files whose name changes with their content.
const HASHED: &str = "assets/";
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
const READ_ONLY: &str = "GET, HEAD, OPTIONS";

/// The client's files, ready to be answered with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    entries: Arc<HashMap<&'static str, Arc<Entry>>>,
    page: Arc<Entry>,
    policy: Arc<Policy>,
}

impl Client {
    /// A client of these files, which may connect to the front door and to `connect`. `None` if its page is not among
    /// them: it was not built.
    pub fn new(files: &[File], connect: &[Origin]) -> Option<Self> {
        let entries: HashMap<_, _> = files.iter().map(|file| (file.path, Arc::new(Entry::of(*file)))).collect();
        let page = Arc::clone(entries.get(PAGE)?);
        Some(Self { entries: Arc::new(entries), page, policy: Arc::new(Policy::new(connect)) })
    }

    /// The page and the files, each under its path.
    pub fn routes(&self) -> Routes {
        let client = self.clone();
        let find = move |path: Peek| std::future::ready(client.find(path.as_str()).cloned().ok_or_else(warp::reject));
        #[expect(clippy::disallowed_methods, reason = "it decides whose route it is, which is what a rejection means")]
        let here = warp::path::peek().and_then(find);
        let client = self.clone();
        let read = here
            .clone()
            .and(get())
            .and(route::head())
            .map(move |entry: Arc<Entry>, head: Head| client.answer(&entry, &head.headers));
        read.or(here.and(other_methods(READ_ONLY)).map(|_, response| response)).unify().boxed()
    }

    /// Around all routes and their 404: a browser that goes where nothing is gets the page with that status. Programs
    /// keep the problem document, and so does everything under `/api`.
    pub fn around(&self, routes: Routes) -> Routes {
        let client = self.clone();
        warp::method()
            .and(warp::path::full())
            .and(warp::header::headers_cloned())
            .and(routes)
            .map(move |method: Method, path: FullPath, headers: HeaderMap, response: Response| {
                let read = matches!(method, Method::GET | Method::HEAD);
                if response.status() != StatusCode::NOT_FOUND || !read || !may_be_a_page(path.as_str()) {
                    return response;
                }
                client.not_found(&headers, response)
            })
            .boxed()
    }

    /// The file that a path names, or the page if it is one of the client's own paths.
    fn find(&self, path: &str) -> Option<&Arc<Entry>> {
        let path = path.trim_end_matches('/');
        self.entries.get(path).or_else(|| is_page(path).then_some(&self.page))
    }

    fn answer(&self, entry: &Entry, headers: &HeaderMap) -> Response {
        let (encoding, bytes) = entry.best(&values(headers, &ACCEPT_ENCODING));
        let etag = entry.etag(encoding);
        let known = values(headers, &IF_NONE_MATCH).split(',').any(|tag| matches_tag(tag, &etag));
        let mut response = if known {
            route::empty_response(StatusCode::NOT_MODIFIED)
        } else {
            bytes_response(StatusCode::OK, entry.content_type, bytes)
        };
        let answered = response.headers_mut();
        if let Some(name) = encoding.name().filter(|_| !known) {
            answered.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            answered.insert(ETAG, etag);
        }
        answered.insert(CACHE_CONTROL, if entry.path.starts_with(HASHED) { FOR_EVER } else { ASK_AGAIN });
        answered.append(VARY, HeaderValue::from_static("accept-encoding"));
        answered.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if entry.is_html() {
            self.policy.apply(answered);
        }
        response
    }

    /// The page in place of a problem document, where it is a page that was asked for.
    fn not_found(&self, headers: &HeaderMap, mut response: Response) -> Response {
        response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
        if !wants_html(&values(headers, &ACCEPT)) {
            return response;
        }
        // A 404 is never "not modified".
        let mut asked = headers.clone();
        asked.remove(IF_NONE_MATCH);
        let mut page = self.answer(&self.page, &asked);
        page.headers_mut().remove(ETAG);
        page.headers_mut().append(VARY, HeaderValue::from_static("accept"));
        *page.status_mut() = StatusCode::NOT_FOUND;
        // What the request layer wants to know of the answer that this one stands for.
        *page.extensions_mut() = response.extensions().clone();
        page
    }
}

/// The paths that the client shows something under. Whether there is such a post is not known here.
fn is_page(path: &str) -> bool {
    let segments: Vec<_> = path.split('/').collect();
    match segments[..] {
        ["" | "new" | "moderation" | "bus"] => true,
        ["p", post] => !post.is_empty(),
        _ => false,
    }
}

/// Whether nothing else answers for such a path: not the API, and not a file that is missing.
fn may_be_a_page(path: &str) -> bool {
    let path = path.trim_matches('/');
    let below = |folder: &str| path == folder || path.starts_with(&format!("{folder}/"));
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    !below("api") && !below("assets") && !is_file
}

/// Whether a person's browser asks for a page: it names HTML, while programs say `*/*` or nothing.
fn wants_html(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("text/html"));
        named && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// All values of a header as one list.
fn values(headers: &HeaderMap, name: &HeaderName) -> String {
    let lines: Vec<_> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    lines.join(",")
}

/// Weak comparison (RFC 9110, 13.1.2).
fn matches_tag(given: &str, etag: &str) -> bool {
    let given = given.trim();
    given == "*" || given.strip_prefix("W/").unwrap_or(given) == etag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_own_paths_are_known() {
        for path in ["", "new", "moderation", "bus", "p/0190"] {
            assert!(is_page(path), "{path}");
        }
        for path in ["p", "p/", "p/1/2", "News", "api", "assets", "new/x"] {
            assert!(!is_page(path), "{path}");
        }
    }

    #[test]
    fn only_browsers_get_a_page_where_nothing_is() {
        for accept in ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json, TEXT/HTML;q=0.1"] {
            assert!(wants_html(accept), "{accept}");
        }
        for accept in ["", "*/*", "application/json", "text/html;q=0"] {
            assert!(!wants_html(accept), "{accept}");
        }
        for path in ["/nothing", "/p", "/people/ada"] {
            assert!(may_be_a_page(path), "{path}");
        }
        for path in ["/api", "/api/v1/nothing", "/assets/x", "/assets", "/favicon.ico", "/p/x.png"] {
            assert!(!may_be_a_page(path), "{path}");
        }
    }
}

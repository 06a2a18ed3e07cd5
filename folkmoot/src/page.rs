//! The plain page at `/`, where the browser client was not built: what this is, and where everything else is. No
//! script, so it works anywhere.

use chassis::route::{Response, Routes, bytes_response, get, other_methods};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use warp::Filter;

const PAGE: &str = include_str!("page.html");

/// `GET /`.
pub fn routes() -> Routes {
    let here = warp::path::end();
    here.and(get()).map(page).or(here.and(other_methods("GET, HEAD, OPTIONS"))).unify().boxed()
}

fn page() -> Response {
    let mut response = bytes_response(StatusCode::OK, "text/html; charset=utf-8", PAGE);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        ),
    );
    response
}

//! What a browser gets: the right file in the right encoding, kept as long as it may be, and a page that may do little.

use chassis::doubles::Answered;
use http::Method;

use crate::door::{Door, FILES};

const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
const FOR_EVER: &str = "public, max-age=31536000, immutable";

fn has_page_headers(answer: &Answered) {
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    for rule in ["connect-src 'self';", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{rule} in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
    assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert!(answer.header("permissions-policy").unwrap().contains("camera=()"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
}

#[tokio::test]
async fn every_path_of_the_client_is_its_page() {
    let door = Door::with(FILES).await;
    for path in ["/", "/new", "/new/", "/moderation", "/bus", "/p/0190c0de-0000-7000-8000-000000000000", "/index.html"]
    {
        let answer = door.get(path).send().await.expect(200);
        assert_eq!(answer.text(), "<title>moot</title>", "{path}");
        has_page_headers(&answer);
        assert!(answer.header("etag").is_some(), "{path}");
    }
}

#[tokio::test]
async fn a_browser_that_goes_where_nothing_is_gets_the_page_with_404() {
    let door = Door::with(FILES).await;
    for path in ["/nothing", "/p", "/p/1/2", "/posts", "/new/x"] {
        // A 404 is never "not modified".
        let answer = door.get(path).header("accept", HTML).header("if-none-match", "*").send().await.expect(404);
        assert_eq!(answer.text(), "<title>moot</title>", "{path}");
        has_page_headers(&answer);
        assert_eq!(answer.header("etag"), None, "{path}");
        let varies: Vec<_> = answer.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        assert_eq!(varies, ["accept-encoding", "accept"], "{path}");
        // A program that mistypes a path is told so in its own language.
        let answer = door.get(path).send().await.expect(404);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        assert_eq!(answer.header("vary"), Some("accept"), "{path}");
    }
    let packed = door.get("/nothing").header("accept", HTML).header("accept-encoding", "br").send().await.expect(404);
    assert_eq!((packed.header("content-encoding"), packed.text().as_str()), (Some("br"), "page in br"));
}

#[tokio::test]
async fn what_is_missing_under_api_or_among_the_files_is_never_the_page() {
    let door = Door::with(FILES).await;
    for path in [
        "/api",
        "/api/v1",
        "/api/v1/nothing",
        "/assets",
        "/assets/app-0000.js",
        "/assets/app-1a2b.js.br",
        "/assets/../index.html.gz",
        "/favicon.ico",
        "/%2e%2e/Cargo.toml",
    ] {
        let answer = door.get(path).header("accept", HTML).send().await.expect(404);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
    }
    assert_eq!(door.get("/api/v1/posts").header("accept", HTML).send().await.expect(200).text(), "query");
    door.get("/healthz").header("accept", HTML).send().await.expect(200);
}

#[tokio::test]
async fn the_smallest_encoding_that_the_browser_takes_is_sent() {
    let door = Door::with(FILES).await;
    for (path, accept, encoding, text) in [
        ("/assets/app-1a2b.js", "gzip, deflate, br, zstd", Some("br"), "js in br"),
        ("/assets/app-1a2b.js", "gzip, deflate", Some("gzip"), "js in gz"),
        ("/assets/app-1a2b.js", "br;q=0, gzip;q=0.5", Some("gzip"), "js in gz"),
        ("/assets/app-1a2b.js", "br;q=0, gzip;q=0", None, "let a=1"),
        ("/assets/app-1a2b.js", "*;q=0", None, "let a=1"),
        ("/assets/app-3c4d.css", "br, gzip;q=0.1", Some("gzip"), "css in gz"),
        ("/assets/face-5e6f.woff2", "br, gzip", None, "wOF2"),
        ("/", "br", Some("br"), "page in br"),
        ("/new", "gzip", Some("gzip"), "page in gz"),
    ] {
        let answer = door.get(path).header("accept-encoding", accept).send().await.expect(200);
        assert_eq!(answer.header("content-encoding"), encoding, "{path} {accept}");
        assert_eq!(answer.text(), text, "{path} {accept}");
        assert_eq!(answer.header("vary"), Some("accept-encoding"), "{path} {accept}");
    }
    let plain = door.get("/assets/app-1a2b.js").send().await.expect(200);
    assert_eq!((plain.header("content-encoding"), plain.text().as_str()), (None, "let a=1"));
    assert_eq!(plain.header("vary"), Some("accept-encoding"));
}

#[tokio::test]
async fn files_have_their_type_and_only_those_named_by_their_content_are_kept() {
    let door = Door::with(FILES).await;
    for (path, content_type, kept) in [
        ("/assets/app-1a2b.js", "text/javascript; charset=utf-8", FOR_EVER),
        ("/assets/app-3c4d.css", "text/css; charset=utf-8", FOR_EVER),
        ("/assets/face-5e6f.woff2", "font/woff2", FOR_EVER),
        ("/favicon.svg", "image/svg+xml", "no-cache"),
        ("/icon.png", "image/png", "no-cache"),
        ("/app.webmanifest", "application/manifest+json", "no-cache"),
        ("/version.json", "application/json", "no-cache"),
        ("/robots.txt", "text/plain; charset=utf-8", "no-cache"),
    ] {
        let answer = door.get(path).send().await.expect(200);
        assert_eq!(answer.header("content-type"), Some(content_type), "{path}");
        assert_eq!(answer.header("cache-control"), Some(kept), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert!(answer.header("etag").is_some(), "{path}");
        assert_eq!(answer.header("content-security-policy"), None, "{path}");
    }
}

#[tokio::test]
async fn what_the_browser_has_already_is_not_sent_again() {
    let door = Door::with(FILES).await;
    for path in ["/", "/p/1", "/favicon.svg", "/assets/app-1a2b.js"] {
        let first = door.get(path).header("accept-encoding", "br").send().await.expect(200);
        let tag = first.header("etag").unwrap().to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let again = door.get(path).header("accept-encoding", "br").header("if-none-match", &known);
            let again = again.send().await.expect(304);
            assert_eq!(again.body.len(), 0, "{path}");
            assert_eq!(again.header("content-encoding"), None, "{path}");
            for name in ["etag", "cache-control", "vary"] {
                assert_eq!(again.header(name), first.header(name), "{path} {name}");
            }
        }
        let other = door.get(path).header("accept-encoding", "br").header("if-none-match", "\"other\"");
        other.send().await.expect(200);
    }
    // Another encoding is other bytes.
    let plain = door.get("/").send().await.expect(200);
    let packed = door.get("/").header("accept-encoding", "gzip").send().await.expect(200);
    assert_ne!(plain.header("etag"), packed.header("etag"));
}

#[tokio::test]
async fn files_and_pages_are_only_read() {
    let door = Door::with(FILES).await;
    for path in ["/", "/new", "/assets/app-1a2b.js", "/favicon.svg"] {
        let read = door.get(path).send().await.expect(200);
        let head = door.request(Method::HEAD, path).send().await.expect(200);
        assert_eq!(head.body.len(), 0, "{path}");
        for name in ["content-type", "content-length", "etag", "cache-control", "vary"] {
            assert_eq!(head.header(name), read.header(name), "{path} {name}");
        }
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = door.request(method.clone(), path).send().await.expect(405);
            assert_eq!(answer.header("allow"), Some("GET, HEAD, OPTIONS"), "{method} {path}");
        }
        let options = door.request(Method::OPTIONS, path).send().await.expect(204);
        assert_eq!(options.header("allow"), Some("GET, HEAD, OPTIONS"), "{path}");
    }
    let nowhere = door.request(Method::POST, "/nothing").header("accept", HTML).send().await.expect(404);
    assert_eq!(nowhere.header("content-type"), Some("application/problem+json"));
    let head = door.request(Method::HEAD, "/nothing").header("accept", HTML).send().await.expect(404);
    assert_eq!(head.header("content-type"), Some("text/html; charset=utf-8"));
}

#[tokio::test]
async fn the_page_may_connect_elsewhere_only_where_it_is_told_to() {
    let origins = ["http://localhost:4002", "https://api.moot.example"].map(|text| text.parse().unwrap());
    let door = Door::with_connect(FILES, &origins).await;
    let page = door.get("/").send().await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("connect-src 'self' http://localhost:4002 https://api.moot.example;"), "{policy}");
}

#[tokio::test]
async fn without_a_built_client_there_is_the_plain_page_and_nothing_else() {
    for files in [&[][..], &FILES[1..]] {
        let door = Door::with(files).await;
        let page = door.get("/").header("accept", HTML).send().await.expect(200);
        assert!(page.text().contains("<h1>Folkmoot</h1>"));
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
        for path in ["/new", "/nothing", "/assets/app-1a2b.js", "/p/1", "/favicon.svg"] {
            let answer = door.get(path).header("accept", HTML).send().await.expect(404);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        }
        assert_eq!(door.get("/api/v1/posts").send().await.expect(200).text(), "query");
    }
}

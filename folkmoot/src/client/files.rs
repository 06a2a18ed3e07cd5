//! The client's files as its build left them: bytes in up to three encodings, a media type, and a tag for each version.

use sha2::{Digest, Sha256};

use super::encoding::{Encoding, choose};

/// The files that were there when this program was built; none if the client was not built before.
pub const EMBEDDED: &[File] = include!(concat!(env!("OUT_DIR"), "/client.rs"));

/// One file.
#[derive(Debug, Clone, Copy)]
pub struct File {
    /// Its path in the client's build, such as `assets/app-1a2b.js`.
    pub path: &'static str,
    /// As it is.
    pub plain: &'static [u8],
    /// The same in Brotli.
    pub brotli: Option<&'static [u8]>,
    /// The same in gzip.
    pub gzip: Option<&'static [u8]>,
}

/// A file with what its answer says of it.
#[derive(Debug)]
pub struct Entry {
    /// Its path.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    file: File,
    /// In hex; the same content has the same.
    digest: String,
}

impl Entry {
    /// Of one file.
    pub fn of(file: File) -> Self {
        let digest = hex::encode(&Sha256::digest(file.plain)[..12]);
        Self { path: file.path, content_type: content_type(file.path), file, digest }
    }

    /// Whether a browser shows it as a page.
    pub fn is_html(&self) -> bool {
        self.content_type.starts_with("text/html")
    }

    /// The bytes to answer with, by the request's `Accept-Encoding`.
    pub fn best(&self, accept: &str) -> (Encoding, &'static [u8]) {
        let File { plain, brotli, gzip, .. } = self.file;
        let packed = [brotli.map(|bytes| (Encoding::Brotli, bytes)), gzip.map(|bytes| (Encoding::Gzip, bytes))];
        let there: Vec<_> = packed.into_iter().flatten().chain([(Encoding::Identity, plain)]).collect();
        let chosen = choose(accept, &there.iter().map(|(encoding, _)| *encoding).collect::<Vec<_>>());
        there.into_iter().find(|(encoding, _)| *encoding == chosen).unwrap_or((Encoding::Identity, plain))
    }

    /// The tag of the file in this encoding: other bytes, other tag.
    pub fn etag(&self, encoding: Encoding) -> String {
        let end = encoding.name().map(|name| format!("-{name}")).unwrap_or_default();
        format!("\"{}{end}\"", self.digest)
    }
}

/// By the end of the name. What is not known is bytes, which no browser runs or shows.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_embedded_is_a_whole_client_or_none() {
        assert_eq!(EMBEDDED.is_empty(), !EMBEDDED.iter().any(|file| file.path == "index.html"));
        let packed = |file: &File| matches!(file.path.rsplit_once('.'), Some((_, "br" | "gz")));
        assert!(!EMBEDDED.iter().any(packed));
    }
}

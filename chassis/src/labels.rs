//! The names of routes in metrics: templates such as `/posts/{id}`, never what stood in a path.
//!
//! The templates come from the service's OpenAPI document and from what every service has. A path that none fits is
//! counted as `(other)`, so no caller can make a new label.

use std::sync::Arc;

use serde_json::Value;

/// What every service has.
const COMMON: [&str; 7] = ["/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/docs/{file}"];
/// Where the bus pushes to.
const PUSHES: &str = "/events";

/// The templates of one listener. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Labels(Arc<Node>);

#[derive(Clone, Debug, Default)]
struct Node {
    words: Vec<(Box<str>, Node)>,
    parameter: Option<Box<Node>>,
    label: Option<Box<str>>,
}

impl Default for Labels {
    /// What every service has.
    fn default() -> Self {
        let mut root = Node::default();
        for template in COMMON {
            root.add(template);
        }
        Self(Arc::new(root))
    }
}

impl Labels {
    /// The same and these templates: segments in braces stand for anything.
    #[must_use]
    pub fn and<'a>(mut self, templates: impl IntoIterator<Item = &'a str>) -> Self {
        let root = Arc::make_mut(&mut self.0);
        for template in templates {
            root.add(template);
        }
        self
    }

    /// The same and the paths of an OpenAPI document, mounted under a prefix; and where pushes come to, if it is mounted
    /// under none.
    #[must_use]
    pub fn and_document(self, prefix: &str, openapi: &str) -> Self {
        let document: Value = serde_json::from_str(openapi).unwrap_or_default();
        let paths = document["paths"].as_object().into_iter().flatten();
        let templates: Vec<_> = paths.map(|(path, _)| format!("{prefix}{path}")).collect();
        let pushes = prefix.is_empty().then_some(PUSHES);
        self.and(templates.iter().map(String::as_str).chain(pushes))
    }

    /// The template of a path.
    pub(crate) fn of(&self, path: &str) -> Option<&str> {
        self.0.find(path)
    }
}

impl Node {
    fn add(&mut self, template: &str) {
        let mut node = self;
        let mut label = String::new();
        for segment in segments(template) {
            label.push('/');
            if segment.starts_with('{') {
                label.push_str("{id}");
                node = node.parameter.get_or_insert_default();
                continue;
            }
            label.push_str(segment);
            let known = node.words.iter().position(|(word, _)| **word == *segment);
            let at = known.unwrap_or_else(|| {
                node.words.push((segment.into(), Self::default()));
                node.words.len() - 1
            });
            node = &mut node.words[at].1;
        }
        if label.is_empty() {
            label.push('/');
        }
        node.label = Some(label.into());
    }

    /// A word is preferred to a parameter.
    fn find(&self, path: &str) -> Option<&str> {
        let path = path.trim_start_matches('/');
        if path.is_empty() {
            return self.label.as_deref();
        }
        let (segment, rest) = path.split_once('/').unwrap_or((path, ""));
        let word = self.words.iter().find(|(word, _)| **word == *segment).and_then(|(_, node)| node.find(rest));
        word.or_else(|| self.parameter.as_ref()?.find(rest))
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_template_and_nothing_of_the_path() {
        let document = r#"{"paths": {"/posts": {}, "/posts/create": {}, "/posts/{id}": {},
            "/posts/{postId}/comments": {}, "/events/stream": {}, "/events/{id}": {}}}"#;
        let labels = Labels::default().and_document("", document).and_document("/api/v1", document);
        let labels = labels.and(["/p/{id}"]);
        for (path, expected) in [
            ("/", Some("/")),
            ("/posts", Some("/posts")),
            ("/posts/", Some("/posts")),
            ("/posts/create", Some("/posts/create")),
            ("/posts/0190d5a8-7d2f-7c54-9b05-0d6f0a2c3b11/comments", Some("/posts/{id}/comments")),
            ("/posts/create/comments", Some("/posts/{id}/comments")),
            ("/posts/any/thing", None),
            ("/events", Some("/events")),
            ("/events/stream", Some("/events/stream")),
            ("/events/1", Some("/events/{id}")),
            ("/api/v1/posts/%41", Some("/api/v1/posts/{id}")),
            ("/api/v1/events", None),
            ("/docs", Some("/docs")),
            ("/docs/word", Some("/docs/{id}")),
            ("/docs/word/docs", None),
            ("/p/1", Some("/p/{id}")),
            ("/word", None),
            ("", Some("/")),
        ] {
            assert_eq!(labels.of(path), expected, "{path}");
        }
    }
}

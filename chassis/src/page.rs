//! Paging of lists: `?limit=&cursor=` in, `Link: rel="next"` (RFC 8288) out.
//!
//! The link is relative (`<?limit=20&cursor=abc>`), so it is right wherever the service is mounted: on its own port,
//! or under the front door's prefix.

use http::HeaderValue;
use http::header::LINK;

use crate::problem::Problem;
use crate::route::{Head, Response};

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many items, from 1 to the list's maximum.
    pub limit: usize,
    /// Where the last page ended, as its link said; `None` for the first page. What it means is the list's own affair.
    pub cursor: Option<String>,
}

impl Page {
    /// Reads `limit` and `cursor`. A limit above `max` counts as `max`, as the text of the problem and OpenAPI have it.
    ///
    /// # Errors
    /// 422 where `limit` is no number from 1 on.
    pub fn read(head: &Head, default: usize, max: usize) -> Result<Self, Problem> {
        let limit = match head.parameter("limit") {
            None => default,
            Some(text) => match text.parse::<usize>() {
                Ok(limit) if limit > 0 => limit.min(max),
                _ => {
                    return Err(Problem::invalid_field(
                        "?limit",
                        format!("limit must be a number from 1 on; above {max} counts as {max}."),
                    ));
                }
            },
        };
        let cursor = head.parameter("cursor").filter(|cursor| !cursor.is_empty());
        Ok(Self { limit, cursor })
    }
}

/// The `Link` to the page that begins at `value` of the parameter `name`; all other parameters stay.
pub fn next_link(head: &Head, name: &str, value: &str) -> HeaderValue {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (key, old) in form_urlencoded::parse(head.query.as_deref().unwrap_or_default().as_bytes()) {
        if key != name {
            query.append_pair(&key, &old);
        }
    }
    query.append_pair(name, value);
    let link = format!("<?{}>; rel=\"next\"", query.finish());
    // Form encoding leaves nothing that cannot stand in a header.
    HeaderValue::try_from(link).unwrap_or(HeaderValue::from_static(""))
}

/// Puts the link to the next page on an answer, if there is one.
pub fn set_next(response: &mut Response, head: &Head, cursor: Option<&str>) {
    if let Some(cursor) = cursor {
        response.headers_mut().append(LINK, next_link(head, "cursor", cursor));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn head(query: &str) -> Head {
        Head { query: Some(query.to_owned()), ..Head::default() }
    }

    #[test]
    fn a_page_has_a_sane_size() {
        let limit = |query| Page::read(&head(query), 20, 100).map(|page| page.limit);
        assert_eq!(limit("").unwrap(), 20);
        assert_eq!(limit("limit=5").unwrap(), 5);
        assert_eq!(limit("limit=5000").unwrap(), 100);
        for bad in ["limit=0", "limit=-1", "limit=x", "limit="] {
            assert_eq!(limit(bad).unwrap_err().errors()[0].pointer, "?limit", "{bad}");
        }
    }

    #[test]
    fn a_link_keeps_the_other_parameters() {
        let link = next_link(&head("sort=new&cursor=old&limit=5"), "cursor", "a b&c");
        assert_eq!(link, "<?sort=new&limit=5&cursor=a+b%26c>; rel=\"next\"");
    }
}

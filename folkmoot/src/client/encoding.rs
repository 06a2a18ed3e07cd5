//! Which encoding of a file a request gets, by its `Accept-Encoding` (RFC 9110, 12.5.3).

/// How a file's bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Brotli, the smallest.
    Brotli,
    /// Gzip.
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// As it stands in `Content-Encoding`, which the file as it is has none of.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// The encoding that is wanted most, of those that are there; of several wanted alike, the smallest. `accept` is the
/// header's text, empty if there was none. The file as it is answers a request that wants nothing that is there.
pub fn choose(accept: &str, there: &[Encoding]) -> Encoding {
    let mut best = (0, Encoding::Identity);
    for encoding in [Encoding::Brotli, Encoding::Gzip, Encoding::Identity] {
        let weight = weight(accept, encoding);
        if there.contains(&encoding) && weight > best.0 {
            best = (weight, encoding);
        }
    }
    best.1
}

/// How much an encoding is wanted, in thousandths; 0 is not at all.
fn weight(accept: &str, encoding: Encoding) -> u16 {
    let named = |wanted: &str| accept.split(',').find_map(|item| weight_of(item, wanted));
    let listed = match encoding {
        Encoding::Brotli => named("br"),
        Encoding::Gzip => named("gzip").or_else(|| named("x-gzip")),
        Encoding::Identity => named("identity"),
    };
    // Identity need not be listed to be welcome; anything that is listed with a weight goes before it.
    listed.or_else(|| named("*")).unwrap_or(u16::from(encoding == Encoding::Identity))
}

/// The weight of one item of the list, if it is about `wanted`.
fn weight_of(item: &str, wanted: &str) -> Option<u16> {
    let mut parts = item.split(';').map(str::trim);
    if !parts.next()?.eq_ignore_ascii_case(wanted) {
        return None;
    }
    let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some(q.map_or(1000, thousandths))
}

/// `0.5` in thousandths. What is no weight is none.
fn thousandths(q: &str) -> u16 {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return 0;
    }
    match whole {
        "1" => 1000,
        "0" => format!("{fraction:0<3}").parse().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding::{Brotli, Gzip, Identity};
    use super::*;

    #[test]
    fn the_smallest_that_is_wanted_is_chosen() {
        for (accept, expected) in [
            ("", Identity),
            ("gzip, deflate, br, zstd", Brotli),
            ("gzip, deflate", Gzip),
            ("x-gzip", Gzip),
            ("deflate", Identity),
            ("*", Brotli),
            ("BR", Brotli),
            ("br;q=0, gzip", Gzip),
            ("br;q=0.0,gzip;q=0", Identity),
            ("*;q=0", Identity),
            ("identity;q=0, *;q=0", Identity),
            ("br;q=0, *", Gzip),
            ("br;q=0.5, gzip;q=0.9", Gzip),
            ("br;q=0.001", Brotli),
            ("gzip;q=0.5, identity", Identity),
            ("br;q=nonsense, gzip;q=0.2", Gzip),
            ("br ; q=1.000", Brotli),
        ] {
            assert_eq!(choose(accept, &[Brotli, Gzip, Identity]), expected, "{accept}");
        }
    }

    #[test]
    fn what_is_not_there_is_not_chosen() {
        assert_eq!(choose("br, gzip;q=0.1", &[Gzip, Identity]), Gzip);
        assert_eq!(choose("br, gzip", &[Identity]), Identity);
    }
}

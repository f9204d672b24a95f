//! Addresses of the web, and the shapes of their paths.
//!
//! Of an address its scheme, host and path are kept. The host is in lower case, whatever script it is
//! written in; user, port, query and fragment are left out (RFC 3986 says where each ends). In paths,
//! what names one thing among many is replaced by `{id}`: numbers, long hexadecimal numbers, UUIDs and
//! the placeholders of templates.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::limits::clip;

/// How addresses of pages and files begin.
pub const WEB_STARTS: [&str; 2] = ["http://", "https://"];
/// How addresses of sockets begin.
pub const SOCKET_STARTS: [&str; 2] = ["ws://", "wss://"];
/// What stands between scheme and host.
pub const MARK: &str = "://";
/// The same as scripts and JSON may write it.
pub const ESCAPED_MARK: &str = ":\\/\\/";
/// Bytes behind an escaped mark that are read.
const ESCAPED_REACH: usize = 512;
/// Schemes that are looked for, longer ones first.
const SCHEMES: [&str; 4] = ["https", "http", "wss", "ws"];
/// Longest host, in bytes.
const HOST_BYTES: usize = 253;
/// Longest path that is kept, in bytes; longer ones are no shapes.
const PATH_BYTES: usize = 200;
/// Most segments of a path that is kept.
const SEGMENTS: usize = 16;
/// Hexadecimal digits that are no word.
const HEXADECIMAL: usize = 16;

/// An address, as far as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The scheme.
    pub scheme: String,
    /// The host, in lower case; of an IPv6 address without brackets.
    pub host: String,
    /// Whether it is an IP address.
    pub is_ip: bool,
    /// The shape of the path; `None` when there is none, or only `/`.
    pub path: Option<String>,
}

/// The addresses in `text` and the offsets in bytes at which they begin.
pub fn addresses(text: &str) -> impl Iterator<Item = (usize, Address)> + use<'_> {
    let mut from = 0_usize;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(from..)?;
            let mark = from.saturating_add(memchr::memmem::find(rest.as_bytes(), MARK.as_bytes())?);
            from = mark.saturating_add(MARK.len());
            if let Some(found) = address_around(text, mark) {
                return Some(found);
            }
        }
    })
}

/// The address whose [`MARK`], or [`ESCAPED_MARK`], stands at the offset `mark` of `text`, and where it
/// begins.
#[must_use]
pub fn address_around(text: &str, mark: usize) -> Option<(usize, Address)> {
    let scheme = scheme_before(text.get(..mark)?)?;
    let rest = text.get(mark..)?;
    let start = mark.saturating_sub(scheme.len());
    let address = match rest.strip_prefix(ESCAPED_MARK) {
        Some(rest) => address(scheme, &clip(rest, ESCAPED_REACH).replace("\\/", "/"))?,
        None => address(scheme, rest.strip_prefix(MARK)?)?,
    };
    Some((start, address))
}

/// The scheme that `before` ends with.
fn scheme_before(before: &str) -> Option<&'static str> {
    SCHEMES.into_iter().find(|scheme| {
        let start = before.len().checked_sub(scheme.len());
        let end = start.and_then(|start| before.as_bytes().get(start..));
        let behind = start
            .and_then(|start| before.as_bytes().get(..start))
            .and_then(<[u8]>::last);
        end.is_some_and(|end| end.eq_ignore_ascii_case(scheme.as_bytes()))
            && !behind.is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// The address whose part behind `://` begins `rest`.
fn address(scheme: &str, rest: &str) -> Option<Address> {
    let end = rest.find(ends_address).unwrap_or(rest.len());
    let rest = rest.get(..end)?;
    let split = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(split)?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, is_ip) = host(authority)?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    Some(Address {
        scheme: scheme.to_owned(),
        host,
        is_ip,
        path: path_shape(path),
    })
}

/// What cannot stand in an address as people write it into texts.
fn ends_address(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(
            letter,
            '"' | '\''
                | '<'
                | '>'
                | '`'
                | '\\'
                | '^'
                | '|'
                | '('
                | ')'
                | ','
                | ';'
                | '*'
                | '，'
                | '。'
                | '；'
                | '）'
                | '、'
        )
}

/// The host of an authority, and whether it is an IP address.
fn host(authority: &str) -> Option<(String, bool)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, _) = rest.split_once(']')?;
        let address: Ipv6Addr = host.parse().ok()?;
        return Some((address.to_string(), true));
    }
    let host = authority.split(':').next()?.trim_end_matches('.');
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Some((address.to_string(), true));
    }
    is_name(host).then(|| (host.to_lowercase(), false))
}

/// Whether `host` is the name of a host with a dot: letters of any script, digits, hyphens and
/// underscores in labels that are not empty, the last of which is no number.
#[must_use]
pub fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .chars()
                .all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'))
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= HOST_BYTES
        && host.contains('.')
        && host.split('.').all(is_label)
        && last.chars().count() >= 2
        && last.chars().any(char::is_alphabetic)
}

/// The shape of a path that begins with `/`; `None` for an empty one and for what is no path.
#[must_use]
pub fn path_shape(path: &str) -> Option<String> {
    let inner = path.strip_prefix('/')?.trim_end_matches('/');
    if inner.is_empty() || inner.len() > PATH_BYTES || inner.split('/').count() > SEGMENTS {
        return None;
    }
    let is_plain = |letter: char| letter.is_ascii_graphic() && !matches!(letter, '[' | ']');
    if !inner.chars().all(is_plain) {
        return None;
    }
    let mut shape = String::new();
    for segment in inner.split('/') {
        shape.push('/');
        shape.push_str(if is_id(segment) { "{id}" } else { segment });
    }
    Some(shape)
}

/// Whether a segment names one thing among many.
fn is_id(segment: &str) -> bool {
    let is_placeholder = segment.starts_with('{') && segment.ends_with('}')
        || segment.starts_with(':') && segment.len() > 1
        || segment.contains('%')
        || segment.starts_with("${");
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let is_number = digits > 0 && digits == segment.len();
    let is_hexadecimal = segment.len() >= HEXADECIMAL
        && digits > 0
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_placeholder || is_number || is_hexadecimal
}

/// The shape of a text that is a path of a programming interface by itself, as annotations and
/// constants hold them: two segments at least, one of which says `api`, a version or a data word.
#[must_use]
pub fn interface_path(text: &str) -> Option<String> {
    let text = text.split(['?', '#']).next()?;
    let rooted = if text.starts_with('/') {
        path_shape(text)?
    } else {
        path_shape(&format!("/{text}"))?
    };
    let segments: Vec<&str> = rooted.split('/').skip(1).collect();
    let is_word = |segment: &&str| {
        *segment == "{id}"
            || segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let tells = |segment: &&str| {
        segment.eq_ignore_ascii_case("api")
            || segment.to_ascii_lowercase().ends_with("-api")
            || is_version(segment)
    };
    let is_interface =
        segments.len() >= 2 && segments.iter().all(is_word) && segments.iter().take(4).any(tells);
    is_interface.then_some(rooted)
}

/// `v1`, `v2.0` and the like.
fn is_version(segment: &str) -> bool {
    let Some(number) = segment.strip_prefix(['v', 'V']) else {
        return false;
    };
    number.len() <= 4
        && number.starts_with(|first: char| first.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(usize, String, Option<String>, bool)> {
        addresses(text)
            .map(|(at, address)| (at, address.host, address.path, address.is_ip))
            .collect()
    }

    #[test]
    fn hosts_and_paths_are_told_from_what_stands_around_them() {
        for (text, host, path) in [
            (
                "https://API.Example.com/v1/Users/",
                "api.example.com",
                Some("/v1/Users"),
            ),
            ("http://user:pass@h.example:8080?x=/y", "h.example", None),
            ("https://h.example.", "h.example", None),
            ("see (https://h.example/a), or", "h.example", Some("/a")),
            ("{\"u\":\"wss://h.example/a\"}", "h.example", Some("/a")),
            ("https://h.example\\@evil.test", "h.example", None),
            ("HTTPS://h.example/#top", "h.example", None),
            ("https://貸款.example/a", "貸款.example", Some("/a")),
            ("https://xn--p1ai.example", "xn--p1ai.example", None),
            ("网址https://h.example/a，请", "h.example", Some("/a")),
        ] {
            let found = found(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(
                (found[0].1.as_str(), found[0].2.as_deref(), found[0].3),
                (host, path, false)
            );
        }
    }

    #[test]
    fn ip_addresses_are_marked() {
        for (text, host) in [
            ("http://10.0.2.2:8080/a", "10.0.2.2"),
            ("http://[2001:DB8::1]:80/a", "2001:db8::1"),
        ] {
            assert_eq!(found(text), [(0, host.to_owned(), Some("/a".to_owned()), true)]);
        }
    }

    #[test]
    fn pieces_and_other_things_are_no_addresses() {
        for text in [
            "https://",
            "https://localhost/",
            "https://%s.example.com/",
            "https://{host}/a",
            "ftp://h.example/",
            "xhttp://h.example/",
            "http://1.2.3/",
            "http://a..b/",
            "https://v1.2",
            "http://300.1.1.1/",
            "://h.example",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn slashes_may_be_escaped() {
        let text = r#"{"u":"https:\/\/h.example\/v1\/7","n":1}"#;
        let (at, address) = address_around(text, text.find(ESCAPED_MARK).unwrap()).unwrap();
        assert_eq!(
            (at, address.host.as_str(), address.path.as_deref()),
            (6, "h.example", Some("/v1/{id}"))
        );
        assert_eq!(address_around(text, 0), None);
    }

    #[test]
    fn several_addresses_stand_in_one_text() {
        let text = "a http://a.example b https://b.example/x";
        let found: Vec<(usize, String)> = found(text).into_iter().map(|(at, host, ..)| (at, host)).collect();
        assert_eq!(found, [(2, "a.example".to_owned()), (21, "b.example".to_owned())]);
    }

    #[test]
    fn ids_in_paths_are_replaced_and_words_and_versions_stay() {
        for (path, expected) in [
            ("/api/v1/user/123/contacts", Some("/api/v1/user/{id}/contacts")),
            ("/u/{userId}/sms/%s", Some("/u/{id}/sms/{id}")),
            ("/u/:id/a", Some("/u/{id}/a")),
            ("/f/550e8400-e29b-41d4-a716-446655440000", Some("/f/{id}")),
            ("/decade/facade", Some("/decade/facade")),
            ("/v2.0/x/", Some("/v2.0/x")),
            ("/", None),
            ("", None),
            ("a/b", None),
            ("/a b", None),
        ] {
            assert_eq!(path_shape(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn paths_of_interfaces_are_told_from_files_and_types() {
        for (text, expected) in [
            ("/api/user/contacts", Some("/api/user/contacts")),
            ("api/v1/sms/upload?x=1", Some("/api/v1/sms/upload")),
            ("v2/device/{id}/calls", Some("/v2/device/{id}/calls")),
            ("loan-api/submit", Some("/loan-api/submit")),
            ("/proc/self/maps", None),
            ("/data/local/tmp", None),
            ("application/json", None),
            ("/api", None),
            ("a/b/c/d/v1/x", None),
            ("v1", None),
        ] {
            assert_eq!(interface_path(text).as_deref(), expected, "{text}");
        }
    }
}

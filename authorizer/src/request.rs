//! What the host tells about a request: text only, nothing decoded, nothing joined.

use crate::code::Code;

/// The headers whose values are read here. The host passes each occurrence as its own [`Header`],
/// since two `Authorization` headers are something else than one.
pub const READ_HEADERS: [&str; 6] = [
    "access-control-request-method",
    "authorization",
    "content-length",
    "content-type",
    "origin",
    "transfer-encoding",
];

/// One occurrence of a header. For names outside [`READ_HEADERS`] the value may be left empty.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// The name as the host knows it; compared without case, given back unchanged.
    pub name: &'a str,
    /// The value, not trimmed.
    pub value: &'a str,
}

/// A request as it arrived from the viewer.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `GET`, `PUT`, …
    pub method: &'a str,
    /// The path as the viewer wrote it: still escaped, beginning with `/`, without the query.
    pub path: &'a str,
    /// The query string without its `?`.
    pub query: &'a str,
    /// What identifies the request in logs; repeated in refusals when its alphabet is harmless.
    pub id: &'a str,
    /// For a PUT every header, because unknown ones are deleted; else at least [`READ_HEADERS`].
    pub headers: &'a [Header<'a>],
}

impl<'a> Request<'a> {
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let named =
            self.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value)
    }

    /// The value of a header that may occur once at most.
    pub(crate) fn value(&self, name: &str) -> Result<Option<&'a str>, Code> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Code::InvalidRequest),
            (value, None) => Ok(value),
        }
    }
}

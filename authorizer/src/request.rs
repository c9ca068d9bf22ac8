//! What the host tells about a request: text only, nothing decoded, nothing joined.

use crate::code::Code;
use crate::method::Method;
use crate::upload;

/// Where a token can be.
const TOKENS: [&str; 2] = ["authorization", "cookie"];

/// The headers whose values are read here. The host passes each occurrence as its own [`Header`],
/// since two `Authorization` headers are something else than one.
pub const READ_HEADERS: [&str; 7] = [
    "authorization",
    "origin",
    "content-length",
    "content-type",
    "transfer-encoding",
    "access-control-request-method",
    "cookie",
];

/// Bytes of path and query: CloudFront takes no longer URLs (CloudFront quotas, "General quotas").
const MAX_URL: usize = 8192;

/// One occurrence of a header. For names outside [`READ_HEADERS`] the value may be left empty.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// The name as the host knows it; compared without case, given back unchanged.
    pub name: &'a [u8],
    /// The value, not trimmed.
    pub value: &'a [u8],
}

/// A request as it arrived from the viewer.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What it wants to do.
    pub method: Method,
    /// The path as the viewer wrote it: still escaped, beginning with `/`, without the query.
    pub path: &'a [u8],
    /// The query string without its `?`.
    pub query: &'a [u8],
    /// What identifies the request in logs; repeated in refusals when its alphabet is harmless.
    pub id: &'a str,
    /// For a PUT every header, because unknown ones are deleted; else at least [`READ_HEADERS`].
    pub headers: &'a [Header<'a>],
}

impl<'a> Header<'a> {
    /// A header whose value is text, as those of HTTP are.
    pub fn new(name: &'a str, value: &'a str) -> Self {
        Header { name: name.as_bytes(), value: value.as_bytes() }
    }
}

impl<'a> Request<'a> {
    /// A request whose method, path and query are text.
    pub fn new(
        (method, path, query): (&str, &'a str, &'a str),
        id: &'a str,
        headers: &'a [Header<'a>],
    ) -> Self {
        let (path, query) = (path.as_bytes(), query.as_bytes());
        Request { method: Method::parse(method), path, query, id, headers }
    }

    /// Whether to delete a header of this name before the request is passed on.
    ///
    /// The token must not reach the bucket or its logs: CloudFront removes it from reads only.
    pub fn deletes(&self, name: &[u8]) -> bool {
        is_token(name) || self.method == Method::Put && upload::is_unwanted(name)
    }

    /// The names of the headers to delete, as the host gave them.
    pub fn deletions(&self) -> impl Iterator<Item = &'a [u8]> {
        let names = self.headers.iter().map(|header| header.name);
        let others = names.filter(|name| self.deletes(name) && !is_token(name));
        TOKENS.into_iter().map(str::as_bytes).chain(others)
    }

    pub(crate) fn check_length(&self) -> Result<(), Code> {
        let length = self.path.len().saturating_add(self.query.len());
        if length > MAX_URL { Err(Code::InvalidRequest) } else { Ok(()) }
    }

    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let mut headers = self.headers.iter();
        core::iter::from_fn(move || next_value(&mut headers, name))
    }

    #[inline(never)]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The value of a header that may occur once at most.
    #[inline(never)]
    pub(crate) fn value(&self, name: &str) -> Result<Option<&'a [u8]>, Code> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Code::InvalidRequest),
            (value, None) => Ok(value),
        }
    }
}

fn is_token(name: &[u8]) -> bool {
    TOKENS.iter().any(|token| name.eq_ignore_ascii_case(token.as_bytes()))
}

#[inline(never)]
fn next_value<'a>(headers: &mut core::slice::Iter<'_, Header<'a>>, name: &str) -> Option<&'a [u8]> {
    let name = name.as_bytes();
    headers.find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

//! What the host tells about a request: text only, nothing decoded, nothing joined.

use crate::code::Code;
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
    /// The names of the headers to delete before the request is passed on, as the host gave them.
    ///
    /// The token must not reach the bucket or its logs: CloudFront removes it from reads only.
    pub fn deletions(&self) -> impl Iterator<Item = &'a str> {
        let unwanted = upload::unwanted(self).filter(|_| self.method == "PUT");
        let unwanted =
            unwanted.filter(|name| !TOKENS.iter().any(|it| name.eq_ignore_ascii_case(it)));
        TOKENS.into_iter().chain(unwanted)
    }

    pub(crate) fn check_length(&self) -> Result<(), Code> {
        let length = self.path.len().saturating_add(self.query.len());
        if length > MAX_URL { Err(Code::InvalidRequest) } else { Ok(()) }
    }

    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let mut headers = self.headers.iter();
        core::iter::from_fn(move || next_value(&mut headers, name))
    }

    /// The value of a header that may occur once at most.
    #[inline(never)]
    pub(crate) fn value(&self, name: &str) -> Result<Option<&'a str>, Code> {
        let mut values = self.values(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(Code::InvalidRequest),
            (value, None) => Ok(value),
        }
    }
}

#[inline(never)]
fn next_value<'a>(headers: &mut core::slice::Iter<'_, Header<'a>>, name: &str) -> Option<&'a str> {
    headers.find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

//! What an upload has to keep to, judged by its headers alone: the edge never sees the body.

use crate::code::Code;
use crate::compiled::{Fields, List};
use crate::number::parse_decimal;
use crate::request::Request;
use crate::text::split;

/// Headers that may reach the bucket with an upload. Everything else is deleted: S3 would keep
/// `cache-control`, `expires`, `content-encoding` or `content-disposition` and later act upon them.
/// `cdn-loop`, `content-length`, `host`, `transfer-encoding` and `via` must not be touched (Lambda
/// developer guide, "Restrictions on edge functions").
const KEPT: &[u8] = b"accept accept-encoding accept-language cdn-loop content-length content-md5 \
    content-type host if-none-match origin transfer-encoding user-agent via x-forwarded-for";

/// The limits of uploads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uploads<'a> {
    /// Bytes.
    max_size: u64,
    content_types: List<'a>,
    /// Whether an existing object is never overwritten.
    pub(crate) create_only: bool,
}

impl<'a> Uploads<'a> {
    pub(crate) fn read(item: &'a [u8]) -> Self {
        let mut fields = Fields { rest: item };
        Uploads {
            max_size: fields.number(),
            content_types: fields.list(),
            create_only: fields.flag(),
        }
    }

    /// Judges the size and the type an upload says it has.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Code> {
        if self.max_size < length(request)? {
            return Err(Code::UploadTooLarge);
        }
        let kind = request.value("content-type")?.ok_or(Code::ContentTypeNotAllowed)?;
        self.content_types.find(kind).map(|_| ()).ok_or(Code::ContentTypeNotAllowed)
    }
}

/// Judges what holds for every upload, whatever the policy.
pub(crate) fn check_form(request: &Request) -> Result<(), Code> {
    // `?uploadId=…&partNumber=…` would be an upload of another kind, without a limit.
    if !request.query.is_empty() {
        return Err(Code::QueryNotAllowed);
    }
    // `x-amz-copy-source` would read any object with the distribution's own rights. CloudFront's own
    // `x-amz-cf-…` are not shown to a function (Lambda@Edge, "Restrictions on edge functions").
    if request.headers.iter().any(|header| is_amz(header.name)) {
        return Err(Code::HeaderNotAllowed);
    }
    Ok(())
}

/// Whether a header of this name must not reach the bucket.
pub(crate) fn is_unwanted(name: &[u8]) -> bool {
    !split(KEPT, b' ').any(|kept| kept.eq_ignore_ascii_case(name))
}

/// RFC 9110 §8.6: digits. Without a length nothing limits the upload.
fn length(request: &Request) -> Result<u64, Code> {
    if request.has("transfer-encoding") {
        return Err(Code::LengthRequired);
    }
    match request.value("content-length")? {
        None | Some([]) => Err(Code::LengthRequired),
        Some(digits) => parse_decimal(digits).ok_or(Code::InvalidRequest),
    }
}

fn is_amz(name: &[u8]) -> bool {
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"x-amz-"))
}

//! What an upload has to keep to, judged by its headers alone: the edge never sees the body.

use alloc::string::String;
use alloc::vec::Vec;

use crate::code::Code;
use crate::compiled::{Reader, Writer};
use crate::fields;
use crate::json::Object;
use crate::number::parse_decimal;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::request::Request;

/// S3 takes no more in one PUT (Amazon S3 API Reference, PutObject): 5 GiB.
const MAX_SIZE: u64 = 5 * 1024 * 1024 * 1024;

/// Headers that may reach the bucket with an upload. Everything else is deleted: S3 would keep
/// `cache-control`, `expires`, `content-encoding` or `content-disposition` and later act upon them.
/// `cdn-loop`, `content-length`, `host`, `transfer-encoding` and `via` must not be touched (Lambda
/// developer guide, "Restrictions on edge functions").
const KEPT: [&str; 14] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cdn-loop",
    "content-length",
    "content-md5",
    "content-type",
    "host",
    "if-none-match",
    "origin",
    "transfer-encoding",
    "user-agent",
    "via",
    "x-forwarded-for",
];

/// The limits of uploads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Uploads {
    /// Bytes.
    max_size: u64,
    content_types: Vec<String>,
    /// Whether an existing object is never overwritten.
    pub(crate) create_only: bool,
}

impl Uploads {
    pub(crate) fn parse(object: Object<'_>) -> Result<Self, Refusal<'_>> {
        fields::only(object, &["content_types", "create_only", "max_size"])?;
        let max_size = fields::required(fields::number(object, "max_size"), "max_size")?;
        if !(1..=MAX_SIZE).contains(&max_size) {
            return Err(Problem::UploadSize.into());
        }
        let types = fields::required(fields::texts(object, "content_types"), "content_types")?;
        if types.is_empty() {
            return Err(Problem::NoContentTypes.into());
        }
        if let Some(foreign) = types.iter().find(|name| !is_image_type(name)) {
            return Err(Problem::ContentType(foreign).into());
        }
        let content_types = fields::own(&types);
        let create_only = fields::flag(object, "create_only")?.unwrap_or(true);
        Ok(Uploads { max_size, content_types, create_only })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.number(self.max_size);
        out.texts(&self.content_types);
        out.flag(self.create_only);
    }

    pub(crate) fn read(from: &mut Reader) -> Option<Self> {
        Some(Uploads {
            max_size: from.number()?,
            content_types: from.texts()?,
            create_only: from.flag()?,
        })
    }

    /// Judges the size and the type an upload says it has.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Code> {
        if self.max_size < length(request)? {
            return Err(Code::UploadTooLarge);
        }
        let kind = request.value("content-type")?.ok_or(Code::ContentTypeNotAllowed)?;
        if self.content_types.iter().any(|known| known == kind) {
            Ok(())
        } else {
            Err(Code::ContentTypeNotAllowed)
        }
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

/// The names of the request's headers that must not reach the bucket.
pub(crate) fn unwanted<'a>(request: &Request<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let names = request.headers.iter().map(|header| header.name);
    names.filter(|name| !KEPT.iter().any(|kept| kept.eq_ignore_ascii_case(name)))
}

/// RFC 9110 §8.6: digits. Without a length nothing limits the upload.
fn length(request: &Request) -> Result<u64, Code> {
    if request.values("transfer-encoding").next().is_some() {
        return Err(Code::LengthRequired);
    }
    match request.value("content-length")? {
        None | Some("") => Err(Code::LengthRequired),
        Some(digits) => parse_decimal(digits).ok_or(Code::InvalidRequest),
    }
}

fn is_amz(name: &str) -> bool {
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}

/// RFC 6838 §4.2, in lower case and without parameters. Scripts can live in SVG.
fn is_image_type(name: &str) -> bool {
    let Some(subtype) = name.strip_prefix("image/") else { return false };
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'+')
    };
    !subtype.is_empty() && subtype.bytes().all(allowed) && !subtype.starts_with("svg")
}

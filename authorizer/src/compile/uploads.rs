//! The limits of uploads as they are written.

use alloc::vec::Vec;

use super::writer::Writer;
use crate::fields;
use crate::json::Object;
use crate::problem::Problem;
use crate::refusal::Refusal;

/// S3 takes no more in one PUT (Amazon S3 API Reference, PutObject): 5 GiB.
const MAX_SIZE: u64 = 5 * 1024 * 1024 * 1024;

/// The limits of uploads.
pub(crate) struct Uploads<'a> {
    max_size: u64,
    content_types: Vec<&'a str>,
    create_only: bool,
}

impl<'a> Uploads<'a> {
    pub(crate) fn parse(object: Object<'a>) -> Result<Self, Refusal<'a>> {
        fields::only(object, &["content_types", "create_only", "max_size"])?;
        let max_size = fields::required(fields::number(object, "max_size"), "max_size")?;
        if !(1..=MAX_SIZE).contains(&max_size) {
            return Err(Problem::UploadSize.into());
        }
        let content_types =
            fields::required(fields::texts(object, "content_types"), "content_types")?;
        if content_types.is_empty() {
            return Err(Problem::NoContentTypes.into());
        }
        if let Some(foreign) = content_types.iter().find(|name| !is_image_type(name)) {
            return Err(Problem::ContentType(foreign).into());
        }
        let create_only = fields::flag(object, "create_only")?.unwrap_or(true);
        Ok(Uploads { max_size, content_types, create_only })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.number(self.max_size);
        out.texts(&self.content_types);
        out.flag(self.create_only);
    }
}

/// RFC 6838 §4.2, in lower case and without parameters. Scripts can live in SVG, and in whatever else
/// a browser takes for XML (RFC 7303 §4.2).
fn is_image_type(name: &str) -> bool {
    let Some(subtype) = name.strip_prefix("image/") else { return false };
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b'+')
    };
    !subtype.is_empty()
        && subtype.bytes().all(allowed)
        && !subtype.starts_with("svg")
        && !subtype.ends_with("xml")
}

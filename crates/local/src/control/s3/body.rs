//! The bytes of an upload: unwrapped from `aws-chunked`, and checked against every hash the client sent.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>

use aws_lc_rs::digest;
use axum::body::{Body, BodyDataStream, Bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use md5::{Digest as _, Md5};

use crate::control::s3::Call;
use crate::fault::{Fault, Outcome};
use crate::sigv4::{SigningKey, sha256_hex};

/// A longer line than this is not the head of a chunk.
const LINE_MAX: usize = 8 * 1024;

/// A body whose bytes are checked as they pass.
pub(crate) struct Plain {
    stream: BodyDataStream,
    framing: Option<Framing>,
    hashes: Hashes,
    expected: Vec<(String, String)>,
    pub(crate) size: u64,
}

/// What the bytes came to.
pub(crate) struct Summary {
    pub(crate) md5: String,
}

/// Reads the body of a call.
pub(crate) fn plain(call: &Call<'_>, body: Body) -> Outcome<Plain> {
    let hash = call.header("x-amz-content-sha256").unwrap_or("UNSIGNED-PAYLOAD");
    let framing = match hash {
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Some(Framing::new(None)),
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => {
            Some(Framing::new(call.caller.chain.clone()))
        }
        other if other.starts_with("STREAMING-") => {
            return Err(Fault::not_implemented(&format!("the payload hash {other}")));
        }
        _ => None,
    };
    let mut expected: Vec<(String, String)> = Vec::new();
    for name in
        ["content-md5", "x-amz-checksum-crc32", "x-amz-checksum-sha1", "x-amz-checksum-sha256"]
    {
        expected.extend(call.header(name).map(|it| (name.to_owned(), it.to_owned())));
    }
    if framing.is_none() && hash != "UNSIGNED-PAYLOAD" {
        expected.push(("x-amz-content-sha256".to_owned(), hash.to_owned()));
    }
    let stream = body.into_data_stream();
    Ok(Plain { stream, framing, hashes: Hashes::new(), expected, size: 0 })
}

impl Plain {
    /// The next bytes; `None` when the body is complete.
    pub(crate) async fn next(&mut self) -> Outcome<Option<Bytes>> {
        loop {
            if let Some(framing) = &mut self.framing {
                if let Some(bytes) = framing.next()? {
                    return Ok(Some(self.pass(bytes)));
                }
                if framing.at == At::End {
                    return Ok(None);
                }
            }
            let received = self.stream.next().await.transpose().map_err(|_| incomplete())?;
            match (received, &mut self.framing) {
                (Some(bytes), Some(framing)) => framing.buffer.extend_from_slice(&bytes),
                (Some(bytes), None) => return Ok(Some(self.pass(bytes))),
                (None, Some(_)) => return Err(incomplete()),
                (None, None) => return Ok(None),
            }
        }
    }

    fn pass(&mut self, bytes: Bytes) -> Bytes {
        self.hashes.update(&bytes);
        self.size += bytes.len() as u64;
        bytes
    }

    /// Compares what was received with what the client said it would be.
    pub(crate) fn finish(mut self) -> Outcome<Summary> {
        if let Some(framing) = self.framing {
            self.expected.extend(framing.trailers);
        }
        let actual = self.hashes.finish();
        for (name, value) in &self.expected {
            let Some((_, computed)) = actual.iter().find(|(it, _)| it == name) else { continue };
            if computed != value {
                return Err(mismatch(name));
            }
        }
        let md5 = actual.into_iter().find(|(name, _)| *name == "md5").map(|(_, it)| it);
        Ok(Summary { md5: md5.unwrap_or_default() })
    }

    /// The whole body, when it is not larger than `max`.
    pub(crate) async fn collect(mut self, max: usize) -> Outcome<(Vec<u8>, Summary)> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next().await? {
            if all.len() + bytes.len() > max {
                return Err(Fault::new(
                    400,
                    "MaxMessageLengthExceeded",
                    "Your request was too large.",
                ));
            }
            all.extend_from_slice(&bytes);
        }
        let summary = self.finish()?;
        Ok((all, summary))
    }
}

fn incomplete() -> Fault {
    Fault::new(
        400,
        "IncompleteBody",
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    )
}

fn mismatch(name: &str) -> Fault {
    match name {
        "x-amz-content-sha256" => Fault::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        "content-md5" => Fault::new(
            400,
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
        ),
        _ => Fault::new(
            400,
            "BadDigest",
            format!("The {name} you specified did not match the calculated checksum."),
        ),
    }
}

/// Every hash a client can ask to be checked, computed side by side.
struct Hashes {
    md5: Md5,
    sha256: digest::Context,
    sha1: digest::Context,
    crc32: crc32fast::Hasher,
}

impl Hashes {
    fn new() -> Self {
        Self {
            md5: Md5::new(),
            sha256: digest::Context::new(&digest::SHA256),
            sha1: digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            crc32: crc32fast::Hasher::new(),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.md5.update(bytes);
        self.sha256.update(bytes);
        self.sha1.update(bytes);
        self.crc32.update(bytes);
    }

    fn finish(self) -> [(&'static str, String); 6] {
        let (md5, sha256, sha1) = (self.md5.finalize(), self.sha256.finish(), self.sha1.finish());
        [
            ("md5", hex::encode(md5)),
            ("content-md5", STANDARD.encode(md5)),
            ("x-amz-content-sha256", hex::encode(sha256)),
            ("x-amz-checksum-sha256", STANDARD.encode(sha256)),
            ("x-amz-checksum-sha1", STANDARD.encode(sha1)),
            ("x-amz-checksum-crc32", STANDARD.encode(self.crc32.finalize().to_be_bytes())),
        ]
    }
}

/// Where in an `aws-chunked` body the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Head,
    Data(usize),
    AfterData,
    Trailers,
    End,
}

/// The decoder of `aws-chunked`.
struct Framing {
    buffer: Vec<u8>,
    at: At,
    /// The key, and the signature before this chunk's, when chunks are signed.
    chain: Option<(SigningKey, String)>,
    signature: String,
    hash: digest::Context,
    trailers: Vec<(String, String)>,
}

impl Framing {
    fn new(chain: Option<(SigningKey, String)>) -> Self {
        let hash = digest::Context::new(&digest::SHA256);
        let (buffer, trailers) = (Vec::new(), Vec::new());
        Self { buffer, at: At::Head, chain, signature: String::new(), hash, trailers }
    }

    /// Decoded bytes, or nothing until more were received.
    fn next(&mut self) -> Outcome<Option<Bytes>> {
        loop {
            match self.at {
                At::Head => {
                    let Some(line) = self.line()? else { return Ok(None) };
                    let (size, extension) = line.split_once(';').unwrap_or((&line, ""));
                    let size = usize::from_str_radix(size.trim(), 16).map_err(|_| incomplete())?;
                    extension
                        .strip_prefix("chunk-signature=")
                        .unwrap_or_default()
                        .clone_into(&mut self.signature);
                    self.at = At::Data(size);
                    if size == 0 {
                        self.check_signature()?;
                        self.at = At::Trailers;
                    }
                }
                At::Data(left) => {
                    let take = left.min(self.buffer.len());
                    if take == 0 {
                        return Ok(None);
                    }
                    let bytes: Vec<u8> = self.buffer.drain(..take).collect();
                    self.hash.update(&bytes);
                    self.at = if take == left { At::AfterData } else { At::Data(left - take) };
                    return Ok(Some(bytes.into()));
                }
                At::AfterData => {
                    let Some(line) = self.line()? else { return Ok(None) };
                    if !line.is_empty() {
                        return Err(incomplete());
                    }
                    self.check_signature()?;
                    self.at = At::Head;
                }
                At::Trailers => match self.line()? {
                    None => return Ok(None),
                    Some(line) => match line.split_once(':') {
                        Some((name, value)) => {
                            let name = name.trim().to_ascii_lowercase();
                            self.trailers.push((name, value.trim().to_owned()));
                        }
                        None => self.at = At::End,
                    },
                },
                At::End => return Ok(None),
            }
        }
    }

    fn line(&mut self) -> Outcome<Option<String>> {
        match self.buffer.windows(2).position(|it| it == b"\r\n") {
            Some(end) => {
                let line: Vec<u8> = self.buffer.drain(..end + 2).take(end).collect();
                String::from_utf8(line).map(Some).map_err(|_| incomplete())
            }
            None if self.buffer.len() > LINE_MAX => Err(incomplete()),
            None => Ok(None),
        }
    }

    fn check_signature(&mut self) -> Outcome<()> {
        let fresh = digest::Context::new(&digest::SHA256);
        let hash = hex::encode(std::mem::replace(&mut self.hash, fresh).finish());
        let Some((key, previous)) = &mut self.chain else { return Ok(()) };
        let text = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{}\n{}\n{previous}\n{}\n{hash}",
            key.amz_date,
            key.scope,
            sha256_hex(b"")
        );
        if key.sign(&text) != self.signature {
            return Err(Fault::new(
                403,
                "SignatureDoesNotMatch",
                "The chunk signature we calculated does not match the signature you provided.",
            ));
        }
        previous.clone_from(&self.signature);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&[u8]]) -> Outcome<(Vec<u8>, Framing)> {
        let (mut framing, mut out) = (Framing::new(None), Vec::new());
        for piece in pieces {
            framing.buffer.extend_from_slice(piece);
            while let Some(bytes) = framing.next()? {
                out.extend_from_slice(&bytes);
            }
        }
        Ok((out, framing))
    }

    #[test]
    fn chunks_are_joined_wherever_the_network_cuts_them() {
        let body = b"5\r\nhello\r\n6;chunk-signature=ab\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
        for cut in 0..body.len() {
            let (out, framing) = decode(&[&body[..cut], &body[cut..]]).unwrap();
            assert_eq!(out, b"hello world");
            assert_eq!(framing.at, At::End);
            assert_eq!(framing.trailers, [("x-amz-checksum-crc32".into(), "DUoRhQ==".into())]);
        }
    }

    #[test]
    fn broken_framing_is_refused() {
        assert!(decode(&[b"zz\r\n"]).is_err());
        assert!(decode(&[b"1\r\nab\r\n0\r\n\r\n"]).is_err());
    }
}

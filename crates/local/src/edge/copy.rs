//! A copy for the cache of an answer that passes: in memory while it is small, then in a file, so
//! that an object of any size passes through in little memory.

use anyhow::Result;
use axum::body::{Body, Bytes};
use futures_util::StreamExt as _;
use http::header;
use tokio::io::AsyncWriteExt as _;

use crate::edge::cache::{Cache, Draft, HOT_MAX, Head, OBJECT_MAX};
use crate::edge::collapse::Flight;

/// A copy in the making.
pub(crate) struct Copy {
    cache: Cache,
    key: String,
    head: Head,
    length: Option<u64>,
    received: u64,
    to: To,
    /// Those who wait for the answer are let go with this.
    _flight: Option<Flight>,
}

enum To {
    Memory(Vec<u8>),
    File { file: tokio::fs::File, draft: Draft, crc32: crc32fast::Hasher },
}

impl Copy {
    pub(crate) fn new(cache: Cache, key: String, head: Head, flight: Option<Flight>) -> Self {
        let length = head.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|it| it.to_str().ok()?.parse().ok());
        let to = To::Memory(Vec::new());
        Self { cache, key, head, length, received: 0, to, _flight: flight }
    }

    /// Passes a body on. What cannot be copied, or was not read to its end, is not in the cache.
    pub(crate) fn tee(self, body: Body) -> Body {
        let start = (Some(self), body.into_data_stream());
        Body::from_stream(futures_util::stream::unfold(
            start,
            |(mut copy, mut stream)| async move {
                let next = stream.next().await;
                copy = match (copy, &next) {
                    (Some(copy), Some(Ok(bytes))) => copy.add(bytes).await.unwrap_or_default(),
                    (Some(copy), None) => {
                        copy.end().await;
                        None
                    }
                    _ => None,
                };
                next.map(|it| (it, (copy, stream)))
            },
        ))
    }

    /// Takes the next bytes; nothing is left when that was the end, or too much. A body of known
    /// length is read only to its last byte, so the end has to be seen by counting.
    async fn add(mut self, bytes: &Bytes) -> Result<Option<Self>> {
        self.received += bytes.len() as u64;
        if self.received > OBJECT_MAX {
            return Ok(None);
        }
        match &mut self.to {
            To::Memory(all) if all.len() + bytes.len() <= HOT_MAX => all.extend_from_slice(bytes),
            To::Memory(all) => {
                let all = std::mem::take(all);
                self.spill(&all).await?;
                self.write(bytes).await?;
            }
            To::File { .. } => self.write(bytes).await?,
        }
        if self.length == Some(self.received) {
            self.end().await;
            return Ok(None);
        }
        Ok(Some(self))
    }

    async fn spill(&mut self, all: &[u8]) -> Result<()> {
        let draft = self.cache.draft();
        let file = tokio::fs::File::create(draft.path()).await?;
        self.to = To::File { file, draft, crc32: crc32fast::Hasher::new() };
        self.write(all).await
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if let To::File { file, crc32, .. } = &mut self.to {
            crc32.update(bytes);
            file.write_all(bytes).await?;
        }
        Ok(())
    }

    /// Puts a complete copy into the cache, before the last bytes are handed on. A cache that cannot
    /// be written to caches nothing, and the viewer does not notice.
    async fn end(self) {
        if self.length.is_some_and(|it| it != self.received) {
            return;
        }
        let Self { cache, key, head, received, to, _flight, .. } = self;
        let _ = match to {
            To::Memory(all) => {
                tokio::task::spawn_blocking(move || cache.put(key, head, all.into())).await
            }
            To::File { mut file, draft, crc32 } => {
                if file.flush().await.is_err() {
                    return;
                }
                let adopt = move || cache.adopt(key, head, draft, received, crc32.finalize());
                tokio::task::spawn_blocking(adopt).await
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECE: usize = 600 * 1024;

    fn tee(cache: &Cache, pieces: usize, length: usize) -> Body {
        let headers = [(header::CONTENT_LENGTH, length.to_string().parse().unwrap())];
        let (status, headers) = (http::StatusCode::OK, headers.into_iter().collect());
        let head = Head { status, headers, stored: 0, fresh_until: 1 };
        let piece = |at: usize| {
            Ok::<_, std::io::Error>(Bytes::from(vec![u8::try_from(at).unwrap(); PIECE]))
        };
        let body = Body::from_stream(futures_util::stream::iter((0..pieces).map(piece)));
        Copy::new(cache.clone(), "k".into(), head, None).tee(body)
    }

    fn files(dir: &tempfile::TempDir) -> usize {
        std::fs::read_dir(dir.path()).unwrap().count()
    }

    #[tokio::test]
    async fn what_passed_whole_is_cached_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let mut left = tee(&cache, 4, 4 * PIECE).into_data_stream();
        for _ in 0..3 {
            left.next().await.unwrap().unwrap();
        }
        assert_eq!(files(&dir), 1, "on its way");
        drop(left);
        assert_eq!(files(&dir), 0, "the viewer left early");
        let body = axum::body::to_bytes(tee(&cache, 4, 5 * PIECE), usize::MAX).await.unwrap();
        assert_eq!((body.len(), files(&dir)), (4 * PIECE, 0), "the origin stopped early");

        for pieces in [1, 4] {
            let body = tee(&cache, pieces, pieces * PIECE);
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let entry = cache.get("k").unwrap();
            let range = crate::control::s3::object::Range { start: 0, end: entry.size };
            let cached = cache.body(&entry, range).await.unwrap();
            assert!(axum::body::to_bytes(cached, usize::MAX).await.unwrap() == body);
        }
        assert_eq!(files(&dir), 2, "the second has replaced the first");
    }
}

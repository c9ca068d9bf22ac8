//! The edge cache: answers on disk, the small ones in memory as well, the least recently used giving
//! way. It is found again after a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use axum::body::{Body, Bytes};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Moka;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncSeekExt as _;

use crate::clock::Millis;
use crate::control::reply;
use crate::control::s3::object::{Range, stream};
use crate::store;

/// What all cached answers may take on disk, in KiB.
const DISK_MAX: u64 = 1024 * 1024;
/// What is held in memory, in bytes.
const MEMORY_MAX: u64 = 64 * 1024 * 1024;
/// A larger body is on disk only, and is streamed from there.
pub(crate) const HOT_MAX: usize = 1024 * 1024;
/// A larger body passes through; `CloudFront` keeps up to 50 GB.
pub(crate) const OBJECT_MAX: u64 = 256 * 1024 * 1024;

/// An answer that can be cached, before its body is known.
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) stored: Millis,
    pub(crate) fresh_until: Millis,
}

/// A cached answer.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) size: u64,
    /// When the origin last said that this is the object.
    stored: AtomicU64,
    fresh_until: AtomicU64,
    crc32: u32,
    /// The name of the file with the body; the rest is in a file beside it.
    file: String,
}

/// A file that is removed unless it becomes part of the cache.
pub(crate) struct Draft {
    dir: PathBuf,
    file: String,
    used: bool,
}

impl Draft {
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.join(&self.file)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.used {
            forget(&self.dir, &self.file);
        }
    }
}

/// An entry as it is on disk.
#[derive(Serialize, Deserialize)]
struct Record {
    key: String,
    status: u16,
    headers: Vec<(String, String)>,
    size: u64,
    stored: Millis,
    fresh_until: Millis,
    crc32: u32,
}

/// Cached answers by the hash of their key.
#[derive(Clone)]
pub(crate) struct Cache {
    dir: PathBuf,
    entries: Moka<String, Arc<Entry>>,
    bodies: Moka<String, Bytes>,
}

impl Cache {
    /// Opens the folder of a cache and finds in it what an earlier process has left there.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        Self::sized(dir, DISK_MAX, MEMORY_MAX)
    }

    fn sized(dir: &Path, disk: u64, memory: u64) -> Result<Self> {
        std::fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
        let folder = dir.to_owned();
        let bodies = Moka::builder()
            .max_capacity(memory)
            .weigher(|_, body: &Bytes| u32::try_from(body.len()).unwrap_or(u32::MAX))
            .build();
        let entries = Moka::builder()
            .max_capacity(disk)
            .eviction_policy(EvictionPolicy::lru())
            // Each file takes at least one block, and there are two.
            .weigher(|_, it: &Arc<Entry>| u32::try_from(it.size / 1024 + 8).unwrap_or(u32::MAX))
            .eviction_listener(move |_, entry: Arc<Entry>, _| forget(&folder, &entry.file))
            .build();
        let cache = Self { dir: dir.to_owned(), entries, bodies };
        cache.restore()?;
        Ok(cache)
    }

    pub(crate) fn get(&self, key: &str) -> Option<Arc<Entry>> {
        self.entries.get(key)
    }

    pub(crate) fn remove(&self, key: &str) {
        self.entries.invalidate(key);
    }

    /// Keeps an answer whose body is in memory.
    pub(crate) fn put(&self, key: String, head: Head, body: Bytes) -> Result<()> {
        let file = reply::request_id();
        std::fs::write(self.dir.join(&file), &body).context("cannot write to the cache")?;
        let (size, crc32) = (body.len() as u64, crc32fast::hash(&body));
        self.add(key, head, file.clone(), size, crc32)?;
        self.bodies.insert(file, body);
        Ok(())
    }

    /// Keeps an answer whose body is in a file already.
    pub(crate) fn adopt(
        &self,
        key: String,
        head: Head,
        mut draft: Draft,
        size: u64,
        crc32: u32,
    ) -> Result<()> {
        self.add(key, head, draft.file.clone(), size, crc32)?;
        draft.used = true;
        Ok(())
    }

    fn add(&self, key: String, head: Head, file: String, size: u64, crc32: u32) -> Result<()> {
        let Head { status, headers, stored, fresh_until } = head;
        let (stored, fresh_until) = (stored.into(), fresh_until.into());
        let entry = Entry { status, headers, size, stored, fresh_until, crc32, file };
        self.save(&key, &entry)?;
        self.entries.insert(key, Arc::new(entry));
        Ok(())
    }

    /// The origin has said that an entry still holds, or that it cannot say.
    pub(crate) fn renew(&self, key: &str, entry: &Entry, stored: Millis, fresh_until: Millis) {
        entry.stored.store(stored, Ordering::Relaxed);
        entry.fresh_until.store(fresh_until, Ordering::Relaxed);
        // When it cannot be written, the next process will ask once more.
        let _ = self.save(key, entry);
    }

    /// A part of a body; nothing when it is not there any more or not what was stored.
    pub(crate) async fn body(&self, entry: &Entry, range: Range) -> Option<Body> {
        if entry.size > HOT_MAX as u64 {
            let mut file = tokio::fs::File::open(self.dir.join(&entry.file)).await.ok()?;
            file.seek(std::io::SeekFrom::Start(range.start)).await.ok()?;
            return Some(stream(file, range.len()));
        }
        let body = match self.bodies.get(&entry.file) {
            Some(body) => body,
            None => self.load(entry).await?,
        };
        let bound = |it: u64| usize::try_from(it).unwrap_or(body.len()).min(body.len());
        Some(Body::from(body.slice(bound(range.start)..bound(range.end))))
    }

    async fn load(&self, entry: &Entry) -> Option<Bytes> {
        let body = Bytes::from(tokio::fs::read(self.dir.join(&entry.file)).await.ok()?);
        if crc32fast::hash(&body) != entry.crc32 {
            return None;
        }
        self.bodies.insert(entry.file.clone(), body.clone());
        Some(body)
    }

    /// A new file for a body that is too large for memory.
    pub(crate) fn draft(&self) -> Draft {
        Draft { dir: self.dir.clone(), file: reply::request_id(), used: false }
    }

    fn save(&self, key: &str, entry: &Entry) -> Result<()> {
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let record = Record {
            key: key.to_owned(),
            status: entry.status.as_u16(),
            headers: entry.headers.iter().map(header).collect(),
            size: entry.size,
            stored: entry.stored(),
            fresh_until: entry.fresh_until(),
            crc32: entry.crc32,
        };
        store::replace(
            &self.dir.join(format!("{}.json", entry.file)),
            &serde_json::to_vec(&record)?,
        )
    }

    /// Reads what is on disk, the oldest first, and removes what belongs to nothing.
    fn restore(&self) -> Result<()> {
        let mut found = Vec::new();
        for file in std::fs::read_dir(&self.dir)?.flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            match name.strip_suffix(".json") {
                Some(body) => found.extend(self.read(body)),
                None if self.dir.join(format!("{name}.json")).exists() => {}
                None => forget(&self.dir, &name),
            }
        }
        found.sort_by_key(|(_, it)| it.stored());
        for (key, entry) in found {
            self.entries.insert(key, Arc::new(entry));
        }
        self.entries.run_pending_tasks();
        Ok(())
    }

    fn read(&self, file: &str) -> Option<(String, Entry)> {
        let read = || {
            let record = std::fs::read(self.dir.join(format!("{file}.json"))).ok()?;
            let record: Record = serde_json::from_slice(&record).ok()?;
            let size = std::fs::metadata(self.dir.join(file)).ok()?.len();
            (size == record.size).then_some(record)
        };
        let entry = read().and_then(|it| Some((it.key.clone(), it.entry(file)?)));
        if entry.is_none() {
            forget(&self.dir, file);
        }
        entry
    }
}

impl Record {
    fn entry(self, file: &str) -> Option<Entry> {
        let header = |(name, value): &(String, String)| {
            Some((
                name.parse::<HeaderName>().ok()?,
                HeaderValue::from_bytes(value.as_bytes()).ok()?,
            ))
        };
        Some(Entry {
            status: StatusCode::from_u16(self.status).ok()?,
            headers: self.headers.iter().filter_map(header).collect(),
            size: self.size,
            stored: self.stored.into(),
            fresh_until: self.fresh_until.into(),
            crc32: self.crc32,
            file: file.to_owned(),
        })
    }
}

impl Entry {
    pub(crate) fn stored(&self) -> Millis {
        self.stored.load(Ordering::Relaxed)
    }

    pub(crate) fn fresh_until(&self) -> Millis {
        self.fresh_until.load(Ordering::Relaxed)
    }
}

/// Removes the files of an entry. Those that cannot be removed belong to nothing at the next start.
fn forget(dir: &Path, file: &str) {
    let _ = std::fs::remove_file(dir.join(format!("{file}.json")));
    let _ = std::fs::remove_file(dir.join(file));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(stored: Millis) -> Head {
        let headers = HeaderMap::from_iter([(http::header::ETAG, "\"a\"".parse().unwrap())]);
        Head { status: StatusCode::OK, headers, stored, fresh_until: stored + 10 }
    }

    async fn bytes(cache: &Cache, key: &str, start: u64, end: u64) -> Option<Bytes> {
        let body = cache.body(&*cache.get(key)?, Range { start, end }).await?;
        Some(axum::body::to_bytes(body, usize::MAX).await.unwrap())
    }

    #[tokio::test]
    async fn what_was_cached_is_found_again_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        cache.put("k".into(), head(5), Bytes::from_static(b"image")).unwrap();
        cache.put("gone".into(), head(5), Bytes::from_static(b"x")).unwrap();
        cache.remove("gone");
        cache.renew("k", &cache.get("k").unwrap(), 7, 70);
        cache.entries.run_pending_tasks();
        std::fs::write(dir.path().join("half"), b"a body without its head").unwrap();
        drop(cache);

        let cache = Cache::open(dir.path()).unwrap();
        let entry = cache.get("k").unwrap();
        assert_eq!((entry.stored(), entry.fresh_until()), (7, 70));
        assert_eq!(entry.headers[http::header::ETAG], "\"a\"");
        assert_eq!(bytes(&cache, "k", 0, 5).await.unwrap(), "image");
        assert_eq!(bytes(&cache, "k", 1, 3).await.unwrap(), "ma");
        assert!(cache.get("gone").is_none());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[tokio::test]
    async fn a_body_that_is_not_what_was_stored_is_not_served() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        cache.put("k".into(), head(5), Bytes::from_static(b"image")).unwrap();
        let file = cache.get("k").unwrap().file.clone();
        drop(cache);
        std::fs::write(dir.path().join(&file), b"imagE").unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        assert!(cache.get("k").is_some() && bytes(&cache, "k", 0, 5).await.is_none());
        std::fs::write(dir.path().join(&file), b"shorter").unwrap();
        assert!(Cache::open(dir.path()).unwrap().get("k").is_none());
    }

    #[test]
    fn the_least_recently_used_gives_way_on_disk_as_well() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::sized(dir.path(), 2 * (100 + 8), 1024).unwrap();
        let put = |key: &str| {
            cache.put(key.to_owned(), head(0), Bytes::from(vec![0; 100 * 1024])).unwrap();
            cache.entries.run_pending_tasks();
        };
        put("a");
        put("b");
        assert!(cache.get("a").is_some());
        put("c");
        assert!(cache.get("b").is_none());
        assert!(cache.get("a").is_some() && cache.get("c").is_some());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 4);
        cache.bodies.run_pending_tasks();
        assert!(cache.bodies.weighted_size() <= 1024, "large bodies do not stay in memory");
    }
}

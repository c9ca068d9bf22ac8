//! Everything the local cloud remembers: one JSON file, a journal of what happened to objects since it
//! was written, and a folder of bodies beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Millis};
use crate::control::cloudfront::distribution::Distribution;
use crate::control::cloudfront::resource::Resource;
use crate::control::iam::Role;
use crate::control::lambda::Function;
use crate::control::s3::bucket::Bucket;
use crate::control::s3::no_bucket;
use crate::failed::Failed;
use crate::fault::Outcome;
use crate::journal::{Journal, replay};
use crate::rule::Rule;
use crate::sigv4::sha256_hex;

const FORMAT: u32 = 1;
const JOURNAL: &str = "objects.log";

/// The whole account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Cloud {
    format: u32,
    pub(crate) buckets: BTreeMap<String, Bucket>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) functions: BTreeMap<String, Function>,
    /// Origin access controls, cache policies and response headers policies, by kind and id.
    pub(crate) resources: BTreeMap<String, BTreeMap<String, Resource>>,
    pub(crate) distributions: BTreeMap<String, Distribution>,
    /// The references by which distributions were made that are gone, with their ids. AWS does not say
    /// whether one can be used again; here it cannot.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) spent: BTreeMap<String, String>,
    /// Until when the replicas of a function version that no distribution names any more exist.
    pub(crate) replicas: BTreeMap<String, Millis>,
    /// Until when the names of deleted buckets are not free yet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) freed: BTreeMap<String, Millis>,
    /// The rules that do not hold, for as long as this process runs.
    #[serde(skip)]
    pub(crate) suspended: BTreeSet<Rule>,
}

impl Cloud {
    pub(crate) fn holds(&self, rule: Rule) -> bool {
        !self.suspended.contains(&rule)
    }
}

/// The account, saved after every change.
pub(crate) struct Store {
    dir: PathBuf,
    pub(crate) clock: Clock,
    state: Mutex<State>,
    lock: File,
}

struct State {
    cloud: Cloud,
    /// As it was before the last change, for those who read late.
    before: Cloud,
    journal: Journal,
}

tokio::task_local! {
    static LATE: ();
}

/// What is read meanwhile is the account as it was before the last change.
pub(crate) async fn late<T>(work: impl Future<Output = T>) -> T {
    LATE.scope((), work).await
}

impl Store {
    /// Opens the state folder, which no other process may have open.
    pub(crate) fn open(dir: &Path, clock: Clock) -> Result<Self> {
        for part in ["objects", "functions", "uploads"] {
            let path = dir.join(part);
            fs::create_dir_all(&path).with_context(|| {
                let hint = "choose a folder that can be written to, with --state DIR";
                Failed::new(format!("cannot create {}", path.display()), hint)
            })?;
        }
        let lock = lock(dir)?;
        // What an earlier process did not finish receiving is nobody's any more.
        for entry in fs::read_dir(dir.join("uploads"))?.flatten() {
            let _ = fs::remove_file(entry.path());
        }
        let state = State::open(dir)?;
        sweep(&dir.join("objects"), &state.cloud)?;
        Ok(Self { dir: dir.to_owned(), clock, state: Mutex::new(state), lock })
    }

    pub(crate) fn read<T>(&self, look: impl FnOnce(&Cloud) -> T) -> T {
        let state = self.guard();
        look(if LATE.try_with(|()| ()).is_ok() { &state.before } else { &state.cloud })
    }

    /// Changes the account: all of it or, when `change` refuses or the disk is full, nothing.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut Cloud) -> Outcome<T>) -> Outcome<T> {
        let mut state = self.guard();
        let mut draft = state.cloud.clone();
        let out = change(&mut draft)?;
        let new = State::write(&self.dir, draft)?;
        let before = std::mem::take(&mut state.cloud);
        *state = State { before, ..new };
        Ok(out)
    }

    /// Changes some keys of a bucket, and writes only what they are now: all of it, or nothing.
    pub(crate) fn write_objects<T>(
        &self,
        name: &str,
        keys: &[&str],
        change: impl FnOnce(&mut Bucket) -> Outcome<T>,
    ) -> Outcome<T> {
        let mut state = self.guard();
        let State { cloud, journal, .. } = &mut *state;
        let bucket = cloud.buckets.get_mut(name).ok_or_else(no_bucket)?;
        let before: Vec<_> =
            keys.iter().map(|it| (*it, bucket.objects.get(*it).cloned())).collect();
        let outcome = change(bucket).and_then(|out| {
            journal.append(name, bucket, keys)?;
            Ok(out)
        });
        if outcome.is_err() {
            for (key, versions) in before {
                match versions {
                    Some(versions) => bucket.objects.insert(key.to_owned(), versions),
                    None => bucket.objects.remove(key),
                };
            }
        }
        outcome
    }

    /// A change that a panic cut short was never saved, and the draft is gone: going on is safe.
    fn guard(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn object(&self, file: &str) -> PathBuf {
        self.dir.join("objects").join(file)
    }

    pub(crate) fn upload(&self, file: &str) -> PathBuf {
        self.dir.join("uploads").join(file)
    }

    pub(crate) fn code(&self, sha256: &str) -> PathBuf {
        self.dir.join("functions").join(sha256)
    }

    /// Lets another process, or this one again, open the folder.
    pub(crate) fn release(&self) {
        // It fails only where the operating system has no locks, and then none was taken.
        let _ = self.lock.unlock();
    }

    /// Where the edge keeps what it has cached.
    pub(crate) fn cache(&self) -> PathBuf {
        self.dir.join("cache")
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
}

impl State {
    fn open(dir: &Path) -> Result<Self> {
        let (mut cloud, hash) = load(&dir.join("cloud.json"))?;
        let path = dir.join(JOURNAL);
        if replay(&path, &hash, &mut cloud)? {
            return Self::write(dir, cloud);
        }
        let journal = Journal::draft(&path, &hash)?.begin()?;
        Ok(Self { before: cloud.clone(), cloud, journal })
    }

    /// Writes the whole account, with which an empty journal begins. After a crash in between the old
    /// journal is there, which says that it belongs to another account.
    fn write(dir: &Path, mut cloud: Cloud) -> Result<Self> {
        cloud.format = FORMAT;
        let text = serde_json::to_vec_pretty(&cloud).context("cannot encode the state")?;
        let journal = Journal::draft(&dir.join(JOURNAL), &sha256_hex(&text))?;
        save(&dir.join("cloud.json"), &text)?;
        Ok(Self { before: cloud.clone(), cloud, journal: journal.begin()? })
    }
}

/// Removes bodies that were received just before a crash, and that nothing names.
fn sweep(dir: &Path, cloud: &Cloud) -> Result<()> {
    let versions = cloud.buckets.values().flat_map(|it| it.objects.values()).flatten();
    let uploads = cloud.buckets.values().flat_map(|it| it.uploads.values());
    let parts = uploads.flat_map(|it| it.parts.values()).map(|it| it.file.as_str());
    let named = versions.filter_map(|it| Some(it.content.as_ref()?.file.as_str()));
    let named: BTreeSet<&str> = named.chain(parts).collect();
    for entry in fs::read_dir(dir)?.flatten() {
        if entry.file_name().to_str().is_some_and(|it| !named.contains(it)) {
            // One that cannot be removed now is tried again at the next start.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.with_context(|| format!("cannot open {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another process serves the local cloud in {}", dir.display());
            let hint = "wait until it has ended, or choose another folder with --state DIR";
            Err(Failed::new(message, hint).into())
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// The account, and the hash of the file that it is in.
fn load(path: &Path) -> Result<(Cloud, String)> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((Cloud::default(), sha256_hex(b"")));
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let unreadable = || {
        let folder = path.parent().unwrap_or(path).display();
        let hint = format!("rm -r {folder} starts afresh; images in it are lost");
        Failed::new(format!("cannot read {}", path.display()), hint)
    };
    let cloud: Cloud = serde_json::from_slice(&text).with_context(unreadable)?;
    if cloud.format != FORMAT {
        let found = anyhow!("its format is {}, and this version reads {FORMAT}", cloud.format);
        return Err(found.context(unreadable()));
    }
    Ok((cloud, sha256_hex(&text)))
}

/// Writes a file so that a crash of the machine leaves the old content or the new one.
pub(crate) fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes, File::sync_all)
}

/// Writes a file so that a crash of this process leaves the old content or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes, |_| Ok(()))
}

fn write(path: &Path, bytes: &[u8], sync: fn(&File) -> std::io::Result<()>) -> Result<()> {
    let draft = path.with_extension("new");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&draft)?;
        file.write_all(bytes)?;
        sync(&file)?;
        fs::rename(&draft, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::s3::bucket::Version;

    fn open(dir: &Path) -> Result<Store> {
        Store::open(dir, Clock::system(0.0))
    }

    #[test]
    fn a_refused_change_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path()).unwrap();
        let refused = store.write(|cloud| {
            cloud.replicas.insert("a".into(), 1);
            Err::<(), _>(crate::fault::Fault::new(400, "No", "no"))
        });
        assert!(refused.is_err());
        assert!(store.read(|it| it.replicas.is_empty()));
        store.write(|cloud| Ok(cloud.replicas.insert("b".into(), 1))).unwrap();
        drop(store);
        assert!(open(dir.path()).unwrap().read(|it| it.replicas.contains_key("b")));
    }

    #[test]
    fn a_corrupt_file_is_named_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("cloud.json"), "{\"buckets\": 3").unwrap();
        let error = open(dir.path()).err().unwrap();
        assert!(format!("{error:#}").contains("cloud.json"), "{error:#}");
        let hint = &error.downcast_ref::<Failed>().unwrap().hint;
        assert!(hint.contains("starts afresh"), "{hint}");
        assert_eq!(fs::read(dir.path().join("cloud.json")).unwrap(), b"{\"buckets\": 3");
    }

    #[test]
    fn one_process_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let _first = open(dir.path()).unwrap();
        let text = format!("{:#}", open(dir.path()).err().unwrap());
        assert!(text.contains("another process"), "{text}");
    }

    fn with_bucket(dir: &Path) -> Store {
        let store = open(dir).unwrap();
        let bucket = r#"{"region": "us-east-1", "created": 0, "account_regional": false, "documents": {}, "objects": {}}"#;
        let bucket: Bucket = serde_json::from_str(bucket).unwrap();
        store.write(|it| Ok(it.buckets.insert("b".into(), bucket))).unwrap();
        store
    }

    fn upload(store: &Store, key: &str, refuse: Option<crate::fault::Fault>) -> Outcome<()> {
        let version = Version { id: "null".into(), modified: 0, content: None };
        store.write_objects("b", &[key], |bucket| {
            bucket.objects.entry(key.to_owned()).or_default().push(version);
            refuse.map_or(Ok(()), Err)
        })
    }

    fn keys(store: &Store) -> Vec<String> {
        store.read(|it| it.buckets["b"].objects.keys().cloned().collect())
    }

    #[test]
    fn an_upload_writes_what_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        let store = with_bucket(dir.path());
        let account = fs::read(dir.path().join("cloud.json")).unwrap();
        for number in 0..1000 {
            upload(&store, &format!("{number:04}"), None).unwrap();
        }
        assert_eq!(fs::read(dir.path().join("cloud.json")).unwrap(), account);
        let journal = fs::metadata(dir.path().join(JOURNAL)).unwrap().len();
        assert!(journal < 1000 * 100, "{journal} bytes");
        drop(store);
        assert_eq!(keys(&open(dir.path()).unwrap()).len(), 1000);
    }

    #[test]
    fn a_journal_is_carried_out_once_and_only_as_far_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join(JOURNAL);
        let store = with_bucket(dir.path());
        upload(&store, "a", None).unwrap();
        let refusal = crate::fault::Fault::new(412, "PreconditionFailed", "no");
        assert!(upload(&store, "refused", Some(refusal)).is_err());
        let old = fs::read_to_string(&journal).unwrap();
        store.write_objects("b", &["a"], |it| Ok(it.objects.remove("a"))).unwrap();
        upload(&store, "c", None).unwrap();
        drop(store);
        let mut file = File::options().append(true).open(&journal).unwrap();
        file.write_all(b"{\"bucket\": \"b\", \"key\": \"half").unwrap();

        let store = open(dir.path()).unwrap();
        assert_eq!(keys(&store), ["c"], "the half line is not there, the removed key neither");
        drop(store);
        fs::write(&journal, old).unwrap();
        assert_eq!(keys(&open(dir.path()).unwrap()), ["c"], "that one was of an older account");
    }
}

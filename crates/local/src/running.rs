//! Finding a local cloud that another process serves.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::store;

/// A loopback answer takes less than a millisecond; a stopped process never answers.
const PATIENCE: Duration = Duration::from_secs(2);

/// A local cloud that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    pub control_url: String,
    pub edge_url: String,
    /// The local Clerk beside it.
    #[serde(default)]
    pub clerk: Option<RunningClerk>,
    pub pid: u32,
}

/// What an app has to know of a local Clerk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningClerk {
    pub url: String,
    pub publishable_key: String,
}

/// The process that serves this state folder, if there is one and it answers.
pub fn running(state: &Path) -> Option<Running> {
    let text = std::fs::read(path(state)).ok()?;
    let running: Running = serde_json::from_slice(&text).ok()?;
    // After a crash the file is left over, and the port may belong to somebody else.
    let health = ask(&running).ok()?;
    let pid = serde_json::from_str::<serde_json::Value>(&health).ok()?.get("pid")?.as_u64()?;
    (pid == u64::from(running.pid)).then_some(running)
}

fn ask(running: &Running) -> Result<String> {
    let host = running.control_url.strip_prefix("http://").context("not an http URL")?;
    let mut stream = TcpStream::connect_timeout(&host.parse::<SocketAddr>()?, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET /_local/health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("not an HTTP answer")?;
    Ok(body.to_owned())
}

impl Running {
    pub(crate) fn save(&self, state: &Path) -> Result<()> {
        store::save(&path(state), &serde_json::to_vec_pretty(self)?)
    }
}

pub(crate) fn forget(state: &Path) {
    // A file that is left over is harmless: nothing answers at its address.
    let _ = std::fs::remove_file(path(state));
}

fn path(state: &Path) -> PathBuf {
    state.join("running.json")
}

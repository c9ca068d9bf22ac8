//! A local cloud of its own, and the binary that takes it for AWS.

use anyhow::{Context, Result};
use local::{Disturbance, Issuer, LocalCloud, Options};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tokio::process::Child;

pub(crate) struct World {
    folder: PathBuf,
    authorizer: PathBuf,
    cloud: LocalCloud,
    http: reqwest::Client,
}

/// How a command ended.
pub(crate) struct Ended {
    /// None when it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

/// Two configurations that differ in what the edge runs and in what it sends.
const CONFIGS: [(&str, &str); 2] = [("one.toml", "1 MB"), ("other.toml", "2 MB")];

/// The name of the stack.
pub(crate) const STACK: &str = "photos";

impl World {
    pub(crate) async fn new(
        folder: PathBuf,
        authorizer: &Path,
        faults: Vec<Disturbance>,
    ) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let keys = Issuer::open(&folder)?.jwks().to_string();
        std::fs::write(folder.join("keys.json"), keys)?;
        for (name, size) in CONFIGS {
            write(&folder, name, &format!("[uploads]\nmax_size = \"{size}\"\n"))?;
        }
        let cloud = local::start(Options {
            state: folder.join("cloud"),
            control_port: 0,
            edge_port: 0,
            time_scale: 0.0,
            faults,
            tls: false,
            on_request: None,
            page: None,
        });
        let (cloud, http) = (cloud.await?, reqwest::Client::new());
        Ok(Self { folder, authorizer: authorizer.to_owned(), cloud, http })
    }

    pub(crate) async fn end(self) -> Result<()> {
        self.cloud.shutdown().await;
        Ok(std::fs::remove_dir_all(&self.folder)?)
    }

    /// Another configuration of this stack, with this at its end.
    pub(crate) fn write(&self, name: &str, end: &str) -> Result<()> {
        write(&self.folder, name, end)
    }

    pub(crate) fn url(&self) -> String {
        self.cloud.control_url()
    }

    pub(crate) fn spawn(&self, line: &str) -> Result<Child> {
        let mut command = tokio::process::Command::from(self.command(line)?);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.kill_on_drop(true).spawn().context("cannot start edgegate")
    }

    /// A command line of edgegate that takes this cloud for AWS.
    pub(crate) fn command(&self, line: &str) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(line.split_whitespace()).current_dir(&self.folder);
        if !line.starts_with("teardown") {
            command.arg("--authorizer").arg(&self.authorizer);
        }
        command
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env_remove("AWS_PROFILE");
        Ok(command)
    }

    pub(crate) async fn run(&self, line: &str) -> Result<Ended> {
        ended(self.spawn(line)?).await
    }

    pub(crate) async fn account(&self) -> Result<Value> {
        self.page(reqwest::Method::GET, "account", &Value::Null).await
    }

    pub(crate) async fn page(
        &self,
        method: reqwest::Method,
        page: &str,
        body: &Value,
    ) -> Result<Value> {
        let url = format!("{}/_local/{page}", self.cloud.control_url());
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.http.request(method, url).body(body).send().await?;
        Ok(serde_json::from_slice(&answer.error_for_status()?.bytes().await?)?)
    }
}

fn write(folder: &Path, name: &str, end: &str) -> Result<()> {
    let text = format!(
        "[stack]\nname = \"{STACK}\"\nregion = \"us-east-1\"\n\
         [clerk]\nissuer = \"https://clerk.photos.example\"\n\
         authorized_parties = [\"https://app.photos.example\"]\n{end}"
    );
    Ok(std::fs::write(folder.join(name), text)?)
}

pub(crate) async fn ended(child: Child) -> Result<Ended> {
    let output = child.wait_with_output().await?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Ended { code: output.status.code(), stderr })
}

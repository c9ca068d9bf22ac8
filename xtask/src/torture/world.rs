//! A local cloud of its own, and the binary that takes it for AWS.

use anyhow::{Context, Result};
use local::{Issuer, LocalCloud, Options};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::{Child, Command};

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

impl World {
    pub(crate) async fn new(folder: PathBuf, authorizer: &Path) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let keys = Issuer::open(&folder)?.jwks().to_string();
        std::fs::write(folder.join("keys.json"), keys)?;
        for (name, size) in CONFIGS {
            let text = format!(
                "[stack]\nname = \"torture\"\nregion = \"us-east-1\"\n\
                 [clerk]\nissuer = \"https://clerk.torture.example\"\n\
                 authorized_parties = [\"https://app.torture.example\"]\n\
                 [uploads]\nmax_size = \"{size}\"\n"
            );
            std::fs::write(folder.join(name), text)?;
        }
        let cloud = local::start(Options {
            state: folder.join("cloud"),
            control_port: 0,
            edge_port: 0,
            time_scale: 0.0,
            faults: Vec::new(),
            on_request: None,
        });
        let (cloud, http) = (cloud.await?, reqwest::Client::new());
        Ok(Self { folder, authorizer: authorizer.to_owned(), cloud, http })
    }

    pub(crate) async fn end(self) -> Result<()> {
        self.cloud.shutdown().await;
        Ok(std::fs::remove_dir_all(&self.folder)?)
    }

    pub(crate) fn spawn(&self, line: &str) -> Result<Child> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(line.split_whitespace()).current_dir(&self.folder).kill_on_drop(true);
        if !line.starts_with("teardown") {
            command.arg("--authorizer").arg(&self.authorizer);
        }
        command
            .env("AWS_ENDPOINT_URL", self.cloud.control_url())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env_remove("AWS_PROFILE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command.spawn().context("cannot start edgegate")
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

pub(crate) async fn ended(child: Child) -> Result<Ended> {
    let output = child.wait_with_output().await?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Ended { code: output.status.code(), stderr })
}

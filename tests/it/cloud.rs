//! A local cloud that stands in for AWS: the binary reaches it as it would reach AWS itself.

use crate::support::{CONFIG, Finished, Folder, workspace};
use local::{Issuer, LocalCloud, Options};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use tokio::runtime::Runtime;

/// A cloud, and a folder with a configuration and keys that is deployed into it.
pub(crate) struct Cloud {
    pub(crate) folder: Folder,
    address: String,
    /// The account as it was after a first deployment.
    deployed: OnceLock<Value>,
    serving: Option<LocalCloud>,
    runtime: Runtime,
}

impl Cloud {
    /// An empty one, in which nothing takes time.
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        folder.write("keys.json", keys());
        let runtime = Runtime::new().unwrap();
        let cloud = runtime.block_on(local::start(Options {
            state: folder.path("cloud"),
            control_port: 0,
            edge_port: 0,
            time_scale: 0.0,
            faults: Vec::new(),
            tls: false,
            on_request: None,
            page: None,
        }));
        let cloud = cloud.unwrap();
        let address = cloud.control_url().trim_start_matches("http://").to_owned();
        Self { folder, address, deployed: OnceLock::new(), serving: Some(cloud), runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it serves images.
    pub(crate) fn edge_url(&self) -> String {
        self.serving.as_ref().unwrap().edge_url()
    }

    /// A command that takes this cloud for AWS.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = self.folder.command(line);
        command
            .env("AWS_ENDPOINT_URL", self.url())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test");
        if !line.starts_with("teardown") {
            command.arg("--authorizer").arg(authorizer());
        }
        command
    }

    pub(crate) fn run(&self, line: &str) -> Finished {
        self.folder.finish(self.command(line))
    }

    /// A viewer's request to its edge: the head and the body of the answer.
    pub(crate) fn view(&self, method: &str, path: &str, headers: &str) -> (String, Vec<u8>) {
        let edge = self.edge_url();
        let address = edge.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close");
        write!(stream, "{head}\r\n{headers}\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
        (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
    }

    /// Asks one of its own pages.
    pub(crate) fn page(&self, method: &str, page: &str, body: &Value) -> Value {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} /_local/{page} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{body}",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {page}: {answer}");
        serde_json::from_str(body).unwrap()
    }

    pub(crate) fn account(&self) -> Value {
        self.page("GET", "account", &Value::Null)
    }

    /// Puts the account back as it was once.
    pub(crate) fn restore(&self, account: &Value) {
        self.page("PUT", "account", account);
    }

    /// Puts the account into the state after a first deployment, which is done only once.
    pub(crate) fn deploy_afresh(&self) -> &Value {
        let deployed = self.deployed.get_or_init(|| {
            self.restore(&json!({"format": 1}));
            self.run("deploy --yes").expect(0);
            self.account()
        });
        self.restore(deployed);
        deployed
    }

    pub(crate) fn disturb(&self, faults: &Value) {
        self.page("POST", "faults", faults);
    }

    pub(crate) fn calm(&self) {
        self.page("DELETE", "faults", &Value::Null);
    }

    /// The calls of one command, in their order.
    pub(crate) fn calls_of(&self, line: &str) -> (Finished, Vec<String>) {
        self.page("DELETE", "calls", &Value::Null);
        let finished = self.run(line);
        (finished, self.list("calls"))
    }

    pub(crate) fn list(&self, page: &str) -> Vec<String> {
        serde_json::from_value(self.page("GET", page, &Value::Null)).unwrap()
    }

    /// Another configuration and other keys than those of a new cloud.
    pub(crate) fn change_configuration(&self) {
        self.add_rule();
        self.rotate_key();
    }

    pub(crate) fn add_rule(&self) {
        self.set("[[rules]]\nmethods = [\"GET\", \"PUT\"]\npath = \"/users/{sub}/**\"\n");
    }

    pub(crate) fn rotate_key(&self) {
        let mut keys: Value = serde_json::from_str(keys()).unwrap();
        keys["keys"][0]["kid"] = json!("ins_rotated");
        self.folder.write("keys.json", &keys.to_string());
    }

    /// Adds that to the configuration of a new cloud.
    pub(crate) fn set(&self, more: &str) {
        self.folder.write("edgegate.toml", &format!("{CONFIG}{more}"));
    }

    pub(crate) fn reset_configuration(&self) {
        self.folder.write("edgegate.toml", CONFIG);
        self.folder.write("keys.json", keys());
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        if let Some(cloud) = self.serving.take() {
            self.runtime.block_on(cloud.shutdown());
        }
    }
}

/// Whose tokens count in a new cloud. Made once: a key takes a while.
pub(crate) fn issuer() -> &'static Issuer {
    static ISSUER: OnceLock<Issuer> = OnceLock::new();
    ISSUER.get_or_init(|| Issuer::open(tempfile::tempdir().unwrap().path()).unwrap())
}

fn keys() -> &'static str {
    static KEYS: OnceLock<String> = OnceLock::new();
    KEYS.get_or_init(|| issuer().jwks().to_string())
}

/// Compiled once, for hundreds of runs.
fn authorizer() -> &'static PathBuf {
    static AUTHORIZER: OnceLock<PathBuf> = OnceLock::new();
    AUTHORIZER.get_or_init(|| {
        let folder = Folder::new();
        folder.write("keys.json", keys());
        folder.run("bundle --out function.zip").expect(0);
        workspace().join("target/authorizer/wasm32-unknown-unknown/edge/authorizer_wasm.wasm")
    })
}

/// Runs the cases on every core, each worker with a cloud of its own.
pub(crate) fn on_every_core<T: Sync>(cases: &[T], run: impl Fn(&Cloud, &T) + Sync) {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let next = AtomicUsize::new(0);
    // Twice as many as cores: a run waits for its retries half of the time.
    let workers = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let cloud = Cloud::new();
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    run(&cloud, case);
                }
            });
        }
    });
}

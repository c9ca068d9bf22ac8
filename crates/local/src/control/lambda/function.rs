//! One function: `$LATEST`, and the versions that were published from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::{self, Millis};
use crate::control::lambda::code::Code;
use crate::control::lambda::{invalid, text};
use crate::control::reply;
use crate::fault::{Fault, Outcome};

pub(crate) const LATEST: &str = "$LATEST";
const NAME_MAX: usize = 64;

/// Runtimes that can be created today.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>
const RUNTIMES: [&str; 9] = [
    "nodejs22.x",
    "nodejs24.x",
    "nodejs26.x",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "provided.al2023",
];
/// Runtimes whose creation (August 2026 for the last) and update are blocked.
const BLOCKED: [&str; 8] = [
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "python3.8",
    "python3.9",
];

/// The optional settings that are kept and echoed as they came.
const SETTINGS: [&str; 11] = [
    "Environment",
    "FileSystemConfigs",
    "VpcConfig",
    "DeadLetterConfig",
    "TracingConfig",
    "Layers",
    "LoggingConfig",
    "EphemeralStorage",
    "SnapStart",
    "KMSKeyArn",
    "Architectures",
];

/// One function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Function {
    pub(crate) region: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) latest: Version,
    /// Oldest first.
    pub(crate) versions: Vec<Version>,
    /// Numbers are never used twice, even after a version was deleted.
    published: u32,
    /// The statements of its resource policy, by id.
    #[serde(default)]
    pub(crate) permissions: BTreeMap<String, Value>,
    /// Its own address on the Internet: who is let in, `NONE` for everybody.
    #[serde(default)]
    pub(crate) url: Option<String>,
    /// How many of the account's concurrent executions are kept for it, and are all that it gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reserved: Option<u64>,
    /// When it gets a newer patch of its runtime, `Auto` unless somebody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) runtime_updates: Option<String>,
    /// The key of KMS that its zip is kept under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code_key: Option<String>,
    /// What `$LATEST` was when the last version was published.
    published_from: Option<(Config, Code)>,
}

/// `$LATEST` or a published version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) number: String,
    pub(crate) config: Config,
    pub(crate) code: Code,
    modified: Millis,
    revision: String,
    /// From when on it is `Active`.
    pub(crate) active_at: Millis,
    /// From when on its last update is `Successful`.
    pub(crate) updated_at: Millis,
}

/// What `CreateFunction` and `UpdateFunctionConfiguration` set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Config {
    pub(crate) runtime: String,
    pub(crate) role: String,
    pub(crate) handler: String,
    pub(crate) description: String,
    pub(crate) timeout: u64,
    pub(crate) memory: u64,
    /// Settings this cloud echoes, and for the edge only checks.
    pub(crate) rest: BTreeMap<String, Value>,
}

impl Config {
    pub(crate) fn new(input: &Map<String, Value>) -> Outcome<Self> {
        let mut config = Self {
            runtime: String::new(),
            role: String::new(),
            handler: String::new(),
            description: String::new(),
            timeout: 3,
            memory: 128,
            rest: BTreeMap::new(),
        };
        if text(input, "Role").is_none_or(str::is_empty) {
            return Err(validation(
                "Value null at 'role' failed to satisfy constraint: Member must not be null",
            ));
        }
        for required in ["Runtime", "Handler"] {
            if text(input, required).is_none() {
                return Err(invalid(format!(
                    "{required} is mandatory for functions created with deployment packages."
                )));
            }
        }
        config.update(input)?;
        Ok(config)
    }

    pub(crate) fn update(&mut self, input: &Map<String, Value>) -> Outcome<()> {
        let set = |field: &mut String, name: &str| {
            if let Some(it) = text(input, name) {
                it.clone_into(field);
            }
        };
        if let Some(runtime) = text(input, "Runtime") {
            check_runtime(runtime)?;
        }
        set(&mut self.runtime, "Runtime");
        set(&mut self.role, "Role");
        set(&mut self.handler, "Handler");
        set(&mut self.description, "Description");
        if let Some(timeout) = input.get("Timeout").and_then(Value::as_u64) {
            in_range("timeout", timeout, 1, 900)?;
            self.timeout = timeout;
        }
        if let Some(memory) = input.get("MemorySize").and_then(Value::as_u64) {
            in_range("memorySize", memory, 128, 10_240)?;
            self.memory = memory;
        }
        for name in SETTINGS {
            if let Some(value) = input.get(name) {
                self.rest.insert(name.to_owned(), value.clone());
            }
        }
        Ok(())
    }

    /// Whether a setting was given with something in it.
    pub(crate) fn has(&self, pointer: &str) -> bool {
        let (name, inner) = pointer.split_once('/').unwrap_or((pointer, ""));
        let value = self
            .rest
            .get(name)
            .and_then(|it| if inner.is_empty() { Some(it) } else { it.get(inner) });
        match value {
            None | Some(Value::Null) => false,
            Some(Value::Array(it)) => !it.is_empty(),
            Some(Value::Object(it)) => !it.is_empty(),
            Some(Value::String(it)) => !it.is_empty(),
            Some(_) => true,
        }
    }

    /// A number or a text in a setting.
    pub(crate) fn setting(&self, name: &str, inner: &str) -> Option<&Value> {
        self.rest.get(name).and_then(|it| it.get(inner))
    }

    pub(crate) fn architecture(&self) -> &str {
        let first = self.rest.get("Architectures").and_then(|it| it.get(0));
        first.and_then(Value::as_str).unwrap_or("x86_64")
    }
}

impl Function {
    pub(crate) fn new(region: String, latest: Version, tags: BTreeMap<String, String>) -> Self {
        let (versions, permissions) = (Vec::new(), BTreeMap::new());
        let (published, published_from, url) = (0, None, None);
        let (reserved, runtime_updates, code_key) = (None, None, None);
        Self {
            region,
            tags,
            latest,
            versions,
            published,
            permissions,
            url,
            reserved,
            runtime_updates,
            code_key,
            published_from,
        }
    }

    pub(crate) fn arn(&self, name: &str) -> String {
        format!("arn:aws:lambda:{}:{}:function:{name}", self.region, crate::ACCOUNT)
    }

    pub(crate) fn version(&self, number: &str) -> Option<&Version> {
        std::iter::once(&self.latest).chain(&self.versions).find(|it| it.number == number)
    }

    /// Publishes `$LATEST`, unless the last version is the same already; gives the number.
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html>
    pub(crate) fn publish(
        &mut self,
        description: Option<&str>,
        now: Millis,
        active_at: Millis,
    ) -> String {
        let mut config = self.latest.config.clone();
        let source = Some((config.clone(), self.latest.code.clone()));
        if let Some(last) = self.versions.last().filter(|_| self.published_from == source) {
            return last.number.clone();
        }
        self.published_from = source;
        if let Some(description) = description {
            description.clone_into(&mut config.description);
        }
        self.published += 1;
        let number = self.published.to_string();
        let version = Version {
            number: number.clone(),
            ..Version::latest(config, self.latest.code.clone(), now, active_at)
        };
        self.versions.push(version);
        number
    }
}

impl Version {
    pub(crate) fn latest(config: Config, code: Code, now: Millis, active_at: Millis) -> Self {
        let (number, revision) = (LATEST.to_owned(), reply::request_id());
        Self { number, config, code, modified: now, revision, active_at, updated_at: 0 }
    }

    /// Marks a change that takes effect at `done_at`.
    pub(crate) fn touch(&mut self, now: Millis, done_at: Millis) {
        self.modified = now;
        self.updated_at = done_at;
        self.revision = reply::request_id();
    }

    pub(crate) fn check_revision(&self, wanted: Option<&str>) -> Outcome<()> {
        match wanted {
            Some(wanted) if wanted != self.revision => Err(Fault::new(
                412,
                "PreconditionFailedException",
                "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to retrieve the latest RevisionId",
            )),
            _ => Ok(()),
        }
    }

    /// A `FunctionConfiguration`.
    pub(crate) fn describe(&self, name: &str, function: &Function, now: Millis) -> Value {
        let mut arn = function.arn(name);
        if self.number != LATEST {
            arn = format!("{arn}:{}", self.number);
        }
        let config = &self.config;
        let mut out = json!({
            "FunctionName": name,
            "FunctionArn": arn,
            "Runtime": config.runtime,
            "Role": config.role,
            "Handler": config.handler,
            "CodeSize": self.code.size,
            "CodeSha256": self.code.sha256,
            "Description": config.description,
            "Timeout": config.timeout,
            "MemorySize": config.memory,
            "LastModified": clock::iso8601(self.modified).replace('Z', "+0000"),
            "Version": self.number,
            "RevisionId": self.revision,
            "PackageType": "Zip",
            "Architectures": [config.architecture()],
            "TracingConfig": {"Mode": "PassThrough"},
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}")},
        });
        for (key, value) in &config.rest {
            match (out.get_mut(key).and_then(Value::as_object_mut), value.as_object()) {
                (Some(defaults), Some(given)) => defaults.extend(given.clone()),
                _ if key == "Layers" => out[key] = layers(value),
                _ => out[key] = value.clone(),
            }
        }
        self.describe_state(&mut out, now);
        out
    }

    fn describe_state(&self, out: &mut Value, now: Millis) {
        if now < self.active_at {
            out["State"] = json!("Pending");
            out["StateReason"] = json!("The function is being created.");
            out["StateReasonCode"] = json!("Creating");
            if self.number == LATEST {
                return;
            }
        } else {
            out["State"] = json!("Active");
        }
        if now < self.updated_at {
            out["LastUpdateStatus"] = json!("InProgress");
            out["LastUpdateStatusReason"] = json!("The function is being created.");
            out["LastUpdateStatusReasonCode"] = json!("Creating");
        } else {
            out["LastUpdateStatus"] = json!("Successful");
        }
    }
}

fn layers(value: &Value) -> Value {
    let list = value.as_array().into_iter().flatten();
    list.map(|it| json!({"Arn": it, "CodeSize": 0})).collect()
}

fn check_runtime(runtime: &str) -> Outcome<()> {
    if BLOCKED.contains(&runtime) {
        return Err(invalid(format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."
        )));
    }
    if RUNTIMES.contains(&runtime) {
        return Ok(());
    }
    let known = RUNTIMES.join(", ");
    Err(invalid(format!(
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{known}] or be a valid ARN"
    )))
}

fn in_range(name: &str, value: u64, least: u64, most: u64) -> Outcome<()> {
    let (bound, side) = if value < least {
        (least, "greater than or equal to")
    } else if value > most {
        (most, "less than or equal to")
    } else {
        return Ok(());
    };
    Err(validation(&format!(
        "Value '{value}' at '{name}' failed to satisfy constraint: Member must have value {side} {bound}"
    )))
}

fn validation(detail: &str) -> Fault {
    Fault::new(400, "ValidationException", format!("1 validation error detected: {detail}"))
}

pub(crate) fn check_name(name: &str) -> Outcome<()> {
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_".contains(&it);
    if !name.is_empty() && name.len() <= NAME_MAX && name.bytes().all(plain) {
        return Ok(());
    }
    Err(validation(&format!(
        "Value '{name}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+ and have length less than or equal to {NAME_MAX}"
    )))
}

pub(crate) fn not_found(region: &str, name: &str, qualifier: Option<&str>) -> Fault {
    let mut arn = format!("arn:aws:lambda:{region}:{}:function:{name}", crate::ACCOUNT);
    if let Some(qualifier) = qualifier {
        arn = format!("{arn}:{qualifier}");
    }
    Fault::new(404, "ResourceNotFoundException", format!("Function not found: {arn}"))
}

//! Lambda: functions, their numbered versions and their tags.

pub(crate) mod account;
pub(crate) mod beside;
pub(crate) mod code;
pub(crate) mod function;
pub(crate) mod operation;

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::response::Response;
use http::request::Parts;
use serde_json::{Map, Value, json};

use crate::clock::{self, Millis};
use crate::control::lambda::code::Code;
pub(crate) use crate::control::lambda::function::Function;
use crate::control::lambda::function::{Version, not_found};
use crate::control::lambda::operation::{operation, segments};
use crate::control::{Control, iam, reply};
use crate::fault::{Fault, Outcome};
use crate::rule::Rule;
use crate::sigv4::{Claim, query_pairs};
use crate::store::Cloud;

type Input = Map<String, Value>;

/// One request, taken apart.
struct Call<'a> {
    control: &'a Control,
    name: String,
    qualifier: Option<String>,
    query: BTreeMap<String, String>,
    input: Input,
    region: String,
    now: Millis,
}

/// Answers one REST-JSON request.
pub(crate) async fn answer(control: &Control, parts: &Parts, body: &Bytes) -> Outcome<Response> {
    let segments = segments(parts);
    let mut query: BTreeMap<String, String> =
        query_pairs(parts.uri.query().unwrap_or("")).collect();
    let (name, in_name) = function_name(segments.get(1).map(String::as_str).unwrap_or_default());
    let region =
        Claim::of(&parts.headers).map_or_else(|| "us-east-1".to_owned(), Claim::into_region);
    let call = Call {
        control,
        name,
        qualifier: query.remove("Qualifier").or(in_name),
        query,
        input: input(body)?,
        region,
        now: control.store.clock.now(),
    };
    let operation = operation(parts);
    match operation {
        "CreateFunction" => call.create().await,
        "UpdateFunctionCode" => call.update_code().await,
        "TagResource" | "UntagResource" | "ListTags" => call.tags(operation, parts),
        "RemovePermission" => call.remove_permission(segments.last().map_or("", |it| it)),
        _ => call.rest(operation),
    }
}

impl Call<'_> {
    fn rest(&self, operation: &'static str) -> Outcome<Response> {
        match operation {
            "GetAccountSettings" => Ok(self.account_settings()),
            "ListFunctions" => Ok(self.list()),
            "GetFunction" => self.get(),
            "GetFunctionConfiguration" => {
                self.with_version(|function, it| it.describe(&self.name, function, self.now))
            }
            "UpdateFunctionConfiguration" => self.update_configuration(),
            "PublishVersion" => self.publish(),
            "ListVersionsByFunction" => self.list_versions(),
            "DeleteFunction" => self.delete(),
            "GetPolicy" => self.policy(),
            "AddPermission" => self.add_permission(),
            "GetFunctionUrlConfig" => self.url(),
            "CreateFunctionUrlConfig" => self.create_url(),
            "DeleteFunctionUrlConfig" => self.delete_url(),
            // None of these can exist here, so that they are absent is the whole truth.
            "ListAliases" => self.with_version(|_, _| json!({"Aliases": []})),
            "GetFunctionCodeSigningConfig" => {
                self.with_version(|_, _| json!({"FunctionName": self.name}))
            }
            "GetFunctionConcurrency" => self.with_version(|function, _| function.concurrency()),
            "PutFunctionConcurrency" => self.reserve(),
            "DeleteFunctionConcurrency" => self.release(),
            "GetRuntimeManagementConfig" => {
                self.with_version(|function, _| function.runtime_management(&self.name))
            }
            "PutRuntimeManagementConfig" => self.manage_runtime(),
            other => Err(Fault::not_implemented(&format!("lambda:{other}"))),
        }
    }

    async fn create(&self) -> Outcome<Response> {
        let name = text(&self.input, "FunctionName").unwrap_or_default().to_owned();
        let (name, _) = function_name(&name);
        function::check_name(&name)?;
        let config = function::Config::new(&self.input)?;
        let code = self.code().await?;
        self.control.demand("iam:PassRole");
        if self.input.contains_key("Tags") {
            self.control.demand("lambda:TagResource");
        }
        let clock = &self.control.store.clock;
        let answer = self.control.store.write(|cloud| {
            if cloud.functions.contains_key(&name) {
                let message = format!("Function already exist: {name}");
                return Err(Fault::new(409, "ResourceConflictException", message));
            }
            check_role(cloud, &config.role, self.now)?;
            let active_at = clock.after(clock::FUNCTION_PENDING);
            let latest = Version::latest(config, code, self.now, active_at);
            let tags = string_map(self.input.get("Tags"));
            let mut function = Function::new(self.region.clone(), latest, tags);
            let answer = if flag(&self.input, "Publish") {
                let number = function.publish(None, self.now, active_at);
                function.version(&number).map(|it| it.describe(&name, &function, self.now))
            } else {
                Some(function.latest.describe(&name, &function, self.now))
            };
            cloud.functions.insert(name.clone(), function);
            Ok(answer)
        })?;
        Ok(reply::json(201, &answer.unwrap_or_default()))
    }

    async fn update_code(&self) -> Outcome<Response> {
        self.with_version(|_, _| Value::Null)?;
        let code = self.code().await?;
        let clock = &self.control.store.clock;
        if flag(&self.input, "DryRun") {
            return self.with_version(|function, it| {
                let mut dry = it.clone();
                dry.code = code;
                dry.describe(&self.name, function, self.now)
            });
        }
        self.change(|function| {
            function.latest.check_revision(text(&self.input, "RevisionId"))?;
            if let Some(architectures) = self.input.get("Architectures") {
                function
                    .latest
                    .config
                    .rest
                    .insert("Architectures".to_owned(), architectures.clone());
            }
            function.latest.code = code;
            function.code_key = text(&self.input, "SourceKMSKeyArn").map(str::to_owned);
            function.latest.touch(self.now, clock.after(clock::UPDATE_IN_PROGRESS));
            if flag(&self.input, "Publish") {
                let number = function.publish(None, self.now, clock.after(clock::VERSION_PENDING));
                return Ok(number);
            }
            Ok(function::LATEST.to_owned())
        })
    }

    fn update_configuration(&self) -> Outcome<Response> {
        let done_at = self.control.store.clock.after(clock::UPDATE_IN_PROGRESS);
        if let Some(role) = text(&self.input, "Role") {
            self.control.demand("iam:PassRole");
            self.control.store.read(|cloud| check_role(cloud, role, self.now))?;
        }
        self.change(|function| {
            function.latest.check_revision(text(&self.input, "RevisionId"))?;
            function.latest.config.update(&self.input)?;
            function.latest.touch(self.now, done_at);
            Ok(function::LATEST.to_owned())
        })
    }

    fn publish(&self) -> Outcome<Response> {
        let active_at = self.control.store.clock.after(clock::VERSION_PENDING);
        let mut response = self.change(|function| {
            function.latest.check_revision(text(&self.input, "RevisionId"))?;
            match text(&self.input, "CodeSha256") {
                Some(wanted) if wanted != function.latest.code.sha256 => {
                    let actual = &function.latest.code.sha256;
                    Err(invalid(format!("CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({actual}). Please try again with the CodeSHA256 in $LATEST.")))
                }
                _ => Ok(function.publish(text(&self.input, "Description"), self.now, active_at)),
            }
        })?;
        *response.status_mut() = http::StatusCode::CREATED;
        Ok(response)
    }

    fn delete(&self) -> Outcome<Response> {
        self.control.store.write(|cloud| {
            let function = cloud.functions.get(&self.name).ok_or_else(|| self.missing())?;
            let doomed: Vec<String> = match self.qualifier.as_deref() {
                None => function.versions.iter().map(|it| it.number.clone()).collect(),
                Some(function::LATEST) => {
                    return Err(invalid("$LATEST version cannot be deleted without deleting the function."));
                }
                Some(number) if function.version(number).is_none() => return Err(self.missing()),
                Some(number) => vec![number.to_owned()],
            };
            for number in &doomed {
                let arn = format!("{}:{number}", function.arn(&self.name));
                if is_replicated(cloud, &arn, self.now) && cloud.holds(Rule::ReplicatedFunction) {
                    return Err(invalid(format!(
                        "Lambda was unable to delete {arn} because it is a replicated function. Please see our documentation for Deleting Lambda@Edge Functions and Replicas."
                    )));
                }
            }
            match (&self.qualifier, cloud.functions.get_mut(&self.name)) {
                (Some(number), Some(function)) => function.versions.retain(|it| it.number != *number),
                _ => drop(cloud.functions.remove(&self.name)),
            }
            Ok(())
        })?;
        Ok(reply::empty(204))
    }

    fn get(&self) -> Outcome<Response> {
        // Without it the tags are left out (Lambda API, `GetFunction`).
        self.control.demand("lambda:ListTags");
        self.with_version(|function, it| {
            let location = format!("{}/_local/code/{}", self.control.url, it.code.folder);
            let mut answer = json!({
                "Configuration": it.describe(&self.name, function, self.now),
                "Code": {"RepositoryType": "S3", "Location": location},
            });
            if !function.tags.is_empty() {
                answer["Tags"] = json!(function.tags);
            }
            if let Some(key) = &function.code_key {
                answer["Code"]["SourceKMSKeyArn"] = json!(key);
            }
            if function.reserved.is_some() {
                answer["Concurrency"] = function.concurrency();
            }
            answer
        })
    }

    fn list(&self) -> Response {
        let functions: Vec<Value> = self.control.store.read(|cloud| {
            let here = cloud.functions.iter().filter(|(_, it)| it.region == self.region);
            here.map(|(name, it)| it.latest.describe(name, it, self.now)).collect()
        });
        reply::json(200, &json!({"Functions": functions}))
    }

    fn list_versions(&self) -> Outcome<Response> {
        let start: usize = self.query.get("Marker").and_then(|it| it.parse().ok()).unwrap_or(0);
        let size = self.query.get("MaxItems").and_then(|it| it.parse().ok()).unwrap_or(50);
        self.with_version(|function, _| {
            let all = std::iter::once(&function.latest).chain(&function.versions);
            let page = all.clone().skip(start).take(size);
            let page: Vec<Value> =
                page.map(|it| it.describe(&self.name, function, self.now)).collect();
            let end = start + page.len();
            let mut answer = json!({"Versions": page});
            if end < all.count() {
                answer["NextMarker"] = json!(end.to_string());
            }
            answer
        })
    }

    async fn code(&self) -> Outcome<Code> {
        let zip = match self.input.get("Code") {
            Some(code) => code.get("ZipFile"),
            None => self.input.get("ZipFile"),
        };
        let Some(Value::String(zip)) = zip else {
            return Err(Fault::not_implemented("function code that is not in ZipFile"));
        };
        let (zip, root) = (zip.clone(), self.control.store.code(""));
        let unpacked = tokio::task::spawn_blocking(move || Code::unpack(&zip, &root));
        unpacked.await.map_err(anyhow::Error::from)?
    }

    /// Answers about the version the qualifier names, `$LATEST` without one.
    fn with_version(&self, look: impl FnOnce(&Function, &Version) -> Value) -> Outcome<Response> {
        self.control.store.read(|cloud| {
            let function = self.function(cloud)?;
            let qualifier = self.qualifier.as_deref().unwrap_or(function::LATEST);
            let version = function.version(qualifier).ok_or_else(|| self.missing())?;
            Ok(reply::json(200, &look(function, version)))
        })
    }

    /// Changes `$LATEST`; `edit` gives the number of the version to answer with.
    fn change(&self, edit: impl FnOnce(&mut Function) -> Outcome<String>) -> Outcome<Response> {
        self.control.store.write(|cloud| {
            self.function(cloud)?;
            let function = cloud.functions.get_mut(&self.name).ok_or_else(|| self.missing())?;
            if self.now < function.latest.active_at || self.now < function.latest.updated_at {
                return Err(Fault::new(
                    409,
                    "ResourceConflictException",
                    format!("The operation cannot be performed at this time. An update is in progress for resource: {}", function.arn(&self.name)),
                ));
            }
            let number = edit(function)?;
            let version = function.version(&number).ok_or_else(|| self.missing())?;
            Ok(reply::json(200, &version.describe(&self.name, function, self.now)))
        })
    }

    fn function<'b>(&self, cloud: &'b Cloud) -> Outcome<&'b Function> {
        let found = cloud.functions.get(&self.name).filter(|it| it.region == self.region);
        found.ok_or_else(|| self.missing())
    }

    fn missing(&self) -> Fault {
        not_found(&self.region, &self.name, self.qualifier.as_deref())
    }
}

/// Whether replicas of that version exist: while a distribution names it, and for a while after.
fn is_replicated(cloud: &Cloud, arn: &str, now: Millis) -> bool {
    cloud.distributions.values().any(|it| it.names_function(arn))
        || cloud.replicas.get(arn).is_some_and(|until| now < *until)
}

/// A role that was made a moment ago is not known to Lambda yet.
fn check_role(cloud: &Cloud, arn: &str, now: Millis) -> Outcome<()> {
    let usable =
        |role: &iam::Role| now >= role.usable_at && iam::trusts(role, "lambda.amazonaws.com");
    if iam::by_arn(cloud, arn).is_some_and(usable) {
        return Ok(());
    }
    Err(invalid("The role defined for the function cannot be assumed by Lambda."))
}

pub(crate) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new(400, "InvalidParameterValueException", message)
}

/// The name in `name`, `name:1` or an ARN with or without a version.
fn function_name(text: &str) -> (String, Option<String>) {
    let rest = match text.split_once(":function:") {
        Some((_, rest)) => rest,
        None => text,
    };
    match rest.split_once(':') {
        Some((name, qualifier)) => (name.to_owned(), Some(qualifier.to_owned())),
        None => (rest.to_owned(), None),
    }
}

fn input(body: &Bytes) -> Outcome<Input> {
    if body.is_empty() {
        return Ok(Input::new());
    }
    serde_json::from_slice(body).map_err(|_| {
        Fault::new(400, "InvalidRequestContentException", "Could not parse request body into json")
    })
}

pub(crate) fn text<'a>(input: &'a Input, name: &str) -> Option<&'a str> {
    input.get(name).and_then(Value::as_str)
}

fn flag(input: &Input, name: &str) -> bool {
    input.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn string_map(value: Option<&Value>) -> BTreeMap<String, String> {
    let pairs = value.and_then(Value::as_object).into_iter().flatten();
    pairs.filter_map(|(key, it)| Some((key.clone(), it.as_str()?.to_owned()))).collect()
}

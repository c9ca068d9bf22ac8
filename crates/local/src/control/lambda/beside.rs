//! What can be attached beside a function: tags, permissions to invoke it, and an address of its own.

use axum::response::Response;
use http::request::Parts;
use serde_json::{Value, json};

use crate::control::lambda::{Call, Function, invalid, string_map, text};
use crate::control::reply;
use crate::fault::{Fault, Outcome};
use crate::sigv4::query_pairs;

impl Call<'_> {
    pub(super) fn tags(&self, operation: &str, parts: &Parts) -> Outcome<Response> {
        if operation == "ListTags" {
            let tags = self.look(|it| it.tags.clone())?;
            return Ok(reply::json(200, &json!({"Tags": tags})));
        }
        self.change_beside(|function| {
            match operation {
                "TagResource" => function.tags.extend(string_map(self.input.get("Tags"))),
                "UntagResource" => {
                    for (name, key) in query_pairs(parts.uri.query().unwrap_or("")) {
                        if name == "tagKeys" {
                            function.tags.remove(&key);
                        }
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(reply::empty(204))
    }

    pub(super) fn policy(&self) -> Outcome<Response> {
        let statements = self.look(|it| it.permissions.clone())?;
        if statements.is_empty() {
            return Err(nothing());
        }
        let statements: Vec<Value> = statements.into_values().collect();
        let policy = json!({"Version": "2012-10-17", "Id": "default", "Statement": statements});
        let revision = reply::request_id();
        Ok(reply::json(200, &json!({"Policy": policy.to_string(), "RevisionId": revision})))
    }

    pub(super) fn add_permission(&self) -> Outcome<Response> {
        let field = |name: &str| text(&self.input, name).unwrap_or_default().to_owned();
        let id = field("StatementId");
        let principal = match field("Principal").as_str() {
            "*" => json!("*"),
            it if it.ends_with(".amazonaws.com") => json!({"Service": it}),
            it => json!({"AWS": it}),
        };
        let statement = self.change_beside(|function| {
            if function.permissions.contains_key(&id) {
                let message = format!("The statement id ({id}) provided already exists.");
                return Err(Fault::new(409, "ResourceConflictException", message));
            }
            let statement = json!({
                "Sid": id, "Effect": "Allow", "Principal": principal,
                "Action": field("Action"), "Resource": function.arn(&self.name),
            });
            function.permissions.insert(id.clone(), statement.clone());
            Ok(statement)
        })?;
        Ok(reply::json(201, &json!({"Statement": statement.to_string()})))
    }

    pub(super) fn remove_permission(&self, id: &str) -> Outcome<Response> {
        self.change_beside(|it| it.permissions.remove(id).ok_or_else(nothing))?;
        Ok(reply::empty(204))
    }

    pub(super) fn url(&self) -> Outcome<Response> {
        let auth = self.look(|it| it.url.clone())?.ok_or_else(nothing)?;
        let mut answer = self.describe_url(&auth);
        // Only the answer to its creation leaves this out.
        answer["LastModifiedTime"] = answer["CreationTime"].clone();
        Ok(reply::json(200, &answer))
    }

    pub(super) fn create_url(&self) -> Outcome<Response> {
        let auth = text(&self.input, "AuthType").unwrap_or("AWS_IAM").to_owned();
        self.change_beside(|it| {
            it.url = Some(auth.clone());
            Ok(())
        })?;
        Ok(reply::json(201, &self.describe_url(&auth)))
    }

    pub(super) fn delete_url(&self) -> Outcome<Response> {
        self.change_beside(|it| it.url.take().ok_or_else(nothing))?;
        Ok(reply::empty(204))
    }

    fn describe_url(&self, auth: &str) -> Value {
        json!({
            "FunctionUrl": format!("https://{}.lambda-url.{}.on.aws/", self.name, self.region),
            "FunctionArn": format!("arn:aws:lambda:{}:{}:function:{}", self.region, crate::ACCOUNT, self.name),
            "AuthType": auth,
            "CreationTime": "2026-01-01T00:00:00.000Z",
        })
    }

    pub(super) fn reserve(&self) -> Outcome<Response> {
        let wanted = self.input.get("ReservedConcurrentExecutions").and_then(Value::as_u64);
        let answer = self.change_beside(|it| {
            it.reserved = Some(wanted.ok_or_else(|| invalid("how many is missing"))?);
            Ok(it.concurrency())
        })?;
        Ok(reply::json(200, &answer))
    }

    pub(super) fn manage_runtime(&self) -> Outcome<Response> {
        let mode = text(&self.input, "UpdateRuntimeOn").unwrap_or("Auto").to_owned();
        let answer = self.change_beside(|it| {
            it.runtime_updates = (mode != "Auto").then_some(mode);
            Ok(it.runtime_management(&self.name))
        })?;
        Ok(reply::json(200, &answer))
    }

    pub(super) fn release(&self) -> Outcome<Response> {
        self.change_beside(|it| {
            it.reserved = None;
            Ok(())
        })?;
        Ok(reply::empty(204))
    }

    /// Looks at a function. Whoever reads late must see what was there before the last change, so what
    /// changes nothing is no change.
    fn look<T>(&self, look: impl FnOnce(&Function) -> T) -> Outcome<T> {
        self.control.store.read(|cloud| self.function(cloud).map(look))
    }

    fn change_beside<T>(&self, edit: impl FnOnce(&mut Function) -> Outcome<T>) -> Outcome<T> {
        self.control.store.write(|cloud| {
            self.function(cloud)?;
            edit(cloud.functions.get_mut(&self.name).ok_or_else(|| self.missing())?)
        })
    }
}

impl Function {
    pub(super) fn runtime_management(&self, name: &str) -> Value {
        let mode = self.runtime_updates.as_deref().unwrap_or("Auto");
        json!({"UpdateRuntimeOn": mode, "FunctionArn": self.arn(name)})
    }

    pub(super) fn concurrency(&self) -> Value {
        self.reserved.map_or_else(|| json!({}), |it| json!({"ReservedConcurrentExecutions": it}))
    }
}

fn nothing() -> Fault {
    Fault::new(404, "ResourceNotFoundException", "The resource you requested does not exist.")
}

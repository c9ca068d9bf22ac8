//! The event of a viewer-request function, and what its answer does to the request.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html>

use std::net::IpAddr;

use anyhow::{Context, Result, bail, ensure};
use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::edge::headers::{is_disallowed, is_read_only};
use crate::edge::route::Route;

/// Headers and body of an answer a viewer function makes.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-lambda-at-edge>
const GENERATED_MAX: usize = 40 * 1024;
/// A viewer-request function that adds it makes the request fail.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html>
const VIEWER_COUNTRY: &str = "cloudfront-viewer-country";
/// A URI that a function returns is held to the viewer's limit.
pub(crate) const URL_MAX: usize = 8192;

/// What a function decided.
pub(crate) enum Outcome {
    /// The request goes on, with the function's changes.
    Continue(Box<Parts>),
    /// The function answered itself.
    Answer { response: Response, reason: Option<String> },
}

/// The event of one request.
pub(crate) fn event(route: &Route, parts: &Parts, client: IpAddr, request_id: &str) -> Value {
    let mut headers = Map::new();
    for name in parts.headers.keys().filter(|it| !is_disallowed(it.as_str())) {
        let values = parts.headers.get_all(name).iter();
        let entry = |it: &HeaderValue| json!({"key": name.as_str(), "value": text(it)});
        headers.insert(name.to_string(), values.map(entry).collect());
    }
    json!({"Records": [{"cf": {
        "config": {
            "distributionDomainName": route.domain,
            "distributionId": route.id,
            "eventType": "viewer-request",
            "requestId": request_id,
        },
        "request": {
            "clientIp": client.to_string(),
            "headers": headers,
            "method": parts.method.as_str(),
            "querystring": parts.uri.query().unwrap_or_default(),
            "uri": parts.uri.path(),
        },
    }}]})
}

/// Values are handed over as UTF-8; other bytes were ISO-8859-1.
fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|it| char::from(*it)).collect(),
    }
}

/// Reads what a function returned. Whatever `CloudFront` would not accept is an error.
pub(crate) fn outcome(returned: &Value, parts: &Parts) -> Result<Outcome> {
    let fields =
        returned.as_object().context("the function returned neither a request nor a response")?;
    if fields.contains_key("status") {
        return generated(fields);
    }
    if !fields.contains_key("uri") && !fields.contains_key("headers") {
        bail!("the function returned neither a request nor a response");
    }
    request(fields, parts).map(|it| Outcome::Continue(Box::new(it)))
}

fn request(fields: &Map<String, Value>, parts: &Parts) -> Result<Parts> {
    let field = |name: &str| fields.get(name).and_then(Value::as_str);
    ensure!(
        field("method") == Some(parts.method.as_str()),
        "the function changed the read-only method"
    );
    let body = fields.get("body").and_then(|it| it.get("action")).and_then(Value::as_str);
    ensure!(
        body != Some("replace"),
        "the function replaced a body, which the local edge does not hand out"
    );
    let uri = field("uri").context("the function returned a request without a uri")?;
    let query = field("querystring").unwrap_or_default();
    ensure!(uri.starts_with('/'), "the function returned a uri that does not begin with a slash");
    ensure!(uri.len() + query.len() < URL_MAX, "the function returned a uri that is too long");
    let given = headers(fields)?;
    for name in given.keys().chain(parts.headers.keys()).map(HeaderName::as_str) {
        let same = given.get_all(name).iter().eq(parts.headers.get_all(name).iter());
        ensure!(!is_read_only(name) || same, "the function changed the read-only header {name}");
        let added =
            (is_disallowed(name) || name == VIEWER_COUNTRY && !same) && given.contains_key(name);
        ensure!(!added, "the function added the disallowed header {name}");
    }
    let mut changed = parts.clone();
    let unchanged = uri == parts.uri.path() && query == parts.uri.query().unwrap_or_default();
    if !unchanged {
        let text = if query.is_empty() { uri.to_owned() } else { format!("{uri}?{query}") };
        changed.uri = text.parse().context("the function returned a uri that is not valid")?;
    }
    // What the function could not see it could not delete either.
    let hidden = parts.headers.iter().filter(|(name, _)| is_disallowed(name.as_str()));
    changed.headers = hidden.map(|(name, it)| (name.clone(), it.clone())).collect();
    changed.headers.extend(given);
    Ok(changed)
}

fn generated(fields: &Map<String, Value>) -> Result<Outcome> {
    let status =
        fields.get("status").and_then(Value::as_str).context("the status is not a string")?;
    let code: u16 = status.parse().context("the status is not a number")?;
    ensure!((200..=599).contains(&code), "the status is not between 200 and 599");
    let description = fields.get("statusDescription").unwrap_or(&Value::Null);
    ensure!(
        description.is_null() || description.is_string(),
        "the status description is not a string"
    );
    let headers = headers(fields)?;
    for name in headers.keys().map(HeaderName::as_str) {
        let forbidden = is_disallowed(name) || is_read_only(name);
        ensure!(!forbidden, "the function set the header {name}, which it must not");
    }
    let body = body(fields)?;
    ensure!(code != 204 || body.is_empty(), "an answer with status 204 has a body");
    let size: usize = headers.iter().map(|(name, it)| name.as_str().len() + it.len()).sum();
    ensure!(size + body.len() <= GENERATED_MAX, "the answer is larger than 40 KB");
    let reason = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|it| it.get("error").and_then(Value::as_str).map(str::to_owned));
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(code)?;
    *response.headers_mut() = headers;
    Ok(Outcome::Answer { response, reason })
}

fn body(fields: &Map<String, Value>) -> Result<Vec<u8>> {
    let body = match fields.get("body") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(it) => it.as_str().context("the body is not a string")?,
    };
    match fields.get("bodyEncoding").and_then(Value::as_str) {
        None | Some("text") => Ok(body.as_bytes().to_vec()),
        Some("base64") => STANDARD.decode(body).context("the body is not base64"),
        Some(other) => bail!("the body encoding {other} is unknown"),
    }
}

/// `{"name": [{"key": "Name", "value": "…"}]}`
fn headers(fields: &Map<String, Value>) -> Result<HeaderMap> {
    let mut out = HeaderMap::new();
    let Some(headers) = fields.get("headers") else { return Ok(out) };
    let headers = headers.as_object().context("the headers are not an object")?;
    for (name, values) in headers {
        ensure!(*name == name.to_ascii_lowercase(), "the header name {name} is not in lower case");
        let values =
            values.as_array().with_context(|| format!("the header {name} is not a list"))?;
        let name: HeaderName = name.parse().context("a header name is not valid")?;
        for entry in values {
            let key = entry.get("key").and_then(Value::as_str);
            let same = key.is_none_or(|it| it.eq_ignore_ascii_case(name.as_str()));
            ensure!(same, "the key of the header {name} is another name");
            let value = entry.get("value").and_then(Value::as_str);
            let value = value.with_context(|| format!("the header {name} has no value"))?;
            let value = HeaderValue::from_str(value)
                .with_context(|| format!("the header {name} is not valid"))?;
            out.append(name.clone(), value);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> Parts {
        let request = http::Request::builder()
            .uri("/a%20b?x=1")
            .header("host", "h")
            .header("authorization", "Bearer t")
            .header("x-real-ip", "1");
        request.body(()).unwrap().into_parts().0
    }

    fn going_on(edit: impl FnOnce(&mut Value)) -> Result<Parts> {
        let mut request = json!({"method": "GET", "uri": "/a%20b", "querystring": "x=1",
            "headers": {"host": [{"key": "Host", "value": "h"}], "authorization": [{"value": "Bearer t"}]}});
        edit(&mut request);
        match outcome(&request, &parts())? {
            Outcome::Continue(parts) => Ok(*parts),
            Outcome::Answer { .. } => bail!("an answer"),
        }
    }

    #[test]
    fn edits_of_the_request_are_applied() {
        let same = going_on(|_| {}).unwrap();
        assert_eq!(same.uri, parts().uri);
        assert!(same.headers.contains_key("x-real-ip"));
        let edited = going_on(|it| {
            it["headers"].as_object_mut().unwrap().remove("authorization");
            it["headers"]["if-none-match"] = json!([{"value": "*"}]);
            it["querystring"] = json!("");
        })
        .unwrap();
        assert!(!edited.headers.contains_key("authorization"));
        assert_eq!(edited.headers["if-none-match"], "*");
        assert_eq!(edited.uri, "/a%20b");
    }

    #[test]
    fn what_a_function_must_not_do() {
        let edits: [fn(&mut Value); 6] = [
            |it| it["headers"]["host"] = json!([{"value": "other"}]),
            |it| it["headers"]["connection"] = json!([{"value": "close"}]),
            |it| it["headers"]["via"] = json!([{"value": "me"}]),
            |it| it["headers"]["A"] = json!([{"value": "upper case"}]),
            |it| it["method"] = json!("PUT"),
            |it| it["uri"] = json!("a"),
        ];
        for edit in edits {
            assert!(going_on(edit).is_err());
        }
    }

    #[test]
    fn answers_are_validated() {
        let answer = |it: Value| match outcome(&it, &parts()) {
            Ok(Outcome::Answer { response, reason }) => Ok((response.status().as_u16(), reason)),
            Ok(Outcome::Continue(_)) => Err("went on".to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let denied = json!({"status": "401", "body": "{\"error\":\"token-expired\"}"});
        assert_eq!(answer(denied), Ok((401, Some("token-expired".to_owned()))));
        for bad in [
            json!({"status": 401}),
            json!({"status": "199"}),
            json!({"status": "204", "body": "x"}),
            json!({"status": "200", "body": "x".repeat(GENERATED_MAX + 1)}),
            json!({"status": "200", "headers": {"via": [{"value": "a"}]}}),
            json!({"status": "200", "headers": {"x-cache": [{"value": "a"}]}}),
            json!({"status": "200", "headers": {"a": "b"}}),
            json!("text"),
            json!({}),
            Value::Null,
        ] {
            assert!(answer(bad.clone()).is_err(), "{bad}");
        }
    }
}

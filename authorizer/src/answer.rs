//! What is answered at the edge instead of passing the request on (RFC 6750 §3).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::code::Code;
use crate::cors;
use crate::policy::Policy;
use crate::request::Request;

/// Longer request ids are not repeated.
const MAX_ID: usize = 128;

/// A whole response.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// Why the request was refused; `None` for the answer to a preflight.
    pub code: Option<Code>,
    /// Lower-case names and values; none occurs twice. Nothing in them comes from the request.
    pub headers: Vec<(&'static str, &'a str)>,
    /// A JSON object of less than 1 KB; empty for a preflight and for HEAD.
    pub body: String,
}

impl Answer<'_> {
    /// The answer as `{"status":401,"headers":{"name":"value",…},"body":"…"}`.
    ///
    /// What a host needs to build a response in its own form; `body` is a string holding JSON.
    pub fn to_json(&self) -> String {
        let mut json = String::from("{\"status\":");
        json.push_str(&self.status.to_string());
        json.push_str(",\"headers\":{");
        for (position, (name, value)) in self.headers.iter().enumerate() {
            json.push_str(if position == 0 { "" } else { "," });
            push_text(&mut json, name);
            json.push(':');
            push_text(&mut json, value);
        }
        json.push_str("},\"body\":");
        push_text(&mut json, &self.body);
        json.push('}');
        json
    }
}

/// The refusal for `code`, readable by a page of an allowed origin and kept by no cache.
pub(crate) fn refuse<'a>(policy: &'a Policy, request: &Request<'a>, code: Code) -> Answer<'a> {
    let mut headers = Vec::with_capacity(8);
    headers.extend(code.challenge().map(|challenge| ("www-authenticate", challenge)));
    headers.push(("cache-control", "no-store"));
    headers.push(("content-type", "application/json"));
    headers.push(("x-content-type-options", "nosniff"));
    headers.extend(cors::exposed(policy, request));
    let body = if request.method == "HEAD" { String::new() } else { body(code, request.id) };
    Answer { status: code.status(), code: Some(code), headers, body }
}

fn body(code: Code, id: &str) -> String {
    let mut json = String::from("{\"error\":");
    push_text(&mut json, code.name());
    json.push_str(",\"message\":");
    push_text(&mut json, code.message());
    if code.retry() {
        json.push_str(",\"retry\":true");
    }
    if is_harmless(id) {
        json.push_str(",\"request_id\":");
        push_text(&mut json, id);
    }
    json.push('}');
    json
}

/// CloudFront's request ids are base64url; anything else is not worth the risk of repeating it.
fn is_harmless(id: &str) -> bool {
    (1..=MAX_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'='))
}

/// Appends a JSON string. The texts are our own or a validated policy's: printable ASCII.
fn push_text(json: &mut String, text: &str) {
    json.push('"');
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            json.push('\\');
        }
        json.push(char);
    }
    json.push('"');
}

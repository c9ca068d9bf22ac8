//! What is answered at the edge instead of passing the request on (RFC 6750 §3).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::code::Code;
use crate::cors;
use crate::method::Method;
use crate::policy::Policy;
use crate::request::Request;

/// Longer request ids are not repeated.
const MAX_ID: usize = 128;
/// Two hours: what Chromium caps the value at.
const MAX_AGE: &str = "7200";

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reply {
    /// The request is refused.
    Refusal(Code),
    /// What another request may do (Fetch standard, §3.2.2).
    Preflight,
    /// The browser is told to forget the images it holds.
    SignOut,
}

impl Reply {
    /// All of them, in the order of their [`Reply::number`]s.
    pub(crate) fn all() -> impl Iterator<Item = Reply> {
        let refusals = Code::ALL.into_iter().map(Reply::Refusal);
        [Reply::Preflight, Reply::SignOut].into_iter().chain(refusals)
    }

    /// Which of the answers that [`compile`](crate::compile) has written it is.
    pub fn number(self) -> u8 {
        match self {
            Reply::Preflight => 0,
            Reply::SignOut => 1,
            Reply::Refusal(code) => code.number().saturating_add(2),
        }
    }
}

/// A whole response. Nothing in it comes from the request but its id.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// Why the request was refused, if it was.
    pub code: Option<Code>,
    reply: Reply,
    /// The policy's own text of the request's origin.
    origin: Option<&'a [u8]>,
    methods: &'static str,
    id: &'a [u8],
    has_body: bool,
    has_authorization: bool,
}

impl<'a> Answer<'a> {
    /// The answer to a request with this `id`.
    pub fn new(policy: &Policy<'a>, request: &Request, id: &'a str, reply: Reply) -> Self {
        Answer {
            origin: cors::allowed_origin(policy, request),
            id: id.as_bytes(),
            has_body: request.method != Method::Head,
            has_authorization: request.has("authorization"),
            ..Answer::plain(policy, reply)
        }
    }

    /// The answer to a request about which nothing is known.
    pub(crate) fn plain(policy: &Policy<'a>, reply: Reply) -> Self {
        let code = if let Reply::Refusal(code) = reply { Some(code) } else { None };
        Answer {
            status: code.map_or(204, Code::status),
            code,
            reply,
            origin: None,
            methods: policy.method_list(),
            id: b"",
            has_body: true,
            has_authorization: false,
        }
    }

    /// The same, to a page of this origin.
    pub(crate) fn to_origin(self, origin: &'a [u8]) -> Self {
        Answer { origin: Some(origin), ..self }
    }

    /// The same, to a request with an `Authorization`.
    pub(crate) fn to_authorized(self) -> Self {
        Answer { has_authorization: true, ..self }
    }

    /// Names in lower case and values, piece by piece; no name occurs twice.
    pub fn write_headers(&self, mut write: impl FnMut(&'static str, &'a [u8])) {
        if let Some((name, value)) = self.code.and_then(|code| self.remedy(code)) {
            write(name, value.as_bytes());
        }
        write("cache-control", b"no-store");
        match self.reply {
            Reply::Refusal(_) => {
                write("content-type", b"application/json");
                write("x-content-type-options", b"nosniff");
            }
            Reply::SignOut => write("clear-site-data", b"\"cache\""),
            Reply::Preflight => {}
        }
        write("vary", b"Origin");
        if let Some(origin) = self.origin {
            write("access-control-allow-origin", origin);
            match self.reply {
                Reply::Refusal(_) => write("access-control-expose-headers", b"www-authenticate"),
                // Browsers heed the header only where a request may carry cookies.
                Reply::SignOut => write("access-control-allow-credentials", b"true"),
                Reply::Preflight => {
                    write("access-control-allow-methods", self.methods.as_bytes());
                    write("access-control-allow-headers", b"authorization, content-type");
                    write("access-control-max-age", MAX_AGE.as_bytes());
                }
            }
        }
    }

    /// [`Answer::write_headers`] as a list.
    pub fn headers(&self) -> Vec<(&'static str, &'a str)> {
        let mut headers = Vec::new();
        self.write_headers(|name, value| {
            headers.push((name, core::str::from_utf8(value).unwrap_or_default()));
        });
        headers
    }

    /// What would be accepted instead: a token, or another method (RFC 9110 §15.5.6).
    fn remedy(&self, code: Code) -> Option<(&'static str, &'a str)> {
        if code == Code::MethodNotAllowed {
            return Some(("allow", self.methods));
        }
        self.challenge(code).map(|challenge| ("www-authenticate", challenge))
    }

    /// RFC 6750 §3.1: whoever sent no credentials is told nothing about them. A 400 can be about
    /// something else, and needs no challenge.
    fn challenge(&self, code: Code) -> Option<&'static str> {
        code.challenge().filter(|_| code.status() != 400 || self.has_authorization)
    }

    /// A JSON object of less than 1 KB, piece by piece; nothing where nothing is refused, and for HEAD.
    pub fn write_body(&self, mut write: impl FnMut(&[u8])) {
        let Some(code) = self.code.filter(|_| self.has_body) else { return };
        // All these texts are our own or of a harmless alphabet: none needs an escape.
        write(b"{\"error\":\"");
        write(code.name().as_bytes());
        write(b"\",\"message\":\"");
        write(code.message().as_bytes());
        write(b"\"");
        if code.retry() {
            write(b",\"retry\":true");
        }
        if is_harmless(self.id) {
            write(b",\"request_id\":\"");
            write(self.id);
            write(b"\"");
        }
        write(b"}");
    }

    /// [`Answer::write_body`] in one piece.
    pub fn body(&self) -> String {
        let mut body = String::new();
        self.write_body(|piece| body.push_str(&String::from_utf8_lossy(piece)));
        body
    }

    /// The answer as `{"status":401,"headers":{"name":"value",…},"body":"…"}`; `body` is a string
    /// holding JSON.
    pub fn to_json(&self) -> String {
        let mut json = String::from("{\"status\":");
        json.push_str(&self.status.to_string());
        json.push_str(",\"headers\":{");
        for (position, (name, value)) in self.headers().into_iter().enumerate() {
            json.push_str(if position == 0 { "" } else { "," });
            push_text(&mut json, name);
            json.push(':');
            push_text(&mut json, value);
        }
        json.push_str("},\"body\":");
        push_text(&mut json, &self.body());
        json.push('}');
        json
    }
}

/// CloudFront's request ids are base64url; anything else is not worth the risk of repeating it.
fn is_harmless(id: &[u8]) -> bool {
    let harmless = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
    (1..=MAX_ID).contains(&id.len()) && id.iter().all(harmless)
}

/// Appends a JSON string. The texts are our own or a validated policy's: printable ASCII.
pub(crate) fn push_text(json: &mut String, text: &str) {
    json.push('"');
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            json.push('\\');
        }
        json.push(char);
    }
    json.push('"');
}

//! A local Clerk: key set, session tokens, and of the Frontend API what `clerk-js` needs to load, to
//! be signed in, to fetch tokens and to sign out.
//!
//! <https://clerk.com/docs/reference/frontend-api>

mod page;
mod people;
mod resource;
mod scripts;
mod session;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::HeaderMap;
use http::request::Parts;
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;

pub use crate::clerk::people::User;

use crate::clerk::people::People;
use crate::clerk::session::{Session, Sessions};
use crate::clock::Clock;
use crate::control::reply;
use crate::guard;
use crate::issuer::{Issuer, Rotation};
use crate::signing_key::Algorithm;

/// Of a request: a sign-in is a few hundred bytes.
const BODY_MAX: usize = 64 * 1024;
/// The browser's id in queries, and in a cookie where the app is on the same host.
const CLIENT: &str = "__clerk_db_jwt";
const COOKIE: &str = "__client";
/// What the publishable key names. `clerk-js` knows development instances, which `redirectToSignIn`
/// works for on `localhost`, by this suffix; with a `proxyUrl` it never asks the host itself.
const INSTANCE: &str = "edgegate-local.clerk.accounts.dev";

/// What a local Clerk is started with.
pub struct ClerkOptions {
    /// The folder with the issuer's key.
    pub state: PathBuf,
    /// 0 is any free port.
    pub port: u16,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// What they are signed with.
    pub algorithm: Algorithm,
    /// What they say besides, or, where it is `null`, do not: tokens of other issuers are alike but
    /// for that.
    pub claims: Map<String, Value>,
    /// Folders `node_modules` in which `clerk-js` may be: apps load it from their Clerk.
    pub modules: Vec<PathBuf>,
}

/// A local Clerk that answers until it is dropped.
pub struct LocalClerk {
    url: String,
    publishable_key: String,
    clerk: Arc<Clerk>,
    server: JoinHandle<()>,
}

impl Drop for LocalClerk {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl LocalClerk {
    /// Starts it, on the loopback interface only.
    ///
    /// # Errors
    /// The port is taken, or the key cannot be read or made.
    pub async fn start(options: ClerkOptions) -> Result<Self> {
        Issuer::open_for(&options.state, options.algorithm)?;
        let listener = crate::listen(options.port).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let publishable_key = format!("pk_test_{}", STANDARD_NO_PAD.encode(format!("{INSTANCE}$")));
        let clerk = Arc::new(Clerk {
            url: url.clone(),
            state: options.state,
            issuer: options.issuer,
            algorithm: options.algorithm,
            claims: options.claims,
            modules: options.modules,
            clock: Clock::system(1.0),
            people: People::default(),
            sessions: Sessions::default(),
            aged: AtomicU64::default(),
        });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&clerk));
        let server = tokio::spawn(async move { drop(axum::serve(listener, app).await) });
        Ok(Self { url, publishable_key, clerk, server })
    }

    /// Where it answers: `clerk-js` takes it as `proxyUrl`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// In Clerk's form, of a development instance that does not exist.
    pub fn publishable_key(&self) -> &str {
        &self.publishable_key
    }

    /// The same people and tokens, without HTTP.
    pub(crate) fn inside(&self) -> Arc<Clerk> {
        Arc::clone(&self.clerk)
    }
}

pub(crate) struct Clerk {
    url: String,
    state: PathBuf,
    issuer: String,
    algorithm: Algorithm,
    claims: Map<String, Value>,
    modules: Vec<PathBuf>,
    clock: Clock,
    people: People,
    sessions: Sessions,
    /// How many seconds ago the next token shall have been made.
    aged: AtomicU64,
}

/// A request, taken apart.
struct Asked {
    method: String,
    path: String,
    /// Query and form together.
    fields: HashMap<String, String>,
    body: Bytes,
    /// The page that asks; Clerk makes it the token's `azp`.
    origin: Option<String>,
    client: String,
    /// Under which name it was asked.
    url: String,
}

impl Asked {
    async fn new(request: Request) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, BODY_MAX).await.context("the body is too large")?;
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let mut fields: HashMap<String, String> =
            form_urlencoded::parse(query).into_owned().collect();
        let form = header(&parts.headers, "content-type").unwrap_or_default();
        if form.starts_with("application/x-www-form-urlencoded") {
            fields.extend(form_urlencoded::parse(&body).into_owned());
        }
        // Browsers spare a preflight that way.
        let method = fields.get("_method").cloned().unwrap_or_else(|| parts.method.to_string());
        let client = client(&parts, &fields);
        let path = parts.uri.path().trim_end_matches('/').to_owned();
        let origin = header(&parts.headers, "origin").map(str::to_owned);
        let url = format!("http://{}", header(&parts.headers, "host").unwrap_or("127.0.0.1"));
        Ok(Self { method, path, fields, body, origin, client, url })
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|it| !it.is_empty())
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|it| it.to_str().ok())
}

/// Which browser asks: its id comes in the query, a cookie, or from native apps in a header.
fn client(parts: &Parts, fields: &HashMap<String, String>) -> String {
    let native = header(&parts.headers, "authorization").map(|it| it.trim_start_matches("Bearer "));
    let cookies = header(&parts.headers, "cookie").unwrap_or_default().split("; ");
    let cookie = cookies.filter_map(|it| it.split_once('=')).find(|(name, _)| *name == COOKIE);
    let named = fields.get(CLIENT).map(String::as_str).or(native).or(cookie.map(|(_, it)| it));
    let named = named.filter(|it| it.starts_with("dvb_"));
    named.map_or_else(|| format!("dvb_{}", reply::request_id().replace('-', "")), str::to_owned)
}

async fn answer(State(clerk): State<Arc<Clerk>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // Apps may ask for tokens from wherever they are; only people and programs may change this Clerk.
    let asks_itself = parts.uri.path().starts_with("/_local/");
    if asks_itself && guard::is_foreign(&parts) || !guard::is_here(guard::header(&parts, "host")) {
        let text = "other websites cannot use this";
        return json_of(403, &resource::error("authorization_invalid", text));
    }
    let headers = parts.headers.clone();
    let request = Request::from_parts(parts, body);
    let preflight = request.method() == http::Method::OPTIONS;
    let mut response = if preflight { reply::empty(204) } else { clerk.answer(request).await };
    allow(&headers, &mut response);
    reply::set(&mut response, "cache-control", "no-store");
    response
}

/// CORS as Clerk has it: every page may ask, with credentials.
fn allow(asked: &HeaderMap, response: &mut Response) {
    let Some(origin) = header(asked, "origin") else { return };
    reply::set(response, "access-control-allow-origin", origin);
    reply::set(response, "access-control-allow-credentials", "true");
    reply::set(response, "access-control-expose-headers", "authorization");
    reply::set(response, "vary", "origin");
    if let Some(names) = header(asked, "access-control-request-headers") {
        reply::set(response, "access-control-allow-headers", names);
        reply::set(response, "access-control-allow-methods", "GET, POST, PUT, PATCH, DELETE");
    }
}

impl Clerk {
    async fn answer(&self, request: Request) -> Response {
        let outcome = match Asked::new(request).await {
            Ok(asked) => self.route(&asked).map(|it| (asked.client, it)),
            Err(error) => Err(error),
        };
        match outcome {
            Ok((client, mut response)) => {
                reply::set(&mut response, "authorization", &client);
                let cookie = format!("{COOKIE}={client}; Path=/; HttpOnly; SameSite=Lax");
                reply::set(&mut response, "set-cookie", &cookie);
                response
            }
            Err(error) => json_of(500, &resource::error("internal_error", &format!("{error:#}"))),
        }
    }

    fn route(&self, asked: &Asked) -> Result<Response> {
        let path: Vec<&str> = asked.path.split('/').skip(1).collect();
        Ok(match (asked.method.as_str(), path.as_slice()) {
            ("GET", [".well-known", "jwks.json"]) => {
                json_of(200, &Issuer::open_for(&self.state, self.algorithm)?.jwks())
            }
            (_, ["v1", "environment"]) => json_of(200, &resource::environment(&asked.url)),
            ("POST", ["v1", "dev_browser"]) => {
                json_of(200, &json!({"object": "dev_browser", "id": asked.client}))
            }
            ("DELETE", ["v1", "client"] | ["v1", "client", "sessions"]) => {
                self.sessions.end(&asked.client, None);
                self.both(asked, &Value::Null)?
            }
            (_, ["v1", "client"]) => self.client_alone(asked)?,
            ("POST", ["v1", "client", "sign_ins"]) => self.sign_in(asked)?,
            (_, ["v1", "client", "sessions", id, rest @ ..]) => self.session(asked, id, rest)?,
            (method, ["sign-in"]) => page::sign_in(self, asked, method),
            ("GET", ["npm", "@clerk", package, "dist", file]) => {
                match scripts::find(&self.modules, package, file) {
                    Some(script) => reply::with(200, "text/javascript; charset=utf-8", script),
                    None => missing("resource_not_found", scripts::HINT),
                }
            }
            (_, ["_local", rest @ ..]) => self.local(asked, rest)?,
            _ => missing("resource_not_found", "the local Clerk does not have this"),
        })
    }

    /// Tokens and the end of one session.
    fn session(&self, asked: &Asked, id: &str, rest: &[&str]) -> Result<Response> {
        let Some(session) = self.sessions.find(&asked.client, id) else {
            let text = "nobody is signed in with this session";
            return Ok(json_of(401, &resource::error("authentication_invalid", text)));
        };
        match rest {
            ["tokens", ..] => {
                let jwt = self.mint(&session, asked.origin.as_deref())?;
                Ok(json_of(200, &json!({"object": "token", "jwt": jwt})))
            }
            ["remove" | "end"] => {
                let last = self.describe(&session, asked)?;
                self.sessions.end(&asked.client, Some(id));
                self.both(asked, &last)
            }
            [] | ["touch"] => self.both(asked, &self.describe(&session, asked)?),
            _ => Ok(missing("resource_not_found", "the local Clerk does not have this")),
        }
    }

    /// By ticket, which is the id of a pretend user, or by the address of one with any password.
    fn sign_in(&self, asked: &Asked) -> Result<Response> {
        let name = asked.field("ticket").or(asked.field("identifier")).unwrap_or_default();
        let Some(user) = self.people.find(name) else {
            let text = format!("there is no pretend user {name:?}; GET /_local/users lists them");
            return Ok(json_of(422, &resource::error("form_identifier_not_found", &text)));
        };
        let session = self.sessions.start(&asked.client, user);
        self.both(asked, &resource::sign_in(&session.id, name))
    }

    /// What only a local Clerk has: its users, tokens without a browser, and rotations of the key.
    fn local(&self, asked: &Asked, rest: &[&str]) -> Result<Response> {
        let body = || serde_json::from_slice::<Value>(&asked.body).unwrap_or_default();
        Ok(match (asked.method.as_str(), rest) {
            ("GET", ["users"]) => json_of(200, &json!(self.people.all())),
            ("POST", ["users"]) => match serde_json::from_slice::<User>(&asked.body) {
                Ok(user) => {
                    self.people.put(user.clone());
                    json_of(200, &json!(user))
                }
                Err(error) => {
                    json_of(400, &resource::error("form_param_invalid", &error.to_string()))
                }
            },
            ("POST", ["token"]) => {
                let body = body();
                match self.token(body["user"].as_str().unwrap_or(""), body["azp"].as_str())? {
                    Some(jwt) => json_of(200, &json!({"jwt": jwt})),
                    None => missing("form_identifier_not_found", "there is no such pretend user"),
                }
            }
            ("POST", ["tokens"]) => {
                let age = body()["age"].as_u64().unwrap_or_default();
                self.aged.store(age, Ordering::SeqCst);
                json_of(200, &json!({"age": age}))
            }
            ("POST", ["keys", "rotate"]) => {
                let same = body()["kid"] == "same";
                let rotation = if same { Rotation::SameKid } else { Rotation::NewKid };
                json_of(200, &Issuer::rotate(&self.state, self.algorithm, rotation)?.jwks())
            }
            _ => missing("resource_not_found", "the local Clerk does not have this"),
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn everybody(&self) -> Vec<User> {
        self.people.all()
    }

    pub(crate) fn welcome(&self, user: User) {
        self.people.put(user);
    }

    /// A token of a session without a browser; `None` when there is no such user.
    pub(crate) fn token(&self, user: &str, azp: Option<&str>) -> Result<Option<String>> {
        let user = self.people.find(user);
        let session = user.map(|user| Session { id: format!("sess_{}", user.id), user });
        session.map(|it| self.mint(&it, azp)).transpose()
    }

    fn mint(&self, session: &Session, origin: Option<&str>) -> Result<String> {
        let age = self.aged.swap(0, Ordering::SeqCst);
        let now = (self.clock.now() / 1000).saturating_sub(age);
        let mut claims = session.claims(&self.issuer, origin, now);
        claims.extend(self.claims.clone());
        claims.retain(|_, value| !value.is_null());
        // Read anew each time: another process may have rotated the key.
        Ok(Issuer::open_for(&self.state, self.algorithm)?.mint(&claims))
    }

    fn describe(&self, session: &Session, asked: &Asked) -> Result<Value> {
        let token = self.mint(session, asked.origin.as_deref())?;
        Ok(session.resource(&token, self.clock.now()))
    }

    fn client(&self, asked: &Asked) -> Result<Value> {
        let sessions = self.sessions.of(&asked.client);
        let sessions = sessions.iter().map(|it| self.describe(it, asked));
        let sessions = sessions.collect::<Result<Vec<Value>>>()?;
        Ok(resource::client(&asked.client, &sessions, self.clock.now()))
    }

    fn client_alone(&self, asked: &Asked) -> Result<Response> {
        Ok(json_of(200, &json!({"response": self.client(asked)?, "client": null})))
    }

    /// A resource, and beside it the client as it is now.
    fn both(&self, asked: &Asked, resource: &Value) -> Result<Response> {
        Ok(json_of(200, &json!({"response": resource, "client": self.client(asked)?})))
    }
}

fn json_of(status: u16, body: &Value) -> Response {
    reply::with(status, "application/json", body.to_string())
}

fn missing(code: &str, message: &str) -> Response {
    json_of(404, &resource::error(code, message))
}

//! The story that every local deployment has to tell: real images, real tokens, the real zip.
//!
//! One row, one thing that a user of the stack relies on. It is the smoke test of a deployment and
//! the shortest description of what edgegate does.

pub(crate) mod scene;

use crate::output::{BOLD, DIM, GREEN, RED, say};
use crate::stack::Local;
use crate::token;
use anyhow::{Context, Result};
use config::{Config, Names};
use local::Issuer;
use reqwest::{Client, Method};
use scene::{Image, Scene};
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};

/// What came back.
struct Reply {
    status: u16,
    /// Of `x-cache`: `Hit`, `Miss`, `Error`; empty where there is none.
    cache: String,
    body: Vec<u8>,
}

/// What a row of the story expects.
#[derive(Clone, Copy)]
enum Expected<'a> {
    Status(u16),
    /// 200 with exactly these bytes, and `Hit` or `Miss`.
    Image(&'a [u8], &'static str),
}

/// The teller: where to send requests and what has come of them.
struct Teller<'a> {
    client: Client,
    local: &'a Local,
    failures: usize,
    rows: usize,
}

/// Tells the story to the edge and prints it as a table; whether every row was as it should be.
///
/// # Errors
/// The edge cannot be reached.
pub(crate) async fn run(config: &Config, names: &Names, local: &Local) -> Result<bool> {
    let run = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let run = run.as_millis().to_string();
    say!("\n{BOLD}The story{BOLD:#}  {DIM}{}{DIM:#}", local.edge_url);
    let Some(scene) = Scene::new(config, &local.issuer, &run)? else {
        say!("  no rule lets it upload an image, so there is none");
        return Ok(true);
    };
    let mut teller = Teller { client: client(local)?, local, failures: 0, rows: 0 };
    teller.uploads_and_views(&scene).await?;
    teller.refusals(&scene, config).await?;
    teller.overwrite(&scene, config).await?;
    teller.bucket(&scene, names).await?;
    let (good, rows) = (teller.rows - teller.failures, teller.rows);
    say!("  {good} of {rows} ok");
    Ok(teller.failures == 0)
}

/// One that trusts the certificate of a local edge with TLS.
pub(crate) fn client(local: &Local) -> Result<Client> {
    let Some(path) = &local.certificate else { return Ok(Client::new()) };
    let pem = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let certificate = reqwest::Certificate::from_pem(&pem)?;
    Ok(Client::builder().tls_certs_only([certificate]).build()?)
}

impl Teller<'_> {
    async fn uploads_and_views(&mut self, scene: &Scene<'_>) -> Result<()> {
        let owner = scene.mint(&scene.owner)?;
        for image in &scene.images {
            let title = format!("upload {} with a token", image.name);
            let reply = self.put(&image.path, image, Some(&owner)).await?;
            self.row(&title, &reply, Expected::Status(200));
        }
        for image in &scene.images {
            let title = format!("view {} with that token", image.name);
            let reply = self.get(&image.path, Some(&owner)).await?;
            self.row(&title, &reply, Expected::Image(image.bytes, "Miss"));
        }
        let title = scene.reader_title;
        let fresher = scene.mint(&scene.reader)?;
        let image = scene.first();
        let reply = self.get(&image.path, Some(&fresher)).await?;
        self.row(title, &reply, Expected::Image(image.bytes, "Hit"));
        Ok(())
    }

    async fn refusals(&mut self, scene: &Scene<'_>, config: &Config) -> Result<()> {
        let path = &scene.first().path;
        let mut expired = scene.owner.clone();
        let then = token::now()? - 3600;
        expired.extend(
            token::session(config, "", then, 60)
                .into_iter()
                .filter(|(name, _)| ["iat", "nbf", "exp"].contains(&name.as_str())),
        );
        let mut elsewhere = scene.owner.clone();
        elsewhere.insert("iss".into(), "https://clerk.elsewhere.test".into());
        let forged = forge(&scene.mint(&scene.owner)?, &scene.issuer.mint(&expired))?;
        let tokens = [
            ("view without a token", None),
            ("view with an expired token", Some(scene.issuer.mint(&expired))),
            ("view with a forged token", Some(forged)),
            ("view with a token of another issuer", Some(scene.issuer.mint(&elsewhere))),
        ];
        for (title, token) in tokens {
            let reply = self.get(path, token.as_deref()).await?;
            self.row(title, &reply, Expected::Status(401));
        }
        if let Some(foreign) = &scene.foreign_path {
            let owner = scene.mint(&scene.owner)?;
            let reply = self.put(foreign, scene.first(), Some(&owner)).await?;
            self.row("upload into another user's folder", &reply, Expected::Status(403));
        }
        Ok(())
    }

    async fn overwrite(&mut self, scene: &Scene<'_>, config: &Config) -> Result<()> {
        let image = scene.first();
        let reply = self.put(&image.path, image, Some(&scene.mint(&scene.owner)?)).await?;
        let (title, status) = if config.uploads.create_only {
            ("upload to the same path again", 412)
        } else {
            ("overwrite it, as uploads.create_only = false allows", 200)
        };
        self.row(title, &reply, Expected::Status(status));
        Ok(())
    }

    async fn bucket(&mut self, scene: &Scene<'_>, names: &Names) -> Result<()> {
        let url = format!("{}/{}{}", self.local.control_url, names.bucket, scene.first().path);
        let reply = self.send(Method::GET, &url, None, None).await?;
        self.row("ask the bucket itself, unsigned", &reply, Expected::Status(403));

        let url = format!("{}/_local/origin-requests", self.local.control_url);
        let seen = self.send(Method::GET, &url, None, None).await?;
        let seen: Vec<Value> = serde_json::from_slice(&seen.body)?;
        let signed = |it: &Value| it["authorization_scheme"] == "AWS4-HMAC-SHA256";
        let strays = seen.iter().filter(|it| !signed(it)).count();
        let title = "requests that reached the bucket: none with a viewer's token";
        let got = format!("{strays} of {}", seen.len());
        self.print(title, &got, strays == 0 && seen.len() >= scene.images.len());
        Ok(())
    }

    async fn get(&self, path: &str, token: Option<&str>) -> Result<Reply> {
        self.send(Method::GET, &format!("{}{path}", self.local.edge_url), token, None).await
    }

    async fn put(&self, path: &str, image: &Image, token: Option<&str>) -> Result<Reply> {
        let url = format!("{}{path}", self.local.edge_url);
        self.send(Method::PUT, &url, token, Some(image)).await
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        token: Option<&str>,
        image: Option<&Image>,
    ) -> Result<Reply> {
        let mut request = self.client.request(method, url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(image) = image {
            request = request.header("content-type", image.content_type).body(image.bytes);
        }
        let response = request.send().await.with_context(|| format!("cannot reach {url}"))?;
        let cache = response.headers().get("x-cache").and_then(|it| it.to_str().ok());
        let cache = cache.and_then(|it| it.split(' ').next()).unwrap_or_default().to_owned();
        let status = response.status().as_u16();
        Ok(Reply { status, cache, body: response.bytes().await?.to_vec() })
    }

    fn row(&mut self, title: &str, reply: &Reply, expected: Expected) {
        let good = match expected {
            Expected::Status(status) => reply.status == status,
            Expected::Image(bytes, cache) => {
                reply.status == 200 && reply.body == bytes && reply.cache == cache
            }
        };
        let mut got = reply.status.to_string();
        if let Expected::Image(bytes, _) = expected {
            let same = if reply.body == bytes { "same bytes" } else { "other bytes" };
            got = format!("{got} {} {same}", reply.cache);
        }
        if let (false, Expected::Status(status)) = (good, expected) {
            got = format!("{got}, expected {status}");
        }
        self.print(title, &got, good);
    }

    fn print(&mut self, title: &str, got: &str, good: bool) {
        self.rows += 1;
        self.failures += usize::from(!good);
        let (style, word) = if good { (GREEN, "ok  ") } else { (RED, "FAIL") };
        say!("  {style}{word}{style:#}  {title:<62}  {got}");
    }
}

/// The claims of one token under the signature of another.
fn forge(claims_of: &str, signature_of: &str) -> Result<String> {
    let (signed, _) = claims_of.rsplit_once('.').context("a token has three parts")?;
    let (_, signature) = signature_of.rsplit_once('.').context("a token has three parts")?;
    Ok(format!("{signed}.{signature}"))
}

/// Claims, as a token carries them.
pub(crate) type Claims = Map<String, Value>;

impl Scene<'_> {
    /// A token that was made just now.
    fn mint(&self, claims: &Claims) -> Result<String> {
        let issuer: &Issuer = self.issuer;
        let mut claims = claims.clone();
        let now = token::now()?;
        claims.insert("iat".into(), now.into());
        claims.insert("exp".into(), (now + 60).into());
        Ok(issuer.mint(&claims))
    }
}

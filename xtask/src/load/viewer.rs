//! One viewer at a time: a user with a token that changes, who looks, uploads, and tries what is not
//! allowed.

use super::gallery::{Gallery, Image};
use super::tally::{Cache, Kind, Tally};
use crate::prng::Prng;
use crate::token;
use anyhow::{Context, Result};
use config::Config;
use local::Issuer;
use reqwest::{Client, Method, RequestBuilder};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A token is used for so many requests.
const REQUESTS_PER_TOKEN: u64 = 25;
/// Of a hundred requests.
const UPLOADS: u64 = 4;
/// A request that met a dying process is sent again so often.
const ATTEMPTS: usize = 20;

/// What all viewers share.
pub(super) struct Run {
    pub(super) config: Config,
    pub(super) issuer: Issuer,
    pub(super) edge: String,
    pub(super) http: Client,
    pub(super) gallery: Gallery,
    pub(super) users: u64,
    /// How many requests are still to be made.
    pub(super) left: AtomicU64,
    pub(super) until: Instant,
    pub(super) numbers: AtomicU64,
}

/// What came back.
struct Reply {
    status: u16,
    cache: Cache,
    etag: Option<String>,
    length: Option<usize>,
    body: Vec<u8>,
}

/// A viewer at work.
pub(super) struct Viewer<'a> {
    run: &'a Run,
    prng: Prng,
    user: String,
    bearer: String,
    pub(super) tally: Tally,
}

impl<'a> Viewer<'a> {
    pub(super) fn new(run: &'a Run, seed: u64) -> Result<Self> {
        let (prng, tally) = (Prng(seed), Tally::default());
        let mut viewer = Self { run, prng, user: String::new(), bearer: String::new(), tally };
        viewer.sign_in()?;
        Ok(viewer)
    }

    /// Requests until the time or the number of requests is up.
    pub(super) async fn work(mut self) -> Result<Tally> {
        for count in 1_u64.. {
            let left = self
                .run
                .left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1));
            if left.is_err() || Instant::now() >= self.run.until {
                break;
            }
            if count.is_multiple_of(REQUESTS_PER_TOKEN) {
                self.sign_in()?;
            }
            let image = self.run.gallery.pick(&mut self.prng);
            match self.prng.below(100) {
                it if it < UPLOADS => self.upload().await?,
                it if it < 10 => self.forbidden(&image).await?,
                it if it < 16 => self.part(&image).await?,
                it if it < 20 => self.head(&image).await?,
                it if it < 26 => self.unchanged(&image).await?,
                _ => self.look(&image).await?,
            }
        }
        Ok(self.tally)
    }

    /// Another user, or the same one with a fresher token.
    fn sign_in(&mut self) -> Result<()> {
        self.user = format!("user_{}", self.prng.below(self.run.users));
        let claims = token::session(&self.run.config, &self.user, token::now()?, 60);
        self.bearer = format!("Bearer {}", self.run.issuer.mint(&claims));
        Ok(())
    }

    /// Puts an image into the bucket, once, and looks at it.
    pub(super) async fn upload(&mut self) -> Result<()> {
        let number = self.run.numbers.fetch_add(1, Ordering::Relaxed);
        let image = Gallery::draw(&self.user, number, &mut self.prng);
        let put = self.put(&image.path).body(self.run.gallery.bytes(&image));
        let reply = self.send(Kind::Upload, put).await?;
        if !self.tally.expect(reply.status, 200, &image.path) {
            return Ok(());
        }
        self.look(&image).await?;
        let again = self.put(&image.path).body("other");
        let reply = self.send(Kind::Refusal, again).await?;
        self.tally.expect(reply.status, 412, &image.path);
        self.run.gallery.add(image);
        Ok(())
    }

    /// Looks at each image once. Thousands take longer than a token lives.
    pub(super) async fn look_at_all(&mut self, images: &[Image]) -> Result<()> {
        for (count, image) in (0_u64..).zip(images) {
            if count.is_multiple_of(REQUESTS_PER_TOKEN) {
                self.sign_in()?;
            }
            self.look(image).await?;
        }
        Ok(())
    }

    /// Looks at all of an image.
    pub(super) async fn look(&mut self, image: &Image) -> Result<()> {
        let reply = self.send(Kind::View, self.get(&image.path)).await?;
        if self.tally.expect(reply.status, 200, &image.path) {
            self.tally.read(reply.cache);
            self.tally.compared();
            if !self.run.gallery.is_whole(image, &reply.body) {
                self.tally.corrupted(&image.path);
            }
        }
        Ok(())
    }

    async fn part(&mut self, image: &Image) -> Result<()> {
        let size = image.size() as u64;
        let first = self.prng.below(size);
        let last = first + self.prng.below(size - first);
        let range = self.get(&image.path).header("range", format!("bytes={first}-{last}"));
        let reply = self.send(Kind::View, range).await?;
        if self.tally.expect(reply.status, 206, &image.path) {
            self.tally.read(reply.cache);
            self.tally.compared();
            let whole = reply.body.len() as u64 == last - first + 1;
            let start = usize::try_from(first)?;
            if !whole || !self.run.gallery.is(image, start, &reply.body) {
                self.tally.corrupted(&image.path);
            }
        }
        Ok(())
    }

    async fn head(&mut self, image: &Image) -> Result<()> {
        let head = self.request(Method::HEAD, &image.path).header("authorization", &self.bearer);
        let reply = self.send(Kind::View, head).await?;
        if self.tally.expect(reply.status, 200, &image.path) {
            self.tally.compared();
            if reply.length != Some(image.size()) {
                self.tally.corrupted(&image.path);
            }
        }
        Ok(())
    }

    /// Looks, and then asks whether that is still the image.
    async fn unchanged(&mut self, image: &Image) -> Result<()> {
        let reply = self.send(Kind::View, self.get(&image.path)).await?;
        if !self.tally.expect(reply.status, 200, &image.path) {
            return Ok(());
        }
        self.tally.read(reply.cache);
        let etag = reply.etag.context("an image without an ETag")?;
        let again = self.get(&image.path).header("if-none-match", etag);
        let reply = self.send(Kind::View, again).await?;
        self.tally.expect(reply.status, 304, &image.path);
        Ok(())
    }

    /// What must be refused, whatever is cached.
    async fn forbidden(&mut self, image: &Image) -> Result<()> {
        let plain = self.request(Method::GET, &image.path);
        let (request, status) = match self.prng.below(4) {
            0 => (plain, 401),
            1 => (plain.header("authorization", self.forged()), 401),
            2 => (plain.header("authorization", self.expired()?), 401),
            _ => (self.put("/users/somebody_else/image.jpg").body("mine"), 403),
        };
        let reply = self.send(Kind::Refusal, request).await?;
        self.tally.expect(reply.status, status, &image.path);
        Ok(())
    }

    /// The token with one bit of its signature turned.
    fn forged(&self) -> String {
        let (rest, last) = self.bearer.split_at(self.bearer.len() - 8);
        let turned = if last.starts_with('A') { 'B' } else { 'A' };
        format!("{rest}{turned}{}", &last[1..])
    }

    fn expired(&self) -> Result<String> {
        let claims = token::session(&self.run.config, &self.user, token::now()?, -60);
        Ok(format!("Bearer {}", self.run.issuer.mint(&claims)))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.run.http.request(method, format!("{}{path}", self.run.edge))
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path).header("authorization", &self.bearer)
    }

    fn put(&self, path: &str) -> RequestBuilder {
        let put = self.request(Method::PUT, path).header("content-type", "image/jpeg");
        put.header("authorization", &self.bearer)
    }

    /// Sends a request, and again for as long as it meets a process that dies, which the edge answers
    /// with 503 before anything else has happened.
    async fn send(&mut self, kind: Kind, request: RequestBuilder) -> Result<Reply> {
        for _ in 0..ATTEMPTS {
            let copy = request.try_clone().context("a request that cannot be sent again")?;
            let start = Instant::now();
            let answer = copy.send().await.context("the edge does not answer")?;
            let header = |name: &str| {
                answer.headers().get(name).and_then(|it| it.to_str().ok()).map(str::to_owned)
            };
            let cache = header("x-cache").unwrap_or_default();
            let (status, etag) = (answer.status().as_u16(), header("etag"));
            let length = header("content-length").and_then(|it| it.parse().ok());
            let body = answer.bytes().await.context("an answer that stops half way")?.to_vec();
            let from = if cache.starts_with("Hit") { Cache::Hit } else { Cache::Miss };
            self.tally.took(kind, from, start.elapsed());
            if status == 503 && cache.starts_with("LambdaExecutionError") {
                self.tally.died();
                continue;
            }
            return Ok(Reply { status, cache: from, etag, length, body });
        }
        anyhow::bail!("the edge refused a request {ATTEMPTS} times over")
    }
}

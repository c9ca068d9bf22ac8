//! Who uploads what where, so that the story fits the rules of any configuration.

use super::Claims;
use crate::{claims, token};
use anyhow::{Context, Result};
use authorizer::{Decision, Header, Keys, Policy, Request};
use config::{Config, Rule};
use local::Issuer;
use std::path::{Path, PathBuf};

/// A file that comes with edgegate, and where the story puts it.
pub(super) struct Image {
    pub(super) name: &'static str,
    pub(super) content_type: &'static str,
    pub(super) bytes: &'static [u8],
    pub(super) path: String,
}

pub(super) struct Scene<'a> {
    pub(super) issuer: &'a Issuer,
    /// Claims of the user who uploads.
    pub(super) owner: Claims,
    /// Claims of whoever views what is cached already.
    pub(super) reader: Claims,
    pub(super) reader_title: &'static str,
    pub(super) images: Vec<Image>,
    /// Where the owner may not upload; `None` where the rules let them upload anywhere.
    pub(super) foreign_path: Option<String>,
}

const FILES: [(&str, &str, &[u8]); 3] = [
    ("dusk.jpg", "image/jpeg", include_bytes!("../../../tests/images/dusk.jpg")),
    ("gate.png", "image/png", include_bytes!("../../../tests/images/gate.png")),
    ("dusk.webp", "image/webp", include_bytes!("../../../tests/images/dusk.webp")),
];

/// One of them without a place.
pub(crate) struct File {
    pub(crate) content_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

/// The first that the configuration lets in.
pub(crate) fn upload_file(config: &Config) -> Option<File> {
    let (_, content_type, bytes) = FILES.into_iter().find(|it| is_let_in(config, it))?;
    Some(File { content_type, bytes })
}

/// Puts the first of them into the folder, and says where it is.
pub(crate) fn image_file(folder: &Path) -> Result<PathBuf> {
    let (name, _, bytes) = FILES[0];
    let file = folder.join(name);
    std::fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

const OWNER: &str = "user_ada";
const OTHER: &str = "user_grace";

impl<'a> Scene<'a> {
    /// `run` tells the files of this run from those of others. `None` when no rule allows an
    /// upload that the story could make.
    pub(super) fn new(config: &Config, issuer: &'a Issuer, run: &str) -> Result<Option<Self>> {
        let Some(rule) = upload_rule(config) else { return Ok(None) };
        let images: Vec<_> = images(config, rule, run).collect();
        let Some(first) = images.first() else { return Ok(None) };

        let judge = Judge::new(config, issuer)?;
        let owner = claims(config, rule, OWNER)?;
        let other = claims(config, rule, OTHER)?;
        let may_view = judge.allows("GET", &first.path, &other);
        let (reader, reader_title) = if may_view {
            (other, "view it with a fresher token of another user")
        } else {
            (owner.clone(), "view it with a fresher token")
        };
        let foreign_path = place(rule, OTHER, &format!("story-{run}-foreign"));
        let may_upload = judge.allows("PUT", &foreign_path, &owner);
        let foreign_path = (!may_upload).then_some(foreign_path);
        Ok(Some(Self { issuer, owner, reader, reader_title, images, foreign_path }))
    }

    pub(super) fn first(&self) -> &Image {
        &self.images[0]
    }
}

/// The first rule that lets many files be uploaded.
pub(crate) fn upload_rule(config: &Config) -> Option<&Rule> {
    // With the token of a session, which is what the local issuer makes.
    let uploads = |rule: &&Rule| rule.methods.iter().any(|it| it == "PUT") && rule.tokens.is_none();
    config.rules.iter().filter(uploads).find(|rule| rule.path.ends_with('*'))
}

/// Those of our files that the configuration lets in.
fn images<'a>(
    config: &'a Config,
    rule: &'a Rule,
    run: &'a str,
) -> impl Iterator<Item = Image> + 'a {
    FILES.into_iter().filter(move |it| is_let_in(config, it)).map(
        move |(name, content_type, bytes)| {
            let path = place(rule, OWNER, &format!("story-{run}-{name}"));
            Image { name, content_type, bytes, path }
        },
    )
}

fn is_let_in(config: &Config, (_, content_type, bytes): &(&str, &str, &[u8])) -> bool {
    let fits = u64::try_from(bytes.len()).is_ok_and(|it| it <= config.uploads.max_size);
    fits && config.uploads.content_types.iter().any(|it| it == content_type)
}

/// The rule's template, filled in for a user; the last wildcard becomes the file.
pub(crate) fn place(rule: &Rule, user: &str, file: &str) -> String {
    filled(rule, |claim| Some(value(claim, user)), file).unwrap_or_default()
}

/// The same with those claims; `None` where one of them is missing.
pub(crate) fn filled(
    rule: &Rule,
    claim: impl Fn(&str) -> Option<String>,
    file: &str,
) -> Option<String> {
    let segments: Vec<_> = rule.path.split('/').collect();
    let last = segments.len().saturating_sub(1);
    let filled = |(at, segment): (usize, &&str)| match segment.strip_prefix('{') {
        Some(name) => claim(name.trim_end_matches('}')),
        None if at == last => Some(file.to_owned()),
        None if segment.starts_with('*') => Some("album".to_owned()),
        None => Some((*segment).to_owned()),
    };
    let all: Option<Vec<_>> = segments.iter().enumerate().map(filled).collect();
    Some(all?.join("/"))
}

/// What the claim of a template is for a user.
fn value(claim: &str, user: &str) -> String {
    if claim == "sub" { user.to_owned() } else { format!("{}_{user}", claim.replace('.', "_")) }
}

/// A session of the user with every claim that the rule asks for.
pub(crate) fn claims(config: &Config, rule: &Rule, user: &str) -> Result<Claims> {
    let provider = config.issuer.provider;
    let mut claims = token::session(config, user, token::now()?, 60);
    let in_path = rule.path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'));
    in_path.for_each(|claim| claims::set(provider, &mut claims, claim, value(claim, user)));
    for (claim, requirement) in &rule.require {
        claims::meet(provider, &mut claims, claim, requirement);
    }
    Ok(claims)
}

/// The authorizer itself, asked what it would say.
struct Judge<'a> {
    policy: Vec<u8>,
    keys: Keys,
    issuer: &'a Issuer,
    now: u64,
    config: &'a Config,
}

impl<'a> Judge<'a> {
    fn new(config: &'a Config, issuer: &'a Issuer) -> Result<Self> {
        let policy = authorizer::compile(&config.rules_json())?;
        let keys = Keys::parse(&issuer.jwks().to_string())?;
        Ok(Self { policy, keys, issuer, now: u64::try_from(token::now()?)?, config })
    }

    fn allows(&self, method: &str, path: &str, claims: &Claims) -> bool {
        let token = format!("Bearer {}", self.issuer.mint(claims));
        let image = self.config.uploads.content_types.first().map_or("", String::as_str);
        let header = Header::new;
        let upload = [
            header("authorization", &token),
            header("content-type", image),
            header("content-length", "1"),
        ];
        let headers = if method == "PUT" { &upload[..] } else { &upload[..1] };
        let request = Request::new((method, path, ""), "story", headers);
        let policy = Policy::load(&self.policy);
        let decide =
            |policy| authorizer::decide(&policy, &self.keys, self.now, &request, |_, _, _| true);
        matches!(policy.map(decide), Some(Decision::Allow(_)))
    }
}

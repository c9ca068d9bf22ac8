//! What the page of the local cloud asks: how requests are judged, and what other rules would do.

use crate::explain::{Ask, Court, keys};
use crate::stack::{self, Local, Stack};
use crate::{deploy, output, program, token};
use anyhow::{Context, Result};
use config::{Config, Editable, Invalid};
use engine::Goal;
use local::{Access, Desk, Person, Promise, Visit};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The desk of a stack in a local cloud of this process.
pub(crate) struct LocalDesk {
    /// `edgegate.toml`, which is only read; none when this process deploys nothing.
    file: Option<PathBuf>,
    /// Where the cloud is, once it is there.
    place: OnceLock<Place>,
    /// Rules that were deployed from the page.
    tried: Mutex<Option<String>>,
    /// One deployment at a time.
    deploying: tokio::sync::Mutex<()>,
    /// What judges the requests that arrive, and its folder.
    court: Mutex<Option<(PathBuf, Arc<Court>)>>,
}

struct Place {
    control_url: String,
    edge_url: String,
    state: PathBuf,
}

impl LocalDesk {
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        let (tried, deploying, court) =
            (Mutex::default(), tokio::sync::Mutex::default(), Mutex::default());
        Self { file, place: OnceLock::new(), tried, deploying, court }
    }

    /// Says where rules that are tried are deployed.
    pub(crate) fn attach(&self, local: &Local, state: &Path) {
        let (control_url, edge_url) = (local.control_url.clone(), local.edge_url.clone());
        // A desk is attached once.
        let _ = self.place.set(Place { control_url, edge_url, state: state.to_owned() });
    }

    fn court(&self, code: &Path) -> Result<Arc<Court>> {
        let mut held = self.court.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, court)) = held.as_ref().filter(|(folder, _)| folder == code) {
            return Ok(Arc::clone(court));
        }
        let court = Arc::new(Court::deployed(code)?);
        *held = Some((code.to_owned(), Arc::clone(&court)));
        Ok(court)
    }

    fn file(&self) -> Result<Editable, Invalid> {
        let empty = || {
            let message = "this cloud was started empty: its rules are those of whoever deploys";
            Invalid::new(message, "start it without --bare to try rules here")
        };
        Editable::load(self.file.as_ref().ok_or_else(empty)?)
    }

    fn tried(&self) -> Option<String> {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Which text the deployed rules were made from: what was tried here, or the file.
    fn sources(&self, code: Option<&Path>) -> Result<Value> {
        let file = self.file()?;
        let deployed = code.map(|it| self.court(it)).transpose()?;
        let deployed = deployed.map_or(Value::Null, |it| it.document()["rules"].clone());
        let is_deployed = |text: &str| file.with(text).is_ok_and(|it| rules(&it) == deployed);
        let tried = self.tried().filter(|it| is_deployed(it));
        let source = match &tried {
            _ if is_deployed(file.rules()) => "file",
            Some(_) => "page",
            None => "elsewhere",
        };
        let text = tried.filter(|_| source == "page").unwrap_or_else(|| file.rules().to_owned());
        Ok(json!({"text": text, "file": file.rules(), "source": source, "deployed": deployed}))
    }

    async fn deploy(&self, text: &str) -> Result<()> {
        let _turn = self.deploying.lock().await;
        let config = self.file()?.with(text)?;
        let place = self.place.get().context("the cloud is not there yet")?;
        let local = Local::near(&place.control_url, &place.edge_url, &place.state)?;
        let stack = Stack::open_in(config, local).await?;
        let mut seen = engine::observe(&stack.cloud).await?;
        let steps = engine::plan(&stack.graph, Goal::Present, &seen);
        deploy::converge(&stack, &steps, &mut seen).await?;
        *self.tried.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
        output::note("rules from the page are deployed here; edgegate.toml is as it was");
        Ok(())
    }

    fn ask(&self, code: &Path, asked: &Access) -> Result<Value> {
        let (court, now) = (self.court(code)?, u64::try_from(token::now()?)?);
        let draft = asked.draft.as_ref().map(|text| -> Result<Court> {
            let config = self.file()?.with(text)?;
            Court::new(&stack::local_rules(&config), keys(code)?)
        });
        let draft = draft.transpose()?;
        let types = court.document()["uploads"]["content_types"].as_array().cloned();
        let types = types.unwrap_or_default();
        let types: Vec<_> = types.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
        let mut cells = Vec::new();
        for (path, person, method) in questions(asked) {
            let ask = Ask::new((method, path), &[], &types, now).bearing(person.token.as_deref());
            let by = |court: &Court| court.explain(&ask).map(|it| it.to_json());
            cells.push(json!({
                "path": path, "person": person.id, "method": method,
                "now": by(&court)?, "draft": draft.as_ref().map(by).transpose()?,
            }));
        }
        Ok(json!({"cells": cells}))
    }
}

fn questions(asked: &Access) -> impl Iterator<Item = (&str, &Person, &str)> {
    let of_path = |path| asked.people.iter().map(move |person| (path, person));
    let all = asked.paths.iter().flat_map(of_path);
    all.flat_map(|(path, person)| {
        asked.methods.iter().map(move |method| (path.as_str(), person, method.as_str()))
    })
}

/// As the function has them.
fn rules(config: &Config) -> Value {
    let document = serde_json::from_str::<Value>(&config.rules_json()).unwrap_or_default();
    document["rules"].clone()
}

/// In the words of the command line.
fn problem(error: &anyhow::Error) -> Value {
    let hint = output::hint(error).map(program::said);
    json!({"ok": false, "message": program::said(&format!("{error:#}")), "hint": hint})
}

impl Desk for LocalDesk {
    fn about(&self) -> Value {
        let config = self.file.as_ref().and_then(|it| Config::load(it).ok());
        let Some(Config { stack, issuer, uploads, .. }) = config else { return Value::Null };
        json!({
            "name": stack.name,
            "explain": program::said("cargo xtask explain"),
            "authorized_parties": issuer.authorized_parties,
            "max_size": uploads.max_size,
            "content_types": uploads.content_types,
        })
    }

    fn explain(&self, code: &Path, visit: &Visit) -> Option<Value> {
        let ask = Ask::arrived(visit, u64::try_from(token::now().ok()?).ok()?);
        Some(self.court(code).ok()?.explain(&ask).ok()?.to_json())
    }

    fn rules(&self, code: Option<&Path>) -> Value {
        self.sources(code).unwrap_or_else(|error| problem(&error))
    }

    fn check(&self, text: &str) -> Value {
        let config = self.file().and_then(|it| it.with(text));
        match config {
            Ok(config) => {
                json!({"ok": true, "rules": rules(&config), "warnings": config.warnings()})
            }
            Err(error) => problem(&error.into()),
        }
    }

    fn apply(&self, text: String) -> Promise<'_, Value> {
        Box::pin(async move {
            match self.deploy(&text).await {
                Ok(()) => json!({"ok": true}),
                Err(error) => problem(&error),
            }
        })
    }

    fn access(&self, code: &Path, asked: &Access) -> Value {
        self.ask(code, asked).unwrap_or_else(|error| problem(&error))
    }
}

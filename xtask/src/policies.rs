//! `policies`: the documents of `policies/` with the names of a stack in them.

use crate::exit::Exit;
use crate::output::say;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use config::{Config, Invalid, Names};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Stands for what the command was not told.
const UNTOLD: &str = "<repository>";

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Document {
    /// What `plan`, `status` and `doctor` call: reads only
    Planner,
    /// What `deploy` calls
    Deployer,
    /// What `deploy --adopt` calls beside that, once
    Adopter,
    /// What `teardown` calls
    Teardown,
    /// Who may plan from GitHub Actions: pull requests and main
    GithubPlannerTrust,
    /// Who may deploy from GitHub Actions: the environment `production`
    GithubDeployerTrust,
}

/// Print the least that AWS must allow for each command, with the names of this stack
#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask policies planner --account 111122223333 > planner.json
  cargo xtask policies github-planner-trust --account 111122223333 --repository me/photos")]
pub(crate) struct PoliciesArgs {
    /// Which one; all of them, by their names, if none is given
    #[arg(value_enum)]
    document: Option<Document>,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "edgegate.toml")]
    config: PathBuf,
    /// The twelve digits of the AWS account
    #[arg(long, value_name = "ID")]
    account: String,
    /// Whose workflows are trusted, for the two documents that trust GitHub
    #[arg(long, value_name = "OWNER/NAME")]
    repository: Option<String>,
}

pub(crate) fn run(args: &PoliciesArgs) -> Result<Exit> {
    let config = Config::load(&args.config)?;
    let is_account = args.account.len() == 12 && args.account.bytes().all(|b| b.is_ascii_digit());
    if !is_account {
        let hint = "aws sts get-caller-identity --query Account --output text";
        return Err(Invalid::new(format!("no AWS account: {:?}", args.account), hint).into());
    }
    let names = Names::new(&config, &args.account);
    let repository = args.repository.as_deref().unwrap_or(UNTOLD);
    let fill = |it: Document| filled_in(it, &names, repository);
    let shown = if let Some(it) = args.document {
        fill(it)?
    } else {
        let all = Document::value_variants().iter();
        let all: Result<_> = all.map(|it| Ok((it.name().to_owned(), fill(*it)?))).collect();
        Value::Object(all?)
    };
    say!("{shown:#}");
    Ok(Exit::Done)
}

impl Document {
    fn name(self) -> &'static str {
        match self {
            Self::Planner => "planner",
            Self::Deployer => "deployer",
            Self::Adopter => "adopter",
            Self::Teardown => "teardown",
            Self::GithubPlannerTrust => "github-planner-trust",
            Self::GithubDeployerTrust => "github-deployer-trust",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Planner => include_str!("../../policies/planner.json"),
            Self::Deployer => include_str!("../../policies/deployer.json"),
            Self::Adopter => include_str!("../../policies/adopter.json"),
            Self::Teardown => include_str!("../../policies/teardown.json"),
            Self::GithubPlannerTrust => include_str!("../../policies/github-planner-trust.json"),
            Self::GithubDeployerTrust => include_str!("../../policies/github-deployer-trust.json"),
        }
    }
}

fn filled_in(document: Document, names: &Names, repository: &str) -> Result<Value> {
    let values = [
        ("<account>", names.account.as_str()),
        ("<bucket>", &names.bucket),
        ("<role>", &names.role),
        ("<function>", &names.function),
        ("<stack>", &names.stack),
        ("<repository>", repository),
    ];
    // Each value is put into a string of JSON, and none of them can hold what would end it.
    let quoted = |it: &str| json!(it).to_string().trim_matches('"').to_owned();
    let text = values
        .iter()
        .fold(document.text().to_owned(), |text, (name, value)| text.replace(name, &quoted(value)));
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", document.name()))
}

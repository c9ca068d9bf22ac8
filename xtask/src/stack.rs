//! A stack with everything a command needs: configuration, code, desired nodes, adapters.

use crate::cli::{CloudArgs, Target};
use crate::{output, token, wasm};
use anyhow::{Context, Result};
use aws::{Adoption, Clients, Endpoint};
use bundle::{Bundle, Parts};
use config::{Config, KeyRefresh, Names};
use engine::{Cloud, Goal, Graph, Lint, Refused, Review, Scope, Snapshot, Step};
use local::{Issuer, LocalClerk, LocalCloud, Options};
use std::path::{Path, PathBuf};
use std::time::Duration;
use time::OffsetDateTime;

/// Of the configuration that edgegate ships with. It does not exist.
pub(crate) const DEMO_ISSUER: &str = "https://clerk.edgegate.example";

/// Where the stack is.
pub(crate) enum Place {
    Aws,
    Local(Box<Local>),
}

/// A local cloud: of another process, or our own for the duration of the command.
pub(crate) struct Local {
    pub(crate) control_url: String,
    pub(crate) edge_url: String,
    state: PathBuf,
    pub(crate) issuer: Issuer,
    /// What clients have to trust for the edge's HTTPS.
    pub(crate) certificate: Option<PathBuf>,
    started: Option<LocalCloud>,
}

pub(crate) struct Stack {
    pub(crate) config: Config,
    pub(crate) names: Names,
    pub(crate) clients: Clients,
    pub(crate) graph: Graph,
    pub(crate) cloud: Cloud,
    pub(crate) place: Place,
}

impl Stack {
    /// Opens the stack of a target, with the code that a deployment would upload.
    pub(crate) async fn open(target: &Target) -> Result<Self> {
        Self::open_adopting(target, Adoption::Refused).await
    }

    /// Opens it, perhaps to take over what `[adopt]` names.
    pub(crate) async fn open_adopting(target: &Target, adoption: Adoption) -> Result<Self> {
        let config = load(&target.config)?;
        let mut place = Place::open(target).await?;
        if let Place::Local(local) = &mut place {
            local.sign_as(&config)?;
        }
        if matches!(place, Place::Aws) && config.issuer.url == DEMO_ISSUER {
            output::warning("this is the demo's Clerk instance: nobody will be let in");
        }
        let bundle = build(&config, place.issuer(), target.authorizer.as_deref())?;
        Self::assemble(config, place, &bundle, Duration::ZERO, adoption).await
    }

    /// Opens it to be removed, for which no code and no keys are needed.
    pub(crate) async fn open_for_removal(target: &Target, patience: Duration) -> Result<Self> {
        let config = Config::load(&target.config)?;
        let place = Place::open(target).await?;
        Self::assemble(config, place, &Bundle::default(), patience, Adoption::Refused).await
    }

    /// Opens it in a local cloud that runs already.
    pub(crate) async fn open_in(config: Config, mut local: Local) -> Result<Self> {
        local.sign_as(&config)?;
        let bundle = build(&config, Some(&local.issuer), None)?;
        let (place, patience) = (Place::Local(Box::new(local)), Duration::ZERO);
        Self::assemble(config, place, &bundle, patience, Adoption::Refused).await
    }

    async fn assemble(
        config: Config,
        place: Place,
        bundle: &Bundle,
        patience: Duration,
        adoption: Adoption,
    ) -> Result<Self> {
        let endpoint = place.endpoint();
        let clients = Clients::connect(endpoint.as_ref(), &config.stack.region).await?;
        if matches!(place, Place::Aws) {
            config.check_account(&clients.account)?;
        }
        let names = Names::new(&config, &clients.account);
        let graph = aws::graph(&config, &names, bundle)?;
        let cloud = aws::cloud(&clients, &names, bundle, patience, adoption, &output::watch());
        Ok(Self { config, names, clients, graph, cloud, place })
    }

    /// What is there, in a stack that is to be or to stay.
    ///
    /// # Errors
    /// It cannot be read, or what `[adopt]` names is not there: something else would be made instead.
    pub(crate) async fn observe(&self) -> Result<Snapshot> {
        let seen = engine::observe(&self.cloud).await?;
        if let Some((resource, name)) =
            self.config.adopted().find(|(resource, _)| !seen.contains_key(resource))
        {
            return Err(Refused {
                message: format!("there is no {} `{name}` to adopt", resource.replace('_', " ")),
                hint: format!("take adopt.{resource} out of edgegate.toml to have one made"),
            }
            .into());
        }
        Ok(seen)
    }

    pub(crate) fn review<'a>(
        &'a self,
        goal: Goal,
        seen: &Snapshot,
        steps: &'a [Step],
    ) -> Review<'a> {
        let Names { stack, account, region, .. } = &self.names;
        let review = Review::new(Scope { stack, account, region }, &self.graph, goal, seen, steps);
        match goal {
            Goal::Present => {
                let cleanup = aws::cleanup(&aws::superseded(&self.graph, seen, steps));
                let lints = lints(&self.config, &self.graph, seen);
                review.with_cleanup(cleanup).with_lints(lints)
            }
            Goal::Absent => review,
        }
    }

    /// What a command that is about to end has to do.
    pub(crate) async fn close(self) {
        self.place.close().await;
    }
}

impl Place {
    pub(crate) async fn open(target: &Target) -> Result<Self> {
        if target.local {
            Local::open(&target.cloud).await.map(|it| Self::Local(Box::new(it)))
        } else {
            Ok(Self::Aws)
        }
    }

    /// What stands in for AWS there.
    pub(crate) fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::Aws => None,
            Self::Local(local) => Some(Endpoint { url: local.control_url.clone() }),
        }
    }

    pub(crate) fn issuer(&self) -> Option<&Issuer> {
        match self {
            Self::Aws => None,
            Self::Local(local) => Some(&local.issuer),
        }
    }

    /// What a command that is about to end has to do.
    pub(crate) async fn close(self) {
        if let Self::Local(local) = self {
            local.close().await;
        }
    }
}

impl Local {
    /// Attaches to the cloud that runs on this state, or starts one on ports of its own.
    async fn open(args: &CloudArgs) -> Result<Self> {
        if let Some(running) = local::running(&args.state) {
            let issuer = Issuer::open(&args.state)?;
            let (control_url, edge_url) = (running.control_url, running.edge_url);
            let certificate = certificate(&args.state, &edge_url);
            let state = args.state.clone();
            return Ok(Self { control_url, edge_url, state, issuer, certificate, started: None });
        }
        Self::start(Options {
            state: args.state.clone(),
            control_port: 0,
            edge_port: 0,
            time_scale: args.time_scale,
            faults: Vec::new(),
            tls: false,
            on_request: None,
            page: None,
        })
        .await
    }

    /// The cloud of this very process, from somewhere else in it.
    pub(crate) fn near(control_url: &str, edge_url: &str, state: &Path) -> Result<Self> {
        let (issuer, certificate) = (Issuer::open(state)?, certificate(state, edge_url));
        let (control_url, edge_url) = (control_url.to_owned(), edge_url.to_owned());
        let state = state.to_owned();
        Ok(Self { control_url, edge_url, state, issuer, certificate, started: None })
    }

    pub(crate) async fn start(options: Options) -> Result<Self> {
        let (issuer, state) = (Issuer::open(&options.state)?, options.state.clone());
        let cloud = local::start(options).await?;
        let (control_url, edge_url) = (cloud.control_url(), cloud.edge_url());
        let certificate = certificate(&state, &edge_url);
        Ok(Self { control_url, edge_url, state, issuer, certificate, started: Some(cloud) })
    }

    /// Has the local issuer sign with what this configuration's tokens are signed with.
    pub(crate) fn sign_as(&mut self, config: &Config) -> Result<()> {
        self.issuer = Issuer::open_for(&self.state, token::algorithm(config))?;
        Ok(())
    }

    /// Lets other commands use it, and the local Clerk beside it.
    pub(crate) fn announce(&self, clerk: Option<&LocalClerk>) -> Result<()> {
        self.started.as_ref().map_or(Ok(()), |it| it.announce(clerk))
    }

    /// The cloud, when it is of this process.
    pub(crate) fn cloud(&self) -> Option<&LocalCloud> {
        self.started.as_ref()
    }

    /// Whether it ends with this command.
    pub(crate) fn is_own(&self) -> bool {
        self.started.is_some()
    }

    pub(crate) async fn close(self) {
        if let Some(cloud) = self.started {
            cloud.shutdown().await;
        }
    }
}

fn certificate(state: &Path, edge_url: &str) -> Option<PathBuf> {
    edge_url.starts_with("https:").then(|| local::certificate_path(state))
}

/// Reads the configuration and says what deserves a second look.
pub(crate) fn load(path: &Path) -> Result<Config> {
    let config = Config::load(path)?;
    config.warnings().iter().for_each(|text| output::warning(text));
    Ok(config)
}

/// What deserves a second look, as of today.
pub(crate) fn lints(config: &Config, graph: &Graph, seen: &Snapshot) -> Vec<Lint> {
    let today = OffsetDateTime::now_utc().date().to_string();
    aws::lints(config, graph, seen, &today)
}

/// Builds the function. In the local cloud the local issuer stands in for Clerk, so its key takes
/// the place of the configured ones; a key file that is there is checked all the same.
pub(crate) fn build(
    config: &Config,
    issuer: Option<&Issuer>,
    authorizer: Option<&Path>,
) -> Result<Bundle> {
    let keys = match issuer {
        Some(issuer) => {
            if config.issuer.keys.exists() {
                config.read_keys()?;
            }
            format!("{:#}\n", issuer.jwks())
        }
        None => config.read_keys()?,
    };
    let wasm = wasm::module(authorizer)?;
    let rules = if issuer.is_some() { local_rules(config) } else { config.rules_json() };
    let bundle = Bundle::new(Parts { wasm: &wasm, rules: &rules, keys: &keys });
    let bundle = bundle.context("cannot make the function's zip")?;
    bundle.warning().iter().for_each(|text| output::warning(text));
    Ok(bundle)
}

/// The local issuer has no address that the function could ask for keys, and Clerk's own keys must
/// not take the place of its.
pub(crate) fn local_rules(config: &Config) -> String {
    let mut config = config.clone();
    config.issuer.key_refresh = KeyRefresh::Off;
    config.rules_json()
}

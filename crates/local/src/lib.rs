//! The cloud on a laptop: the AWS APIs edgegate's deployer uses, over real HTTP, and the
//! CloudFront-like edge that runs the very zip that was uploaded, in real Node.

mod clerk;
mod clock;
mod control;
mod edge;
mod failed;
mod fault;
mod guard;
mod issuer;
mod journal;
mod page;
mod policy;
mod rule;
mod running;
mod signing_key;
mod sigv4;
mod store;
mod tls;
mod wire;
mod xml;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use crate::clerk::{ClerkOptions, LocalClerk, User};
pub use crate::control::disturb::{Disturbance, Kind};
pub use crate::edge::way::{Asked, Ran};
pub use crate::failed::Failed;
pub use crate::issuer::{Issuer, Rotation};
pub use crate::page::{Access, Desk, PageOptions, Person, Promise, Visit};
pub use crate::running::{Running, RunningClerk, running};
pub use crate::signing_key::Algorithm;
pub use crate::tls::{certificate, certificate_path};

use crate::clock::Clock;
use crate::control::Control;
use crate::edge::doors::{Doors, Visitor};
use crate::edge::{Edge, Https};
use crate::page::Page;
use crate::store::Store;
use crate::wire::{Cut, Wires};

/// The account this cloud is.
const ACCOUNT: &str = "000000000000";
/// AWS a hundred times slower than it is would be no use to anybody.
const TIME_SCALE_MAX: f64 = 100.0;
/// How long requests may take to finish after a shutdown has begun.
const GRACE: Duration = Duration::from_secs(1);

/// Called after every request the edge has answered.
pub type OnRequest = Arc<dyn Fn(&Served) + Send + Sync>;

/// What a local cloud is started with.
pub struct Options {
    /// The folder with everything the cloud remembers; made when it is not there.
    pub state: PathBuf,
    /// The port of the AWS APIs; 0 is any.
    pub control_port: u16,
    /// The port of the edge; 0 is any.
    pub edge_port: u16,
    /// How fast AWS's own delays pass: 1 is as slow as AWS, 0 is at once.
    pub time_scale: f64,
    /// What goes wrong on purpose.
    pub faults: Vec<Disturbance>,
    /// Whether the edge speaks HTTPS, with a certificate that it makes itself.
    pub tls: bool,
    /// Told of every request the edge has answered.
    pub on_request: Option<OnRequest>,
    /// Who stands behind the page at the edge's `/_local/`; without them there is none.
    pub page: Option<PageOptions>,
}

/// One request the edge has answered. It holds nothing secret: no token, no header, no query.
#[derive(Clone, Debug)]
pub struct Served {
    /// As `X-Amz-Cf-Id` has it.
    pub id: String,
    pub method: String,
    pub path: String,
    pub status: u16,
    /// `allow`, `deny`, `answer` when the function answered without refusing, or `error` when
    /// there was no decision to make or it failed.
    pub decision: &'static str,
    /// The `error` of a refusal, or what went wrong.
    pub reason: Option<String>,
    /// Which of the edge's locations it was, from zero.
    pub location: u64,
    /// The function, where it ran.
    pub function: Option<Ran>,
    /// The first word of `X-Cache`.
    pub cache: String,
    /// What the bucket was asked, in that order.
    pub origin: Vec<Asked>,
    /// Until the head of the answer was there.
    pub millis: f64,
}

/// A local cloud that serves until it is shut down or dropped.
pub struct LocalCloud {
    control_url: String,
    edge_url: String,
    control: Arc<Control>,
    edge: Arc<Edge>,
    stop: watch::Sender<()>,
    servers: Vec<JoinHandle<()>>,
}

/// Starts both halves: the AWS APIs and the edge, on the loopback interface only.
pub async fn start(options: Options) -> Result<LocalCloud> {
    let scale = options.time_scale;
    ensure!(
        (0.0..=TIME_SCALE_MAX).contains(&scale),
        "the time scale {scale} is not between 0 and {TIME_SCALE_MAX}"
    );
    edge::node::check().await?;
    let store = Store::open(&options.state, Clock::system(options.time_scale))?;
    let control_listener = listen(options.control_port).await?;
    let edge_listener = listen(options.edge_port).await?;
    let control_url = format!("http://{}", control_listener.local_addr()?);
    let (tls, https) = if options.tls {
        (Some(tls::acceptor(&options.state)?), Https::Offered)
    } else {
        (None, Https::Missing)
    };
    let edge_url = format!("{}://{}", https.scheme(), edge_listener.local_addr()?);
    let control = Arc::new(Control::new(store, control_url.clone(), options.faults));
    let (stop, stopped) = watch::channel(());
    let page = options.page.map(|it| Page::new(it, Arc::clone(&control), stopped.clone()));
    let page = page.map(Arc::new);
    let edge = Arc::new(Edge::new(Arc::clone(&control), https, options.on_request, page)?);
    let control_app = Router::new()
        .fallback(control_request)
        .with_state(Arc::clone(&control))
        .into_make_service_with_connect_info::<Cut>();
    let edge_app = Router::new()
        .fallback(edge_request)
        .with_state(Arc::clone(&edge))
        .into_make_service_with_connect_info::<Visitor>();
    let control_server = axum::serve(Wires(control_listener), control_app);
    let control_server = control_server.with_graceful_shutdown(end(stopped.clone()));
    let edge_server = axum::serve(Doors::open(edge_listener, tls)?, edge_app)
        .with_graceful_shutdown(end(stopped));
    // `axum::serve` handles errors of connections itself and ends only with the signal.
    let servers = vec![
        tokio::spawn(async move { drop(control_server.await) }),
        tokio::spawn(async move { drop(edge_server.await) }),
    ];
    Ok(LocalCloud { control_url, edge_url, control, edge, stop, servers })
}

async fn control_request(
    State(control): State<Arc<Control>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> axum::response::Response {
    control.answer(request, &cut).await
}

async fn edge_request(
    State(edge): State<Arc<Edge>>,
    ConnectInfo(visitor): ConnectInfo<Visitor>,
    request: Request,
) -> axum::response::Response {
    edge.answer(visitor, request).await
}

async fn listen(port: u16) -> Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await.with_context(|| {
        let hint = "stop the program that uses it, or choose another port; 0 is any free one";
        Failed::new(format!("cannot listen on 127.0.0.1:{port}"), hint)
    })
}

async fn end(mut stopped: watch::Receiver<()>) {
    // An error means that the cloud was dropped, which stops it just the same.
    let _ = stopped.changed().await;
}

impl LocalCloud {
    /// Lets other processes find it by [`running`], and the local Clerk beside it: for one that
    /// stays.
    ///
    /// # Errors
    /// The state folder cannot be written to.
    pub fn announce(&self, clerk: Option<&LocalClerk>) -> Result<()> {
        let (control_url, edge_url) = (self.control_url(), self.edge_url());
        let clerk = clerk.map(|it| {
            let (url, publishable_key) = (it.url().to_owned(), it.publishable_key().to_owned());
            RunningClerk { url, publishable_key }
        });
        let running = Running { control_url, edge_url, clerk, pid: std::process::id() };
        running.save(self.control.store.dir())
    }

    /// Where the AWS APIs are: the endpoint URL for SDKs and the aws CLI.
    pub fn control_url(&self) -> String {
        self.control_url.clone()
    }

    /// Where the edge is.
    pub fn edge_url(&self) -> String {
        self.edge_url.clone()
    }

    /// The processes that run functions now, by their ids.
    pub fn workers(&self) -> Vec<u32> {
        self.edge.functions().pids()
    }

    /// Kills one of the processes that run functions, in the middle of whatever it does; false when
    /// none runs. `which` counts them, and begins anew after the last one.
    pub fn kill_worker(&self, which: usize) -> bool {
        self.edge.functions().kill(which)
    }

    /// Lets requests finish for a moment, and frees the ports and the state folder.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(());
        for mut server in std::mem::take(&mut self.servers) {
            if tokio::time::timeout(GRACE, &mut server).await.is_err() {
                server.abort();
            }
        }
    }
}

impl Drop for LocalCloud {
    fn drop(&mut self) {
        let _ = self.stop.send(());
        for server in &self.servers {
            server.abort();
        }
        self.edge.functions().stop();
        running::forget(self.control.store.dir());
        self.control.store.release();
    }
}

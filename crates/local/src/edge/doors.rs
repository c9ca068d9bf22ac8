//! The edge's connections. With TLS both HTTPS and plain HTTP come in at the same port, so that what
//! a distribution does to plain HTTP can be seen.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::either::Either;

/// The first byte of a TLS handshake (RFC 8446 §5.1), with which no HTTP request begins.
const HANDSHAKE: u8 = 22;
/// A client that says nothing for that long is let go.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections that wait to be served.
const WAITING: usize = 64;

type Door = Either<TcpStream, TlsStream<TcpStream>>;

/// How a viewer came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// A viewer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visitor {
    pub(crate) address: IpAddr,
    pub(crate) scheme: Scheme,
}

/// Accepts viewers.
pub(crate) struct Doors {
    address: SocketAddr,
    arrived: mpsc::Receiver<(Door, SocketAddr)>,
    porter: JoinHandle<()>,
}

impl Doors {
    pub(crate) fn open(listener: TcpListener, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (send, arrived) = mpsc::channel(WAITING);
        let porter = tokio::spawn(admit(listener, tls, send));
        Ok(Self { address, arrived, porter })
    }
}

impl Drop for Doors {
    fn drop(&mut self) {
        self.porter.abort();
    }
}

/// Lets viewers in, each after a handshake that nobody else waits for.
async fn admit(
    mut listener: TcpListener,
    tls: Option<TlsAcceptor>,
    send: mpsc::Sender<(Door, SocketAddr)>,
) {
    loop {
        // The listener of axum waits after errors such as too many open files, and goes on.
        let (stream, peer) = Listener::accept(&mut listener).await;
        let (tls, send) = (tls.clone(), send.clone());
        tokio::spawn(async move {
            // Who gives up or speaks something else has gone.
            if let Ok(Ok(door)) = tokio::time::timeout(PATIENCE, enter(stream, tls)).await {
                let _ = send.send((door, peer)).await;
            }
        });
    }
}

async fn enter(stream: TcpStream, tls: Option<TlsAcceptor>) -> io::Result<Door> {
    let Some(tls) = tls else { return Ok(Either::Left(stream)) };
    let mut first = [0];
    stream.peek(&mut first).await?;
    if first == [HANDSHAKE] {
        return tls.accept(stream).await.map(Either::Right);
    }
    Ok(Either::Left(stream))
}

impl Listener for Doors {
    type Io = Door;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Door, SocketAddr) {
        match self.arrived.recv().await {
            Some(arrived) => arrived,
            // Nobody comes any more: the runtime is ending.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, Doors>> for Visitor {
    fn connect_info(stream: IncomingStream<'_, Doors>) -> Self {
        let scheme = match stream.io() {
            Either::Left(_) => Scheme::Http,
            Either::Right(_) => Scheme::Https,
        };
        Self { address: stream.remote_addr().ip(), scheme }
    }
}

//! Serves a local cloud until Ctrl-C: `serve <state folder> <control port> <edge port> <time scale>`.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [state, control_port, edge_port, time_scale] = arguments.as_slice() else {
        anyhow::bail!("usage: serve <state folder> <control port> <edge port> <time scale>");
    };
    let cloud = local::start(local::Options {
        state: state.into(),
        control_port: control_port.parse().context("the control port is not a number")?,
        edge_port: edge_port.parse().context("the edge port is not a number")?,
        time_scale: time_scale.parse().context("the time scale is not a number")?,
        faults: Vec::new(),
        on_request: Some(Arc::new(|it: &local::Served| {
            let reason = it.reason.as_deref().unwrap_or_default();
            println!(
                "{} {} {} {} {reason} {} {:.1} ms",
                it.status, it.method, it.path, it.decision, it.cache, it.millis
            );
        })),
    })
    .await?;
    println!("control {}\nedge    {}", cloud.control_url(), cloud.edge_url());
    tokio::signal::ctrl_c().await?;
    cloud.shutdown().await;
    Ok(())
}

//! `bench plan`: what the deployer costs, beside boto3 reading the same stack in the same run.

use super::BenchArgs;
use crate::exit::Exit;
use crate::output::{self, say};
use crate::world::World;
use crate::{conformance, wasm};
use anyhow::{Context, Result, ensure};
use local::Disturbance;
use reqwest::Method;
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4 as _;

/// How long each call is held up: none, as from a machine in the region, as from another continent.
const LATENCIES: [u64; 3] = [0, 40, 120];

/// The life of a stack, with a plan that finds nothing in the middle of it.
const LIFE: [(&str, &str); 5] = [
    ("plan", "plan --config one.toml"),
    ("deploy", "deploy --yes --config one.toml"),
    (NO_OP, "plan --config one.toml"),
    ("one rule more", "deploy --yes --config rule.toml"),
    ("teardown", "teardown --yes --config rule.toml"),
];

const ROUNDS: u32 = 7;
const NO_OP: &str = "no-op plan";
const PEER: &str = "boto3, the same reads";

/// Terraform 1.11.4 with its provider 5.100.0 on this stack, without latency: the median of five
/// no-op plans, measured once on such a machine, not in this run.
const TERRAFORM: Cost = Cost { wall: 11.6, cpu: 8.4, rss: 586.0, calls: 29 };

/// What one process cost: seconds, seconds, MiB.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Cost {
    wall: f64,
    cpu: f64,
    rss: f64,
    calls: usize,
}

/// The median costs of what was run at one latency.
#[derive(Serialize)]
struct Row {
    latency_ms: u64,
    what: &'static str,
    #[serde(flatten)]
    cost: Cost,
}

pub(super) async fn run(args: &BenchArgs) -> Result<Exit> {
    let authorizer = wasm::build_file()?;
    let python = conformance::clients()?.join("python");
    let mut rows = Vec::new();
    let rounds = args.rounds.unwrap_or(ROUNDS).max(1);
    for latency in LATENCIES {
        output::note(&format!("{rounds} rounds, each call held for {latency} ms"));
        let mut lives = Vec::new();
        for _ in 0..rounds {
            lives.push(life(&authorizer, &python, latency).await?);
        }
        rows.extend(medians(latency, &lives));
    }
    show(&rows);
    if let Some(file) = &args.json {
        let text = serde_json::to_string_pretty(&json!({ "plan": rows, "terraform": TERRAFORM }))?;
        let written = std::fs::write(file, text + "\n");
        written.with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(Exit::Done)
}

/// One stack from nothing to nothing, and the peer's reads beside the plan that finds nothing.
async fn life(authorizer: &Path, python: &Path, latency: u64) -> Result<Vec<(&'static str, Cost)>> {
    let folder = std::env::temp_dir().join(format!("edgegate-bench-{}", std::process::id()));
    let slow = Disturbance::latency(Duration::from_millis(latency));
    let world = World::new(folder, authorizer, vec![slow]).await?;
    world.write(
        "rule.toml",
        "[[rules]]\nmethods = [\"GET\", \"PUT\"]\npath = \"/users/{sub}/**\"\n",
    )?;
    let mut costs = Vec::new();
    for (what, line) in LIFE {
        costs.push((what, measure(&world, world.command(line)?).await?));
        if what == NO_OP {
            let mut peer = Command::new(python);
            let script = wasm::workspace().join("tests/bench/read_stack.py");
            peer.arg(script).args([&world.url(), crate::world::STACK]);
            costs.push((PEER, measure(&world, peer).await?));
        }
    }
    world.end().await?;
    Ok(costs)
}

async fn measure(world: &World, mut command: Command) -> Result<Cost> {
    world.page(Method::DELETE, "calls", &Value::Null).await?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let shown = format!("{command:?}");
    let begun = Instant::now();
    let child = command.spawn().with_context(|| format!("cannot start {shown}"))?;
    let used = tokio::task::spawn_blocking(move || child.wait4()).await??;
    let wall = begun.elapsed().as_secs_f64();
    ensure!(used.status.success(), "{shown} failed");
    let calls = world.page(Method::GET, "calls", &Value::Null).await?;
    let cpu = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    let rss = mebibytes(used.rusage.maxrss);
    Ok(Cost { wall, cpu, rss, calls: calls.as_array().map_or(0, Vec::len) })
}

#[expect(clippy::cast_precision_loss, reason = "no process has 2^52 bytes")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

fn medians(latency_ms: u64, lives: &[Vec<(&'static str, Cost)>]) -> Vec<Row> {
    let Some(first) = lives.first() else { return Vec::new() };
    let row = |(at, (what, _)): (usize, &(&'static str, Cost))| {
        let all: Vec<&Cost> =
            lives.iter().filter_map(|life| life.get(at)).map(|it| &it.1).collect();
        let figure = |of: fn(&Cost) -> f64| median(all.iter().map(|it| of(it)).collect());
        let cost = Cost {
            wall: figure(|it| it.wall),
            cpu: figure(|it| it.cpu),
            rss: figure(|it| it.rss),
            calls: all.iter().map(|it| it.calls).max().unwrap_or(0),
        };
        Row { latency_ms, what, cost }
    };
    first.iter().enumerate().map(row).collect()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn show(rows: &[Row]) {
    say!(
        "{:>10}  {:<22} {:>5} {:>9} {:>9} {:>9}",
        "latency",
        "",
        "calls",
        "wall",
        "CPU",
        "peak RSS"
    );
    for Row { latency_ms, what, cost } in rows {
        let Cost { wall, cpu, rss, calls } = cost;
        say!("{latency_ms:>7} ms  {what:<22} {calls:>5} {wall:>7.2} s {cpu:>7.2} s {rss:>5.0} MiB");
    }
    let find = |what| rows.iter().find(|it| it.latency_ms == 0 && it.what == what);
    let (Some(ours), Some(peer)) = (find(NO_OP), find(PEER)) else { return };
    say!("\nno-op plan, without latency, as a share of");
    share("boto3, in this run", &ours.cost, &peer.cost);
    share("Terraform, recorded (11.6 s, 8.4 s, 586 MiB)", &ours.cost, &TERRAFORM);
}

fn share(of: &str, ours: &Cost, theirs: &Cost) {
    say!(
        "  {of:<46} wall 1/{:.1}  CPU 1/{:.1}  RSS 1/{:.1}",
        theirs.wall / ours.wall,
        theirs.cpu / ours.cpu,
        theirs.rss / ours.rss
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_one_is_told() {
        let cost = |wall| Cost { wall, cpu: wall / 2.0, rss: 30.0, calls: 26 };
        let lives = [3.0, 1.0, 2.0].map(|wall| vec![("plan", cost(wall))]);
        let rows = medians(40, &lives);
        assert_eq!((rows.len(), rows[0].latency_ms, &rows[0].cost), (1, 40, &cost(2.0)));
    }
}

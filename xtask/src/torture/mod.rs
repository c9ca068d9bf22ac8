//! `torture`: crashes, faults, changes by hand and commands at once, against the local cloud.

mod invariants;

mod round;

use crate::exit::Exit;
use crate::output;
use crate::prng::Prng;
use crate::wasm;
use crate::world::World;
use anyhow::Result;
use clap::Args;
use round::Blow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tokio::task::JoinSet;

/// Crash, disturb and race edgegate against the local cloud, and check what must always hold
#[derive(Args)]
pub(crate) struct TortureArgs {
    /// The same seed deals the same blows
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many blows
    #[arg(long, default_value_t = 100)]
    pub(crate) rounds: u64,
}

/// So many blows fall before everything must be put right.
const BLOWS_AT_MOST: u64 = 4;

/// What one worker, or all of them, have seen.
#[derive(Default)]
struct Tally {
    blows: BTreeMap<Blow, u64>,
    recoveries: u64,
    violations: Vec<String>,
}

pub(crate) async fn run(args: TortureArgs) -> Result<Exit> {
    let authorizer = wasm::build_file()?;
    // A command waits for its retries half of the time.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let count = u64::try_from(2 * cores)?.min(args.rounds.max(1));
    let mut workers = JoinSet::new();
    for worker in 0..count {
        let rounds = args.rounds / count + u64::from(worker < args.rounds % count);
        workers.spawn(work(args.seed, worker, rounds, authorizer.clone()));
    }
    let mut all = Tally::default();
    while let Some(tally) = workers.join_next().await {
        let tally = tally??;
        tally.blows.into_iter().for_each(|(blow, n)| *all.blows.entry(blow).or_default() += n);
        all.recoveries += tally.recoveries;
        all.violations.extend(tally.violations);
    }
    Ok(tell(&all))
}

fn tell(all: &Tally) -> Exit {
    let rounds: u64 = all.blows.values().sum();
    let blows: Vec<_> = all.blows.iter().map(|(blow, n)| format!("{n} {blow:?}")).collect();
    anstream::println!("{rounds} rounds ({}), {} recoveries", blows.join(", "), all.recoveries);
    for it in &all.violations {
        anstream::println!("{it}");
    }
    anstream::println!("{} violations", all.violations.len());
    if all.violations.is_empty() { Exit::Done } else { Exit::Failed }
}

async fn work(seed: u64, worker: u64, rounds: u64, authorizer: PathBuf) -> Result<Tally> {
    let name = format!("edgegate-torture-{}-{worker}", std::process::id());
    let world = World::new(std::env::temp_dir().join(name), &authorizer, Vec::new()).await?;
    // Far enough apart that no two workers ever see the same numbers.
    let mut prng = Prng(seed.wrapping_add(worker << 48));
    let mut tally = Tally::default();
    let mut blows_left = 0;
    for round in 0..rounds {
        let (blow, mut found) = round::strike(&world, &mut prng).await?;
        *tally.blows.entry(blow).or_default() += 1;
        if blows_left == 0 || round + 1 == rounds {
            blows_left = prng.below(BLOWS_AT_MOST);
            found.extend(round::recover(&world).await?);
            tally.recoveries += 1;
        } else {
            blows_left -= 1;
        }
        for it in found {
            let at = format!("seed {seed}, worker {worker}, round {round}, {blow:?}: {it}");
            output::warning(&at);
            tally.violations.push(at);
        }
    }
    world.end().await?;
    Ok(tally)
}

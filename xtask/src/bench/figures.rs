//! What was measured of the authorizer, and how it is told.

use serde::Deserialize;
use std::collections::BTreeMap;

/// Whom the absolute figures are told of, and how they are called there.
const CONTENDERS: [(&str, &str); 7] = [
    ("ours", "edgegate"),
    ("floor", "floor"),
    ("jose", "jose"),
    ("aws-jwt-verify", "aws-jwt-verify"),
    ("clerk", "@clerk/backend"),
    ("fast-jwt", "fast-jwt"),
    ("own-rsa", "edgegate, feature `rsa`"),
];

/// All of a run.
#[derive(Deserialize)]
pub(super) struct Figures {
    machine: String,
    nodes: Vec<Node>,
}

/// One Node.js.
#[derive(Deserialize)]
struct Node {
    version: String,
    rounds: u32,
    rows: Vec<Row>,
}

/// One thing that was measured.
#[derive(Deserialize)]
struct Row {
    id: String,
    title: String,
    unit: String,
    /// By contender.
    medians: BTreeMap<String, f64>,
    /// Empty where it could not be measured.
    goals: Vec<Goal>,
}

/// The most that ours may be: in multiples of another contender's figure, or by itself.
#[derive(Deserialize)]
struct Goal {
    than: Option<String>,
    most: f64,
    reached: f64,
}

impl Figures {
    /// Both tables, as Markdown.
    pub(super) fn tables(&self) -> String {
        format!("{}\n\n{}", self.table(), self.medians())
    }

    /// The figures to reach, what was measured, and whether that is enough.
    fn table(&self) -> String {
        let mut head = vec![String::new(), "to reach".to_owned()];
        for node in &self.nodes {
            head.extend([format!("Node.js {}", node.major()), "reached".to_owned()]);
        }
        let first = self.nodes.first().map_or(&[][..], |node| &node.rows);
        let lines = first.iter().map(|row| {
            let goals: Vec<_> =
                row.goals.iter().map(|goal| goal.text(goal.most, &row.unit)).collect();
            let mut line = vec![row.title.clone(), format!("≤ {}", goals.join(", "))];
            for row in self.nodes.iter().filter_map(|node| node.row(&row.id)) {
                let reached: Vec<_> =
                    row.goals.iter().map(|goal| goal.text(goal.reached, &row.unit)).collect();
                line.extend([reached.join(", "), row.verdict().to_owned()]);
            }
            line
        });
        draw(&head, lines)
    }

    /// What everybody took, on the newest Node.js that was measured.
    fn medians(&self) -> String {
        let Some(node) = self.nodes.last() else { return String::new() };
        let mut head = vec![format!("Node.js {}", node.major())];
        head.extend(CONTENDERS.map(|(_, title)| title.to_owned()));
        let rows = node.rows.iter().filter(|row| row.medians.len() > 1);
        let lines = rows.map(|row| {
            let figure = |name| row.medians.get(name).map_or(String::new(), |it| short(*it));
            let mut line = vec![format!("{}, {}", row.title, row.unit)];
            line.extend(CONTENDERS.map(|(name, _)| figure(name)));
            line
        });
        draw(&head, lines)
    }

    pub(super) fn note(&self) -> String {
        let nodes: Vec<_> =
            self.nodes.iter().map(|it| format!("{}, {} rounds", it.version, it.rounds)).collect();
        format!("{}: medians of Node.js {}", self.machine, nodes.join("; "))
    }
}

impl Node {
    fn major(&self) -> &str {
        self.version.split('.').next().unwrap_or_default()
    }

    fn row(&self, id: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == id)
    }
}

impl Row {
    fn verdict(&self) -> &'static str {
        match self.goals.as_slice() {
            [] => "not measured: no control group",
            goals if goals.iter().all(|goal| goal.reached <= goal.most) => "yes",
            _ => "**no**",
        }
    }
}

impl Goal {
    /// A small multiple of another's figure is told as a part of it.
    fn text(&self, value: f64, unit: &str) -> String {
        match &self.than {
            None => format!("{} {unit}", short(value)),
            Some(than) if value < 0.05 => format!("1/{:.0} × {than}", 1.0 / value),
            Some(than) => format!("{} × {than}", short(value)),
        }
    }
}

fn short(value: f64) -> String {
    let decimals = [100.0, 10.0].into_iter().filter(|least| value < *least).count();
    format!("{value:.decimals$}")
}

/// As Markdown.
fn draw(head: &[String], lines: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let rule = format!("|{}", "---|".repeat(head.len()));
    let lines = lines.map(|cells| line(&cells));
    [line(head), rule].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

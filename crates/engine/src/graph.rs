//! Nodes in the order of their references.

use crate::{Node, Source, tree};
use anyhow::{Result, ensure};
use std::collections::{BTreeMap, BTreeSet};

/// The nodes of a stack, each after those it refers to.
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    needs: BTreeMap<&'static str, BTreeSet<&'static str>>,
    source: Source,
}

impl Graph {
    /// Sorts the nodes; among those that are ready the given order is kept.
    ///
    /// # Errors
    /// A reference to a node that is not there, or nodes that refer to one another in a circle.
    pub fn new(nodes: Vec<Node>) -> Result<Self> {
        let names: BTreeSet<_> = nodes.iter().map(|node| node.name).collect();
        ensure!(names.len() == nodes.len(), "two resources have the same name");
        let mut needs = BTreeMap::new();
        for node in &nodes {
            let mut found = BTreeSet::new();
            for (target, output) in tree::references(&node.desired) {
                let Some(target) = names.get(target.as_str()) else {
                    anyhow::bail!("{} refers to an unknown `${{{target}.{output}}}`", node.name);
                };
                found.insert(*target);
            }
            needs.insert(node.name, found);
        }
        let nodes = sort(nodes, &needs)?;
        Ok(Self { nodes, needs, source: Source::default() })
    }

    /// Says what it was made from, for plans to say what has changed since.
    #[must_use]
    pub fn made_from(self, source: Source) -> Self {
        Self { source, ..self }
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// In dependency order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name == name)
    }

    /// What the node refers to, directly.
    pub fn needs(&self, name: &str) -> impl Iterator<Item = &'static str> {
        self.needs.get(name).into_iter().flatten().copied()
    }

    /// Whether `name` refers to `other`, directly or through others.
    pub fn depends(&self, name: &str, other: &str) -> bool {
        self.needs(name).any(|it| it == other || self.depends(it, other))
    }
}

fn sort(
    mut waiting: Vec<Node>,
    needs: &BTreeMap<&'static str, BTreeSet<&'static str>>,
) -> Result<Vec<Node>> {
    let mut sorted = Vec::new();
    while !waiting.is_empty() {
        let names: BTreeSet<_> = waiting.iter().map(|node| node.name).collect();
        let (ready, rest): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|node| needs[node.name].is_disjoint(&names));
        ensure!(!ready.is_empty(), "these resources refer to one another in a circle: {names:?}");
        sorted.extend(ready);
        waiting = rest;
    }
    Ok(sorted)
}

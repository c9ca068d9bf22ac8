//! Between the typed properties of a resource file and the engine's trees.

use crate::review;
use anyhow::{Context, Result};
use engine::{Node, Observed};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;

/// The distribution's `status` and the function's `state`.
const TRANSIENT: &[&str] = &["state", "status"];

pub(crate) fn node(
    name: &'static str,
    props: &impl Serialize,
    volatile: &'static [&'static str],
) -> Result<Node> {
    let desired = serde_json::to_value(props)?;
    let judge = review::judge(name);
    Ok(Node { name, desired, volatile, aside: &[], transient: TRANSIENT, judge })
}

pub(crate) fn observed<const N: usize>(
    props: &impl Serialize,
    outputs: [(&str, String); N],
) -> Result<Observed> {
    let outputs = outputs.into_iter().map(|(name, value)| (name.to_owned(), value));
    Ok(Observed {
        props: serde_json::to_value(props)?,
        outputs: outputs.collect::<BTreeMap<_, _>>(),
        ..Observed::default()
    })
}

/// The properties in a tree that [`node`] or [`observed`] made.
pub(crate) fn parse<P: DeserializeOwned>(tree: &Value) -> Result<P> {
    P::deserialize(tree).context("its properties have another shape than expected")
}

pub(crate) fn output<'a>(observed: &'a Observed, name: &str) -> Result<&'a str> {
    let value = observed.outputs.get(name).map(String::as_str);
    value.with_context(|| format!("its `{name}` is not known"))
}

pub(crate) fn sorted(items: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    let mut items: Vec<String> = items.into_iter().map(Into::into).collect();
    items.sort();
    items.dedup();
    items
}

/// Where the next page begins; the last page names none, or an empty one.
pub(crate) fn more(marker: Option<String>) -> Option<String> {
    marker.filter(|it| !it.is_empty())
}

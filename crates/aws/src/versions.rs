//! The published versions of the function, for whoever wants another one than the newest.

use crate::Clients;
use crate::explain::{Explain, found};
use crate::tree::more;
use anyhow::{Context, Result};
use config::Names;

/// One published version.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub number: u64,
    /// With the number at its end.
    pub arn: String,
    /// Which authorizer, rules and keys are in it.
    pub description: String,
}

/// All that there are, in the order of their numbers; none when there is no function.
///
/// # Errors
/// They cannot be listed.
pub async fn versions(clients: &Clients, names: &Names) -> Result<Vec<Version>> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let list = clients.lambda.list_versions_by_function().function_name(&names.authorizer);
        let answer = list.set_marker(marker).send().await.explain();
        let page = found(answer, &["ResourceNotFoundException"]);
        let page = page.context("cannot list the versions of the function")?;
        let Some(page) = page else { return Ok(Vec::new()) };
        all.extend(page.versions.into_iter().flatten().filter_map(|it| {
            // `$LATEST` is no number.
            let number = it.version?.parse().ok()?;
            let description = it.description.unwrap_or_default();
            Some(Version { number, arn: it.function_arn?, description })
        }));
        marker = more(page.next_marker);
        if marker.is_none() {
            break;
        }
    }
    all.sort_by_key(|it| it.number);
    Ok(all)
}

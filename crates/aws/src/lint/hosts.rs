//! Where the pages are, and where the images.

use super::{Said, info};

/// A header `Authorization` from another host needs the browser to ask first (Fetch standard,
/// "CORS-preflight fetch").
pub(super) fn lint(origins: &[String], aliases: &[String]) -> Option<Said> {
    let is_same = |origin: &&String| {
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
        aliases.iter().any(|alias| alias.eq_ignore_ascii_case(host))
    };
    let others: Vec<_> = origins.iter().filter(|it| !is_same(it)).map(String::as_str).collect();
    let sentence = || {
        let others = others.join(" and ");
        format!(
            "images are on another host than the pages of {others}, so that browsers ask before \
             they send a token (a CORS preflight per image)"
        )
    };
    (!others.is_empty()).then(sentence).map(info)
}

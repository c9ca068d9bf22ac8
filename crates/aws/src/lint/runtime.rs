//! Node.js on Lambda comes to an end, version by version.

use super::{Said, info, warning};

/// Lambda developer guide, "Lambda runtimes": the runtime, when AWS gives notice (180 days ahead),
/// when it is deprecated, and when no function can be created with it any more.
const ENDS: [(&str, &str, &str, &str); 3] = [
    ("nodejs20.x", "2025-11-01", "2026-04-30", "2026-08-31"),
    ("nodejs22.x", "2026-11-01", "2027-04-30", "2027-06-01"),
    ("nodejs24.x", "2027-11-02", "2028-04-30", "2028-06-01"),
];

/// Dates of ISO 8601 compare as texts.
pub(super) fn lint(runtime: &str, today: &str) -> Option<Said> {
    let (_, notice, deprecated, blocked) = ENDS.into_iter().find(|it| it.0 == runtime)?;
    let then = format!("AWS creates no functions with it from {blocked} on");
    if today >= deprecated {
        Some(warning(format!("{runtime} is deprecated since {deprecated}, {then}")))
    } else if today >= notice {
        Some(info(format!("{runtime} will be deprecated on {deprecated}, {then}")))
    } else {
        None
    }
}

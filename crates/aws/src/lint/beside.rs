//! What others have attached to a resource, and edgegate leaves there.

use super::{Said, info, warning};
use crate::distribution::UNJUDGED;
use crate::shared::SHARED;
use std::collections::BTreeMap;

pub(super) fn lint(beside: &BTreeMap<String, String>) -> Vec<Said> {
    beside.iter().map(|(name, what)| say(name, what)).collect()
}

fn say(name: &str, what: &str) -> Said {
    match name {
        "permissions boundary" => info(format!(
            "the permissions boundary {what} limits the role: where it does not allow logs, the \
             function writes none"
        )),
        // Amazon S3 user guide, "Amazon S3 server access log format".
        "access log" => info(format!(
            "the access log of the bucket is written to {what}: it names the images and has query \
             strings, and no headers, so no token of a viewer is in it"
        )),
        "replication" => warning(format!(
            "images are copied to {what}: whoever may read there does it past the authorizer"
        )),
        "events" => info(format!("{what} hears of each image that is uploaded")),
        other if what == SHARED => warning(format!(
            "the {other} uses it, too: what this adoption and later deployments change in it changes \
             there as well"
        )),
        other if what == UNJUDGED => warning(format!(
            "the {other} has this bucket behind it, and a behavior without an authorizer: a grant to \
             it would open every image"
        )),
        other => info(format!("the {other} has this bucket behind it, too")),
    }
}

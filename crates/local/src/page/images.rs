//! What is in the bucket behind the edge. The images themselves come through the edge.

use serde_json::{Value, json};

use crate::control::Control;
use crate::control::s3::bucket::Bucket;
use crate::edge::route::Route;

/// How many are listed at a time.
const LIST_MAX: usize = 60;

/// The objects, newest first, `?skip=` so many; sizes in bytes, times in milliseconds since 1970.
pub(crate) fn list(control: &Control, route: Option<&Route>, query: &str) -> Value {
    let skip = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "skip");
    let skip = skip.and_then(|(_, it)| it.parse().ok()).unwrap_or(0);
    let name = route.and_then(|it| it.origin.bucket());
    control.store.read(|cloud| {
        let bucket = name.and_then(|it| cloud.buckets.get(it));
        let (images, total) = bucket.map(|it| page(it, skip)).unwrap_or_default();
        json!({"bucket": name, "images": images, "total": total})
    })
}

fn page(bucket: &Bucket, skip: usize) -> (Vec<Value>, usize) {
    let current = |key: &String| bucket.current(key).map(|it| (it.0.modified, key.clone(), it.1));
    let mut all: Vec<_> = bucket.objects.keys().filter_map(current).collect();
    all.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    let shown = all.iter().skip(skip).take(LIST_MAX).map(|(modified, key, content)| {
        let content_type = content.headers.get("content-type");
        json!({"key": key, "size": content.size, "type": content_type, "modified": modified})
    });
    (shown.collect(), all.len())
}

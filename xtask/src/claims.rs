//! What a token has to say to meet what is asked of it.

use config::{Provider, Requirement};
use serde_json::{Map, Value, json};

/// Has the claims meet a requirement; what must not be there is not put there.
pub(crate) fn meet(
    provider: Provider,
    claims: &mut Map<String, Value>,
    claim: &str,
    requirement: &Requirement,
) {
    let value = match requirement {
        Requirement::AnyOf(values) => json!(values.first()),
        Requirement::Contains(values) => json!(values),
        Requirement::Is(value) => json!(value),
        Requirement::Not(_) | Requirement::Absent => return,
    };
    set(provider, claims, claim, value);
}

/// Puts a claim where session tokens have it: of an organization, version 2 of Clerk's.
pub(crate) fn set(
    provider: Provider,
    claims: &mut Map<String, Value>,
    claim: &str,
    value: impl Into<Value>,
) {
    let value = value.into();
    let organization = match claim {
        _ if provider != Provider::Clerk => return put(claims, claim, value),
        "feature" => return put(claims, "fea", format!("ou:{}", text_after(&value, ':')).into()),
        "org_permission" => return grant(claims, &value),
        "org_id" => "id",
        "org_slug" => "slg",
        "org_role" => "rol",
        _ => return put(claims, claim, value),
    };
    let held = claims.entry("o").or_insert_with(|| json!({"id": "org_story", "slg": "story"}));
    held[organization] = value;
}

/// By its name: a URL is one, of others dots lead into objects.
fn put(claims: &mut Map<String, Value>, name: &str, value: Value) {
    let (outer, inner) = match name.split_once('.') {
        Some((outer, inner)) if !name.contains("://") => (outer, inner),
        _ => return drop(claims.insert(name.to_owned(), value)),
    };
    let place = claims.entry(outer).or_insert_with(|| json!({}));
    if !place.is_object() {
        *place = json!({});
    }
    if let Some(members) = place.as_object_mut() {
        put(members, inner, value);
    }
}

/// `org:photos:read` as version 2 packs it: the first bit of the first feature.
fn grant(claims: &mut Map<String, Value>, permission: &Value) {
    let permission = text_after(permission, ':');
    let (feature, name) = permission.split_once(':').unwrap_or((permission, ""));
    put(claims, "fea", format!("o:{feature}").into());
    let held = claims.entry("o").or_insert_with(|| json!({"id": "org_story", "slg": "story"}));
    (held["per"], held["fpm"]) = (json!(name), json!("1"));
}

/// What follows a prefix, or else everything.
fn text_after(value: &Value, separator: char) -> &str {
    let text = value.as_str().unwrap_or_default();
    text.split_once(separator).map_or(text, |(_, rest)| rest)
}

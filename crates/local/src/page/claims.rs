//! Claims as Clerk's session tokens (version 2) have them.
//!
//! <https://clerk.com/docs/guides/sessions/session-tokens>

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::fault::{Fault, Outcome};

/// What the local Clerk says itself.
const OWN: [&str; 11] = ["v", "iss", "sub", "sid", "sts", "azp", "jti", "fva", "iat", "nbf", "exp"];

/// Bits of a number in `fpm`, as the local Clerk makes them.
const PERMISSIONS_MAX: usize = 128;

/// The organization that is active, and what its member may do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organization {
    id: String,
    #[serde(default)]
    slug: String,
    #[serde(default)]
    role: String,
    /// As `org:photos:read`.
    #[serde(default)]
    permissions: Vec<String>,
}

/// The further claims of a user: those that were typed, and those of the organization.
pub(crate) fn pack(
    mut claims: Map<String, Value>,
    organization: Option<Organization>,
) -> Outcome<Map<String, Value>> {
    let refuse = |text: String| Err(Fault::new(400, "", text));
    let packed = organization.is_some().then_some(["o", "fea"]).into_iter().flatten();
    if let Some(own) = OWN.into_iter().chain(packed).find(|it| claims.contains_key(*it)) {
        return refuse(format!("the claim {own} is made by the local Clerk"));
    }
    let Some(Organization { id, slug, role, permissions }) = organization else {
        return Ok(claims);
    };
    let role = role.trim_start_matches("org:");
    let mut held = json!({"id": id, "slg": slug, "rol": role});
    if permissions.len() > PERMISSIONS_MAX {
        return refuse(format!("at most {PERMISSIONS_MAX} permissions"));
    }
    if !permissions.is_empty() {
        let split = |it: &String| {
            let (feature, name) = it.strip_prefix("org:")?.split_once(':')?;
            let plain = |it: &str| !it.is_empty() && !it.contains([':', ',']);
            (plain(feature) && plain(name)).then(|| (feature.to_owned(), name.to_owned()))
        };
        let Some(pairs) = permissions.iter().map(split).collect::<Option<Vec<_>>>() else {
            return refuse("a permission is written as org:photos:read".to_owned());
        };
        let (features, names, bits) = matrix(&pairs);
        held["per"] = json!(names.join(","));
        held["fpm"] = json!(bits.iter().map(u128::to_string).collect::<Vec<_>>().join(","));
        let features: Vec<_> = features.iter().map(|it| format!("o:{it}")).collect();
        claims.insert("fea".to_owned(), json!(features.join(",")));
    }
    claims.insert("o".to_owned(), held);
    Ok(claims)
}

/// The features, the names of permissions, and for each feature a bit for each name, lowest first.
fn matrix(pairs: &[(String, String)]) -> (Vec<&str>, Vec<&str>, Vec<u128>) {
    let (mut features, mut names) = (Vec::new(), Vec::new());
    for (feature, name) in pairs {
        if !features.contains(&feature.as_str()) {
            features.push(feature.as_str());
        }
        if !names.contains(&name.as_str()) {
            names.push(name.as_str());
        }
    }
    let holds = |feature: &str, name: &str| pairs.iter().any(|it| it.0 == feature && it.1 == name);
    let number = |feature: &&str| {
        let held = names.iter().zip(0..).filter(|(name, _)| holds(feature, name));
        held.fold(0_u128, |bits, (_, at)| bits | 1 << at)
    };
    let bits = features.iter().map(number).collect();
    (features, names, bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(permissions: &[&str]) -> Outcome<Value> {
        let permissions = permissions.iter().map(|&it| it.to_owned()).collect();
        let (id, slug, role) = ("org_1".to_owned(), "one".to_owned(), "org:editor".to_owned());
        pack(Map::new(), Some(Organization { id, slug, role, permissions })).map(Value::Object)
    }

    #[test]
    fn permissions_are_packed_as_version_2_has_them() {
        let claims = packed(&["org:photos:read", "org:reports:write", "org:photos:write"]);
        let claims = claims.ok().unwrap();
        assert_eq!(claims["fea"], "o:photos,o:reports");
        let o = json!({"id": "org_1", "slg": "one", "rol": "editor", "per": "read,write", "fpm": "3,2"});
        assert_eq!(claims["o"], o);
        assert!(packed(&["photos:read"]).is_err());
        assert!(packed(&["org:photos"]).is_err());
    }

    #[test]
    fn what_clerk_says_itself_is_not_typed() {
        let claims = json!({"sub": "user_other"}).as_object().cloned().unwrap();
        assert!(pack(claims, None).is_err());
        let claims = json!({"plan": "pro"}).as_object().cloned().unwrap();
        assert_eq!(pack(claims.clone(), None).ok(), Some(claims));
    }
}

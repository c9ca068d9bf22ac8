//! Whom the page can be signed in as: the local Clerk's pretend users, and its tokens for them.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::clerk::{Clerk, User};
use crate::fault::{Fault, Outcome};
use crate::page::claims::{Organization, pack};
use crate::page::desk::{Access, Person};

/// More would be no table that anybody reads.
const PATHS_MAX: usize = 60;
const PEOPLE_MAX: usize = 20;

/// Somebody who is to be added, or changed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Added {
    id: String,
    #[serde(default)]
    name: String,
    organization: Option<Organization>,
    #[serde(default)]
    claims: Map<String, Value>,
}

/// Whose token is asked for, and which app Clerk takes to be asking.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    user: String,
    azp: Option<String>,
}

/// Who could do what.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// Ids; null is nobody.
    people: Vec<Option<String>>,
    azp: Option<String>,
    paths: Vec<String>,
    methods: Vec<String>,
    draft: Option<String>,
}

pub(crate) fn all(clerk: &Clerk) -> Value {
    json!(clerk.everybody())
}

pub(crate) fn put(clerk: &Clerk, added: Added) -> Outcome<Value> {
    let Added { id, name, organization, claims } = added;
    let plain = |it: &char| it.is_ascii_alphanumeric() || "_-.".contains(*it);
    if id.is_empty() || id.len() > 64 || !id.chars().all(|it| plain(&it)) {
        let text = "a user id is letters, digits, `_`, `-` and `.`, such as user_edsger";
        return Err(Fault::new(400, "", text));
    }
    let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
    let user = User {
        email: format!("{}@example.com", id.trim_start_matches("user_")),
        claims: pack(claims, organization)?,
        first_name: if first.is_empty() { id.clone() } else { first.to_owned() },
        last_name: last.to_owned(),
        id,
    };
    clerk.welcome(user.clone());
    Ok(json!(user))
}

/// A token of a minute, as the apps of `examples/` get them.
pub(crate) fn token(clerk: &Clerk, wanted: &Wanted) -> Outcome<Value> {
    Ok(json!({"token": fresh(clerk, &wanted.user, wanted.azp.as_deref())?}))
}

pub(crate) fn access(clerk: &Clerk, asked: &Question) -> Outcome<Access> {
    let Question { people, azp, paths, methods, draft } = asked;
    if people.len() > PEOPLE_MAX || paths.len() > PATHS_MAX || methods.len() > 3 {
        return Err(Fault::new(400, "", format!("at most {PEOPLE_MAX} people, {PATHS_MAX} paths")));
    }
    let person = |id: &Option<String>| -> Outcome<Person> {
        let token = id.as_deref().map(|it| fresh(clerk, it, azp.as_deref())).transpose()?;
        Ok(Person { id: id.clone().unwrap_or_default(), token })
    };
    let people = people.iter().map(person).collect::<Outcome<_>>()?;
    Ok(Access { people, paths: paths.clone(), methods: methods.clone(), draft: draft.clone() })
}

fn fresh(clerk: &Clerk, id: &str, azp: Option<&str>) -> Outcome<String> {
    let minted = clerk.token(id, azp).map_err(|it| Fault::new(500, "", format!("{it:#}")))?;
    minted.ok_or_else(|| Fault::new(404, "", format!("there is no pretend user {id:?}")))
}

//! Why it came out that way, in words.

use super::Ask;
use authorizer::{Code, Miss};
use serde_json::{Value, json};

/// A rule, and what it has to do with a request.
pub(super) struct Rule {
    /// `GET,HEAD`
    pub(super) methods: String,
    pub(super) path: String,
    /// Why it does not grant the request; `None` where it would.
    pub(super) why: Option<String>,
}

/// What each rule of the document misses, in words.
pub(super) fn rules(
    document: &Value,
    misses: &[Option<Miss>],
    ask: &Ask,
    claims: &Value,
) -> Vec<Rule> {
    let rules = document["rules"].as_array().into_iter().flatten();
    let rules = rules.zip(misses).map(|(rule, miss)| Rule {
        methods: joined(&rule["methods"], ","),
        path: text(&rule["path"]).to_owned(),
        why: miss.map(|miss| why(rule, miss, ask, claims)),
    });
    rules.collect()
}

/// Which check it was that refused.
pub(super) fn check(code: Code) -> &'static str {
    match code {
        Code::MethodNotAllowed => "the method",
        Code::PathNotCanonical => "the path",
        Code::InvalidRequest | Code::QueryNotAllowed | Code::HeaderNotAllowed => {
            "the form of the request"
        }
        Code::LengthRequired | Code::UploadTooLarge | Code::ContentTypeNotAllowed => {
            "the limits of uploads"
        }
        Code::TokenMissing => "whether there is a token",
        Code::TokenTooLarge | Code::TokenInvalid | Code::TokenInvalidAlgorithm => {
            "the form of the token"
        }
        Code::TokenTypeMismatch => "the kind of the token",
        Code::JwkKidMismatch => "the key that the token names",
        Code::TokenInvalidSignature => "the signature",
        Code::TokenInvalidIssuer => "the claim iss",
        Code::TokenInvalidAuthorizedParties => "the claim azp",
        Code::TokenVerificationFailed => "the claims that every token has to have",
        Code::TokenExpired
        | Code::TokenNotActiveYet
        | Code::TokenIatInTheFuture
        | Code::TokenLifetime => "the times in the token",
        Code::SessionPending => "the claim sts",
        Code::InsufficientScope => "the rules",
        _ => "another check",
    }
}

/// What every token has to say and this one does not, by its position.
pub(super) fn lack(document: &Value, position: usize, claims: &Value) -> String {
    let members: Vec<_> = document["require"].as_object().into_iter().flatten().collect();
    let audiences = &document["audiences"];
    match members.get(position) {
        Some((name, wanted)) => requirement(name, wanted, claims),
        None if position == members.len() && audiences.get(0).is_some() => {
            format!("aud is {}; it has to name {}", claims["aud"], joined_or(audiences))
        }
        None => "it is an application's instead of a user's, or bound to a key (cnf)".to_owned(),
    }
}

fn why(rule: &Value, miss: Miss, ask: &Ask, claims: &Value) -> String {
    match miss {
        Miss::Method => format!("not about {}", ask.method),
        Miss::Path(position) => segment(text(&rule["path"]), position, &ask.path, claims),
        Miss::Token => token(rule, claims),
        Miss::Requirement(position) => {
            let member = rule["require"].as_object().and_then(|it| it.iter().nth(position));
            member.map_or_else(String::new, |(name, wanted)| requirement(name, wanted, claims))
        }
    }
}

/// Of two paths, why the segments at a position differ.
fn segment(template: &str, position: usize, path: &str, claims: &Value) -> String {
    let wanted = template.split('/').nth(position + 1);
    let found = path.split('/').nth(position + 1);
    let (wanted, found) = match (wanted, found) {
        (Some(wanted), Some(found)) => (wanted, found),
        (None, _) => return "the path goes on where the rule's ends".to_owned(),
        (_, None) => return "the path ends before the rule's does".to_owned(),
    };
    let name = wanted.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
    match name {
        None => format!("the path has {found:?} where the rule has {wanted:?}"),
        Some(_) if claims.is_null() => format!("no token says what {wanted} is"),
        Some(name) => match claim(claims, name) {
            None => format!("the token has no claim {name}"),
            Some(value) => format!("{wanted} is {value}, and the path has {found:?}"),
        },
    }
}

fn token(rule: &Value, claims: &Value) -> String {
    if claims.is_null() {
        return "a token is needed".to_owned();
    }
    match rule["tokens"].as_str() {
        None => "it takes the tokens of signed-in users, no machine's".to_owned(),
        Some(kind) => format!(
            "it takes {kind} tokens with aud {} that live {} s at most",
            rule["aud"], rule["max_lifetime_seconds"]
        ),
    }
}

fn requirement(name: &str, wanted: &Value, claims: &Value) -> String {
    let asked = match (wanted.get("contains"), wanted.get("not")) {
        (Some(any), _) => format!("has to contain {}", joined_or(any)),
        (_, Some(any)) => format!("must not be {}", joined_or(any)),
        _ if wanted.is_null() => "must not be there".to_owned(),
        _ if matches!(name, "org_permission" | "feature") => {
            return format!("the token has no {name} {}", joined_or(wanted));
        }
        _ => format!("has to be {}", joined_or(wanted)),
    };
    match claim(claims, name) {
        None => format!("the token has no claim {name}; it {asked}"),
        Some(value) => format!("{name} is {value}; it {asked}"),
    }
}

/// A claim by the name that rules have for it: those of the organization are elsewhere in version 2
/// of Clerk's tokens.
fn claim<'c>(claims: &'c Value, name: &str) -> Option<&'c Value> {
    let nested = match name {
        "org_id" => Some("id"),
        "org_slug" => Some("slg"),
        "org_role" => Some("rol"),
        _ => None,
    };
    match nested.filter(|_| claims["v"] == json!(2)) {
        Some(nested) => claims.get("o")?.get(nested),
        None if name.contains("://") => claims.get(name),
        None => name.split('.').try_fold(claims, |value, step| value.get(step)),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn joined(values: &Value, separator: &str) -> String {
    let values = values.as_array().into_iter().flatten();
    values.map(text).collect::<Vec<_>>().join(separator)
}

/// `"a" or "b"`
fn joined_or(values: &Value) -> String {
    match values {
        Value::Array(values) => {
            values.iter().map(Value::to_string).collect::<Vec<_>>().join(" or ")
        }
        value => value.to_string(),
    }
}

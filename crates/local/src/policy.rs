//! Evaluates the IAM policy documents that guard the bucket and name who may take a role.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

mod condition;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

pub(crate) use condition::like;
use condition::{Condition, conditions};

/// Who makes a request, after its signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// The account's own credentials.
    Account,
    /// An AWS service, on behalf of the resource in `aws:SourceArn`.
    Service(String),
    Anonymous,
}

/// What a policy says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allow,
    Deny,
    /// No statement applies.
    Silent,
}

/// One request, as policies see it.
#[derive(Debug)]
pub(crate) struct Access<'a> {
    pub(crate) principal: &'a Principal,
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    /// Condition keys in lower case, because IAM compares their names without case.
    pub(crate) context: &'a BTreeMap<String, String>,
}

/// A parsed policy document.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
struct Statement {
    allow: bool,
    /// `None` when the document is one without principals.
    principals: Option<Value>,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

impl Policy {
    /// Reads a document strictly: an element that is not understood is an error, never ignored.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let document: Value = serde_json::from_str(text).context("it is not JSON")?;
        let document = document.as_object().context("it is not an object")?;
        for (name, value) in document {
            match name.as_str() {
                "Version" => ensure!(
                    matches!(value.as_str(), Some("2012-10-17" | "2008-10-17")),
                    "the version is unknown"
                ),
                "Id" | "Statement" => {}
                other => bail!("unknown field {other}"),
            }
        }
        let statements = match document.get("Statement") {
            Some(Value::Array(list)) if !list.is_empty() => list.iter().map(statement).collect(),
            Some(one @ Value::Object(_)) => statement(one).map(|it| vec![it]),
            _ => bail!("missing required field Statement"),
        };
        Ok(Self { statements: statements? })
    }

    pub(crate) fn evaluate(&self, access: &Access<'_>) -> Verdict {
        let mut verdict = Verdict::Silent;
        for statement in self.statements.iter().filter(|it| it.applies(access)) {
            if !statement.allow {
                return Verdict::Deny;
            }
            verdict = Verdict::Allow;
        }
        verdict
    }

    /// Every resource any statement names.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().flat_map(|it| it.resources.iter().map(String::as_str))
    }

    /// Every service any statement names as its principal.
    pub(crate) fn services(&self) -> Vec<String> {
        let principals = self.statements.iter().filter_map(|it| it.principals.as_ref());
        principals.filter_map(|it| it.get("Service")).flat_map(strings).collect()
    }

    /// Refuses services that do not exist.
    pub(crate) fn check_services(&self) -> Result<()> {
        let known = self.services().iter().all(|it| SERVICES.contains(&it.as_str()));
        ensure!(known, "Invalid principal in policy");
        Ok(())
    }

    pub(crate) fn names_principals(&self) -> bool {
        self.statements.iter().all(|it| it.principals.is_some())
    }

    /// Block Public Access's meaning of public: anybody may, and no condition pins who.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
    pub(crate) fn is_public(&self) -> bool {
        const PINS: [&str; 9] = [
            "aws:principalorgid",
            "aws:sourcearn",
            "aws:sourceaccount",
            "aws:sourceip",
            "aws:sourcevpc",
            "aws:sourcevpce",
            "aws:sourceowner",
            "aws:userid",
            "s3:dataaccesspointaccount",
        ];
        self.statements.iter().any(|it| {
            let anybody = it.principals.as_ref().is_some_and(|it| {
                it == "*" || it.get("AWS").is_some_and(|it| strings(it).contains(&"*".to_owned()))
            });
            let pinned = it.conditions.iter().any(|condition| {
                PINS.contains(&condition.key.as_str())
                    && condition.values.iter().all(|value| !value.contains(['*', '?']))
            });
            it.allow && anybody && !pinned
        })
    }
}

fn statement(value: &Value) -> Result<Statement> {
    let fields = value.as_object().context("a statement is not an object")?;
    for name in fields.keys() {
        let known = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"]
            .contains(&name.as_str());
        ensure!(known, "the local cloud does not evaluate {name}");
    }
    let allow = match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => bail!("missing required field Effect"),
    };
    let actions = fields.get("Action").map(strings).unwrap_or_default();
    ensure!(!actions.is_empty(), "missing required field Action");
    ensure!(actions.iter().all(|it| it == "*" || it.contains(':')), "policy has invalid action");
    if let Some(principal) = fields.get("Principal") {
        check_principal(principal)?;
    }
    Ok(Statement {
        allow,
        principals: fields.get("Principal").cloned(),
        actions,
        resources: fields.get("Resource").map(strings).unwrap_or_default(),
        conditions: conditions(fields.get("Condition"))?,
    })
}

/// The services a document in this cloud can name. AWS knows them all and refuses the others.
const SERVICES: [&str; 8] = [
    "cloudfront.amazonaws.com",
    "edgelambda.amazonaws.com",
    "lambda.amazonaws.com",
    "logger.cloudfront.amazonaws.com",
    "replicator.lambda.amazonaws.com",
    "logging.s3.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "ec2.amazonaws.com",
];

fn check_principal(principal: &Value) -> Result<()> {
    let kinds = match principal {
        Value::String(text) if text == "*" => return Ok(()),
        Value::Object(kinds) if !kinds.is_empty() => kinds,
        _ => bail!("Invalid principal in policy"),
    };
    for (kind, names) in kinds {
        let valid = match kind.as_str() {
            "AWS" => |name: &String| {
                let account = name.len() == 12 && name.bytes().all(|it| it.is_ascii_digit());
                name == "*" || name.starts_with("arn:aws:iam::") || account
            },
            // Those of services are checked by `check_services`.
            "Service" | "Federated" | "CanonicalUser" => |_: &String| true,
            _ => bail!("Invalid principal in policy"),
        };
        let names = strings(names);
        ensure!(!names.is_empty() && names.iter().all(valid), "Invalid principal in policy");
    }
    Ok(())
}

/// One string, or a list of them; JSON booleans and numbers count as their text.
fn strings(value: &Value) -> Vec<String> {
    let text = |it: &Value| match it {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(it.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}

impl Statement {
    fn applies(&self, access: &Access<'_>) -> bool {
        let action = access.action.to_ascii_lowercase();
        self.principals.as_ref().is_none_or(|it| covers(it, access.principal))
            && self.actions.iter().any(|it| like(&it.to_ascii_lowercase(), &action))
            && (self.resources.is_empty()
                || self.resources.iter().any(|it| like(it, access.resource)))
            && self.conditions.iter().all(|it| it.holds(access.context))
    }
}

fn covers(principals: &Value, principal: &Principal) -> bool {
    let names = |kind: &str| principals.get(kind).map(strings).unwrap_or_default();
    if principals == "*" || names("AWS").iter().any(|it| it == "*") {
        return true;
    }
    match principal {
        Principal::Service(service) => names("Service").contains(service),
        Principal::Account => names("AWS").iter().any(|it| it.contains(crate::ACCOUNT)),
        Principal::Anonymous => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OBJECT: &str = "arn:aws:s3:::b/u/1.png";

    fn verdict(statements: &Value, action: &str, context: &[(&str, &str)]) -> Verdict {
        let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let context = context.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let principal = Principal::Service("cloudfront.amazonaws.com".to_owned());
        let access = Access { principal: &principal, action, resource: OBJECT, context: &context };
        Policy::parse(&document).unwrap().evaluate(&access)
    }

    fn upload() -> Value {
        json!({
            "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": ["s3:Put*"], "Resource": "arn:aws:s3:::b/*",
            "Condition": {
                "StringEquals": {"AWS:SourceArn": "arn:d/1"},
                "Null": {"s3:if-none-match": "false", "s3:x-amz-copy-source": "true"},
                "StringEqualsIfExists": {"s3:x-amz-storage-class": "STANDARD"},
                "Bool": {"s3:ObjectCreationOperation": true},
            },
        })
    }

    const GOOD: [(&str, &str); 3] = [
        ("aws:sourcearn", "arn:d/1"),
        ("s3:if-none-match", "*"),
        ("s3:objectcreationoperation", "true"),
    ];

    #[test]
    fn an_upload_is_allowed_only_as_the_policy_describes_it() {
        assert_eq!(verdict(&upload(), "s3:PutObject", &GOOD), Verdict::Allow);
        assert_eq!(verdict(&upload(), "s3:GetObject", &GOOD), Verdict::Silent);
        for missing in 0..GOOD.len() {
            let mut context = GOOD.to_vec();
            context.remove(missing);
            assert_eq!(verdict(&upload(), "s3:PutObject", &context), Verdict::Silent);
        }
        for extra in [("s3:x-amz-copy-source", "/b/x"), ("s3:x-amz-storage-class", "GLACIER")] {
            let context = [&GOOD[..], &[extra]].concat();
            assert_eq!(verdict(&upload(), "s3:PutObject", &context), Verdict::Silent);
        }
    }

    #[test]
    fn an_explicit_deny_wins() {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
        let both = json!([upload(), deny]);
        let with = |secure| [&GOOD[..], &[("aws:securetransport", secure)]].concat();
        assert_eq!(verdict(&both, "s3:PutObject", &with("true")), Verdict::Allow);
        assert_eq!(verdict(&both, "s3:PutObject", &with("false")), Verdict::Deny);
    }

    #[test]
    fn public_means_anybody_without_a_pin() {
        let public = |principal: Value, condition: Value| {
            let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::b/*", "Condition": condition});
            Policy::parse(&json!({"Statement": [statement]}).to_string()).unwrap().is_public()
        };
        assert!(public(json!("*"), json!({})));
        assert!(public(json!({"AWS": "*"}), json!({"Bool": {"aws:SecureTransport": "true"}})));
        assert!(!public(json!("*"), json!({"StringEquals": {"aws:SourceAccount": "1"}})));
        assert!(!public(json!({"Service": "cloudfront.amazonaws.com"}), json!({})));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for document in [
            "{",
            "{}",
            r#"{"Statement":[{"Effect":"Allow","Principal":"*","NotAction":"s3:x","Resource":"*"}]}"#,
            r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:x","Condition":{"Sort":{"a":"b"}}}]}"#,
        ] {
            assert!(Policy::parse(document).is_err(), "{document}");
        }
        let unknown = r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"no.amazonaws.com"},"Action":"s3:x"}}"#;
        assert!(Policy::parse(unknown).unwrap().check_services().is_err());
    }
}

//! IAM: roles, their trust, their inline and attached policies and their tags.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Bytes;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::clock::{self, Millis};
use crate::control::{Control, form, quota, reply};
use crate::fault::{Fault, Outcome};
use crate::policy::Policy;
use crate::rule::Rule;
use crate::sigv4::percent_encode;
use crate::store::Cloud;
use crate::xml::Element;

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const NAME_MAX: usize = 64;

/// One role.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Role {
    id: String,
    path: String,
    /// The trust policy, as it was submitted.
    pub(crate) trust: String,
    description: String,
    max_session: u32,
    boundary: Option<String>,
    tags: BTreeMap<String, String>,
    policies: BTreeMap<String, String>,
    attached: BTreeSet<String>,
    created: Millis,
    /// From when on Lambda can assume it.
    pub(crate) usable_at: Millis,
}

type Form = BTreeMap<String, String>;

/// Answers one query-protocol request.
pub(crate) fn answer(control: &Control, body: &Bytes) -> Outcome<Response> {
    let form = form(body);
    let action = text(&form, "Action").to_owned();
    let result = match action.as_str() {
        "CreateRole" => create(control, &form)?,
        "GetRole" => read(control, &form, |name, role| {
            Element::new("").with(describe(name, role).with_all([tags(role).renamed("Tags")]))
        })?,
        "ListRolePolicies" => read(control, &form, |_, role| {
            list("PolicyNames", role.policies.keys().map(|it| Element::leaf("member", it)))
        })?,
        "ListAttachedRolePolicies" => read(control, &form, |_, role| {
            list("AttachedPolicies", role.attached.iter().map(attached))
        })?,
        // There are no instance profiles; tools ask before they delete a role.
        "ListInstanceProfilesForRole" => {
            read(control, &form, |_, _| list("InstanceProfiles", std::iter::empty()))?
        }
        "ListRoleTags" => read(control, &form, |_, role| {
            Element::new("").with(tags(role)).with_leaf("IsTruncated", false)
        })?,
        "GetRolePolicy" => get_policy(control, &form)?,
        _ => change(control, &action, &form)?,
    };
    Ok(reply::query(reply::IAM_XMLNS, &action, &result))
}

/// The operations that change a role and answer nothing.
const CHANGES: [&str; 11] = [
    "DeleteRole",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
    "PutRolePolicy",
    "DeleteRolePolicy",
    "AttachRolePolicy",
    "DetachRolePolicy",
    "TagRole",
    "UntagRole",
    "PutRolePermissionsBoundary",
    "DeleteRolePermissionsBoundary",
];

fn change(control: &Control, action: &str, form: &Form) -> Outcome<Element> {
    let name = text(form, "RoleName");
    if !CHANGES.contains(&action) {
        return Err(Fault::not_implemented(&format!("iam:{action}")));
    }
    control.store.write(|cloud| {
        if action == "DeleteRole" {
            return delete(cloud, name);
        }
        let knows = Principals::of(cloud);
        let role = cloud.roles.get_mut(name).ok_or_else(|| no_role(name))?;
        match action {
            "UpdateAssumeRolePolicy" => {
                role.trust = trust(text(form, "PolicyDocument"), knows)?;
            }
            "UpdateRole" => update(role, form),
            "PutRolePolicy" => put_policy(role, form)?,
            "DeleteRolePolicy" => {
                let policy = text(form, "PolicyName");
                role.policies.remove(policy).ok_or_else(|| no_policy(policy))?;
            }
            "AttachRolePolicy" => {
                role.attached.insert(managed(text(form, "PolicyArn"))?);
            }
            "DetachRolePolicy" => {
                let arn = text(form, "PolicyArn");
                if !role.attached.remove(arn) {
                    return Err(no_such_entity(format!("Policy {arn} was not found.")));
                }
            }
            "PutRolePermissionsBoundary" => {
                role.boundary = Some(managed(text(form, "PermissionsBoundary"))?);
            }
            "DeleteRolePermissionsBoundary" => role.boundary = None,
            "TagRole" => role.tags.extend(submitted_tags(form)),
            "UntagRole" => {
                for key in members(form, "TagKeys.member.") {
                    role.tags.remove(&key);
                }
            }
            _ => {}
        }
        Ok(Element::new(""))
    })
}

fn create(control: &Control, form: &Form) -> Outcome<Element> {
    let name = text(form, "RoleName");
    let plain = |it: u8| it.is_ascii_alphanumeric() || b"_+=,.@-".contains(&it);
    if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(plain) {
        return Err(Fault::new(
            400,
            "ValidationError",
            "The specified value for roleName is invalid.",
        ));
    }
    let clock = &control.store.clock;
    let role = Role {
        id: reply::short_id("AROA"),
        path: form.get("Path").cloned().unwrap_or_else(|| "/".to_owned()),
        trust: trust(text(form, "AssumeRolePolicyDocument"), control.store.read(Principals::of))?,
        description: text(form, "Description").to_owned(),
        max_session: text(form, "MaxSessionDuration").parse().unwrap_or(3600),
        boundary: form.get("PermissionsBoundary").cloned(),
        tags: submitted_tags(form).collect(),
        policies: BTreeMap::new(),
        attached: BTreeSet::new(),
        created: clock.now(),
        usable_at: clock.after(clock::ROLE_USABLE),
    };
    if !role.tags.is_empty() {
        control.demand("iam:TagRole");
    }
    control.store.write(|cloud| {
        if cloud.roles.contains_key(name) {
            let message = format!("Role with name {name} already exists.");
            return Err(Fault::new(409, "EntityAlreadyExists", message));
        }
        quota::ROLES.check(cloud.roles.len())?;
        let answer = Element::new("").with(describe(name, &role).with(tags(&role)));
        cloud.roles.insert(name.to_owned(), role);
        Ok(answer)
    })
}

fn update(role: &mut Role, form: &Form) {
    if let Some(it) = form.get("Description") {
        role.description.clone_from(it);
    }
    if let Some(it) = form.get("MaxSessionDuration").and_then(|it| it.parse().ok()) {
        role.max_session = it;
    }
}

fn delete(cloud: &mut Cloud, name: &str) -> Outcome<Element> {
    let role = cloud.roles.get(name).ok_or_else(|| no_role(name))?;
    let message = if !role.attached.is_empty() {
        "Cannot delete entity, must detach all policies first."
    } else if !role.policies.is_empty() {
        "Cannot delete entity, must delete policies first."
    } else {
        cloud.roles.remove(name);
        return Ok(Element::new(""));
    };
    Err(Fault::new(409, "DeleteConflict", message))
}

fn put_policy(role: &mut Role, form: &Form) -> Outcome<()> {
    let document = text(form, "PolicyDocument");
    let parsed = Policy::parse(document).map_err(|it| malformed(&it))?;
    if parsed.services().is_empty() {
        role.policies.insert(text(form, "PolicyName").to_owned(), document.to_owned());
        return Ok(());
    }
    Err(Fault::new(
        400,
        "MalformedPolicyDocument",
        "Policy document should not specify a principal.",
    ))
}

fn get_policy(control: &Control, form: &Form) -> Outcome<Element> {
    let (name, policy) = (text(form, "RoleName"), text(form, "PolicyName"));
    control.store.read(|cloud| {
        let role = cloud.roles.get(name).ok_or_else(|| no_role(name))?;
        let document = role.policies.get(policy).ok_or_else(|| no_policy(policy))?;
        Ok(Element::new("")
            .with_leaf("RoleName", name)
            .with_leaf("PolicyName", policy)
            .with_leaf("PolicyDocument", percent_encode(document, "")))
    })
}

fn read(
    control: &Control,
    form: &Form,
    look: impl FnOnce(&str, &Role) -> Element,
) -> Outcome<Element> {
    let name = text(form, "RoleName");
    control.store.read(|cloud| {
        let role = cloud.roles.get(name).ok_or_else(|| no_role(name))?;
        Ok(look(name, role))
    })
}

/// Which services a role can trust.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Principals {
    Known,
    Any,
}

impl Principals {
    fn of(cloud: &Cloud) -> Self {
        if cloud.holds(Rule::KnownPrincipal) { Self::Known } else { Self::Any }
    }
}

/// A trust policy must parse, and must say who.
fn trust(document: &str, principals: Principals) -> Outcome<String> {
    let policy = Policy::parse(document).map_err(|it| malformed(&it))?;
    if principals == Principals::Known {
        policy.check_services().map_err(|it| malformed(&it))?;
    }
    if !policy.names_principals() {
        let message = "AssumeRole policy must contain a principal.";
        return Err(Fault::new(400, "MalformedPolicyDocument", message));
    }
    if policy.resources().next().is_some() {
        let message = "Has prohibited field Resource";
        return Err(Fault::new(400, "MalformedPolicyDocument", message));
    }
    Ok(document.to_owned())
}

fn malformed(error: &anyhow::Error) -> Fault {
    Fault::new(400, "MalformedPolicyDocument", format!("{error:#}"))
}

/// Managed policies are not kept here: AWS's own exist, and the account has none.
fn managed(arn: &str) -> Outcome<String> {
    if arn.starts_with("arn:aws:iam::aws:policy/") {
        return Ok(arn.to_owned());
    }
    Err(no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
}

impl Role {
    pub(crate) fn arn(&self, name: &str) -> String {
        format!("arn:aws:iam::{}:role{}{name}", crate::ACCOUNT, self.path)
    }
}

/// The role that ARN names.
pub(crate) fn by_arn<'a>(cloud: &'a Cloud, arn: &str) -> Option<&'a Role> {
    let name = arn.rsplit('/').next()?;
    cloud.roles.get(name).filter(|role| role.arn(name) == arn)
}

/// Whether a role's trust lets that service assume it.
pub(crate) fn trusts(role: &Role, service: &str) -> bool {
    use crate::policy::{Access, Principal, Verdict};
    let Ok(policy) = Policy::parse(&role.trust) else { return false };
    let (principal, context) = (Principal::Service(service.to_owned()), BTreeMap::new());
    let access =
        Access { principal: &principal, action: "sts:AssumeRole", resource: "", context: &context };
    policy.evaluate(&access) == Verdict::Allow
}

fn describe(name: &str, role: &Role) -> Element {
    let mut out = Element::new("Role")
        .with_leaf("Path", &role.path)
        .with_leaf("RoleName", name)
        .with_leaf("RoleId", &role.id)
        .with_leaf("Arn", role.arn(name))
        .with_leaf("CreateDate", clock::iso8601(role.created))
        // RFC 3986, as the API reference of GetRole says.
        .with_leaf("AssumeRolePolicyDocument", percent_encode(&role.trust, ""))
        .with_leaf("MaxSessionDuration", role.max_session);
    if !role.description.is_empty() {
        out = out.with_leaf("Description", &role.description);
    }
    if let Some(arn) = &role.boundary {
        let boundary = Element::new("PermissionsBoundary")
            .with_leaf("PermissionsBoundaryType", "Policy")
            .with_leaf("PermissionsBoundaryArn", arn);
        out = out.with(boundary);
    }
    out
}

fn tags(role: &Role) -> Element {
    let tag = |(key, value): (&String, &String)| {
        Element::new("member").with_leaf("Key", key).with_leaf("Value", value)
    };
    Element::new("Tags").with_all(role.tags.iter().map(tag))
}

fn attached(arn: &String) -> Element {
    let name = arn.rsplit('/').next().unwrap_or_default();
    Element::new("member").with_leaf("PolicyName", name).with_leaf("PolicyArn", arn)
}

fn list(name: &str, members: impl Iterator<Item = Element>) -> Element {
    Element::new("").with(Element::new(name).with_all(members)).with_leaf("IsTruncated", false)
}

fn text<'a>(form: &'a Form, name: &str) -> &'a str {
    form.get(name).map_or("", String::as_str)
}

fn members(form: &Form, prefix: &str) -> Vec<String> {
    form.iter().filter(|(name, _)| name.starts_with(prefix)).map(|(_, it)| it.clone()).collect()
}

fn submitted_tags(form: &Form) -> impl Iterator<Item = (String, String)> + '_ {
    form.iter().filter_map(|(name, key)| {
        let member = name.strip_prefix("Tags.member.")?.strip_suffix(".Key")?;
        let value = text(form, &format!("Tags.member.{member}.Value")).to_owned();
        Some((key.clone(), value))
    })
}

fn no_such_entity(message: String) -> Fault {
    Fault::new(404, "NoSuchEntity", message)
}

fn no_role(name: &str) -> Fault {
    no_such_entity(format!("The role with name {name} cannot be found."))
}

fn no_policy(name: &str) -> Fault {
    no_such_entity(format!("The role policy with name {name} cannot be found."))
}

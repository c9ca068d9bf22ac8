//! Whose something is: this stack's, another stack's, or nobody's, and then perhaps to be adopted.

use crate::OWNER_TAG;
use config::Names;
use engine::{Owner, Refused};

/// Whether what somebody made by hand, and `[adopt]` names, may become the stack's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Adoption {
    Refused,
    Accepted,
}

/// Something that has the name of one of the stack's resources, or is named in `[adopt]`.
pub(crate) struct Candidate<'a> {
    /// As in "the bucket".
    pub(crate) what: &'a str,
    pub(crate) name: &'a str,
    /// The stack that its tag or its comment names.
    pub(crate) stack: Option<&'a str>,
    /// What `[adopt]` says of that kind, and what of this one would have to stand there.
    pub(crate) listed: Option<&'a str>,
    pub(crate) id: &'a str,
    /// What would make it this stack's, by hand.
    pub(crate) claim: &'a str,
}

/// # Errors
/// [`Refused`]: it is not this stack's, and does not become it either.
pub(crate) fn owner(
    names: &Names,
    adoption: Adoption,
    it: &Candidate<'_>,
) -> Result<Owner, Refused> {
    let Candidate { what, name, .. } = it;
    match it.stack {
        Some(stack) if stack == names.stack => Ok(Owner::Stack),
        Some(other) => Err(Refused {
            message: format!(
                "the {what} `{name}` exists and belongs to the edgegate stack {other}"
            ),
            hint: "choose another `stack.name` in edgegate.toml, and take it out of [adopt] if it \
                   stands there"
                .to_owned(),
        }),
        None if it.listed != Some(it.id) => Err(not_ours(what, name, it.claim)),
        None if adoption == Adoption::Accepted => Ok(Owner::Nobody),
        None => Err(Refused {
            message: format!("the {what} `{name}` is to be adopted, and is not this stack's yet"),
            hint: "cargo xtask plan --adopt shows what that would change, deploy --adopt does it"
                .to_owned(),
        }),
    }
}

/// The refusal of a name that somebody else took. `claim` is what would make it this stack's.
pub(crate) fn not_ours(what: &str, name: &str, claim: &str) -> Refused {
    Refused {
        message: format!("the {what} `{name}` exists and is not managed by this stack"),
        hint: format!("{claim} if it should be, or choose another `stack.name` in edgegate.toml"),
    }
}

pub(crate) fn tag_it(names: &Names) -> String {
    format!("tag it {OWNER_TAG}={}", names.stack)
}

/// One of what CloudFront lists by name and comment, having no tags for it.
pub(crate) struct Listed<T> {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Its comment or description.
    pub(crate) comment: String,
    pub(crate) it: T,
}

/// The stack's own among them: by its name, which is unique in the account, or else the one that
/// `[adopt]` names by its id.
///
/// # Errors
/// As those of [`owner`].
pub(crate) fn pick<T>(
    names: &Names,
    adoption: Adoption,
    (what, field): (&str, &str),
    listed: Option<&str>,
    mut all: Vec<Listed<T>>,
) -> Result<Option<(T, Owner)>, Refused> {
    let ours = all.iter().position(|it| it.name == names.edge);
    let adopted = || all.iter().position(|it| listed == Some(it.id.as_str()));
    let Some(at) = ours.or_else(adopted) else { return Ok(None) };
    let Listed { id, name, comment, it } = all.swap_remove(at);
    let claim = format!("set its {field} to `{}`", names.mark);
    let stack = Names::marked(&comment);
    let candidate = Candidate { what, name: &name, stack, listed, id: &id, claim: &claim };
    owner(names, adoption, &candidate).map(|owner| Some((it, owner)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn judged(adoption: Adoption, stack: Option<&str>, listed: Option<&str>) -> String {
        let claim = "tag it";
        let it = Candidate { what: "bucket", name: "by-hand", stack, listed, id: "by-hand", claim };
        match owner(&testing::names(), adoption, &it) {
            Ok(owner) => format!("{owner:?}"),
            Err(refused) => refused.message,
        }
    }

    #[test]
    fn only_what_is_nobodys_and_named_is_adopted_and_only_on_demand() {
        use Adoption::{Accepted, Refused};
        let listed = Some("by-hand");
        assert_eq!(judged(Accepted, None, listed), "Nobody");
        assert_eq!(judged(Refused, Some("photos"), None), "Stack");
        assert_eq!(judged(Accepted, Some("photos"), listed), "Stack", "it was adopted before");
        for (adoption, stack, listed, said) in [
            (Refused, None, listed, "is to be adopted"),
            (Accepted, None, None, "is not managed by this stack"),
            (Accepted, None, Some("other"), "is not managed by this stack"),
            (Accepted, Some("other"), listed, "belongs to the edgegate stack other"),
        ] {
            let refused = judged(adoption, stack, listed);
            assert!(refused.contains(said), "{refused}");
        }
    }

    #[test]
    fn what_has_the_name_comes_before_what_is_named() {
        let names = testing::names();
        let one = |id: &str, name: &str, comment: &str| Listed {
            id: id.to_owned(),
            name: name.to_owned(),
            comment: comment.to_owned(),
            it: id.to_owned(),
        };
        let pick = |all| pick(&names, Adoption::Accepted, ("policy", "comment"), Some("E2"), all);
        let ours = || one("E1", "photos-images", "edgegate:photos");
        let other = |comment: &str| one("E2", "images", comment);
        assert_eq!(pick(vec![other(""), ours()]).unwrap(), Some(("E1".to_owned(), Owner::Stack)));
        assert_eq!(pick(vec![other("")]).unwrap(), Some(("E2".to_owned(), Owner::Nobody)));
        assert_eq!(pick(vec![one("E3", "images", "")]).unwrap(), None);
        pick(vec![other("edgegate:another")]).unwrap_err();
        pick(vec![other(""), one("E1", "photos-images", "by hand")]).unwrap_err();
    }
}

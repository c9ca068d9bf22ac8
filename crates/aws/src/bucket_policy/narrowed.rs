//! What can be taken out of a bucket policy: the grants of others, which need not wait for the edges, or the
//! stack's own.

use crate::policy;
use serde_json::{Value, json};

/// `current` without the grants that are not for the stack's own distribution alone, and with the
/// refusals of `desired`. The stack's own grants stay as they stood, for the edges that still run what
/// was deployed before, and so does every refusal: nothing is possible that was not before.
///
/// Both are canonical, and so is what comes out; twice is the same as once.
pub(super) fn narrowed(current: &Value, desired: &Value) -> Value {
    let wanted = statements(desired);
    let left = statements(current).into_iter().filter_map(|it| left_of(it, &wanted));
    let mut left: Vec<Value> = left.collect();
    for refusal in wanted.into_iter().filter(|it| !is_grant(it)) {
        if !left.contains(refusal) {
            left.push(refusal.clone());
        }
    }
    let mut policy = desired.clone();
    policy["Statement"] = left.into();
    policy::canonical(&policy)
}

/// `current` without the stack's own grants; what others were granted stays, and so does every refusal.
/// None if that is nothing.
pub(super) fn disowned(current: &Value, desired: &Value) -> Option<Value> {
    let wanted = statements(desired);
    let is_own = |it: &Value| {
        let of = |own: &&Value| is_grant(own) && (own["Sid"] == it["Sid"] || is_for(it, own));
        is_grant(it) && wanted.iter().any(of)
    };
    let left: Vec<_> = statements(current).into_iter().filter(|it| !is_own(it)).cloned().collect();
    let is_any = !left.is_empty();
    let mut policy = current.clone();
    policy["Statement"] = left.into();
    is_any.then(|| policy::canonical(&policy))
}

/// Of one statement that is there.
fn left_of(statement: &Value, wanted: &[&Value]) -> Option<Value> {
    let namesake = wanted.iter().find(|it| it["Sid"] == statement["Sid"]);
    if !is_grant(statement) {
        let is_taken = namesake.is_some_and(|it| *it != statement);
        return Some(if is_taken { nameless(statement) } else { statement.clone() });
    }
    let own = wanted.iter().find(|it| is_grant(it))?;
    if is_for(statement, own) || is_for_identity(statement) {
        return Some(statement.clone());
    }
    cut(statement, own)
}

fn statements(policy: &Value) -> Vec<&Value> {
    policy["Statement"].as_array().into_iter().flatten().filter(|it| it.is_object()).collect()
}

fn is_grant(statement: &Value) -> bool {
    statement["Effect"] != "Deny"
}

/// How a condition can name one ARN (IAM user guide, "IAM JSON policy elements: Condition operators").
const EQUALS: [&str; 4] = ["StringEquals", "ArnEquals", "StringLike", "ArnLike"];
const SOURCE: &str = "aws:SourceArn";

/// Whether it is for the same distribution as `own`, and for nobody else.
fn is_for(grant: &Value, own: &Value) -> bool {
    let source = source(own);
    let is_source = |operator: &&str| grant["Condition"][operator][SOURCE] == *source;
    grant["Principal"] == own["Principal"] && EQUALS.iter().any(is_source)
}

fn source(own: &Value) -> &Value {
    &own["Condition"]["StringEquals"][SOURCE]
}

/// Whether it is for an origin access identity alone, by which a distribution that was made by hand reads
/// until the edges have the new one. A bucket policy has them as users of CloudFront's (CloudFront
/// developer guide, "Use an origin access identity").
fn is_for_identity(grant: &Value) -> bool {
    let names =
        |it: &Value| it.as_str().is_some_and(|it| it.starts_with("arn:aws:iam::cloudfront:user/"));
    let all = |it: &Value| it.as_array().map_or_else(|| names(it), |them| them.iter().all(names));
    let members = grant["Principal"].as_object();
    members.is_some_and(|it| it.len() == 1 && it.get("AWS").is_some_and(all))
}

/// The same, but for that distribution alone; none where it was not for it before.
fn cut(grant: &Value, own: &Value) -> Option<Value> {
    let (principal, before) = (&own["Principal"], &grant["Principal"]);
    let service = &before["Service"];
    let was_for_it = *before == "*" || names(service, &principal["Service"]);
    let named = &grant["Condition"]["StringEquals"][SOURCE];
    if !was_for_it || !(named.is_null() || names(named, source(own))) {
        return None;
    }
    let mut cut = grant.as_object()?.clone();
    cut.insert("Principal".to_owned(), principal.clone());
    let condition = cut.entry("Condition").or_insert_with(|| json!({})).as_object_mut()?;
    let equals = condition.entry("StringEquals").or_insert_with(|| json!({}));
    equals.as_object_mut()?.insert(SOURCE.to_owned(), source(own).clone());
    Some(Value::Object(cut))
}

/// Whether it is that one, or a list with it.
fn names(value: &Value, one: &Value) -> bool {
    value == one || value.as_array().is_some_and(|it| it.contains(one))
}

/// A `Sid` is there once in a document (IAM user guide, "IAM JSON policy elements: Sid").
fn nameless(statement: &Value) -> Value {
    let mut statement = statement.clone();
    if let Some(it) = statement.as_object_mut() {
        it.remove("Sid");
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{review, testing};
    use engine::Direction;

    const ARN: &str = "arn:aws:cloudfront::111122223333:distribution/E1";

    fn desired() -> Value {
        let policy = policy::bucket(&testing::config(), &testing::names()).unwrap();
        let text = policy.to_string().replace("${distribution.arn}", ARN);
        policy::parse(&text).unwrap()
    }

    fn stranger(sid: &str, principal: &Value) -> Value {
        json!({"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject",
               "Resource": "arn:aws:s3:::images/*"})
    }

    fn with(statement: Value) -> Value {
        let mut policy = desired();
        policy["Statement"].as_array_mut().unwrap().push(statement);
        policy::canonical(&policy)
    }

    fn edited(edit: fn(&mut Value)) -> Value {
        let mut policy = desired();
        edit(&mut policy["Statement"]);
        policy::canonical(&policy)
    }

    /// It opens nothing, and what it has done once it leaves as it is.
    fn sound(current: &Value, narrowed: &Value, desired: &Value) {
        let tree = |policy: &Value| json!({"bucket": "images", "policy": policy});
        let judge = review::judge("bucket_policy");
        let findings = judge(Some(&tree(current)), Some(&tree(narrowed)));
        let opens: Vec<_> =
            findings.iter().filter(|it| it.direction == Direction::Widens).collect();
        assert!(opens.is_empty(), "{opens:?}\n{current:#}\n{narrowed:#}");
        assert_eq!(super::narrowed(narrowed, desired), *narrowed);
    }

    #[test]
    fn others_lose_their_grants_at_once() {
        let strangers = [
            stranger("Partner", &json!({"AWS": "arn:aws:iam::999988887777:root"})),
            json!({"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "s3:*", "Resource": "*"}),
        ];
        for it in strangers {
            let current = with(it);
            assert_eq!(narrowed(&current, &desired()), desired());
            sound(&current, &desired(), &desired());
        }
    }

    #[test]
    fn a_grant_for_the_own_distribution_among_others_is_cut_to_it() {
        let any = json!({"Service": "cloudfront.amazonaws.com"});
        let mut pattern = stranger("Pattern", &any);
        pattern["Condition"] =
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:cloudfront::1:distribution/*"}});
        for it in [stranger("Everybody", &json!("*")), stranger("AnyDistribution", &any), pattern] {
            let current = with(it.clone());
            let left = narrowed(&current, &desired());
            let statements = left["Statement"].as_array().unwrap();
            let kept = statements.iter().find(|that| that["Sid"] == it["Sid"]).unwrap();
            assert_eq!(kept["Principal"], any);
            assert_eq!(kept["Condition"]["StringEquals"]["aws:SourceArn"], ARN);
            assert_eq!(kept["Condition"]["ArnLike"], it["Condition"]["ArnLike"]);
            assert_eq!(narrowed(&left, &desired()), left);
        }
    }

    #[test]
    fn an_origin_access_identity_reads_until_the_edges_are_ready() {
        let identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E2EXAMPLE";
        let current = with(stranger("Legacy", &json!({"AWS": identity})));
        assert_eq!(narrowed(&current, &desired()), current);
        let partner = "arn:aws:iam::999988887777:root";
        let both = with(stranger("Legacy", &json!({"AWS": [identity, partner]})));
        assert_eq!(narrowed(&both, &desired()), desired());
    }

    #[test]
    fn own_grants_stay_as_they_stood() {
        let mut console = stranger("Console", &json!({"Service": "cloudfront.amazonaws.com"}));
        console["Condition"] = json!({"ArnLike": {"aws:SourceArn": ARN}});
        for current in [
            with(console),
            edited(|it| it[1]["Action"] = json!(["s3:GetObject", "s3:ListBucket"])),
            edited(|it| it[2]["Resource"] = json!("arn:aws:s3:::images/orgs/*")),
            edited(|it| it[2]["Condition"]["Null"] = json!({"s3:x-amz-copy-source": "true"})),
            edited(|it| {
                it.as_array_mut().unwrap().remove(2);
            }),
        ] {
            assert_eq!(narrowed(&current, &desired()), current);
        }
    }

    #[test]
    fn whoever_was_let_in_beside_the_own_distribution_is_cut_off() {
        // Everybody and a service are nothing that the judge could compare.
        let everybody = edited(|it| it[1]["Principal"] = json!("*"));
        assert_eq!(narrowed(&everybody, &desired()), desired());
        let edits: [fn(&mut Value); 3] = [
            |it| it[1]["Principal"]["AWS"] = json!("arn:aws:iam::999988887777:root"),
            |it| {
                let source = &mut it[1]["Condition"]["StringEquals"];
                source["aws:SourceArn"] = json!([ARN, "arn:aws:cloudfront::1:distribution/E2"]);
            },
            |it| {
                it[1]["Condition"] = json!({"StringEquals": {"aws:SourceAccount": "111122223333"}});
            },
        ];
        for edit in edits {
            let current = edited(edit);
            assert_eq!(narrowed(&current, &desired()), desired());
            sound(&current, &desired(), &desired());
        }
        let other = edited(|it| {
            let source = &mut it[1]["Condition"]["StringEquals"];
            source["aws:SourceArn"] = json!("arn:aws:cloudfront::1:distribution/E2");
        });
        let left = narrowed(&other, &desired());
        assert!(!left.to_string().contains("GetObject"), "{left:#}");
        sound(&other, &left, &desired());
    }

    #[test]
    fn refusals_are_added_and_none_is_taken_away() {
        let open = edited(|it| {
            it.as_array_mut().unwrap().remove(0);
        });
        assert_eq!(narrowed(&open, &desired()), desired());
        let closed = edited(|it| it[0]["Condition"] = json!({}));
        let left = narrowed(&closed, &desired());
        assert_eq!(left["Statement"].as_array().unwrap().len(), 4, "{left:#}");
        assert_eq!(narrowed(&left, &desired()), left);
    }

    #[test]
    fn without_its_own_grants_a_policy_keeps_all_others_and_every_refusal() {
        let partner = stranger("Partner", &json!({"AWS": "arn:aws:iam::999988887777:root"}));
        let mut named = stranger("Console", &json!({"Service": "cloudfront.amazonaws.com"}));
        named["Condition"] = json!({"ArnLike": {"aws:SourceArn": ARN}});
        let mut current = with(partner.clone());
        current["Statement"].as_array_mut().unwrap().push(named);
        let refusal = desired()["Statement"][0].clone();
        let left = disowned(&current, &desired()).unwrap();
        assert_eq!(left["Statement"], json!([refusal, partner]));
        assert_eq!(disowned(&left, &desired()), Some(left.clone()));
        let open = edited(|it| {
            it.as_array_mut().unwrap().remove(0);
        });
        assert_eq!(disowned(&open, &desired()), None);
    }

    #[test]
    fn of_a_distribution_that_is_not_there_nothing_stays() {
        let unresolved = policy::bucket(&testing::config(), &testing::names()).unwrap();
        let left = narrowed(&desired(), &unresolved);
        assert!(!left.to_string().contains("Allow"), "{left:#}");
    }
}

//! 31 changes by hand after which Terraform was asked for a plan. It found 20 of them, was right to say
//! nothing of one, and said nothing of ten (Terraform 1.11.4, provider aws 5.100.0).

/// What was changed, what Terraform said, and our row.
const CHANGES: [(&str, Terraform, &str); 31] = [
    ("bucket policy: an action more", Found, "another action"),
    ("bucket policy: a statement for everybody", Found, "a public statement"),
    ("bucket policy: no SourceArn condition", Found, "any distribution"),
    ("bucket policy: deleted", Found, "no policy"),
    ("public access block: one flag", Found, "one flag off"),
    ("public access block: deleted", Found, "no public access block"),
    ("ownership controls", Found, "ACLs are back"),
    ("role: trusts a foreign account", Found, "a second principal"),
    ("function: an environment variable", Found, "an environment"),
    ("distribution: association removed", Found, "no authorizer"),
    ("distribution: association swapped", Found, "after the cache"),
    ("distribution: a behavior without the function", Found, "another door"),
    ("distribution: allow-all", Found, "http, too"),
    ("distribution: no origin access control", Found, "no access control"),
    ("distribution: an origin request policy", Found, "viewers' headers to S3"),
    ("distribution: a foreign log bucket", Found, "somebody's logs"),
    ("distribution: an alias", Found, "a name of its own"),
    ("distribution: disabled", Found, "disabled"),
    ("origin access control: never signs", Found, "unsigned"),
    ("cache policy: Authorization in the key", Found, "the token in the key"),
    ("bucket policy: actions in another order", Quiet, "the_order_in_a_policy_means_nothing"),
    ("bucket ACL: public-read", Missed, "an ACL for everybody"),
    ("bucket: a website", Missed, "a website"),
    ("bucket: CORS for every origin", Missed, "CORS for everybody"),
    ("bucket: everything expires after a day", Missed, "images expire"),
    ("bucket: versioning", Missed, "versioning suspended"),
    ("role: an inline policy s3:*", Missed, "an inline policy"),
    ("role: a managed policy *:*", Missed, "a managed policy"),
    ("function: $LATEST replaced", Missed, "$LATEST replaced"),
    ("function: anybody may invoke it", Missed, "anybody may invoke"),
    ("function: a URL without authentication", Missed, "an address of its own"),
];

#[derive(Clone, Copy, PartialEq)]
enum Terraform {
    Found,
    /// Rightly: nothing has changed.
    Quiet,
    Missed,
}

use Terraform::{Found, Missed, Quiet};

#[test]
fn all_that_terraform_was_asked_for_is_in_the_table() {
    let count = |what| CHANGES.iter().filter(|it| it.1 == what).count();
    assert_eq!([Found, Quiet, Missed].map(count), [20, 1, 10]);
    let rows = super::rows();
    for (what, terraform, row) in CHANGES {
        let is_row = rows.iter().any(|it| it.0 == row);
        assert!(is_row || terraform == Quiet, "{what}: no row `{row}`");
    }
}

//! What a teardown has to wait for, and what is left of it.

use crate::cloud::Cloud;
use crate::hand::{AUTHORIZER, BUCKET};
use serde_json::{Value, json};

#[test]
fn replicas_hold_back_the_function_and_its_role_and_nothing_else() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let mut account = cloud.account();
    let version = format!("arn:aws:lambda:us-east-1:000000000000:function:{AUTHORIZER}:1");
    // Right after the distribution is gone; AWS takes half an hour or so from there.
    account["distributions"] = json!({});
    account["replicas"] = json!({version: u64::MAX});
    cloud.restore(&account);

    let first = cloud.run("teardown --yes --wait 0").expect(4);
    assert!(first.stderr.contains("function remains: AWS is still removing"), "{first}");
    assert!(first.stderr.contains("role remains: the function still uses it"), "{first}");
    assert!(first.stderr.contains("run the same command again"), "{first}");
    let mut left = cloud.account();
    for gone in ["buckets", "distributions"] {
        assert_eq!(left[gone], json!({}), "{gone}");
    }
    let resources = left["resources"].as_object().unwrap();
    assert!(resources.values().all(|it| *it == json!({})), "{resources:?}");

    left["replicas"] = json!({});
    cloud.restore(&left);
    cloud.run("teardown --yes").expect(0);
    let account = cloud.account();
    assert_eq!((&account["functions"], &account["roles"]), (&json!({}), &json!({})));
}

#[test]
fn emptying_that_fails_goes_on_where_it_stopped() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    for key in ["users/user_1/a.png", "users/user_1/b.png"] {
        cloud.upload(key);
    }
    let error = json!({"error": {"status": 403, "code": "AccessDenied", "message": "no"}});
    cloud.disturb(&json!([{"call": "DeleteObjects", "fault": error}]));
    let failed = cloud
        .run("teardown --yes --delete-images photos-images-000000000000-us-east-1-an")
        .expect(1);
    assert!(failed.stderr.contains("cannot delete the images: s3:DeleteObjects"), "{failed}");
    assert_ne!(cloud.account()["buckets"], json!({}));
    cloud.run("teardown --yes --delete-images photos-images-000000000000-us-east-1-an").expect(0);
    assert_eq!(cloud.page("GET", "account", &Value::Null)["buckets"], json!({}));
}

#[test]
fn images_go_with_the_name_of_their_bucket_only() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    // Two versions, below a delete marker.
    cloud.upload("users/user_1/a.png");
    cloud.upload("users/user_1/a.png");
    cloud.ok("s3", "DELETE", &format!("/{BUCKET}/users/user_1/a.png"), "");
    let before = cloud.account();

    let unnamed = cloud.run("teardown --delete-images --yes").expect(5);
    assert!(unnamed.stderr.contains(&format!("add --delete-images {BUCKET} --yes")), "{unnamed}");
    let other = cloud.run("teardown --yes --delete-images another-bucket").expect(5);
    assert!(other.stderr.contains(&format!("this stack's bucket is {BUCKET}")), "{other}");
    assert_eq!(before, cloud.account());

    let removed = cloud.run(&format!("teardown --yes --delete-images {BUCKET}")).expect(0);
    assert!(removed.stderr.contains("3 images and old versions deleted"), "{removed}");
    assert_eq!(cloud.account()["buckets"], json!({}));
}

//! What a teardown has to wait for, and what is left of it.

use crate::cloud::Cloud;
use crate::hand::{AUTHORIZER, BUCKET, STRANGER};
use crate::support::Finished;
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
fn what_another_distribution_uses_stays_and_nobody_is_told_to_wait_for_it() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    let deployed = cloud.account();
    for (bucket, bucket_goes) in [("theirs", true), (BUCKET, false)] {
        cloud.restore(&deployed);
        cloud.distribute_too(bucket);
        let left = |account: &Value| {
            let count = |kind: &str| account[kind].as_object().unwrap().len();
            ["distributions", "functions", "roles", "buckets"].map(count)
        };
        for _ in ["the first time", "and every time"] {
            let refused = cloud.run("teardown --yes").expect(5).stderr;
            assert_eq!(left(&cloud.account()), [1, 0, 0, usize::from(!bucket_goes)], "{refused}");
            let account = cloud.account();
            let user = account["distributions"].as_object().unwrap().keys().next().unwrap().clone();
            for kind in ["origin_access_control", "cache_policy", "response_headers_policy"] {
                let said = format!("{kind} (in use by distribution {user})");
                assert!(refused.contains(&said), "{refused}");
            }
            let behind = format!("bucket (it is behind distribution {user})");
            assert_eq!(refused.contains(&behind), !bucket_goes, "{refused}");
            assert!(refused.contains("hint: have those distributions use something else"));
            assert!(!refused.contains("waiting for"), "{refused}");
        }
        // What was left is the stack's again, and another distribution is made with it.
        for distributions in [2, 2] {
            cloud.run("deploy --yes").expect(0);
            assert_eq!(left(&cloud.account())[0], distributions);
        }
        let mut account = cloud.account();
        account["distributions"] = json!({});
        cloud.restore(&account);
        cloud.run("teardown --yes").expect(0);
        assert_eq!(left(&cloud.account()), [0; 4]);
    }
}

#[test]
fn a_bucket_that_is_kept_has_its_images_and_what_others_were_granted_and_is_taken_on_again() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.upload("users/user_1/a.png");
    cloud.by_hand(&STRANGER);
    let before = cloud.account()["buckets"][BUCKET].clone();
    cloud.run("teardown --yes --keep-bucket --delete-images").expect(2);

    let removed = cloud.run("teardown --yes --keep-bucket").expect(0);
    assert!(removed.stdout.contains("! update bucket_policy\n"), "{removed}");
    assert!(removed.stderr.contains(&format!("the bucket {BUCKET} stays")), "{removed}");
    let account = cloud.account();
    for gone in ["distributions", "functions", "roles"] {
        assert_eq!(account[gone], json!({}), "{gone}");
    }
    let mut after = account["buckets"][BUCKET].clone();
    let policy = after["documents"]["policy"].as_str().unwrap();
    assert!(
        policy.contains("999988887777") && policy.contains("DenyInsecureTransport"),
        "{policy}"
    );
    assert!(!policy.contains("cloudfront"), "{policy}");
    after["documents"]["policy"] = before["documents"]["policy"].clone();
    assert_eq!(after, before, "nothing else of it has changed");
    let again = cloud.run("teardown --yes --keep-bucket").expect(0);
    assert!(again.stdout.contains("No changes: what is there stays."), "{again}");

    cloud.run("deploy --yes").expect(0);
    cloud.run("plan --exit-code").expect(0);
    let account = cloud.account();
    assert!(account["buckets"][BUCKET]["objects"]["users/user_1/a.png"].is_array());
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

/// That many images, each with an older version, and a key that was deleted already.
fn fill(cloud: &Cloud, count: usize) {
    let mut account = cloud.account();
    let version = |id: String, content: Value| json!({"id": id, "modified": 0, "content": content});
    let image = json!({"file": "none", "size": 1, "etag": "\"0\"", "headers": {}});
    let objects = &mut account["buckets"][BUCKET]["objects"];
    for at in 0..count {
        let versions = ["old", "new"].map(|it| version(format!("{it}{at}"), image.clone()));
        objects[format!("users/user_1/{at:05}.png")] = json!(versions);
    }
    objects["users/user_1/gone.png"] = json!([version("marker".to_owned(), Value::Null)]);
    cloud.restore(&account);
}

fn empty(cloud: &Cloud) -> (Finished, Vec<String>) {
    cloud.calls_of(&format!("teardown --yes --delete-images {BUCKET}"))
}

fn count(calls: &[String], call: &str) -> usize {
    calls.iter().filter(|it| *it == call).count()
}

#[test]
fn several_pages_of_images_and_versions_are_deleted() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    fill(&cloud, 1_200);
    let kept = cloud.run("teardown --yes").expect(5);
    assert!(kept.stderr.contains("at least 1000 images"), "{kept}");
    let (finished, calls) = empty(&cloud);
    let finished = finished.expect(0);
    assert!(finished.stderr.contains("2401 images and old versions deleted"), "{finished}");
    // One page is counted, three are deleted, and then there is none.
    assert_eq!(count(&calls, "s3:ListObjectVersions"), 5);
    assert_eq!(count(&calls, "s3:DeleteObjects"), 3);
    assert_eq!(cloud.account()["buckets"], json!({}));
}

#[test]
fn a_key_that_a_200_kept_is_tried_again_or_named() {
    let cloud = Cloud::new();
    let kept = |code: &str, times: u32| json!([{"call": "DeleteObjects", "times": times, "fault": {"keep-key": code}}]);
    cloud.run("deploy --yes").expect(0);
    fill(&cloud, 3);
    cloud.disturb(&kept("InternalError", 2));
    let (finished, calls) = empty(&cloud);
    finished.expect(0);
    assert_eq!(count(&calls, "s3:DeleteObjects"), 3, "two rounds in which it stayed");

    cloud.run("deploy --yes").expect(0);
    fill(&cloud, 3);
    cloud.disturb(&kept("AccessDenied", 1));
    let failed = empty(&cloud).0.expect(1);
    let error = "cannot delete 1 of the images, first `users/user_1/00000.png`: AccessDenied";
    assert!(failed.stderr.contains(error), "{failed}");
    let left = cloud.account()["buckets"][BUCKET]["objects"].as_object().unwrap().len();
    assert_eq!(left, 1, "all others are gone");
    empty(&cloud).0.expect(0);
}

#[test]
fn an_upload_that_does_not_go_away_is_not_waited_for_for_ever() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    cloud.ok("s3", "POST", &format!("/{BUCKET}/a.png?uploads="), "");
    let gone = json!({"status": 404, "code": "NoSuchUpload", "message": "it does not exist"});
    cloud
        .disturb(&json!([{"call": "AbortMultipartUpload", "times": 99, "fault": {"error": gone}}]));
    fill(&cloud, 1);
    let (failed, calls) = empty(&cloud);
    let failed = failed.expect(1).stderr;
    assert!(
        failed.contains("S3 still lists 1 that were aborted, first one of `a.png`"),
        "{failed}"
    );
    assert!(failed.contains("hint: somebody may still be uploading"), "{failed}");
    assert_eq!(count(&calls, "s3:AbortMultipartUpload"), 6);
    cloud.calm();
    empty(&cloud).0.expect(0);
}

#[test]
fn uploads_in_parts_are_aborted() {
    let cloud = Cloud::new();
    cloud.run("deploy --yes").expect(0);
    for key in ["a.png", "b.png"] {
        let path = format!("/{BUCKET}/{key}");
        let (_, begun) = cloud.ok("s3", "POST", &format!("{path}?uploads="), "");
        let id = begun.split("<UploadId>").nth(1).unwrap().split('<').next().unwrap();
        cloud.ok("s3", "PUT", &format!("{path}?partNumber=1&uploadId={id}"), "part");
    }
    let (finished, calls) = empty(&cloud);
    finished.expect(0);
    assert_eq!(count(&calls, "s3:AbortMultipartUpload"), 2);
    let objects = std::fs::read_dir(cloud.folder.path("cloud/objects")).unwrap();
    assert_eq!(objects.count(), 0, "their parts are gone, too");
}

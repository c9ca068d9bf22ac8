//! The form in which the edge gets a policy.

use authorizer::{Policy, compile};

const EVERYTHING: &str = r#"{
  "issuer": "https://clerk.example.com",
  "authorized_parties": ["https://app.example.com", "http://localhost:3000"],
  "allow_missing_azp": true,
  "cookies": ["__session_AbC", "__session"],
  "cors_origins": ["https://app.example.com"],
  "leeway_seconds": 30,
  "max_lifetime_seconds": 3600,
  "uploads": {"max_size": 5368709120, "content_types": ["image/png", "image/webp"], "create_only": false},
  "rules": [
    {"methods": ["PUT"], "path": "/{sub}/{sid}/{org_id}/{org_slug}/{org_role}/{meta.team}/*/**"},
    {"methods": ["GET"], "path": "/scans/%C3%A9", "tokens": "machine", "aud": "scanner", "max_lifetime_seconds": 86400},
    {"methods": ["GET"], "path": "/reports/**", "tokens": "template", "aud": "r", "max_lifetime_seconds": 1},
    {"methods": ["HEAD"], "path": "/public", "public": true},
    {"methods": ["GET"], "path": "/a", "require": {"org_role": "org:admin", "groups": {"contains": ["staff", "crew"]}}},
    {"methods": ["GET"], "path": "/b", "require": {"org_permission": "org:teams:manage", "feature": ["user:export"]}}
  ]
}"#;

#[test]
fn a_damaged_policy_is_refused() {
    let compiled = compile(EVERYTHING).unwrap();
    assert!(Policy::load(&compiled).is_some());
    for at in 0..compiled.len() {
        for change in [1, 0x80, 0xff] {
            let mut damaged = compiled.clone();
            damaged[at] ^= change;
            assert_eq!(Policy::load(&damaged), None, "byte {at}");
        }
        assert_eq!(Policy::load(&compiled[..at]), None, "{at} bytes");
    }
    assert_eq!(Policy::load(&[compiled, vec![0]].concat()), None);
}

//! A short run of many viewers at the local edge, while functions die.

use crate::support::Folder;
use serde_json::Value;

#[test]
fn under_load_no_decision_is_wrong_and_no_image_lost_or_changed() {
    let line = "load --requests 400 --seconds 300 --viewers 8 --images 10 --large 32 --kill-workers --json";
    let told = Folder::new().run(line).expect(0);
    let report: Value = serde_json::from_str(&told.stdout).unwrap();
    for nothing in ["wrong", "corrupted", "lost"] {
        assert_eq!(report[nothing], 0, "{report:#}");
    }
    assert_eq!(report["errors"], Value::Array(Vec::new()));
    assert!(report["decisions"].as_u64().unwrap() >= 400, "{report:#}");
    assert!(report["uploaded"].as_u64().unwrap() > 10, "{report:#}");
    assert!(report["hit_ratio"].as_f64().unwrap() > 0.5, "{report:#}");
    // 32 MiB passed through three times. Not every system tells what a process has in memory.
    assert!(report["large_growth_mib"].as_u64().is_none_or(|it| it < 24), "{report:#}");
}

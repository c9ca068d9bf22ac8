//! Some rounds of everything at once.

use crate::support::Folder;

#[test]
fn everything_at_once_breaks_nothing() {
    let told = Folder::new().run("torture --rounds 40 --seed 11").expect(0);
    assert!(told.stdout.starts_with("40 rounds ("), "{told}");
    assert!(told.stdout.ends_with("\n0 violations\n"), "{told}");
}

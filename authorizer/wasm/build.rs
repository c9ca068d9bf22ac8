//! Fixes the size of the module's memory.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("wasm32") {
        // The deepest call chain reads JSON, sixteen levels deep. An overflow traps, as the stack
        // lies below everything else.
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=65536");
        // The host keeps views of the memory, and growing would detach them.
        println!("cargo::rustc-link-arg-cdylib=--no-growable-memory");
        // Addresses in as few bytes as they need; possible only where symbols are stripped.
        if std::env::var("OPT_LEVEL").as_deref() == Ok("z") {
            println!("cargo::rustc-link-arg-cdylib=--compress-relocations");
        }
    }
}

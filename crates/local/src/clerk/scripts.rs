//! The scripts that apps load from their Clerk, out of a `node_modules` on this machine.

use std::fs;
use std::path::PathBuf;

/// What is missing when there are none.
pub(crate) const HINT: &str = "no node_modules has this script: npm ci in examples/web";

/// A script of a package such as `clerk-js@6`, in whatever version is installed.
pub(crate) fn find(modules: &[PathBuf], package: &str, file: &str) -> Option<String> {
    let (name, _version) = package.split_once('@').unwrap_or((package, ""));
    let is_name =
        |text: &str| text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it));
    let is_script = file.rsplit_once('.').is_some_and(|(_, extension)| extension == "js");
    if !is_name(name) || !is_name(file) || !is_script {
        return None;
    }
    let within = |folder: &PathBuf| folder.join("@clerk").join(name).join("dist").join(file);
    modules.iter().map(within).find_map(|path| fs::read_to_string(path).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_of_packages_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let dist = dir.path().join("@clerk/clerk-js/dist");
        fs::create_dir_all(&dist).unwrap();
        fs::write(dist.join("clerk.browser.js"), "run()").unwrap();
        fs::write(dir.path().join("secret.js"), "no").unwrap();
        let modules = [dir.path().join("absent"), dir.path().to_owned()];
        let found = |package, file| find(&modules, package, file);
        assert_eq!(found("clerk-js@6", "clerk.browser.js").as_deref(), Some("run()"));
        assert_eq!(found("clerk-js", "clerk.browser.js").as_deref(), Some("run()"));
        assert_eq!(found("..", "secret.js"), None);
        assert_eq!(found("clerk-js@6", "../package.json"), None);
    }
}

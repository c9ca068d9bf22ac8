//! The browsers that `test --clients` and `test --expo` need, installed where they are absent.

use crate::output;
use anyhow::{Result, ensure};
use clap::ValueEnum;
use engine::Failed;
use std::path::PathBuf;
use std::process::Command;

/// In which browsers the package for apps is tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Browsers {
    /// Headless Chromium
    #[default]
    Chromium,
    /// Firefox and `WebKitGTK`, too
    All,
}

/// A program, the Debian package that it is in, and the variable that names another one.
struct Browser {
    package: &'static str,
    program: &'static str,
    variable: &'static str,
}

const CHROMIUM: Browser =
    Browser { package: "chromium", program: "/usr/bin/chromium", variable: "CHROMIUM" };
const OTHERS: [Browser; 3] = [
    Browser { package: "firefox-esr", program: "/usr/bin/firefox-esr", variable: "FIREFOX" },
    Browser {
        package: "webkit2gtk-driver",
        program: "/usr/bin/WebKitWebDriver",
        variable: "WEBKIT_DRIVER",
    },
    // WebKitGTK has no mode without a display.
    Browser { package: "xvfb", program: "/usr/bin/Xvfb", variable: "XVFB" },
];

impl Browsers {
    /// What tests have to know of where they are: a variable for each program.
    ///
    /// # Errors
    /// One of them is absent and apt-get cannot install it.
    pub(crate) fn find(self) -> Result<Vec<(&'static str, PathBuf)>> {
        let others = if self == Self::All { OTHERS.as_slice() } else { &[] };
        let found = std::iter::once(&CHROMIUM).chain(others);
        found.map(|it| Ok((it.variable, it.find()?))).collect()
    }
}

impl Browser {
    fn find(&self) -> Result<PathBuf> {
        let named = std::env::var_os(self.variable);
        let named = named.map_or_else(|| self.program.into(), PathBuf::from);
        if named.is_file() {
            return Ok(named);
        }
        output::note(&format!("installing {} with apt-get", self.package));
        let apt = |arguments: &[&str]| {
            let status = Command::new("apt-get").args(["-y", "-qq"]).args(arguments).status();
            status.is_ok_and(|it| it.success())
        };
        let installed = apt(&["update"]) && apt(&["install", self.package]);
        ensure!(
            installed && named.is_file(),
            Failed {
                message: format!("there is no browser at {}", named.display()),
                hint: format!("install it, and name its program in {}", self.variable),
            }
        );
        Ok(named)
    }
}

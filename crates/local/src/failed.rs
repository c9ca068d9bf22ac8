//! A failure to start that its reader can do something about.

use std::fmt;

/// One line, and what to do about it.
#[derive(Debug)]
pub struct Failed {
    pub message: String,
    /// What to run or change next.
    pub hint: String,
}

impl Failed {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Failed {}

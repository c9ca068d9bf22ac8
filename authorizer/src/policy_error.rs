//! What the author of a configuration is told, in one line.

use alloc::string::{String, ToString};
use core::fmt;

use crate::refusal::Refusal;

/// A policy that must not be deployed: which rule, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyError {
    message: String,
}

/// A key set that must not be deployed: which key, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeysError {
    message: String,
}

impl core::error::Error for PolicyError {}
impl core::error::Error for KeysError {}

impl fmt::Display for PolicyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl fmt::Display for KeysError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl From<Refusal<'_>> for PolicyError {
    fn from(refusal: Refusal) -> Self {
        PolicyError { message: refusal.to_string() }
    }
}

impl From<Refusal<'_>> for KeysError {
    fn from(refusal: Refusal) -> Self {
        KeysError { message: refusal.to_string() }
    }
}

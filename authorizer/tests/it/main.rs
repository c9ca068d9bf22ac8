//! The authorizer from outside: attacks, answers, configuration, properties.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod compiled;
mod configuration;
mod issuers;
mod json_suite;
mod json_texts;
mod mutations;
mod properties;
mod requests;
mod rules;
mod support;
mod threats;
mod tokens;
mod wycheproof;

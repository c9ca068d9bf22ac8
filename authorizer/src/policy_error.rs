//! Why a policy was refused, in one line for the person who writes it.

use alloc::string::String;
use core::fmt;

use crate::fields::FieldProblem;
use crate::json::Malformed;

/// A policy that must not be deployed: which rule, and what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyError {
    /// Position from one, and the path as far as it is known.
    rule: Option<(usize, String)>,
    problem: Problem,
}

impl PolicyError {
    pub(crate) fn in_rule(position: usize, path: &str, problem: Problem) -> Self {
        PolicyError { rule: Some((position, path.into())), problem }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Problem {
    Json(Malformed),
    Field(FieldProblem),
    Issuer,
    AuthorizedParty(String),
    CorsOrigin(String),
    Leeway,
    Lifetime,
    UploadSize,
    NoContentTypes,
    ContentType(String),
    NoRules,
    TooManyRules,
    NotARule,
    NoMethods,
    Method(String),
    NoUploads,
    PathStart,
    RestNotLast,
    Wildcard(String),
    Placeholder(String),
    Segment(String),
    Claim(String),
    RequiredValues(String),
    Shadowed(usize, String),
}

impl From<Problem> for PolicyError {
    fn from(problem: Problem) -> Self {
        PolicyError { rule: None, problem }
    }
}

impl From<FieldProblem> for Problem {
    fn from(problem: FieldProblem) -> Self {
        Problem::Field(problem)
    }
}

impl From<FieldProblem> for PolicyError {
    fn from(problem: FieldProblem) -> Self {
        Problem::Field(problem).into()
    }
}

impl From<Malformed> for PolicyError {
    fn from(malformed: Malformed) -> Self {
        Problem::Json(malformed).into()
    }
}

impl core::error::Error for PolicyError {}

impl fmt::Display for PolicyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some((position, path)) if path.is_empty() => {
                write!(out, "rule {position}: {}", self.problem)
            }
            Some((position, path)) => write!(out, "rule {position} ({path}): {}", self.problem),
            None => self.problem.fmt(out),
        }
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldProblem::Missing(name) => write!(out, "`{name}` is missing"),
            FieldProblem::Unknown(name) => write!(out, "unknown field {name:?}"),
            FieldProblem::Wrong(name, kind) => {
                write!(out, "`{name}` has to be {}", kind.description())
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Json(malformed) => malformed.fmt(out),
            Problem::Field(problem) => problem.fmt(out),
            Problem::AuthorizedParty(party) => {
                write!(
                    out,
                    "authorized party {party:?} has to be an origin, such as https://app.example.com"
                )
            }
            Problem::CorsOrigin(origin) => {
                write!(
                    out,
                    "CORS origin {origin:?} has to be https://host or http://localhost, with a port if need be"
                )
            }
            Problem::ContentType(kind) => {
                write!(
                    out,
                    "content type {kind:?} is not a plain image type; SVG can carry scripts and is never accepted"
                )
            }
            Problem::Method(name) => {
                write!(
                    out,
                    "method {name:?} cannot be granted; the edge allows GET, HEAD and PUT, never DELETE or POST"
                )
            }
            Problem::Wildcard(segment) => {
                write!(out, "in segment {segment:?} the wildcard has to stand alone")
            }
            Problem::Placeholder(segment) => {
                write!(
                    out,
                    "segment {segment:?} is not a placeholder; one is a whole segment, such as {{sub}}"
                )
            }
            Problem::Segment(segment) => {
                write!(
                    out,
                    "segment {segment:?} is in no canonical path, so the rule could never match"
                )
            }
            Problem::Claim(name) => write!(out, "{name:?} is not the name of a claim with a text"),
            Problem::RequiredValues(name) => {
                write!(out, "claim {name:?} needs a value, or a list of values that is not empty")
            }
            Problem::Shadowed(position, path) => {
                write!(
                    out,
                    "never reached, as rule {position} ({path}) already allows everything it allows"
                )
            }
            plain => out.write_str(plain.sentence()),
        }
    }
}

impl Problem {
    /// The problems that need no more than a sentence.
    fn sentence(&self) -> &'static str {
        match self {
            Problem::Issuer => {
                "`issuer` has to be an https:// address without query, fragment or final slash"
            }
            Problem::Leeway => "`leeway_seconds` has to be 30 at most",
            Problem::Lifetime => "`max_lifetime_seconds` has to be between 1 and 3600",
            Problem::UploadSize => {
                "`max_size` has to be between 1 byte and 5 GB, what S3 takes in one PUT"
            }
            Problem::NoContentTypes => {
                "`content_types` is empty, so no upload could ever be accepted"
            }
            Problem::NoRules => "there are no rules, so nobody could do anything",
            Problem::TooManyRules => "there are more than 256 rules",
            Problem::NotARule => "a rule has to be an object",
            Problem::NoMethods => "`methods` is empty, so the rule could never match",
            Problem::NoUploads => "PUT needs `uploads`, the limits that uploads have to keep",
            Problem::PathStart => "`path` has to start with / and name something below it",
            Problem::RestNotLast => {
                "** stands for all that follows, so it has to be the last segment"
            }
            _ => "malformed",
        }
    }
}

//! Path templates: `/users/{sub}/*/original` or `/shared/**`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::claim::ClaimName;
use crate::claims::Claims;
use crate::path;
use crate::policy_error::Problem;
use crate::text::{has, split};

/// What a rule says about paths; compared with canonical ones only, byte for byte.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    /// This very segment.
    Literal(String),
    /// `{claim}`: the segment that equals the claim.
    Claim(ClaimName),
    /// `*`: exactly one segment.
    One,
    /// `**`: all the segments that are left, at least one.
    Rest,
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let segments = text.strip_prefix('/').filter(|rest| !rest.is_empty());
        let segments = split(segments.ok_or(Problem::PathStart)?, b'/');
        let parts: Vec<Part> = segments.map(Part::parse).collect::<Result<_, _>>()?;
        match parts.iter().position(|part| *part == Part::Rest) {
            Some(position) if position.checked_add(1) != Some(parts.len()) => {
                Err(Problem::RestNotLast)
            }
            _ => Ok(Template { parts }),
        }
    }

    /// Whether a canonical `path` fits, for the owner of `claims`.
    pub(crate) fn matches(&self, path: &str, claims: &Claims) -> bool {
        let Some(rest) = path.strip_prefix('/') else { return false };
        let mut segments = split(rest, b'/');
        for part in &self.parts {
            let Some(segment) = segments.next() else { return false };
            match part {
                Part::Rest => return true,
                part if part.matches(segment, claims) => {}
                _ => return false,
            }
        }
        segments.next().is_none()
    }

    /// Whether every path that fits `other` fits here too, whatever the claims.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let mut others = other.parts.iter();
        for part in &self.parts {
            let Some(other) = others.next() else { return false };
            match part {
                Part::Rest => return true,
                Part::One if *other != Part::Rest => {}
                part if part == other => {}
                _ => return false,
            }
        }
        others.next().is_none()
    }
}

impl Part {
    fn parse(segment: &str) -> Result<Self, Problem> {
        match segment {
            "*" => Ok(Part::One),
            "**" => Ok(Part::Rest),
            _ if has(segment, |byte| matches!(byte, b'{' | b'}')) => Part::placeholder(segment),
            _ if has(segment, |byte| byte == b'*') => Err(Problem::Wildcard(segment.into())),
            _ if path::is_canonical_segment(segment) => Ok(Part::Literal(segment.into())),
            _ => Err(Problem::Segment(segment.into())),
        }
    }

    fn placeholder(segment: &str) -> Result<Self, Problem> {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let name = name.filter(|name| !has(name, |byte| matches!(byte, b'{' | b'}')));
        let name = name.ok_or_else(|| Problem::Placeholder(segment.into()))?;
        ClaimName::parse(name).map(Part::Claim).ok_or_else(|| Problem::Claim(name.into()))
    }

    /// A claim stands for a segment only if it needs no escape: `%` in it would mean another name.
    fn matches(&self, segment: &str, claims: &Claims) -> bool {
        match self {
            Part::Literal(text) => text == segment,
            Part::Claim(name) => {
                name.value(claims) == Some(segment) && segment.bytes().all(path::is_plain)
            }
            Part::One | Part::Rest => true,
        }
    }
}

//! Path templates as they are written, and which of them covers which.

use alloc::string::String;
use alloc::vec::Vec;

use super::claim_name::is_claim;
use super::writer::Writer;
use crate::path;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::template::{CLAIM, LITERAL, ONE, REST};
use crate::text::has;

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
    Claim(String),
    /// `*`: exactly one segment.
    One,
    /// `**`: all the segments that are left, at least one.
    Rest,
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal<'_>> {
        let segments = text.strip_prefix('/').filter(|rest| !rest.is_empty());
        let segments = segments.ok_or(Problem::PathStart)?.split('/');
        let mut parts = Vec::new();
        for segment in segments {
            if parts.last() == Some(&Part::Rest) {
                return Err(Problem::RestNotLast.into());
            }
            parts.push(Part::parse(segment)?);
        }
        Ok(Template { parts })
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.texts(&self.parts.iter().map(|part| part.compiled(out)).collect::<Vec<_>>());
    }

    /// Whether a path fits for some and not for others.
    pub(crate) fn has_claims(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Claim(_)))
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
    fn parse(segment: &str) -> Result<Self, Refusal<'_>> {
        match segment {
            "*" => Ok(Part::One),
            "**" => Ok(Part::Rest),
            _ if has(segment.as_bytes(), |byte| matches!(byte, b'{' | b'}')) => {
                Part::placeholder(segment)
            }
            _ if has(segment.as_bytes(), |byte| byte == b'*') => {
                Err(Problem::Wildcard(segment).into())
            }
            _ if path::is_canonical_segment(segment.as_bytes()) => {
                Ok(Part::Literal(segment.into()))
            }
            _ => Err(Problem::Segment(segment).into()),
        }
    }

    fn compiled(&self, out: &Writer) -> Vec<u8> {
        match self {
            Part::Literal(text) => [&[LITERAL], text.as_bytes()].concat(),
            Part::Claim(name) => [&[CLAIM], out.claim(name).as_slice()].concat(),
            Part::One => [ONE].into(),
            Part::Rest => [REST].into(),
        }
    }

    fn placeholder(segment: &str) -> Result<Self, Refusal<'_>> {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let name = name.filter(|name| !has(name.as_bytes(), |byte| matches!(byte, b'{' | b'}')));
        let name = name.ok_or(Problem::Placeholder(segment))?;
        if is_claim(name) { Ok(Part::Claim(name.into())) } else { Err(Problem::Claim(name).into()) }
    }
}

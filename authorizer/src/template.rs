//! Path templates: `/users/{sub}/*/original` or `/shared/**`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::claim::ClaimName;
use crate::claims::Claims;
use crate::compiled::{Reader, Writer};
use crate::path;
use crate::problem::Problem;
use crate::refusal::Refusal;
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
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal<'_>> {
        let segments = text.strip_prefix('/').filter(|rest| !rest.is_empty());
        let segments = split(segments.ok_or(Problem::PathStart)?, b'/');
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
        out.list(&self.parts, |out, part| part.write(out));
    }

    pub(crate) fn read(from: &mut Reader) -> Option<Self> {
        from.list(Part::read).map(|parts| Template { parts })
    }

    /// Whether a canonical `path` fits, for the owner of `claims`; without them no claim does.
    pub(crate) fn matches(&self, path: &str, claims: Option<&Claims>) -> bool {
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

    /// The first segment, from zero, that keeps [`Template::matches`] from being true.
    #[cfg(feature = "explain")]
    pub(crate) fn misfit(&self, path: &str, claims: Option<&Claims>) -> Option<usize> {
        let mut segments = split(path.strip_prefix('/').unwrap_or_default(), b'/');
        for (position, part) in self.parts.iter().enumerate() {
            match (part, segments.next()) {
                (Part::Rest, Some(_)) => return None,
                (part, Some(segment)) if part.matches(segment, claims) => {}
                _ => return Some(position),
            }
        }
        segments.next().map(|_| self.parts.len())
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
            _ if has(segment, |byte| matches!(byte, b'{' | b'}')) => Part::placeholder(segment),
            _ if has(segment, |byte| byte == b'*') => Err(Problem::Wildcard(segment).into()),
            _ if path::is_canonical_segment(segment) => Ok(Part::Literal(segment.into())),
            _ => Err(Problem::Segment(segment).into()),
        }
    }

    fn write(&self, out: &mut Writer) {
        match self {
            Part::Literal(text) => {
                out.number(0);
                out.text(text);
            }
            Part::Claim(claim) => {
                out.number(1);
                claim.write(out);
            }
            Part::One => out.number(2),
            Part::Rest => out.number(3),
        }
    }

    fn read(from: &mut Reader) -> Option<Self> {
        Some(match from.number()? {
            0 => Part::Literal(from.text()?),
            1 => Part::Claim(ClaimName::read(from)?),
            2 => Part::One,
            3 => Part::Rest,
            _ => return None,
        })
    }

    fn placeholder(segment: &str) -> Result<Self, Refusal<'_>> {
        let name = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let name = name.filter(|name| !has(name, |byte| matches!(byte, b'{' | b'}')));
        let name = name.ok_or(Problem::Placeholder(segment))?;
        ClaimName::parse(name).map(Part::Claim).ok_or_else(|| Problem::Claim(name).into())
    }

    /// A claim stands for a segment only if it needs no escape: `%` in it would mean another name.
    fn matches(&self, segment: &str, claims: Option<&Claims>) -> bool {
        match self {
            Part::Literal(text) => text == segment,
            Part::Claim(name) => {
                claims
                    .and_then(|claims| name.text(claims))
                    .is_some_and(|text| name.matches(text, segment))
                    && segment.bytes().all(path::is_plain)
            }
            Part::One | Part::Rest => true,
        }
    }
}

//! A configuration that is refused, before anybody has put it into words.

use core::fmt;

use crate::json_reader::Malformed;
use crate::problem::Problem;

/// What is wrong, and where.
///
/// Without the feature `explain` it is empty: the edge has nobody to tell, and the module is the
/// smaller for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal<'a> {
    #[cfg(feature = "explain")]
    place: Place<'a>,
    #[cfg(feature = "explain")]
    problem: Problem<'a>,
    #[cfg(not(feature = "explain"))]
    nothing: core::marker::PhantomData<&'a str>,
}

/// Positions are counted from one; what follows is empty where it is not known.
#[cfg_attr(not(feature = "explain"), expect(dead_code, reason = "nobody is told"))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    File,
    /// A rule and its path.
    Rule(usize, &'a str),
    /// A key and its name.
    Key(usize, &'a str),
}

impl<'a> Refusal<'a> {
    /// The same, and where it was found.
    #[cfg(feature = "explain")]
    pub(crate) fn at(self, place: impl FnOnce() -> Place<'a>) -> Self {
        Refusal { place: place(), ..self }
    }

    /// The same.
    #[cfg(not(feature = "explain"))]
    pub(crate) fn at(self, _: impl FnOnce() -> Place<'a>) -> Self {
        self
    }
}

impl<'a> From<Problem<'a>> for Refusal<'a> {
    #[cfg(feature = "explain")]
    fn from(problem: Problem<'a>) -> Self {
        Refusal { place: Place::File, problem }
    }

    #[cfg(not(feature = "explain"))]
    fn from(_: Problem<'a>) -> Self {
        Refusal { nothing: core::marker::PhantomData }
    }
}

impl From<Malformed> for Refusal<'_> {
    fn from(malformed: Malformed) -> Self {
        Problem::Json(malformed).into()
    }
}

impl fmt::Display for Refusal<'_> {
    #[cfg(feature = "explain")]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problem = &self.problem;
        match self.place {
            Place::File => problem.fmt(out),
            Place::Rule(position, "") => write!(out, "rule {position}: {problem}"),
            Place::Rule(position, path) => write!(out, "rule {position} ({path}): {problem}"),
            Place::Key(position, "") => write!(out, "key {position}: {problem}"),
            Place::Key(_, kid) => write!(out, "key {kid:?}: {problem}"),
        }
    }

    #[cfg(not(feature = "explain"))]
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not acceptable")
    }
}

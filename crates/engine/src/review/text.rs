//! For a terminal.

use super::{Review, capitals, lines};
use crate::{Action, Direction, Goal, Severity};
use std::fmt::Write as _;

/// Where there is no terminal to ask.
pub const WIDTH: usize = 100;

impl Review<'_> {
    /// For a terminal of that many columns: what concerns security first. The sign is the first
    /// character of its line.
    #[must_use]
    pub fn to_text(&self, width: usize) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "Stack {}, account {}, {}\n", self.stack, self.account, self.region);
        self.write_findings(&mut out, width);
        self.write_lints(&mut out, width);
        for step in self.steps {
            lines::write_step(&mut out, step);
            if step.action != Action::Delete {
                out.push('\n');
            }
        }
        if self.goal == Goal::Absent {
            out.push('\n');
        }
        self.write_cleanup(&mut out, width);
        let _ = writeln!(out, "{}", self.summary());
        let _ = match &self.digest {
            Some(digest) => writeln!(out, "digest: {digest}"),
            None => writeln!(out, "Nothing was looked at, so there is no digest to approve."),
        };
        out
    }

    fn write_findings(&self, out: &mut String, width: usize) {
        let findings = self.findings();
        if findings.is_empty() {
            return;
        }
        out.push_str("Review first:\n");
        for (resource, it) in findings {
            // As in a diff, so that the terminal colours it: what opens is what to look at.
            let sign = match it.direction {
                Direction::Widens => '!',
                Direction::Narrows | Direction::Neutral => ' ',
            };
            let (risk, direction) = (capitals(it.risk), it.direction.name());
            let head = format!("{sign} {risk:<9}{direction:<8} ");
            let text = format!("{resource}: {}", lines::escape(&it.sentence));
            write_wrapped(out, width, &head, &text);
        }
        out.push('\n');
    }

    fn write_lints(&self, out: &mut String, width: usize) {
        if self.lints.is_empty() {
            return;
        }
        out.push_str("Whether it changes or not:\n");
        for it in &self.lints {
            let sign = if it.severity == Severity::Warning { '!' } else { ' ' };
            let head = format!("{sign} {:<9}", it.severity.name());
            let (sentence, remark) = (lines::escape(&it.sentence), it.state.remark());
            write_wrapped(out, width, &head, &format!("{}: {sentence}{remark}", it.resource));
        }
        out.push('\n');
    }

    fn write_cleanup(&self, out: &mut String, width: usize) {
        if self.cleanup.is_empty() {
            return;
        }
        out.push_str("And at the end:\n");
        for it in &self.cleanup {
            let text = format!("{}: {}", it.resource, lines::escape(&it.sentence));
            write_wrapped(out, width, "- ", &text);
        }
        out.push('\n');
    }
}

/// The sign of the first line before all the others, too.
fn write_wrapped(out: &mut String, width: usize, head: &str, text: &str) {
    let rest = format!("{}{}", &head[..1], " ".repeat(head.len() - 1));
    let options = textwrap::Options::new(width.max(60));
    let options = options.initial_indent(head).subsequent_indent(&rest);
    let options = options.break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let _ = writeln!(out, "{}", textwrap::fill(text, options));
}

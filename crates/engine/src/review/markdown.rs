//! For a comment on a pull request.

use super::{Review, capitals, lines, verb};
use crate::{Action, Direction, Risk, Step};
use std::fmt::Write as _;

/// GitHub takes 65,536 characters; a wrapper may want to add some of its own.
const ROOM: usize = 60_000;
/// What the list of findings may take of it.
const ROOM_FOR_FINDINGS: usize = 20_000;
/// And the list of lints.
const ROOM_FOR_LINTS: usize = 10_000;
/// One sentence.
const SENTENCE_MAX: usize = 600;

impl Review<'_> {
    /// Short enough for a comment: where it would be longer, the longest blocks are left out, with
    /// a pointer to `whole`, the place where all of the plan is.
    ///
    /// The first line marks the comment, so that it can be found again and updated.
    #[must_use]
    pub fn to_markdown(&self, whole: &str) -> String {
        let head = self.head() + &self.lint_list();
        let tail = self.tail();
        let mut blocks: Vec<_> = self.steps.iter().map(|it| (it, Some(block(it)))).collect();
        let length = |blocks: &[(&Step, Option<String>)]| -> usize {
            blocks.iter().map(|(_, it)| it.as_ref().map_or(0, String::len)).sum()
        };
        let mut omitted = 0;
        while head.len() + tail.len() + length(&blocks) > ROOM {
            let longest =
                blocks.iter_mut().max_by_key(|(_, it)| it.as_ref().map_or(0, String::len));
            let Some((_, block)) = longest else { break };
            *block = None;
            omitted += 1;
        }
        let mut out = head;
        out.extend(blocks.into_iter().filter_map(|(_, block)| block));
        if omitted > 0 {
            let at = code(whole);
            let _ = writeln!(out, "\n{omitted} of the resources would not fit here: see {at}.");
        }
        out + &tail
    }

    fn head(&self) -> String {
        let (stack, summary) = (self.stack, self.summary());
        let mut out = format!(
            "<!-- edgegate-plan {stack} -->\n### edgegate plan: `{stack}`\n\n**{summary}**\n"
        );
        let findings = self.findings();
        if findings.is_empty() {
            return out;
        }
        let widening = findings.iter().filter(|(_, it)| it.direction == Direction::Widens).count();
        let is_grave = findings.iter().any(|(_, it)| it.risk >= Risk::High);
        let alert = if is_grave { "WARNING" } else { "NOTE" };
        let count = findings.len();
        let _ = writeln!(
            out,
            "\n> [!{alert}]\n> {count} of the changes concern security, and {widening} of them widen access.\n"
        );
        let mut shown = 0;
        for (resource, it) in &findings {
            let (risk, direction) = (capitals(it.risk), it.direction.name());
            let line = format!("- **{risk}, {direction}** `{resource}`: {}\n", prose(&it.sentence));
            if out.len() + line.len() > ROOM_FOR_FINDINGS {
                break;
            }
            out += &line;
            shown += 1;
        }
        if shown < count {
            let _ = writeln!(out, "- … and {} more", count - shown);
        }
        out
    }

    fn lint_list(&self) -> String {
        let mut out = String::new();
        for (at, it) in self.lints.iter().enumerate() {
            if at == 0 {
                out += "\nWhether it changes or not:\n\n";
            }
            let (severity, resource, remark) = (it.severity.name(), it.resource, it.state.remark());
            let line = format!("- **{severity}** `{resource}`: {}{remark}\n", prose(&it.sentence));
            if out.len() + line.len() > ROOM_FOR_LINTS {
                let _ = writeln!(out, "- … and {} more", self.lints.len() - at);
                break;
            }
            out += &line;
        }
        out
    }

    fn tail(&self) -> String {
        let mut out = String::new();
        for (at, it) in self.cleanup.iter().enumerate() {
            let head = if at == 0 { "\nAnd at the end:\n\n" } else { "" };
            let _ = writeln!(out, "{head}- `{}`: {}", it.resource, prose(&it.sentence));
        }
        if !self.unchanged.is_empty() {
            let names: Vec<_> = self.unchanged.iter().map(|it| format!("`{it}`")).collect();
            let (count, names) = (names.len(), names.join(", "));
            let _ = write!(
                out,
                "\n<details><summary>{count} unchanged</summary>\n\n{names}\n\n</details>\n"
            );
        }
        out += &self.picture();
        let (account, region) = (code(self.account), self.region);
        let _ = match &self.digest {
            Some(digest) => writeln!(out, "\nAccount {account}, {region}, digest `{digest}`"),
            None => writeln!(out, "\nNothing was looked at, so there is no digest to approve."),
        };
        out
    }

    /// The graph in the colours of the actions.
    fn picture(&self) -> String {
        let names: Vec<_> = self.desired.keys().collect();
        let at = |name: &str| names.iter().position(|it| *it == name).unwrap_or_default();
        let mut out = String::from("\n<details><summary>Graph</summary>\n\n```mermaid\ngraph LR\n");
        for (index, name) in names.iter().enumerate() {
            let step = self.steps.iter().find(|it| it.resource == name.as_str());
            let class = step.map_or("keep", |it| verb(it.action));
            let _ = writeln!(out, "  n{index}[\"{name}\"]:::{class}");
        }
        for (from, to) in &self.edges {
            let _ = writeln!(out, "  n{} --> n{}", at(from), at(to));
        }
        out += "  classDef create fill:#dafbe1,stroke:#1a7f37,color:#1f2328\n\
                \x20 classDef update fill:#fff8c5,stroke:#9a6700,color:#1f2328\n\
                \x20 classDef adopt fill:#ddf4ff,stroke:#0969da,color:#1f2328\n\
                \x20 classDef delete fill:#ffebe9,stroke:#cf222e,color:#1f2328\n\
                \x20 classDef keep fill:#f6f8fa,stroke:#d1d9e0,color:#59636e\n\
                ```\n\n</details>\n";
        out
    }
}

fn block(step: &Step) -> String {
    let mut body = String::new();
    lines::write_step(&mut body, step);
    // A fence longer than any run of backticks inside: no value can end the block.
    let fence = "`".repeat(lines::longest_run(&body, '`').max(2) + 1);
    let Step { resource, action, .. } = step;
    let open = if matches!(action, Action::Update | Action::Adopt) { " open" } else { "" };
    let verb = verb(*action);
    let why = lines::because(step).map_or_else(String::new, |it| format!(": {it}"));
    format!(
        "\n<details{open}><summary>{verb} <code>{resource}</code>{why}</summary>\n\n\
         {fence}diff\n{body}{fence}\n\n</details>\n"
    )
}

/// A sentence with values in it. Whatever is not a plain word becomes a span of code, in which
/// GitHub sees no mention, no link, no reference and no markup.
fn prose(text: &str) -> String {
    let text = lines::escape(text);
    let clipped = text.char_indices().nth(SENTENCE_MAX).map(|(at, _)| format!("{} …", &text[..at]));
    let text = clipped.unwrap_or(text);
    let word = |word: &str| {
        let core = word.trim_end_matches([',', '.', ':', ';']);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '…' || c == '-' || c == '\'';
        if core.chars().all(is_plain) && !core.starts_with('-') && !is_reference(core) {
            word.to_owned()
        } else {
            format!("{}{}", code(core), &word[core.len()..])
        }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// What GitHub takes for a commit or for an issue of another tracker: `GH-12`, `ABC-123`.
/// <https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls>
fn is_reference(word: &str) -> bool {
    let is_commit = word.len() >= 7 && word.bytes().all(|it| it.is_ascii_hexdigit());
    let is_issue = word.split_once('-').is_some_and(|(prefix, number)| {
        !prefix.is_empty() && number.bytes().next().is_some_and(|it| it.is_ascii_digit())
    });
    is_commit || is_issue
}

/// A span of code that its text cannot end (`CommonMark` §6.1).
fn code(text: &str) -> String {
    let text = lines::escape(text);
    let fence = "`".repeat(lines::longest_run(&text, '`') + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

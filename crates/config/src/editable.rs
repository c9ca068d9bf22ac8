//! The rules of a file apart from everything else, for somebody who tries others.

use crate::{Config, Invalid};
use std::path::{Path, PathBuf};
use toml::Table;

/// The rules of a file that has none.
const DEFAULTS: &str = "\
[[rules]]
methods = [\"PUT\"]
path = \"/users/{sub}/**\"

[[rules]]
methods = [\"GET\", \"HEAD\"]
path = \"/**\"
";

/// A file whose rules can be others.
pub struct Editable {
    path: PathBuf,
    rules: String,
    rest: String,
}

impl Editable {
    /// Reads a file that [`Config::load`] accepts.
    ///
    /// # Errors
    /// [`Invalid`], as that function.
    pub fn load(path: &Path) -> Result<Self, Invalid> {
        Config::load(path)?;
        let text = std::fs::read_to_string(path).map_err(|it| unreadable(path, &it))?;
        let mut rest: Table = toml::from_str(&text).map_err(|it| unreadable(path, &it))?;
        let table: Table =
            rest.remove("rules").map(|it| ("rules".into(), it)).into_iter().collect();
        let write = |it: &Table| toml::to_string(it).map_err(|it| unreadable(path, &it));
        let cut = cut(&text);
        // A file in another style, such as `rules = [{ … }]`, loses its comments and nothing else.
        let same = toml::from_str::<Table>(&cut).is_ok_and(|it| it == table);
        let rules = match (table.is_empty(), same) {
            (true, _) => DEFAULTS.to_owned(),
            (false, true) => cut,
            (false, false) => write(&table)?,
        };
        Ok(Self { path: path.to_owned(), rules, rest: write(&rest)? })
    }

    /// The rules as they stand in the file, with their comments.
    pub fn rules(&self) -> &str {
        &self.rules
    }

    /// The file with other rules. Lines in messages are those of `rules`.
    ///
    /// # Errors
    /// [`Invalid`]: they cannot be used, or there is something else among them.
    pub fn with(&self, rules: &str) -> Result<Config, Invalid> {
        if let Ok(table) = toml::from_str::<Table>(rules)
            && let Some(key) = table.keys().find(|it| *it != "rules")
        {
            let message = format!("only [[rules]] can be tried here, and this has `{key}`");
            return Err(Invalid::new(message, format!("change it in {}", self.path.display())));
        }
        let mut config = Config::parse(&format!("{}\n\n{}", rules.trim_end(), self.rest))?;
        let folder = self.path.parent().unwrap_or(Path::new(""));
        config.issuer.keys = folder.join(&config.issuer.keys);
        Ok(config)
    }
}

fn unreadable(path: &Path, error: &dyn std::error::Error) -> Invalid {
    let hint = "run it where edgegate.toml is, or name the file with --config FILE";
    Invalid::new(format!("cannot read {}: {error}", path.display()), hint)
}

/// The lines of all `[[rules]]`, and the comments right before each.
fn cut(text: &str) -> String {
    let (mut cut, mut held, mut within) = (String::new(), String::new(), false);
    for line in text.lines() {
        let trimmed = line.trim();
        if is_header(trimmed) {
            let starts = trimmed.replace(' ', "").starts_with("[[rules]]");
            if starts && !within && !cut.is_empty() {
                cut.push('\n');
            }
            within = starts;
        } else if trimmed.starts_with('#') || (within && trimmed.is_empty()) {
            // It may belong to the next table.
            held.extend([line, "\n"]);
            continue;
        }
        if within {
            cut.extend([held.as_str(), line, "\n"]);
        }
        held.clear();
    }
    if within {
        cut.push_str(&held);
    }
    cut.trim().to_owned() + "\n"
}

/// `[table]` or `[[table]]`, and not a line of a list.
fn is_header(line: &str) -> bool {
    let line = line.split('#').next().unwrap_or_default().trim();
    let name = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or_default();
    let name = name.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(name).trim();
    let bare = |it: char| it.is_ascii_alphanumeric() || "_-.".contains(it);
    !name.is_empty() && name.chars().all(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "[stack]\nname = \"photos\"\nregion = \"us-east-1\"\n\
        [clerk]\nissuer = \"https://clerk.photos.example\"\n\
        authorized_parties = [\n  \"https://app.photos.example\",\n]\n";
    const RULE: &str = "# who\n[[rules]]\nmethods = [\"GET\"]\npath = \"/**\"\n";

    fn editable(text: &str) -> Editable {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("edgegate.toml");
        std::fs::write(&path, text).unwrap();
        Editable::load(&path).unwrap()
    }

    #[test]
    fn rules_come_with_their_comments_and_nothing_else() {
        let put = "[[ rules ]]\nmethods = [\n  \"PUT\",\n]\n\n# where\npath = \"/u/{sub}/*\"\n";
        let file =
            format!("# file\n\n{HEAD}\n{put}\n# sizes\n[uploads]\nmax_size = 1\n\n{RULE}# end\n");
        let editable = editable(&file);
        assert_eq!(editable.rules(), format!("{put}\n{RULE}# end\n"));
        let config = editable.with(editable.rules()).unwrap();
        assert_eq!(config.rules, Config::parse(&file).unwrap().rules);
        assert_eq!((config.uploads.max_size, config.rules.len()), (1, 2));
    }

    #[test]
    fn a_file_without_rules_shows_the_defaults() {
        let editable = editable(HEAD);
        let config = editable.with(editable.rules()).unwrap();
        assert_eq!(config.rules, Config::parse(HEAD).unwrap().rules);
    }

    #[test]
    fn rules_in_another_style_lose_their_comments_only() {
        let file = format!("rules = [{{ methods = [\"GET\"], path = \"/**\" }}] # who\n{HEAD}");
        let editable = editable(&file);
        let (ours, whole) =
            (editable.with(editable.rules()).unwrap(), Config::parse(&file).unwrap());
        assert_eq!(ours.rules, whole.rules);
        assert!(editable.rules().starts_with("[[rules]]"), "{}", editable.rules());
    }

    #[test]
    fn messages_are_about_the_lines_that_are_edited() {
        let editable = editable(&format!("{HEAD}{RULE}"));
        let wrong = |rules: &str| editable.with(rules).unwrap_err().message;
        assert!(wrong("[[rules]]\nmethod = [\"GET\"]\n").contains("line 2"));
        assert!(wrong("[[rules]]\npath = \"/a").contains("line 2"));
        assert!(wrong("[uploads]\nmax_size = 1\n").contains("`uploads`"));
        assert!(wrong("[[rules]]\nmethods = [\"GET\"]\npath = \"a\"\n").contains("rule 1"));
    }
}

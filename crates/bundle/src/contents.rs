//! What is inside a zip, as a reviewer compares it: who may do what, whose signature counts, and
//! the fingerprints of the code that decides it.

use crate::{ANSWERS, COMPILED, KEYS, PublicKey, RULES, compile, fingerprint, public_keys};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Read as _};
use zip::ZipArchive;

/// More than any file of ours, so that a zip by somebody else cannot fill the memory.
const FILE_MAX: u64 = 8 * 1024 * 1024;

/// The inside of a zip. It is read from the zip itself, because a description can lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// By `kid`: the thumbprint of the key.
    pub keys: BTreeMap<String, String>,
    /// In their order, one line each: `PUT /users/{sub}/**`.
    pub rules: Vec<String>,
    /// What else the authorizer is told: issuer, limits of uploads, origins.
    pub policy: Map<String, Value>,
    /// By name: the fingerprint of the files that are code, and of those that are not ours.
    pub files: BTreeMap<String, String>,
}

impl Contents {
    /// Reads a zip. What is not ours, or is damaged, shows among the files.
    ///
    /// # Errors
    /// It is no zip at all.
    pub fn read(zip: &[u8]) -> Result<Self> {
        let mut zip = ZipArchive::new(Cursor::new(zip)).context("the function's code is no zip")?;
        let mut files = Vec::new();
        for at in 0..zip.len() {
            let file = zip.by_index(at).context("the function's zip is damaged")?;
            let name = String::from_utf8_lossy(file.name_raw()).into_owned();
            let mut bytes = Vec::new();
            let read = file.take(FILE_MAX).read_to_end(&mut bytes);
            read.context("the function's zip is damaged")?;
            files.push((name, bytes));
        }
        Ok(Self::of(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))))
    }

    pub(crate) fn of<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut contents = Self::default();
        let files: Vec<_> = files.collect();
        let rules = files.iter().find(|(name, _)| *name == RULES).map(|(_, bytes)| *bytes);
        for (name, bytes) in files {
            let known = match name {
                KEYS => contents.take_keys(bytes).is_some(),
                RULES => contents.take_rules(bytes).is_some(),
                // What is judged by has to be what a reviewer reads.
                ANSWERS | COMPILED => rules.is_some_and(|rules| follows(rules, name, bytes)),
                _ => false,
            };
            if !known {
                contents.files.insert(name.to_owned(), fingerprint(bytes));
            }
        }
        contents
    }

    fn take_keys(&mut self, bytes: &[u8]) -> Option<()> {
        let keys = public_keys(std::str::from_utf8(bytes).ok()?).ok()?.into_iter();
        self.keys = keys.map(|it| (it.kid.clone(), describe(&it))).collect();
        Some(())
    }

    fn take_rules(&mut self, bytes: &[u8]) -> Option<()> {
        let Value::Object(mut policy) = serde_json::from_slice(bytes).ok()? else { return None };
        let rules = policy.remove("rules")?;
        self.rules = rules.as_array()?.iter().map(line).collect::<Option<_>>()?;
        self.policy = policy;
        Some(())
    }
}

/// Whether this file is what becomes of the rules.
fn follows(rules: &[u8], name: &str, bytes: &[u8]) -> bool {
    let files = std::str::from_utf8(rules).ok().and_then(|rules| compile(rules).ok());
    files.is_some_and(|files| files.iter().any(|(known, it)| *known == name && it == bytes))
}

fn describe(key: &PublicKey) -> String {
    format!("{} {} bits, thumbprint {}", key.alg, key.bits, key.thumbprint)
}

/// `GET,HEAD /orgs/{org_id}/** if org_role is "admin" or "editor"`. Whatever else a rule says follows
/// as it is, so that nothing of it stays unseen.
fn line(rule: &Value) -> Option<String> {
    let rule = rule.as_object()?;
    let methods = texts(rule.get("methods")?)?.join(",");
    let mut line = format!("{methods} {}", rule.get("path")?.as_str()?);
    let required = rule.get("require").and_then(Value::as_object).into_iter().flatten();
    for (at, (claim, asked)) in required.enumerate() {
        let word = if at == 0 { "if" } else { "and" };
        let _ = write!(line, " {word} {claim} {}", asked_of(asked)?);
    }
    let known = ["methods", "path", "require"];
    for (key, value) in rule.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
        let _ = write!(line, ", {key} {value}");
    }
    Some(line)
}

/// What is asked of a claim, as whoever reads a plan would say it.
fn asked_of(asked: &Value) -> Option<String> {
    // In quotes, as a text may be `true`, or have `or` in it.
    let any = |values: &Value| -> Option<String> {
        Some(values.as_array()?.iter().map(Value::to_string).collect::<Vec<_>>().join(" or "))
    };
    match asked {
        Value::Null => Some("is not there".to_owned()),
        Value::Bool(value) => Some(format!("is {value}")),
        Value::Object(object) => match (object.get("contains"), object.get("not")) {
            (Some(values), None) => Some(format!("contains {}", any(values)?)),
            (None, Some(values)) => Some(format!("is not {}", any(values)?)),
            _ => None,
        },
        values => Some(format!("is {}", any(values)?)),
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|it| it.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AUTHORIZER, Bundle, HANDLER, Parts};

    #[test]
    fn what_was_packed_is_read_back() {
        let keys = r#"{"keys":[{"kty":"RSA","kid":"ins_1","n":"AQAB","e":"AQAB"}]}"#;
        let rules = r#"{"issuer":"https://clerk.example.com","authorized_parties":[],"rules":[
            {"methods":["GET"],"path":"/users/{sub}/**"},
            {"methods":["GET","HEAD"],"path":"/orgs/{org_id}/**","public":false,
             "require":{"org_role":["admin","editor"],"plan":["pro"],"teams":{"contains":["red","blue"]},
             "tier":{"not":["free","trial"]},"verified":true,"banned":null}}]}"#;
        let bundle = Bundle::new(Parts { wasm: b"\0asm", rules, keys }).unwrap();
        let read = Contents::read(&bundle.zip).unwrap();
        assert_eq!(read, bundle.contents);
        assert_eq!(read.files.keys().collect::<Vec<_>>(), [AUTHORIZER, HANDLER]);
        insta::assert_snapshot!(read.rules.join("\n"), @r#"
        GET /users/{sub}/**
        GET,HEAD /orgs/{org_id}/** if banned is not there and org_role is "admin" or "editor" and plan is "pro" and teams contains "red" or "blue" and tier is not "free" or "trial" and verified is true, public false
        "#);
        insta::assert_snapshot!(read.keys["ins_1"], @"RS256 17 bits, thumbprint fFSIqACAdZT1hI1UKd3RlrMVpjTald1WwlJtBezXa88");
    }

    #[test]
    fn compiled_rules_that_are_not_those_beside_them_show() {
        let rules = |path: &str| {
            format!(
                r#"{{"issuer":"https://clerk.example.com","authorized_parties":[],
                    "rules":[{{"methods":["GET"],"path":"{path}"}}]}}"#
            )
        };
        let shown = rules("/users/{sub}/**");
        let [_, (name, hidden)] = compile(&rules("/**")).unwrap();
        let (answers, no_answers) = (&compile(&shown).unwrap()[0].1, b"[]".as_slice());
        for (answers, foreign) in
            [(answers.as_slice(), vec![COMPILED]), (no_answers, vec![ANSWERS, COMPILED])]
        {
            let files = [(RULES, shown.as_bytes()), (name, hidden.as_slice()), (ANSWERS, answers)];
            let contents = Contents::of(files.into_iter());
            assert_eq!(contents.files.keys().collect::<Vec<_>>(), foreign);
        }
    }

    #[test]
    fn a_foreign_zip_shows_as_files() {
        let files = [("keys.json", b"[]".as_slice()), ("evil.js", b"x".as_slice())];
        let contents = Contents::of(files.into_iter());
        assert_eq!(contents.files.keys().collect::<Vec<_>>(), ["evil.js", "keys.json"]);
        assert!(Contents::read(b"no zip").is_err());
    }
}

//! An XML tree that forgets nothing it was given, because `CloudFront` echoes what it stores.

use anyhow::{Context, Result, bail};
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion, escape};
use serde::{Deserialize, Serialize};

/// How deep a document may nest; the deepest AWS shape in use has nine levels.
const DEPTH_MAX: usize = 32;

/// One element: a name, and either text or children.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), text: String::new(), children: Vec::new() }
    }

    #[expect(clippy::needless_pass_by_value, reason = "numbers and borrowed text alike")]
    pub(crate) fn leaf(name: &str, text: impl ToString) -> Self {
        Self { text: text.to_string(), ..Self::new(name) }
    }

    #[must_use]
    pub(crate) fn with(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    #[must_use]
    pub(crate) fn with_leaf(self, name: &str, text: impl ToString) -> Self {
        self.with(Self::leaf(name, text))
    }

    #[must_use]
    pub(crate) fn with_all(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|it| it.name == name)
    }

    pub(crate) fn child_mut(&mut self, name: &str) -> Option<&mut Element> {
        self.children.iter_mut().find(|it| it.name == name)
    }

    /// The element at `A/B/C`.
    pub(crate) fn at(&self, path: &str) -> Option<&Element> {
        path.split('/').try_fold(self, |it, name| it.child(name))
    }

    /// The text at `A/B/C`; absent is empty, as AWS treats it.
    pub(crate) fn text_at(&self, path: &str) -> &str {
        self.at(path).map_or("", |it| it.text.as_str())
    }

    /// The children of the list at `path`, which AWS wraps in `Items`.
    pub(crate) fn items(&self, path: &str) -> &[Element] {
        self.at(path).and_then(|it| it.child("Items")).map_or(&[], |it| &it.children)
    }

    /// The children of this list's `Items`.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Element> {
        self.child("Items").into_iter().flat_map(|it| &it.children)
    }

    pub(crate) fn renamed(&self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self.clone() }
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Element> = Vec::new();
        loop {
            match reader.read_event().context("cannot parse XML")? {
                Event::Start(tag) => {
                    if open.len() >= DEPTH_MAX {
                        bail!("cannot parse XML: nested too deeply");
                    }
                    open.push(Self::new(tag.local_name().as_ref()));
                }
                Event::Empty(tag) => {
                    let element = Self::new(tag.local_name().as_ref());
                    if let Some(root) = close(&mut open, element) {
                        return Ok(root);
                    }
                }
                Event::End(_) => {
                    let element = open.pop().context("cannot parse XML: nothing is open")?;
                    if let Some(root) = close(&mut open, element) {
                        return Ok(root);
                    }
                }
                Event::Text(text) => append(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
                Event::CData(text) => append(&mut open, &text.xml_content(XmlVersion::Implicit1_0)),
                Event::GeneralRef(entity) => {
                    let text = escape::unescape(&format!("&{};", &*entity))?.into_owned();
                    append(&mut open, &text);
                }
                Event::DocType(_) => bail!("cannot parse XML: a document type is not accepted"),
                Event::Eof => bail!("cannot parse XML: it ends before its root element does"),
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            }
        }
    }

    /// The document with its declaration and namespace.
    pub(crate) fn document(&self, namespace: &str) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(&mut out, &format!(" xmlns=\"{namespace}\""));
        out
    }

    fn write(&self, out: &mut String, attributes: &str) {
        out.push('<');
        out.push_str(&self.name);
        out.push_str(attributes);
        out.push('>');
        out.push_str(&escape::escape(self.text.as_str()));
        for child in &self.children {
            child.write(out, "");
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    /// White space between elements means nothing; in a leaf it is the value.
    fn tidy(mut self) -> Self {
        if !self.children.is_empty() {
            self.text.clear();
        }
        self
    }
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// Hands a finished element to its parent, or back when it is the root.
fn close(open: &mut [Element], element: Element) -> Option<Element> {
    let element = element.tidy();
    match open.last_mut() {
        Some(parent) => {
            parent.children.push(element);
            None
        }
        None => Some(element),
    }
}

impl TryFrom<String> for Element {
    type Error = anyhow::Error;

    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<Element> for String {
    fn from(element: Element) -> Self {
        let mut out = Self::new();
        element.write(&mut out, "");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let text = "<A xmlns=\"x\"><B> a &amp; &#233; &lt;b&gt;</B>\n  <C/><D><Items><E>1</E></Items></D></A>";
        let element = Element::parse(text).unwrap();
        assert_eq!(element.text_at("B"), " a & é <b>");
        assert_eq!(element.items("D").len(), 1);
        let again = Element::parse(&element.document("y")).unwrap();
        assert_eq!(again, element);
    }

    #[test]
    fn broken_documents_are_refused() {
        for text in ["", "<A>", "<A></B>", "<!DOCTYPE a []><A/>"] {
            assert!(Element::parse(text).is_err(), "{text}");
        }
    }
}

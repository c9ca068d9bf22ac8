//! Whatever a value says, the comment stays the comment.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use engine::{
    Direction, Finding, Goal, Graph, Node, Observed, Review, Risk, Scope, Snapshot, plan,
};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};

fn judge(_: Option<&Value>, after: Option<&Value>) -> Vec<Finding> {
    let sentence = after.and_then(|it| it["text"].as_str()).unwrap_or_default().to_owned();
    let path = "/text".to_owned();
    vec![Finding { path, direction: Direction::Widens, risk: Risk::High, sentence }]
}

fn comment(before: &str, text: &str) -> String {
    let desired = json!({"text": text, text: [text, {"deep": text}]});
    let node = Node { name: "bucket", desired, volatile: &[], aside: &[], transient: &[], judge };
    let graph = Graph::new(vec![node]).unwrap();
    let props = json!({"text": before, "list": [before]});
    let seen = Snapshot::from([("bucket", Observed { props, ..Observed::default() })]);
    let steps = plan(&graph, Goal::Present, &seen);
    let scope = Scope { stack: "photos", account: "000000000000", region: "us-east-1" };
    Review::new(scope, &graph, Goal::Present, &seen, &steps).to_markdown("plan.json")
}

/// What is left of it outside code: its shape, and the words that GitHub would look at.
fn shape(comment: &str) -> (Vec<String>, String) {
    let (mut shape, mut words, mut in_block) = (Vec::new(), String::new(), false);
    for event in Parser::new_ext(comment, Options::ENABLE_GFM | Options::ENABLE_TABLES) {
        match event {
            Event::Start(tag) => {
                in_block = matches!(tag, Tag::CodeBlock(_));
                if !matches!(tag, Tag::CodeBlock(_)) {
                    shape.push(format!("{tag:?}"));
                }
            }
            Event::End(_) => in_block = false,
            Event::Text(text) if !in_block => words.push_str(&text),
            Event::Html(text) | Event::InlineHtml(text) => shape.push(text.to_string()),
            _ => {}
        }
    }
    (shape, words)
}

const HOSTILE: [&str; 14] = [
    "```",
    "````\n",
    "~~~",
    "@everyone",
    "#1",
    "<img src=x>",
    "<!--",
    "-->",
    "[a](https://b.c)",
    "https://evil.example",
    "</details>",
    "\u{202e}",
    "www.evil.example",
    "**|`",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(&HOSTILE[..]).prop_map(str::to_owned),
        "[ -~\\n]{0,6}",
        "\\PC{0,3}"
    ];
    prop::collection::vec(piece, 0..8).prop_map(|it| it.concat())
}

proptest! {
    #[test]
    fn no_value_leaves_its_place(before in hostile(), text in hostile()) {
        let written = comment(&before, &text);
        let (found, words) = shape(&written);
        let (expected, _) = shape(&comment("a", "b"));
        prop_assert_eq!(found, expected, "{}", written);
        prop_assert!(!words.contains('@') && !words.contains("://") && !words.contains("www."), "{}", words);
        prop_assert!(!words.contains("#1"), "{}", words);
        let turns = written.contains('\u{202e}');
        prop_assert!(!turns);
    }
}

#[test]
fn a_comment_fits_on_github_and_says_what_it_leaves_out() {
    let long = "a`b@c ".repeat(30_000);
    let written = comment("short", &long);
    assert!(written.len() < 65_536, "{}", written.len());
    assert!(written.contains("1 of the resources would not fit here: see `plan.json`."));
    assert!(written.contains("**HIGH, widens** `bucket`"));
    assert!(written.trim_end().ends_with('`'), "the digest is there");
}

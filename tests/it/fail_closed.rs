//! The real zip, broken in every way that we could think of, deployed and asked for an image: the edge
//! answers with an error, and never with the image.

use crate::cloud::{Cloud, issuer};
use crate::support::CONFIG;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};
use wasmparser::{Parser, Payload};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const IMAGE: &str = "users/user_1/a.png";
/// Where a zip has its module.
const WASM: &str = "authorizer.wasm";

/// What is in a zip, by name.
type Files = BTreeMap<String, Vec<u8>>;

/// Instructions in the place of a function's own.
const TRAP: &[u8] = &[0x00];
/// Loops for ever.
const STUCK: &[u8] = &[0x03, 0x40, 0x0c, 0x00, 0x0b];
/// Writes where there is no more memory.
const NO_MEMORY: &[u8] = &[0x41, 0x7f, 0x41, 0x00, 0x36, 0x02, 0x00];
/// Returns zero, which means nothing.
const NOTHING: &[u8] = &[0x41, 0x00, 0x0f];

fn unpack(zip: &[u8]) -> Files {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let count = archive.len();
    let read = |at| {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(read).collect()
}

fn pack(files: &Files) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The module with other instructions in one of its exported functions.
fn rewritten(wasm: &[u8], name: &str, instructions: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let (mut index, mut bodies) = (None, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::ExportSection(exports) => {
                let mut exports = exports.into_iter().map(Result::unwrap);
                index = exports.find(|export| export.name == name).map(|export| export.index);
            }
            Payload::CodeSectionEntry(body) => {
                let begin = body.get_operators_reader().unwrap().original_position();
                bodies.push(begin..body.range().end);
            }
            _ => {}
        }
    }
    // Nothing is imported, so functions are numbered as they come.
    let index = index.unwrap();
    let mut wasm = wasm.to_vec();
    let place = &mut wasm[bodies[index as usize].clone()];
    // No operations up to the end, which is never reached.
    place.fill(0x01);
    let instructions = instructions(index);
    place[..instructions.len()].copy_from_slice(&instructions);
    let [.., unreachable, end] = place else { panic!("no room in {name}") };
    (*unreachable, *end) = (0x00, 0x0b);
    wasm
}

fn with_function(files: &mut Files, name: &str, instructions: &[u8]) {
    let wasm = rewritten(&files[WASM], name, |_| instructions.to_vec());
    files.insert(WASM.into(), wasm);
}

/// The handler, after something else has happened in its process.
fn after(files: &mut Files, line: &str) {
    let handler = files.get_mut("index.mjs").unwrap();
    handler.splice(..0, format!("{line}\n").into_bytes());
}

fn replace(files: &mut Files, name: &str, bytes: &[u8]) {
    assert!(files.insert(name.into(), bytes.to_vec()).is_some(), "{name} is not in the zip");
}

fn halve(files: &mut Files, name: &str) {
    let bytes = files.get_mut(name).unwrap();
    bytes.truncate(bytes.len() / 2);
}

fn push(files: &mut Files, name: &str, more: &[u8]) {
    files.get_mut(name).unwrap().extend_from_slice(more);
}

struct Edge {
    cloud: Cloud,
    zip: Vec<u8>,
    token: String,
}

impl Edge {
    /// A stack with an image, that everybody who is signed in may see.
    fn deployed() -> Self {
        let cloud = Cloud::new();
        // A function that is stuck is given up soon.
        let config = CONFIG.replace("[clerk]\n", "[clerk]\nkey_refresh = \"off\"\n");
        let config = format!("{config}[function]\ntimeout_seconds = 1\n");
        cloud.folder.write("edgegate.toml", &config);
        cloud.run("deploy --yes").expect(0);
        cloud.folder.run("bundle --out function.zip").expect(0);
        cloud.upload(IMAGE);
        let zip = std::fs::read(cloud.folder.path("function.zip")).unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let claims = json!({
            "iss": "https://clerk.photos.example", "azp": "https://app.photos.example",
            "sub": "user_1", "sid": "sess_1", "v": 2, "iat": now, "nbf": now - 10, "exp": now + 290,
        });
        let token = issuer().mint(claims.as_object().unwrap());
        Self { cloud, zip, token }
    }

    /// As somebody with the rights would: another version of the function, in front of the images.
    fn put(&self, files: &Files) {
        let zip = BASE64_STANDARD.encode(pack(files));
        let code = json!({"ZipFile": zip, "Publish": true}).to_string();
        let path = "/2015-03-31/functions/photos-authorizer/code";
        let published: Value =
            serde_json::from_str(&self.cloud.ok("lambda", "PUT", path, &code).1).unwrap();
        // With the version, or without it where that was not published.
        let arn = published["FunctionArn"].as_str().unwrap();
        let element = |arn: &str| format!("<LambdaFunctionARN>{arn}");
        self.cloud.edit("distribution", &element("*"), &element(arn));
    }

    /// The status of a view of the image with a good token; the image comes with a 200 alone.
    fn view(&self) -> u16 {
        self.ask(&format!("authorization: Bearer {}\r\n", self.token))
    }

    fn view_without_a_token(&self) -> u16 {
        self.ask("")
    }

    fn ask(&self, headers: &str) -> u16 {
        let (head, body) = self.cloud.view("GET", &format!("/{IMAGE}"), headers);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        assert_eq!(body == b"image", status == 200, "{head}");
        status
    }

    fn requests_of_the_bucket(&self) -> Value {
        self.cloud.page("GET", "origin-requests", &Value::Null)
    }
}

/// What it is, how it is done, and the status: 500 where the handler could still answer, 503 where
/// nobody could.
type Damage = (&'static str, fn(&mut Files), u16);

const DAMAGES: &[Damage] = &[
    ("half a module", |files| halve(files, WASM), 500),
    ("no WebAssembly", |files| replace(files, WASM, b"nonsense"), 500),
    ("an empty module", |files| replace(files, WASM, b"\0asm\x01\0\0\0"), 500),
    ("no module", |files| drop(files.remove(WASM)), 500),
    ("a trap when asked where to write", |files| with_function(files, "layout", TRAP), 500),
    ("a trap on configuring", |files| with_function(files, "configure", TRAP), 500),
    ("a trap before the signature", |files| with_function(files, "begin", TRAP), 500),
    ("a trap behind the signature", |files| with_function(files, "finish", TRAP), 500),
    ("no memory on configuring", |files| with_function(files, "configure", NO_MEMORY), 500),
    ("no memory on judging", |files| with_function(files, "begin", NO_MEMORY), 500),
    ("no memory for an instance", |files| after(files, NO_INSTANCE), 500),
    (
        "a stack without end",
        |files| {
            let call =
                |index| [&[0x20, 0, 0x20, 1, 0x20, 2, 0x10][..], &leb128(index), &[0x0f]].concat();
            let wasm = rewritten(&files[WASM], "begin", call);
            files.insert(WASM.into(), wasm);
        },
        500,
    ),
    ("no outcome of the first half", |files| with_function(files, "begin", NOTHING), 500),
    ("no outcome of the second half", |files| with_function(files, "finish", NOTHING), 500),
    ("a verdict that never comes", |files| with_function(files, "begin", STUCK), 503),
    (
        "a verdict that never comes, behind the signature",
        |files| {
            with_function(files, "finish", STUCK);
        },
        503,
    ),
    ("the system takes the process for its memory", |files| after(files, KILLED), 503),
    ("half the rules", |files| halve(files, "rules.bin"), 500),
    ("no rules at all", |files| replace(files, "rules.bin", b""), 500),
    ("rules that nobody compiled", |files| replace(files, "rules.bin", b"{}"), 500),
    ("rules with something behind them", |files| push(files, "rules.bin", b"x"), 500),
    ("more rules than fit", |files| push(files, "rules.bin", &[0; 140_000]), 500),
    ("no file of rules", |files| drop(files.remove("rules.bin")), 500),
    ("no answers", |files| drop(files.remove("answers.json")), 200),
    ("half the settings", |files| halve(files, "rules.json"), 500),
    ("no settings", |files| drop(files.remove("rules.json")), 500),
    ("no key", |files| replace(files, "keys.json", br#"{"keys":[]}"#), 500),
    ("half the keys", |files| halve(files, "keys.json"), 500),
    ("no file of keys", |files| drop(files.remove("keys.json")), 500),
    ("half a handler", |files| halve(files, "index.mjs"), 503),
    ("no handler", |files| drop(files.remove("index.mjs")), 503),
];

const NO_INSTANCE: &str =
    "WebAssembly.Instance = class { constructor() { throw new RangeError('out of memory'); } };";
/// The handler reads the clock when a request has come.
const KILLED: &str = "Date.now = () => process.kill(process.pid, 'SIGKILL');";

/// WebAssembly core specification, §5.2.2.
fn leb128(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

#[test]
fn whatever_breaks_the_image_is_not_served() {
    let edge = Edge::deployed();
    assert_eq!((edge.view(), edge.view_without_a_token()), (200, 401));
    // Now it is in the cache, and nobody needs the bucket any more.
    let asked = edge.requests_of_the_bucket();
    for (what, damage, status) in DAMAGES {
        let mut files = unpack(&edge.zip);
        damage(&mut files);
        edge.put(&files);
        assert_eq!(edge.view(), *status, "{what}");
        if *status == 500 {
            assert_eq!(edge.view(), 500, "{what}, again");
            assert!([401, 500].contains(&edge.view_without_a_token()), "{what}, without a token");
        }
    }
    edge.put(&unpack(&edge.zip));
    assert_eq!((edge.view(), edge.view_without_a_token()), (200, 401), "none of it is left");
    assert_eq!(edge.requests_of_the_bucket(), asked, "no request has reached the bucket");
}

/// `describe` is called for refusals only, so an instance works until then.
#[test]
fn an_instance_that_trapped_is_replaced() {
    let edge = Edge::deployed();
    let mut files = unpack(&edge.zip);
    with_function(&mut files, "describe", TRAP);
    edge.put(&files);
    for _ in 0..2 {
        assert_eq!((edge.view(), edge.view_without_a_token()), (200, 500));
    }
}

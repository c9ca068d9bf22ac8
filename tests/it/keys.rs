//! Fetching and showing keys, over real HTTP.

use crate::support::{CONFIG, Folder};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

const KEYS: &str = include_str!("../../keys.json");

/// A server that answers one request; the configuration that names it.
pub(crate) fn served(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(answer.as_bytes());
    });
    let line = format!("[clerk]\njwks_url = \"http://127.0.0.1:{port}/jwks.json\"");
    CONFIG.replace("[clerk]", &line)
}

pub(crate) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

#[test]
fn what_is_pulled_is_checked_written_and_shown() {
    let folder = Folder::new();
    folder.write("edgegate.toml", &served(ok(KEYS)));
    let pulled = folder.run("keys pull").expect(0).stdout;
    let key = "ins_edgegatedemo  RS256  2048 bits  sha256:";
    assert!(pulled.starts_with(&format!("+ {key}")), "{pulled}");
    let shown = folder.run("keys show").expect(0).stdout;
    assert_eq!(shown.trim_start(), pulled.trim_start_matches("+ "));
    folder.write("edgegate.toml", &served(ok(KEYS)));
    assert_eq!(folder.run("keys pull").expect(0).stdout, shown, "nothing new");
}

#[test]
fn keys_for_other_purposes_are_passed_over() {
    let folder = Folder::new();
    let others =
        r#"[{"kty": "EC", "kid": "ins_ec", "crv": "P-256"}, {"kty": "RSA", "use": "enc"},"#;
    folder.write("edgegate.toml", &served(ok(&KEYS.replacen('[', others, 1))));
    let pulled = folder.run("keys pull").expect(0);
    assert!(pulled.stdout.starts_with("+ ins_edgegatedemo") && pulled.stdout.lines().count() == 1);
    assert!(pulled.stderr.contains("passed over: ins_ec"), "{pulled}");
    assert!(pulled.stderr.contains("passed over: a key without a name"), "{pulled}");
    let written = fs::read_to_string(folder.path("keys.json")).unwrap();
    assert!(!written.contains("ins_ec"), "{written}");
}

#[test]
fn what_cannot_be_used_is_not_written() {
    let folder = Folder::new();
    let moved = "HTTP/1.1 302 Found\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n".to_owned();
    let answers = [
        (moved, "only 200 counts"),
        (ok(&"x".repeat(70_000)), "more than 64 KiB"),
        (ok("{}"), "`keys` is missing"),
        (ok(&KEYS.replace("AQAB", "Aw")), "`e` has to be AQAB"),
    ];
    for (answer, message) in answers {
        folder.write("edgegate.toml", &served(answer));
        let refused = folder.run("keys pull").expect(1).stderr;
        assert!(refused.contains(message) && refused.contains("hint: "), "{refused}");
        assert!(!fs::exists(folder.path("keys.json")).unwrap());
    }
    let plain = CONFIG.replace("[clerk]", "[clerk]\njwks_url = \"http://keys.example.com/\"");
    folder.write("edgegate.toml", &plain);
    assert!(folder.run("keys pull").expect(2).stderr.contains("no https:// URL"));
}

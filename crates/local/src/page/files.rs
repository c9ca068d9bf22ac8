//! The files of the page, as they are, and what a browser may do with them.

use axum::response::Response;

use crate::control::reply;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

const FILES: [(&str, &str, &str); 14] = [
    ("", HTML, include_str!("static/index.html")),
    ("base.css", CSS, include_str!("static/base.css")),
    ("parts.css", CSS, include_str!("static/parts.css")),
    ("requests.css", CSS, include_str!("static/requests.css")),
    ("main.js", SCRIPT, include_str!("static/main.js")),
    ("dom.js", SCRIPT, include_str!("static/dom.js")),
    ("api.js", SCRIPT, include_str!("static/api.js")),
    ("person.js", SCRIPT, include_str!("static/person.js")),
    ("images.js", SCRIPT, include_str!("static/images.js")),
    ("upload.js", SCRIPT, include_str!("static/upload.js")),
    ("requests.js", SCRIPT, include_str!("static/requests.js")),
    ("rules.js", SCRIPT, include_str!("static/rules.js")),
    ("access.js", SCRIPT, include_str!("static/access.js")),
    ("icon.svg", PICTURE, include_str!("static/icon.svg")),
];

/// Type and text of a file, by its name.
pub(crate) fn find(name: &str) -> Option<(&'static str, &'static str)> {
    FILES.iter().find(|it| it.0 == name).map(|(_, content_type, text)| (*content_type, *text))
}

/// What a browser may do with the page: nothing but with this very origin.
pub(crate) fn protect(response: &mut Response, scheme: &str, host: &str) {
    // Images of the bucket come from the same origin, and must never run as scripts.
    let own = format!("{scheme}://{host}/_local/");
    let policy = format!(
        "default-src 'none'; script-src {own}; style-src {own}; img-src blob: {own}; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    for (name, value) in [
        ("content-security-policy", policy.as_str()),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        reply::set(response, name, value);
    }
}

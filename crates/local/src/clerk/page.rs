//! The page behind `redirectToSignIn`: pick a pretend user, and go back to the app.

use std::fmt::Write as _;

use axum::response::Response;
use quick_xml::escape::escape;

use crate::clerk::{Asked, CLIENT, Clerk};
use crate::control::reply;

const HEAD: &str = "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Sign in: local Clerk</title>\
    <style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui;max-width:24rem;margin:10vh auto;padding:0 1rem}\
    button{font:inherit;display:block;width:100%;margin:.5rem 0;padding:.75rem;text-align:left}</style>\
    <main><h1>Sign in</h1><p>Nobody here is real, and no password is asked for.</p><form method=\"post\">";

/// Shows the page, or signs in whoever was picked.
pub(crate) fn sign_in(clerk: &Clerk, asked: &Asked, method: &str) -> Response {
    let back = asked.field("redirect_url").filter(|it| is_web(it));
    if method != "POST" {
        return reply::with(200, "text/html; charset=utf-8", choices(clerk, asked, back));
    }
    let Some(user) = asked.field("user").and_then(|it| clerk.people.find(it)) else {
        return reply::with(404, "text/plain", "there is no such pretend user\n".to_owned());
    };
    clerk.sessions.start(&asked.client, user);
    let back = back.unwrap_or(&asked.url);
    let sign = if back.contains('?') { '&' } else { '?' };
    let mut response = reply::empty(303);
    // The app's page learns from the query which browser this is.
    reply::set(&mut response, "location", &format!("{back}{sign}{CLIENT}={}", asked.client));
    response
}

/// Not a script, nor a file.
fn is_web(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

fn choices(clerk: &Clerk, asked: &Asked, back: Option<&str>) -> String {
    let mut page = HEAD.to_owned();
    for (name, value) in [(CLIENT, asked.client.as_str()), ("redirect_url", back.unwrap_or(""))] {
        let value = escape(value);
        let _ = write!(page, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
    }
    for user in clerk.people.all() {
        let name = format!("{} {}", user.first_name, user.last_name);
        let (id, name, email) = (escape(&user.id), escape(&name), escape(&user.email));
        let _ = write!(
            page,
            "<button name=\"user\" value=\"{id}\">{name}<br><small>{email}</small></button>"
        );
    }
    page + "</form></main></html>"
}

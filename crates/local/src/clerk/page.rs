//! The page behind `redirectToSignIn`: pick a pretend user, and go back to the app.

use std::fmt::Write as _;

use axum::response::Response;
use quick_xml::escape::escape;

use crate::clerk::{Asked, CLIENT, Clerk};
use crate::control::reply;

const HEAD: &str = "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>Sign in: local Clerk</title>\
    <link rel=\"icon\" href=\"data:,\"><style>:root{color-scheme:light dark}\
    body{font:1rem/1.5 system-ui,sans-serif;max-width:24rem;margin:10vh auto;padding:0 1rem}\
    button{font:inherit;font-weight:600;display:block;width:100%;margin:.75rem 0;padding:.75rem 1rem;\
    text-align:left;border:1px solid #8886;border-radius:.75rem;background:#8881;cursor:pointer}\
    button:hover{background:#8883}small{font-weight:400;opacity:.7}</style>\
    <main><h1>Sign in</h1><p>Nobody here is real, and no password is asked for.</p><form method=\"post\">";
/// `clerk-js` says behind the `#` where to go back to, which a server does not see.
const TAIL: &str = "</form></main><script>{\
    const asked=new URLSearchParams(location.hash.split('?')[1]);\
    const names=['sign_in_force_redirect_url','redirect_url','sign_in_fallback_redirect_url'];\
    const back=names.map(name=>asked.get(name)).find(Boolean);\
    if(back)document.forms[0].redirect_url.value=back\
    }</script></html>";

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
    let back = home(back.unwrap_or(&asked.url), &asked.client);
    let mut response = reply::empty(303);
    reply::set(&mut response, "location", &back);
    response
}

/// The app's page, which learns from the query which browser this is. The fragment is there even when
/// it is empty: the browser would bring along its own otherwise (Fetch standard, "HTTP-redirect fetch").
fn home(back: &str, client: &str) -> String {
    let (page, fragment) = back.split_once('#').unwrap_or((back, ""));
    let sign = if page.contains('?') { '&' } else { '?' };
    format!("{page}{sign}{CLIENT}={client}#{fragment}")
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
    page + TAIL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_keeps_query_and_fragment() {
        assert_eq!(home("http://app/", "dvb_1"), "http://app/?__clerk_db_jwt=dvb_1#");
        assert_eq!(home("http://app/?a=b#c", "dvb_1"), "http://app/?a=b&__clerk_db_jwt=dvb_1#c");
    }
}

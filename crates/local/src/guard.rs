//! Keeps other websites out: any page in a browser can send requests to this computer.
//!
//! A name of another site that resolves to this computer (DNS rebinding) is known by `Host`, a page
//! of another origin by `Origin` and `Sec-Fetch-Site`, which no script can set (Fetch standard,
//! "forbidden request-header"). <https://www.w3.org/TR/fetch-metadata/>

use std::net::IpAddr;

use http::request::Parts;

pub(crate) fn header<'a>(parts: &'a Parts, name: &str) -> &'a str {
    parts.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
}

/// Whether a `Host` can only be this computer. Its port may be that of a tunnel.
pub(crate) fn is_here(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default().to_ascii_lowercase();
    // RFC 6761 §6.3: nobody else can have a name below `localhost`; and a number is no name that
    // could be made to mean another computer (an emulator has one of its own for this one).
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok()
}

/// Whether a `Host` is this computer, or one of AWS's for which it stands in.
pub(crate) fn is_cloud(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    is_here(host) || name.ends_with(".amazonaws.com") || name.ends_with(".api.aws")
}

/// Whether another website sends it. Programs send none of these headers but `Host`.
pub(crate) fn is_foreign(parts: &Parts) -> bool {
    let (host, origin) = (header(parts, "host"), header(parts, "origin"));
    let own = origin.split_once("://").is_some_and(|(_, it)| it == host);
    let site = header(parts, "sec-fetch-site");
    !is_here(host) || !(origin.is_empty() || own) || !matches!(site, "" | "same-origin" | "none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let request = http::Request::builder().method("POST");
        let request = headers.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn only_names_of_this_computer() {
        for host in [
            "127.0.0.1:8787",
            "localhost",
            "LOCALHOST:1",
            "[::1]:80",
            "e1.localhost:9",
            "10.0.2.2:8787",
        ] {
            assert!(is_here(host), "{host}");
        }
        for host in ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8787"] {
            assert!(!is_here(host), "{host}");
        }
    }

    #[test]
    fn only_this_origin_and_programs() {
        let host = ("host", "localhost:8787");
        let own = ("origin", "http://localhost:8787");
        assert!(!is_foreign(&parts(&[host])));
        assert!(!is_foreign(&parts(&[host, own, ("sec-fetch-site", "same-origin")])));
        assert!(is_foreign(&parts(&[("host", "evil.example"), ("origin", "http://evil.example")])));
        for foreign in [
            ("origin", "http://localhost:3000"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(is_foreign(&parts(&[host, foreign])), "{foreign:?}");
        }
    }
}

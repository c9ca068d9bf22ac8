//! All that the edge can answer by itself, written beforehand: it only has to choose.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::answer::{Answer, Reply, push_text};
use crate::policy::Policy;

pub(crate) fn answers(policy: &Policy) -> String {
    let lines: Vec<_> = Reply::all().map(|reply| line(Answer::plain(policy, reply))).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn line(answer: Answer) -> String {
    let always = answer.headers();
    let mut line = format!("{{\"status\":\"{}\"", answer.status);
    if let Some(code) = answer.code {
        line.push_str(",\"code\":");
        push_text(&mut line, code.name());
    }
    push(&mut line, "headers", &always);
    push(&mut line, "authorized", &beyond(&always, answer.to_authorized()));
    push(&mut line, "cors", &beyond(&always, answer.to_origin(b"")));
    if answer.code.is_some() {
        line.push_str(",\"body\":");
        push_text(&mut line, &answer.body());
    }
    line.push('}');
    line
}

/// The headers of an answer that are not among these.
fn beyond<'a>(headers: &[(&str, &str)], answer: Answer<'a>) -> Vec<(&'static str, &'a str)> {
    answer.headers().into_iter().filter(|header| !headers.contains(header)).collect()
}

/// In the form in which CloudFront takes headers; nothing, where there are none.
fn push(line: &mut String, name: &str, headers: &[(&str, &str)]) {
    if headers.is_empty() {
        return;
    }
    line.push(',');
    push_text(line, name);
    line.push_str(":{");
    for (position, (name, value)) in headers.iter().enumerate() {
        line.push_str(if position == 0 { "" } else { "," });
        push_text(line, name);
        line.push_str(":[{\"key\":");
        push_text(line, name);
        line.push_str(",\"value\":");
        push_text(line, value);
        line.push_str("}]");
    }
    line.push('}');
}

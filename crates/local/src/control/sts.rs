//! STS: who the caller is.

use axum::body::Bytes;
use axum::response::Response;

use crate::control::{form, reply};
use crate::fault::{Fault, Outcome};
use crate::xml::Element;

pub(crate) fn answer(body: &Bytes) -> Outcome<Response> {
    let form = form(body);
    let action = form.get("Action").map_or("", String::as_str);
    match action {
        "GetCallerIdentity" => {
            let result = Element::new("Result")
                .with_leaf("Arn", format!("arn:aws:iam::{}:root", crate::ACCOUNT))
                .with_leaf("UserId", crate::ACCOUNT)
                .with_leaf("Account", crate::ACCOUNT);
            Ok(reply::query(reply::STS_XMLNS, action, &result))
        }
        _ => Err(Fault::not_implemented(&format!("sts:{action}"))),
    }
}

//! What a request is called, before anything has happened: `lambda:CreateFunction`.

use axum::body::Bytes;
use http::request::Parts;

use crate::control::s3::operation;
use crate::control::{Service, cloudfront, form, lambda, s3};
use crate::sigv4::query_pairs;

/// A call and the permission it takes.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    /// `service:Operation`, as the SDKs have it.
    pub(crate) call: String,
    /// As IAM has it.
    pub(crate) action: String,
}

impl Name {
    /// `body` is not looked at for S3, whose bodies are too large.
    pub(crate) fn of(service: Service, parts: &Parts, body: &Bytes) -> Self {
        match service {
            Service::S3 => {
                let query = query_pairs(parts.uri.query().unwrap_or("")).collect();
                let (bucket, key) = s3::address(parts);
                let name = operation::name(&parts.method, &bucket, &key, &query);
                let action = operation::action(name, &query).to_owned();
                Self { call: format!("s3:{name}"), action }
            }
            Service::Iam => Self::plain("iam", form(body).get("Action").map_or("", |it| it)),
            Service::Sts => Self::plain("sts", form(body).get("Action").map_or("", |it| it)),
            Service::Lambda => Self::plain("lambda", lambda::operation::operation(parts)),
            Service::CloudFront => Self::plain("cloudfront", &cloudfront::name(parts)),
        }
    }

    fn plain(service: &str, operation: &str) -> Self {
        let call = format!("{service}:{operation}");
        // The tags are another permission, and the create is the same.
        let action = call.strip_suffix("WithTags").unwrap_or(&call).to_owned();
        Self { call, action }
    }
}

//! S3: the bucket that holds the images, its configuration and its policy.

pub(crate) mod acl;
pub(crate) mod body;
pub(crate) mod bucket;
pub(crate) mod document;
pub(crate) mod list;
pub(crate) mod multipart;
pub(crate) mod object;
pub(crate) mod operation;
pub(crate) mod upload;

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;
use http::Method;
use http::request::Parts;

use crate::control::auth::{self, Caller};
use crate::control::{Control, reply};
use crate::fault::{Fault, Outcome};
use crate::policy::{Access, Policy, Principal, Verdict};
use crate::sigv4::{percent_decode, query_pairs};
use crate::store::Cloud;
use crate::xml::Element;

pub(crate) const XMLNS: &str = "http://s3.amazonaws.com/doc/2006-03-01/";
/// Larger XML bodies than this are no configuration; S3's own limit for `DeleteObjects` is 2 MB.
const XML_MAX: usize = 2 * 1024 * 1024;

/// One request to S3, taken apart.
pub(crate) struct Call<'a> {
    pub(crate) control: &'a Control,
    pub(crate) caller: Caller,
    pub(crate) parts: &'a Parts,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) operation: &'static str,
}

/// Answers one request, from a client or from the edge.
pub(crate) async fn answer(
    control: &Control,
    parts: Parts,
    body: Body,
    request_id: &str,
) -> Response {
    let outcome = route(control, &parts, body).await;
    let mut response = outcome.unwrap_or_else(|fault| refuse(&fault, &parts, request_id));
    // A client that was never told to go on does not send its body, and the next request on this
    // connection would be taken for it.
    if response.status().as_u16() >= 300 && parts.headers.contains_key(http::header::EXPECT) {
        reply::set(&mut response, "connection", "close");
    }
    reply::set(&mut response, "x-amz-request-id", request_id);
    reply::set(&mut response, "x-amz-id-2", request_id);
    reply::set(&mut response, "server", "AmazonS3");
    response
}

async fn route(control: &Control, parts: &Parts, body: Body) -> Outcome<Response> {
    let (bucket, key) = address(parts);
    let query: BTreeMap<String, String> = query_pairs(parts.uri.query().unwrap_or("")).collect();
    let operation = operation::name(&parts.method, &bucket, &key, &query);
    let caller = auth::s3(control, parts)?;
    let call = Call { control, caller, parts, bucket, key, query, operation };
    call.check_owner()?;
    match operation {
        "ListBuckets" => Ok(call.owner_only()?.list_buckets()),
        "CreateBucket" => call.owner_only()?.create_bucket(body).await,
        _ => {
            call.authorize()?;
            call.check_region()?;
            call.perform(body).await
        }
    }
}

impl Call<'_> {
    async fn perform(&self, body: Body) -> Outcome<Response> {
        if let Some(document) = document::of(&self.query) {
            return self.document(document, body).await;
        }
        match self.operation {
            "HeadBucket" => self.head_bucket(),
            "DeleteBucket" => self.delete_bucket(),
            "GetBucketLocation" => self.location(),
            "GetBucketPolicyStatus" => self.policy_status(),
            "ListObjects" | "ListObjectsV2" => self.list_objects(),
            "ListObjectVersions" => self.list_versions(),
            "ListMultipartUploads" => self.list_uploads(),
            "CreateMultipartUpload" => self.create_upload(),
            "UploadPart" => self.upload_part(body).await,
            "CompleteMultipartUpload" => self.complete_upload(body).await,
            "AbortMultipartUpload" => self.abort_upload(),
            "ListParts" => self.list_parts(),
            "DeleteObjects" => self.delete_objects(body).await,
            "PutObject" => self.put_object(body).await,
            "GetObject" => self.get_object().await,
            "HeadObject" => self.head_object(),
            "DeleteObject" => self.delete_object(),
            _ => Err(self.unsupported()),
        }
    }

    pub(crate) fn unsupported(&self) -> Fault {
        let parameters: Vec<&str> = self.query.keys().map(String::as_str).collect();
        let (operation, method) = (self.operation, &self.parts.method);
        Fault::not_implemented(&format!("s3:{operation} ({method} ?{})", parameters.join("&")))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name).and_then(|it| it.to_str().ok())
    }

    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// A whole XML or JSON body.
    pub(crate) async fn text(&self, body: Body) -> Outcome<String> {
        let (bytes, _) = body::plain(self, body)?.collect(XML_MAX).await?;
        let call = format!("s3:{}", self.operation);
        let bytes = self.control.disturbances.replaced(&call, bytes.into());
        String::from_utf8(bytes.into()).map_err(|_| malformed_xml())
    }

    fn check_owner(&self) -> Outcome<()> {
        match self.header("x-amz-expected-bucket-owner") {
            Some(owner) if owner != crate::ACCOUNT => Err(denied()),
            _ => Ok(()),
        }
    }

    fn owner_only(&self) -> Outcome<&Self> {
        if self.caller.principal == Principal::Account { Ok(self) } else { Err(denied()) }
    }

    /// A bucket answers only requests signed for its own region.
    fn check_region(&self) -> Outcome<()> {
        let Some(signed) = &self.caller.region else { return Ok(()) };
        let actual = self
            .control
            .store
            .read(|cloud| cloud.buckets.get(&self.bucket).map(|it| it.region.clone()));
        match actual {
            Some(actual) if actual != *signed && self.operation != "HeadBucket" => Err(Fault::new(
                400,
                "AuthorizationHeaderMalformed",
                format!(
                    "The authorization header is malformed; the region '{signed}' is wrong; expecting '{actual}'"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The account may do what no policy denies it; anybody else only what the policy allows.
    fn authorize(&self) -> Outcome<()> {
        let bucket = format!("arn:aws:s3:::{}", self.bucket);
        let resource = if self.key.is_empty() { bucket } else { format!("{bucket}/{}", self.key) };
        let verdict = self.control.store.read(|cloud| {
            if !cloud.buckets.contains_key(&self.bucket) {
                return Err(no_bucket());
            }
            let action = operation::action(self.operation, &self.query);
            Ok(self.verdict(cloud, action, &resource))
        })?;
        // The owner can always repair a policy that locks everybody out.
        let repair = self.query.contains_key("policy");
        match (&self.caller.principal, verdict) {
            (Principal::Account, Verdict::Allow | Verdict::Silent) | (_, Verdict::Allow) => Ok(()),
            (Principal::Account, Verdict::Deny) if repair => Ok(()),
            _ => Err(denied()),
        }
    }

    /// Whether a missing key may be told from a forbidden one: only those who may list see a 404.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
    pub(crate) fn no_key(&self) -> Fault {
        let arn = format!("arn:aws:s3:::{}", self.bucket);
        let verdict = self.control.store.read(|cloud| self.verdict(cloud, "s3:ListBucket", &arn));
        let account = self.caller.principal == Principal::Account;
        if verdict == Verdict::Allow || (account && verdict == Verdict::Silent) {
            return Fault::new(404, "NoSuchKey", "The specified key does not exist.");
        }
        denied()
    }

    fn verdict(&self, cloud: &Cloud, action: &str, resource: &str) -> Verdict {
        let text = cloud.buckets.get(&self.bucket).and_then(|it| it.documents.get("policy"));
        let Some(policy) = text.and_then(|it| Policy::parse(it).ok()) else {
            return Verdict::Silent;
        };
        let context = self.context();
        let principal = &self.caller.principal;
        policy.evaluate(&Access { principal, action, resource, context: &context })
    }

    /// The condition keys of this request.
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
    fn context(&self) -> BTreeMap<String, String> {
        let mut context = BTreeMap::from([
            // The edge always speaks TLS to its origin, and nobody else can reach the loopback.
            ("aws:securetransport".to_owned(), "true".to_owned()),
            ("aws:sourceip".to_owned(), "127.0.0.1".to_owned()),
            ("s3:objectcreationoperation".to_owned(), (self.operation == "PutObject").to_string()),
        ]);
        for (name, value) in &self.parts.headers {
            let known = matches!(name.as_str(), "if-none-match" | "if-match")
                || name.as_str().starts_with("x-amz-");
            if known && let Ok(value) = value.to_str() {
                context.insert(format!("s3:{name}"), value.to_owned());
            }
        }
        for (parameter, key) in
            [("prefix", "s3:prefix"), ("delimiter", "s3:delimiter"), ("versionId", "s3:versionid")]
        {
            if let Some(value) = self.query.get(parameter) {
                context.insert(key.to_owned(), value.clone());
            }
        }
        if let Some(arn) = &self.caller.source_arn {
            context.insert("aws:sourcearn".to_owned(), arn.clone());
            context.insert("aws:sourceaccount".to_owned(), crate::ACCOUNT.to_owned());
            context.insert("aws:principalisawsservice".to_owned(), "true".to_owned());
        }
        context
    }
}

/// Bucket and key, from the host name or from the path.
pub(crate) fn address(parts: &Parts) -> (String, String) {
    let path = parts.uri.path().strip_prefix('/').unwrap_or_default();
    let host = parts.headers.get("host").and_then(|it| it.to_str().ok()).unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    if let Some(bucket) = virtual_host(host) {
        return (bucket.to_owned(), percent_decode(path));
    }
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    (percent_decode(bucket), percent_decode(key))
}

fn virtual_host(host: &str) -> Option<&str> {
    if let Some(bucket) = host.strip_suffix(".localhost") {
        return (bucket != "s3").then_some(bucket);
    }
    let name = host.strip_suffix(".amazonaws.com")?;
    let at = name.rfind(".s3.").or_else(|| name.strip_suffix(".s3").map(str::len))?;
    name.get(..at)
}

pub(crate) fn denied() -> Fault {
    Fault::new(403, "AccessDenied", "Access Denied")
}

pub(crate) fn no_bucket() -> Fault {
    Fault::new(404, "NoSuchBucket", "The specified bucket does not exist")
}

/// Somebody else is at it, or not done with it.
pub(crate) fn aborted() -> Fault {
    Fault::new(
        409,
        "OperationAborted",
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    )
}

pub(crate) fn malformed_xml() -> Fault {
    Fault::new(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

pub(crate) fn refuse(fault: &Fault, parts: &Parts, request_id: &str) -> Response {
    let body = Element::new("Error")
        .with_leaf("Code", &fault.code)
        .with_leaf("Message", &fault.message)
        .with_leaf("Resource", parts.uri.path())
        .with_leaf("RequestId", request_id)
        .with_leaf("HostId", request_id);
    // S3's error documents have no namespace, and the answer to HEAD or 304 has no body at all.
    if parts.method == Method::HEAD || fault.status == 304 {
        return reply::empty(fault.status);
    }
    let text = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", String::from(body));
    reply::with(fault.status, "application/xml", text)
}

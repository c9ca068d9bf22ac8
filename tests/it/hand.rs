//! A colleague in the console: changes by hand, over the very API that AWS has.

use crate::cloud::Cloud;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::SystemTime;

pub(crate) const BUCKET: &str = "photos-images-000000000000-us-east-1-an";
pub(crate) const AUTHORIZER: &str = "photos-authorizer";
const FUNCTIONS: &str = "/2015-03-31/functions";

/// One thing done by hand.
#[derive(Clone, Debug)]
pub(crate) enum Hand {
    /// Method, path and query, body.
    S3(&'static str, &'static str, &'static str),
    /// The parameters of a call on the role.
    Iam(&'static str),
    /// Method, path below the function, body.
    Lambda(&'static str, &'static str, &'static str),
    /// The kind of a CloudFront resource, and one text in its configuration for another; a star at
    /// the end of the first stands for the rest of a value.
    Edge(&'static str, &'static str, &'static str),
    /// One text in the bucket policy for another.
    Policy(&'static str, &'static str),
    /// Anything else: service, method, path, body.
    Call(&'static str, &'static str, &'static str, &'static str),
}

impl Cloud {
    /// Does it, whatever it is.
    #[track_caller]
    pub(crate) fn by_hand(&self, hand: &Hand) {
        match *hand {
            Hand::S3(method, path, body) => {
                self.ok("s3", method, &format!("/{BUCKET}{path}"), body);
            }
            Hand::Iam(parameters) => {
                let form = format!("RoleName={AUTHORIZER}&{parameters}");
                self.ok("iam", "POST", "/", &form);
            }
            Hand::Lambda(method, path, body) => {
                self.ok("lambda", method, &function_path(path), body);
            }
            Hand::Edge(kind, from, to) => self.edit(kind, from, to),
            Hand::Call(service, method, path, body) => {
                self.ok(service, method, path, body);
            }
            Hand::Policy(from, to) => {
                let path = format!("/{BUCKET}?policy");
                let policy = self.ok("s3", "GET", &path, "").1;
                assert!(policy.contains(from), "{from} is not in {policy}");
                self.ok("s3", "PUT", &path, &policy.replace(from, to));
            }
        }
    }

    /// One text in the configuration of a CloudFront resource for another, as [`Hand::Edge`] says.
    #[track_caller]
    pub(crate) fn edit(&self, kind: &str, from: &str, to: &str) {
        let account = self.account();
        let all = match kind {
            "distribution" => &account["distributions"],
            kind => &account["resources"][kind],
        };
        let id = all.as_object().unwrap().keys().next().unwrap().clone();
        let path = format!("/2020-05-31/{kind}/{id}/config");
        let (head, config) = self.ok("cloudfront", "GET", &path, "");
        let from = found(&config, from);
        assert!(config.contains(&from), "{from} is not in {config}");
        let etag = head.lines().find_map(|it| it.strip_prefix("etag: ")).unwrap().to_owned();
        let config = config.replacen(&from, to, 1);
        let answer = self.request("cloudfront", "PUT", &path, &config, &[("if-match", &etag)]);
        assert!(answer.0.starts_with("HTTP/1.1 200"), "{kind} {to}: {} {}", answer.0, answer.1);
    }

    #[track_caller]
    pub(crate) fn ok(&self, service: &str, method: &str, path: &str, body: &str) -> Answer {
        let answer = self.request(service, method, path, body, &[]);
        assert!(answer.0.starts_with("HTTP/1.1 20"), "{method} {path}: {} {}", answer.0, answer.1);
        answer
    }

    /// A signed request, as the account itself would send it.
    pub(crate) fn request(
        &self,
        service: &str,
        method: &str,
        path: &str,
        body: &str,
        more: &[(&str, &str)],
    ) -> Answer {
        let url = format!("{}{path}", self.url());
        let headers = signed(service, method, &url, body);
        let host = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        for (name, value) in headers.into_iter().chain(more) {
            request.extend([&name, ": ", &value, "\r\n"]);
        }
        let mut stream = TcpStream::connect(&host).unwrap();
        write!(stream, "{request}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    /// One of everything that makes a deployment take something away again.
    pub(crate) fn spoil(&self) {
        for hand in [
            Hand::S3("PUT", "?versioning", SUSPENDED),
            Hand::S3("PUT", "?website", WEBSITE),
            Hand::S3("PUT", "?cors", CORS),
            Hand::S3("DELETE", "?publicAccessBlock", ""),
            Hand::S3("DELETE", "?ownershipControls", ""),
            Hand::S3("PUT", "?acl", EVERYBODY),
            Hand::S3("DELETE", "?lifecycle", ""),
            Hand::S3("PUT", "?encryption", ENCRYPTION),
            Hand::S3("DELETE", "?policy", ""),
            Hand::Iam(TRUST),
            Hand::Iam(INLINE),
            Hand::Iam(ATTACHED),
            Hand::Lambda("PUT", "/configuration", r#"{"Description": "by hand"}"#),
            Hand::Lambda("PUT", "/code", OTHER_CODE),
            Hand::Lambda("POST", "/policy", PERMISSION),
            Hand::Lambda("POST", "/url", r#"{"AuthType": "NONE"}"#),
            Hand::Lambda("PUT", "/concurrency", r#"{"ReservedConcurrentExecutions": 0}"#),
            Hand::Edge("origin-access-control", "always", "never"),
            Hand::Edge("cache-policy", "<MinTTL>0<", "<MinTTL>1<"),
            Hand::Edge("response-headers-policy", "same-site", "cross-origin"),
            Hand::Edge("distribution", "PriceClass_100", "PriceClass_All"),
        ] {
            self.by_hand(&hand);
        }
    }

    /// Three versions of the function, beside the first one.
    pub(crate) fn publish_more(&self) {
        let one = |it: &'static str| Hand::Lambda("PUT", "/configuration", it);
        for it in [
            one(r#"{"Description": "one"}"#),
            one(r#"{"Description": "another"}"#),
            one(r#"{"Description": "a third"}"#),
        ] {
            self.by_hand(&it);
            self.by_hand(&Hand::Lambda("POST", "/versions", "{}"));
        }
    }

    /// Another distribution, without a function, that uses the stack's policies and access control.
    #[track_caller]
    pub(crate) fn distribute_too(&self, bucket: &str) {
        let account = self.account();
        let ours = account["distributions"].as_object().unwrap().values().next().unwrap();
        let config = ours["config"].as_str().unwrap();
        let (before, rest) = config.split_once("<LambdaFunctionAssociations>").unwrap();
        let (_, after) = rest.split_once("</LambdaFunctionAssociations>").unwrap();
        let config = format!("{before}{after}").replace("edgegate/photos/", "by-hand/");
        let config = config.replace("edgegate:photos", "old").replace(BUCKET, bucket);
        self.ok("cloudfront", "POST", "/2020-05-31/distribution", &config);
    }

    /// An image that a user has uploaded.
    pub(crate) fn upload(&self, key: &str) {
        self.ok("s3", "PUT", &format!("/{BUCKET}/{key}"), "image");
    }
}

/// `<Id>*` is that element with whatever text is in it.
fn found(config: &str, from: &str) -> String {
    let Some(begin) = from.strip_suffix('*') else { return from.to_owned() };
    let rest = config.split_once(begin).unwrap_or_default().1;
    format!("{begin}{}", rest.split('<').next().unwrap_or_default())
}

/// Head and body.
pub(crate) type Answer = (String, String);

fn function_path(path: &str) -> String {
    // What came later has an API version of its own.
    let functions = match path {
        "/url" => "/2021-10-31/functions",
        "/concurrency" => "/2017-10-31/functions",
        "/runtime-management-config" => "/2021-07-20/functions",
        _ => FUNCTIONS,
    };
    format!("{functions}/{AUTHORIZER}{path}")
}

fn signed(service: &str, method: &str, url: &str, body: &str) -> Vec<(String, String)> {
    let identity = Credentials::new("test", "test", None, None, "test").into();
    let mut settings = SigningSettings::default();
    if service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new(method, url, std::iter::empty(), body).unwrap();
    let (signature, _) = sign(request, &params).unwrap().into_parts();
    signature.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

pub(crate) const SUSPENDED: &str =
    "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
pub(crate) const WEBSITE: &str = "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix>\
     </IndexDocument></WebsiteConfiguration>";
/// Anybody may list the bucket, in an access control list.
pub(crate) const EVERYBODY: &str = "<AccessControlPolicy><Owner><ID>000000000000</ID></Owner>\
     <AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
     xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>\
     <Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>";
pub(crate) const LOGGING: &str = "<BucketLoggingStatus><LoggingEnabled><TargetBucket>audit</TargetBucket>\
     <TargetPrefix>images/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>";
pub(crate) const CORS: &str = "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>\
     <AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";
pub(crate) const ENCRYPTION: &str = "<ServerSideEncryptionConfiguration><Rule>\
     <ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm>\
     </ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>";
pub(crate) const INLINE: &str = "Action=PutRolePolicy&PolicyName=more&PolicyDocument=\
     {\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\
     \"Resource\":\"*\"}]}";
pub(crate) const ATTACHED: &str =
    "Action=AttachRolePolicy&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess";
pub(crate) const TRUST: &str = "Action=UpdateAssumeRolePolicy&PolicyDocument=\
     {\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\
     \"Action\":\"sts:AssumeRole\",\"Principal\":{\"Service\":[\"lambda.amazonaws.com\",\
     \"edgelambda.amazonaws.com\"],\"AWS\":\"arn:aws:iam::111122223333:root\"}}]}";
pub(crate) const PERMISSION: &str =
    r#"{"StatementId": "anyone", "Action": "lambda:InvokeFunction", "Principal": "*"}"#;

/// Another account may read every image.
pub(crate) const STRANGER: Hand = Hand::Policy(
    "\"Statement\":[",
    "\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::999988887777:root\"},\
     \"Action\":\"s3:GetObject\",\
     \"Resource\":\"arn:aws:s3:::photos-images-000000000000-us-east-1-an/*\"},",
);

/// A zip with nothing but an empty `index.mjs`.
pub(crate) const OTHER_CODE: &str = r#"{"ZipFile": "UEsDBBQAAAAAAAAAIQAAAAAAAAAAAAAAAAAJAAAAaW5kZXgubWpzUEsBAhQDFAAAAAAAAAAhAAAAAAAAAAAAAAAAAAkAAAAAAAAAAAAAAIABAAAAAGluZGV4Lm1qc1BLBQYAAAAAAQABADcAAAAnAAAAAAA="}"#;

/// Whatever a plan would change: the resource, and its changes.
pub(crate) fn planned(cloud: &Cloud) -> Vec<(String, Vec<Value>)> {
    let plan: Value =
        serde_json::from_str(&cloud.run("plan --format json").expect(0).stdout).unwrap();
    let steps = plan["steps"].as_array().unwrap().iter();
    let step = |it: &Value| {
        assert_ne!(it["action"], json!("delete"), "{it}");
        (it["resource"].as_str().unwrap().to_owned(), it["changes"].as_array().unwrap().clone())
    };
    steps.map(step).collect()
}

//! The configuration documents of a bucket, kept and echoed as they were submitted.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::response::Response;

use crate::control::reply;
use crate::control::s3::{Call, XMLNS, acl, denied, malformed_xml, no_bucket};
use crate::fault::{Fault, Outcome};
use crate::policy::Policy;
use crate::rule::Rule;
use crate::xml::Element;

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>
const POLICY_MAX: usize = 20 * 1024;

/// One kind of document.
pub(crate) struct Document {
    /// The query parameter that names it.
    name: &'static str,
    root: &'static str,
    absent: Absent,
}

/// What reading a document that was never written gives.
enum Absent {
    Error(&'static str, &'static str),
    Default(&'static str),
}

const DOCUMENTS: [Document; 16] = [
    Document {
        name: "policy",
        root: "",
        absent: Absent::Error("NoSuchBucketPolicy", "The bucket policy does not exist"),
    },
    Document {
        name: "publicAccessBlock",
        root: "PublicAccessBlockConfiguration",
        absent: Absent::Error(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ),
    },
    Document {
        name: "ownershipControls",
        root: "OwnershipControls",
        absent: Absent::Error(
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
        ),
    },
    Document {
        name: "encryption",
        root: "ServerSideEncryptionConfiguration",
        absent: Absent::Error(
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
        ),
    },
    Document {
        name: "versioning",
        root: "VersioningConfiguration",
        absent: Absent::Default("<VersioningConfiguration/>"),
    },
    Document {
        name: "lifecycle",
        root: "LifecycleConfiguration",
        absent: Absent::Error(
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        ),
    },
    Document {
        name: "tagging",
        root: "Tagging",
        absent: Absent::Error("NoSuchTagSet", "The TagSet does not exist"),
    },
    Document {
        name: "cors",
        root: "CORSConfiguration",
        absent: Absent::Error("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    },
    Document {
        name: "website",
        root: "WebsiteConfiguration",
        absent: Absent::Error(
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ),
    },
    Document {
        name: "logging",
        root: "BucketLoggingStatus",
        absent: Absent::Default("<BucketLoggingStatus/>"),
    },
    Document {
        name: "notification",
        root: "NotificationConfiguration",
        absent: Absent::Default("<NotificationConfiguration/>"),
    },
    Document {
        name: "replication",
        root: "ReplicationConfiguration",
        absent: Absent::Error(
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        ),
    },
    read_only("acl", Absent::Default(acl::PRIVATE)),
    // The rest cannot be written here; tools read them to look for drift.
    read_only("accelerate", Absent::Default("<AccelerateConfiguration/>")),
    read_only(
        "requestPayment",
        Absent::Default(
            "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
        ),
    ),
    read_only(
        "object-lock",
        Absent::Error(
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
    ),
];

const fn read_only(name: &'static str, absent: Absent) -> Document {
    Document { name, root: "", absent }
}

/// What S3 gives every new bucket.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>
pub(crate) fn of_new_bucket() -> BTreeMap<String, String> {
    let document = |root: &str, content: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{XMLNS}\">{content}</{root}>"
        )
    };
    let all_blocked = "<BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true</IgnorePublicAcls>\
        <BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true</RestrictPublicBuckets>";
    let owner = "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>";
    BTreeMap::from([
        ("publicAccessBlock".into(), document("PublicAccessBlockConfiguration", all_blocked)),
        ("ownershipControls".into(), document("OwnershipControls", owner)),
        ("encryption".into(), document("ServerSideEncryptionConfiguration", ENCRYPTION)),
    ])
}

/// Since April 2026 customer-provided keys are blocked unless somebody asks for them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-s3-c-encryption-setting-faq.html>
const ENCRYPTION: &str = "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
    </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>\
    <BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>";

/// The document a query names, of a bucket or (refused later) of an object.
pub(crate) fn of(query: &BTreeMap<String, String>) -> Option<&'static Document> {
    DOCUMENTS.iter().find(|it| query.contains_key(it.name))
}

impl Document {
    fn is_deletable(&self) -> bool {
        let replaced_only = ["versioning", "logging", "notification"];
        self.name == "policy" || (!self.root.is_empty() && !replaced_only.contains(&self.name))
    }
}

impl Call<'_> {
    pub(crate) async fn document(&self, document: &Document, body: Body) -> Outcome<Response> {
        if !self.key.is_empty() {
            return Err(self.unsupported());
        }
        match self.parts.method.as_str() {
            "GET" => self.get_document(document),
            "PUT" if document.name == "policy" => self.put_policy(self.text(body).await?),
            "PUT" if document.name == "acl" => self.put_acl(self.text(body).await?),
            "PUT" if !document.root.is_empty() => {
                self.put_document(document, self.text(body).await?)
            }
            "DELETE" if document.is_deletable() => self.delete_document(document),
            _ => Err(self.unsupported()),
        }
    }

    fn get_document(&self, document: &Document) -> Outcome<Response> {
        let stored = self.control.store.read(|cloud| {
            let bucket = cloud.buckets.get(&self.bucket).ok_or_else(no_bucket)?;
            Ok::<_, Fault>(bucket.documents.get(document.name).cloned())
        })?;
        match (stored, &document.absent) {
            (Some(text), _) if document.name == "policy" => {
                Ok(reply::with(200, "application/json", text))
            }
            (Some(text), _) => Ok(reply::with(200, "application/xml", text)),
            (None, Absent::Error(code, message)) => Err(Fault::new(404, code, *message)),
            (None, Absent::Default(text)) => {
                let element = Element::parse(text)?;
                Ok(reply::with(200, "application/xml", element.document(XMLNS)))
            }
        }
    }

    fn put_document(&self, document: &Document, text: String) -> Outcome<Response> {
        let element = Element::parse(&text).map_err(|_| malformed_xml())?;
        if element.name != document.root {
            return Err(malformed_xml());
        }
        self.check_document(document, &text)?;
        self.change(|documents| {
            documents.insert(document.name.to_owned(), text);
        })?;
        Ok(reply::empty(if document.name == "tagging" { 204 } else { 200 }))
    }

    /// What one document asks of another.
    fn check_document(&self, document: &Document, text: &str) -> Outcome<()> {
        match document.name {
            "ownershipControls" => self.check_ownership(text),
            // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html>
            "replication" if !self.is("versioning", ">Enabled<") => {
                let message = "Versioning must be 'Enabled' on the bucket to apply a replication configuration";
                Err(Fault::new(400, "InvalidRequest", message))
            }
            _ => Ok(()),
        }
    }

    /// Whether a document of this bucket has that text in it.
    pub(crate) fn is(&self, name: &str, text: &str) -> bool {
        let document = self
            .control
            .store
            .read(|cloud| cloud.buckets.get(&self.bucket)?.documents.get(name).cloned());
        document.is_some_and(|it| it.contains(text))
    }

    fn put_policy(&self, text: String) -> Outcome<Response> {
        let malformed = |message: String| Fault::new(400, "MalformedPolicy", message);
        if text.len() > POLICY_MAX {
            return Err(malformed("Policies must not exceed 20480 bytes".into()));
        }
        let policy = Policy::parse(&text).map_err(|it| malformed(format!("{it:#}")))?;
        policy.check_services().map_err(|it| malformed(format!("{it:#}")))?;
        if !policy.names_principals() {
            return Err(malformed("Missing required field Principal".into()));
        }
        let arn = format!("arn:aws:s3:::{}", self.bucket);
        let ours =
            |it: &str| it == arn || it.strip_prefix(&arn).is_some_and(|it| it.starts_with('/'));
        let is_here = policy.resources().all(ours)
            || self.control.store.read(|cloud| !cloud.holds(Rule::PolicyOfThisBucket));
        if !is_here || policy.resources().next().is_none() {
            return Err(malformed("Policy has invalid resource".into()));
        }
        if policy.is_public() && self.blocks_public_policies() {
            return Err(denied());
        }
        self.change(|documents| {
            documents.insert("policy".to_owned(), text);
        })?;
        Ok(reply::empty(204))
    }

    fn blocks_public_policies(&self) -> bool {
        let text = self.control.store.read(|cloud| {
            cloud.buckets.get(&self.bucket)?.documents.get("publicAccessBlock").cloned()
        });
        let element = text.and_then(|it| Element::parse(&it).ok());
        element.is_some_and(|it| it.text_at("BlockPublicPolicy") == "true")
    }

    fn delete_document(&self, document: &Document) -> Outcome<Response> {
        self.change(|documents| {
            documents.remove(document.name);
            // A bucket without encryption does not exist any more.
            if document.name == "encryption" {
                documents.extend(of_new_bucket().remove_entry("encryption"));
            }
        })?;
        Ok(reply::empty(204))
    }

    pub(crate) fn change(&self, edit: impl FnOnce(&mut BTreeMap<String, String>)) -> Outcome<()> {
        self.control.store.write(|cloud| {
            let bucket = cloud.buckets.get_mut(&self.bucket).ok_or_else(no_bucket)?;
            edit(&mut bucket.documents);
            Ok(())
        })
    }

    pub(crate) fn policy_status(&self) -> Outcome<Response> {
        let text = self.control.store.read(|cloud| {
            let bucket = cloud.buckets.get(&self.bucket).ok_or_else(no_bucket)?;
            Ok::<_, Fault>(bucket.documents.get("policy").cloned())
        })?;
        let text = text.ok_or_else(|| {
            Fault::new(404, "NoSuchBucketPolicy", "The bucket policy does not exist")
        })?;
        let body =
            Element::new("PolicyStatus").with_leaf("IsPublic", Policy::parse(&text)?.is_public());
        Ok(reply::xml(200, XMLNS, &body))
    }
}

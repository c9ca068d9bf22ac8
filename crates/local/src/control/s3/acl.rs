//! The access control list of a bucket, and what keeps it from counting.

use axum::response::Response;

use crate::control::reply;
use crate::control::s3::{Call, denied, malformed_xml};
use crate::fault::{Fault, Outcome};
use crate::xml::Element;

/// Of every bucket that nobody gave another one.
pub(crate) const PRIVATE: &str = "<AccessControlPolicy><Owner><ID>000000000000</ID></Owner>\
    <AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
    xsi:type=\"CanonicalUser\"><ID>000000000000</ID></Grantee><Permission>FULL_CONTROL</Permission>\
    </Grant></AccessControlList></AccessControlPolicy>";

/// Everybody, and everybody with an account.
const PUBLIC: &str = "http://acs.amazonaws.com/groups/global/A";

impl Call<'_> {
    /// A canned list in a header, or a list in the body.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html>
    pub(crate) fn put_acl(&self, text: String) -> Outcome<Response> {
        if self.is("ownershipControls", "BucketOwnerEnforced") {
            let message = "The bucket does not allow ACLs";
            return Err(Fault::new(400, "AccessControlListNotSupported", message));
        }
        let text = match self.header("x-amz-acl") {
            Some("private") => PRIVATE.to_owned(),
            Some(other) => return Err(Fault::not_implemented(&format!("the ACL {other}"))),
            None => text,
        };
        if Element::parse(&text).map_err(|_| malformed_xml())?.name != "AccessControlPolicy" {
            return Err(malformed_xml());
        }
        if text.contains(PUBLIC) && self.is("publicAccessBlock", "<BlockPublicAcls>true<") {
            return Err(denied());
        }
        self.change(|documents| {
            if text == PRIVATE {
                documents.remove("acl");
            } else {
                documents.insert("acl".to_owned(), text);
            }
        })?;
        Ok(reply::empty(200))
    }

    /// A list that grants something to others has to go before the owner is enforced.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html>
    pub(crate) fn check_ownership(&self, text: &str) -> Outcome<()> {
        if text.contains("BucketOwnerEnforced") && self.is("acl", "<Grant>") {
            let message =
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
            return Err(Fault::new(400, "InvalidBucketAclWithObjectOwnership", message));
        }
        Ok(())
    }
}

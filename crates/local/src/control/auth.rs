//! Whose signature a request carries, refused in the words of the service it went to.

use aws_lc_rs::hmac;
use http::request::Parts;

use crate::control::{Control, Service, reply};
use crate::fault::{Fault, Outcome};
use crate::policy::Principal;
use crate::sigv4::{Claim, Encoding, Refusal, SigningKey, sha256_hex};

const ACCESS_KEY: &str = "test";
const SECRET_KEY: &str = "test";
/// Access keys that begin so belong to the edge, one for each distribution.
const EDGE_PREFIX: &str = "OAC";

/// The secrets with which distributions sign; new in every process.
pub(crate) struct Keys(hmac::Key);

impl Keys {
    pub(crate) fn random() -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &reply::random::<32>()))
    }

    /// The access key and the secret of one distribution.
    pub(crate) fn edge(&self, distribution: &str) -> (String, String) {
        let secret = hex::encode(hmac::sign(&self.0, distribution.as_bytes()));
        (format!("{EDGE_PREFIX}{distribution}"), secret)
    }

    fn secret(&self, access_key: &str) -> Option<String> {
        match access_key.strip_prefix(EDGE_PREFIX) {
            Some(distribution) => Some(self.edge(distribution).1),
            None => (access_key == ACCESS_KEY).then(|| SECRET_KEY.to_owned()),
        }
    }
}

/// Who sent a request to S3.
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    /// The distribution for which the service acts.
    pub(crate) source_arn: Option<String>,
    /// The region the client signed for.
    pub(crate) region: Option<String>,
    /// The key and the signature that begin the chain of a signed stream.
    pub(crate) chain: Option<(SigningKey, String)>,
}

/// The ARN of a distribution.
pub(crate) fn distribution_arn(id: &str) -> String {
    format!("arn:aws:cloudfront::{}:distribution/{id}", crate::ACCOUNT)
}

/// Lets only the account's own credentials pass.
pub(crate) fn account(
    control: &Control,
    service: Service,
    parts: &Parts,
    body: &[u8],
) -> Outcome<()> {
    let words = Words::of(service);
    let claim = Claim::of(&parts.headers).ok_or_else(|| words.missing())?;
    if claim.access_key != ACCESS_KEY {
        return Err(words.unknown_key());
    }
    let now = control.store.clock.wall();
    match claim.check(parts, &sha256_hex(body), SECRET_KEY, Encoding::Twice, now) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(words.refused(refusal)),
    }
}

/// Who calls S3, which alone has anonymous callers and the edge.
pub(crate) fn s3(control: &Control, parts: &Parts) -> Outcome<Caller> {
    let words = Words::of(Service::S3);
    let Some(claim) = Claim::of(&parts.headers) else { return unsigned(parts) };
    let secret = control.keys.secret(&claim.access_key).ok_or_else(|| words.unknown_key())?;
    let header = parts.headers.get("x-amz-content-sha256").and_then(|it| it.to_str().ok());
    let hash = header.ok_or_else(|| {
        Fault::new(
            400,
            "InvalidRequest",
            "Missing required header for this request: x-amz-content-sha256",
        )
    })?;
    let now = control.store.clock.wall();
    let key = claim
        .check(parts, hash, &secret, Encoding::Once, now)
        .map_err(|refusal| words.refused(refusal))?;
    let region = key.scope.split('/').nth(1).map(str::to_owned);
    let distribution = claim.access_key.strip_prefix(EDGE_PREFIX);
    Ok(Caller {
        principal: match distribution {
            Some(_) => Principal::Service("cloudfront.amazonaws.com".to_owned()),
            None => Principal::Account,
        },
        source_arn: distribution.map(distribution_arn),
        region,
        chain: Some((key, claim.signature)),
    })
}

/// Without a signature a caller is anonymous; with another scheme the request is not understood.
fn unsigned(parts: &Parts) -> Outcome<Caller> {
    match parts.headers.get("authorization") {
        Some(_) => Err(Fault::new(400, "InvalidArgument", "Unsupported Authorization Type")),
        None => Ok(Caller {
            principal: Principal::Anonymous,
            source_arn: None,
            region: None,
            chain: None,
        }),
    }
}

/// The same refusals as each service words them.
struct Words {
    unknown_key: &'static str,
    signature: &'static str,
    skew: &'static str,
    missing: &'static str,
}

impl Words {
    fn of(service: Service) -> Self {
        match service {
            Service::S3 => Self {
                unknown_key: "InvalidAccessKeyId",
                signature: "SignatureDoesNotMatch",
                skew: "RequestTimeTooSkewed",
                missing: "AccessDenied",
            },
            Service::Lambda => Self {
                unknown_key: "UnrecognizedClientException",
                signature: "InvalidSignatureException",
                skew: "InvalidSignatureException",
                missing: "MissingAuthenticationTokenException",
            },
            Service::Iam | Service::Sts | Service::CloudFront => Self {
                unknown_key: "InvalidClientTokenId",
                signature: "SignatureDoesNotMatch",
                skew: "SignatureDoesNotMatch",
                missing: "MissingAuthenticationToken",
            },
        }
    }

    fn unknown_key(&self) -> Fault {
        Fault::new(403, self.unknown_key, "The security token included in the request is invalid.")
    }

    fn missing(&self) -> Fault {
        Fault::new(403, self.missing, "Missing Authentication Token")
    }

    fn refused(&self, refusal: Refusal) -> Fault {
        match refusal {
            Refusal::Signature => Fault::new(
                403,
                self.signature,
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method.",
            ),
            Refusal::Skew => Fault::new(
                403,
                self.skew,
                "The difference between the request time and the current time is too large.",
            ),
        }
    }
}

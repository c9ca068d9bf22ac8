//! The SDK's clients, all of one account.

use crate::explain::{Explain, Failure};
use anyhow::{Context, Result, anyhow};
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Builder, Credentials};
use engine::Failed;

/// Lambda@Edge functions are made here, and CloudFront, IAM and STS are signed for it
/// (CloudFront developer guide, "Restrictions on Lambda@Edge").
const EDGE_REGION: &str = "us-east-1";

/// CloudFront answers `Throttling` from two or three updates a minute on; the SDK's three attempts
/// are not enough.
const MAX_ATTEMPTS: u32 = 10;

/// Of the first call: a missing network should not take minutes to notice.
const FIRST_CALL_ATTEMPTS: u32 = 3;

/// Something that stands in for AWS, such as the local cloud.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// It is signed to with the credentials `test` and `test`.
    pub url: String,
}

/// One client for each service. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Clients {
    pub(crate) cloudfront: aws_sdk_cloudfront::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    /// What stands in for AWS.
    pub(crate) endpoint_url: Option<String>,
    /// The twelve-digit id of the account that the credentials belong to.
    pub account: String,
    /// The user or the role that they are of.
    pub caller: String,
}

impl Clients {
    /// Finds credentials the way every AWS tool does, or uses those of the endpoint, and asks whose
    /// they are. `region` is the bucket's.
    ///
    /// # Errors
    /// No credentials, credentials that are not valid any more, or no answer.
    pub async fn connect(endpoint: Option<&Endpoint>, region: &str) -> Result<Self> {
        let edge = load(endpoint).await;
        let (account, caller) = caller(&edge).await?;
        let bucket = edge.to_builder().region(Region::new(region.to_owned())).build();
        // Outside AWS there is no DNS for `<bucket>.<host>`.
        let s3 = Builder::from(&bucket).force_path_style(bucket.endpoint_url().is_some());
        Ok(Self {
            cloudfront: aws_sdk_cloudfront::Client::new(&edge),
            iam: aws_sdk_iam::Client::new(&edge),
            lambda: aws_sdk_lambda::Client::new(&edge),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            endpoint_url: edge.endpoint_url().map(str::to_owned),
            account,
            caller,
        })
    }
}

pub(crate) async fn load(endpoint: Option<&Endpoint>) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(EDGE_REGION))
        .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS));
    let loader = match endpoint {
        None => loader,
        Some(it) => loader
            .endpoint_url(&it.url)
            .credentials_provider(Credentials::new("test", "test", None, None, "endpoint")),
    };
    loader.load().await
}

/// The account, and who in it.
async fn caller(config: &SdkConfig) -> Result<(String, String)> {
    let retry = RetryConfig::standard().with_max_attempts(FIRST_CALL_ATTEMPTS);
    let config = aws_sdk_sts::config::Builder::from(config).retry_config(retry).build();
    let sts = aws_sdk_sts::Client::from_conf(config);
    let identity = sts.get_caller_identity().send().await.explain().map_err(explain_access)?;
    let account = identity.account;
    let account = account.context("STS did not say which account the credentials belong to")?;
    Ok((account, identity.arn.unwrap_or_default()))
}

fn explain_access(mut failure: Failure) -> anyhow::Error {
    // The SDK goes on with a line for every place where it looked.
    let length = failure.message.find(" Attempted:").unwrap_or(failure.message.len());
    failure.message.truncate(length);
    let (message, hint) = match failure.code.as_str() {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            ("the AWS credentials have expired", "aws sso login")
        }
        "InvalidClientTokenId" | "SignatureDoesNotMatch" | "UnrecognizedClientException" => {
            ("AWS does not know these credentials", "aws configure")
        }
        "" if failure.message.contains("credential") || failure.message.contains("identity") => {
            let hint = "set AWS_PROFILE or run `aws sso login`; --local needs no credentials";
            ("there are no usable AWS credentials", hint)
        }
        "" => ("AWS cannot be reached", "check the network, and AWS_ENDPOINT_URL if it is set"),
        _ => return anyhow!(failure).context("cannot tell which AWS account this is"),
    };
    anyhow!(failure).context(Failed { message: message.to_owned(), hint: hint.to_owned() })
}

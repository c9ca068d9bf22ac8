"""What a plan reads, read by boto3 one call after another: the peer of `cargo xtask bench plan`.

Takes the endpoint and the stack's name; says how many calls it made.
"""
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, stack = sys.argv[1:]
session = boto3.Session("test", "test", region_name="us-east-1")
config = Config(s3={"addressing_style": "path"})
s3, iam, fn, cf, sts = (
    session.client(it, endpoint_url=endpoint, config=config)
    for it in ("s3", "iam", "lambda", "cloudfront", "sts")
)
calls = 0


def read(call, **arguments):
    """What is not there is an answer, too."""
    global calls
    calls += 1
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return {}


account = read(sts.get_caller_identity)["Account"]
bucket = {"Bucket": f"{stack}-images-{account}-us-east-1-an", "ExpectedBucketOwner": account}
for call in (
    s3.get_bucket_tagging, s3.get_public_access_block, s3.get_bucket_ownership_controls, s3.get_bucket_encryption,
    s3.get_bucket_versioning, s3.get_bucket_cors, s3.get_bucket_policy, s3.get_bucket_lifecycle_configuration,
    s3.get_bucket_website,
):
    read(call, **bucket)
name = f"{stack}-authorizer"
for call in (fn.get_function, fn.list_versions_by_function, fn.get_policy, fn.get_function_url_config):
    read(call, FunctionName=name)
for call in (iam.get_role, iam.list_attached_role_policies, iam.list_role_policies):
    found = read(call, RoleName=name)
for policy in found["PolicyNames"]:
    read(iam.get_role_policy, RoleName=name, PolicyName=policy)
read(cf.list_origin_access_controls)
for item in read(cf.list_cache_policies, Type="custom")["CachePolicyList"].get("Items", []):
    read(cf.get_cache_policy, Id=item["CachePolicy"]["Id"])
for item in read(cf.list_response_headers_policies, Type="custom")["ResponseHeadersPolicyList"].get("Items", []):
    read(cf.get_response_headers_policy, Id=item["ResponseHeadersPolicy"]["Id"])
for item in read(cf.list_distributions)["DistributionList"].get("Items", []):
    read(cf.get_distribution, Id=item["Id"])
    read(cf.list_tags_for_resource, Resource=item["ARN"])
print(calls)

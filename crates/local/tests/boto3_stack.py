#!/usr/bin/env python3
"""Creates, reads, changes, uses and deletes the whole stack with boto3 and the aws CLI.

Clients nobody here wrote decide whether the wire formats are right. To run it:

    cargo run -p local --example serve -- /tmp/cloud 4566 4570 0.02 &
    python3 crates/local/tests/boto3_stack.py http://127.0.0.1:4566 http://127.0.0.1:4570

It needs boto3, and the aws CLI for its last part. The time scale has to be above 0, because the script
looks at what is refused while AWS is still at work; at 0.02 it takes a minute.
"""
import base64, hashlib, http.client, io, json, os, subprocess, sys, time, urllib.parse, zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONTROL, EDGE = sys.argv[1:3]
ACCOUNT, REGION = "000000000000", "us-east-1"
BUCKET = f"images-{ACCOUNT}-{REGION}-an"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40

HANDLER = """
export async function handler(event) {
  const { request } = event.Records[0].cf
  console.log('a log line must not disturb the protocol')
  process.stdout.write('neither must this')
  const auth = request.headers.authorization ?? []
  const refuse = (status, error) => ({
    status, headers: { 'content-type': [{ value: 'application/json' }], 'cache-control': [{ value: 'no-store' }] },
    body: JSON.stringify({ error }),
  })
  if (request.uri === '/throw') throw new Error('on purpose')
  if (request.uri === '/crash') process.exit(3)
  if (request.uri === '/invalid') return { status: 401 }
  if (request.uri === '/read-only') { request.headers.host = [{ value: 'x' }]; return request }
  if (auth.length !== 1 || auth[0].value !== 'Bearer good') return refuse('401', 'token-missing')
  if (!request.uri.startsWith('/u/')) return refuse('403', 'path-not-allowed')
  if (!(request.method === 'PUT' && request.uri.includes('keep-token'))) delete request.headers.authorization
  if (request.method === 'PUT') request.headers['if-none-match'] = [{ value: '*' }]
  return request
}
"""

config = Config(retries={"max_attempts": 1}, parameter_validation=True)
session = boto3.Session("test", "test", region_name=REGION)
client = lambda name, **it: session.client(name, endpoint_url=CONTROL, config=config, **it)
s3, iam, fn, cf, sts = (client(it) for it in ("s3", "iam", "lambda", "cloudfront", "sts"))
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def same(actual, expected, what):
    check(actual == expected, f"{what}: {actual!r} is not {expected!r}")


def refused(code, call, status=None, text=None):
    """The call fails with that code."""
    try:
        call()
    except ClientError as error:
        same(error.response["Error"]["Code"], code, str(error))
        if status:
            same(error.response["ResponseMetadata"]["HTTPStatusCode"], status, str(error))
        if text:
            check(text in error.response["Error"]["Message"], f"{text!r} is not in {error}")
        return
    raise SystemExit(f"FAILED: expected {code}")


def until(call, condition):
    for _ in range(1200):
        it = call()
        if condition(it):
            return it
        time.sleep(0.05)
    raise SystemExit(f"FAILED: never came true: {it}")


def zipped(source):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as it:
        it.writestr(zipfile.ZipInfo("index.mjs", (1980, 1, 1, 0, 0, 0)), source)
    return out.getvalue()


def edge(method, path, token=None, body=None, headers=None, host=None):
    it = http.client.HTTPConnection(urllib.parse.urlsplit(EDGE).netloc)
    headers = dict(headers or {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if host:
        headers["Host"] = host
    it.request(method, path, body=body, headers=headers)
    answer = it.getresponse()
    answer.data = answer.read()
    return answer


def page(name):
    it = http.client.HTTPConnection(urllib.parse.urlsplit(CONTROL).netloc)
    it.request("GET", f"/_local/{name}")
    return json.loads(it.getresponse().read())


def identity():
    same(sts.get_caller_identity()["Account"], ACCOUNT, "account")
    for name, code in [("sts", "SignatureDoesNotMatch"), ("s3", "SignatureDoesNotMatch"), ("iam", "SignatureDoesNotMatch"),
                       ("cloudfront", "SignatureDoesNotMatch"), ("lambda", "InvalidSignatureException")]:
        wrong = client(name, aws_secret_access_key="wrong", aws_access_key_id="test")
        call = {"sts": lambda: wrong.get_caller_identity(), "s3": lambda: wrong.list_buckets(),
                "iam": lambda: wrong.get_role(RoleName="a"), "cloudfront": lambda: wrong.list_distributions(),
                "lambda": lambda: wrong.list_functions()}[name]
        refused(code, call, 403)
    unknown = client("sts", aws_secret_access_key="test", aws_access_key_id="nobody")
    refused("InvalidClientTokenId", unknown.get_caller_identity, 403)


def bucket():
    refused("404", lambda: s3.head_bucket(Bucket=BUCKET), 404)
    refused("InvalidBucketName", lambda: s3.create_bucket(Bucket=BUCKET), 400)
    name = {"Bucket": BUCKET}
    s3.create_bucket(**name, BucketNamespace="account-regional")
    refused("BucketAlreadyOwnedByYou", lambda: s3.create_bucket(**name, BucketNamespace="account-regional"), 409)
    refused("InvalidLocationConstraint", lambda: s3.create_bucket(
        Bucket="plain", CreateBucketConfiguration={"LocationConstraint": "us-east-1"}), 400)
    refused("IllegalLocationConstraintException", lambda: s3.create_bucket(
        Bucket="plain", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}), 400)
    check(BUCKET in [it["Name"] for it in s3.list_buckets()["Buckets"]], "listed")
    same(s3.head_bucket(**name, ExpectedBucketOwner=ACCOUNT)["BucketRegion"], REGION, "region")
    refused("403", lambda: s3.head_bucket(**name, ExpectedBucketOwner="1" * 12), 403)
    same(s3.get_bucket_location(**name)["LocationConstraint"], None, "location")
    blocked = s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"]
    same(set(blocked.values()), {True}, "blocked by default")
    same(s3.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"],
         [{"ObjectOwnership": "BucketOwnerEnforced"}], "ownership by default")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
    for code, call in [("NoSuchBucketPolicy", s3.get_bucket_policy), ("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration),
                       ("NoSuchTagSet", s3.get_bucket_tagging), ("NoSuchCORSConfiguration", s3.get_bucket_cors)]:
        refused(code, lambda: call(**name), 404)
    same(s3.get_bucket_versioning(**name).get("Status"), None, "no versioning yet")
    s3.put_bucket_encryption(**name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    same(s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"], [rule], "encryption")
    s3.put_public_access_block(**name, PublicAccessBlockConfiguration=blocked)
    s3.put_bucket_ownership_controls(**name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})
    s3.put_bucket_versioning(**name, VersioningConfiguration={"Status": "Enabled"})
    same(s3.get_bucket_versioning(**name)["Status"], "Enabled", "versioning")
    rules = [{"ID": "abort", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]
    s3.put_bucket_lifecycle_configuration(**name, LifecycleConfiguration={"Rules": rules})
    same(s3.get_bucket_lifecycle_configuration(**name)["Rules"], rules, "lifecycle")
    tags = [{"Key": "edgegate:stack", "Value": "demo & <co>"}]
    s3.put_bucket_tagging(**name, Tagging={"TagSet": tags})
    same(s3.get_bucket_tagging(**name)["TagSet"], tags, "tags")
    put = lambda statement: s3.put_bucket_policy(**name, Policy=statement if isinstance(statement, str) else json.dumps(
        {"Version": "2012-10-17", "Statement": [statement]}))
    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    refused("MalformedPolicy", lambda: put("{"), 400)
    refused("MalformedPolicy", lambda: put({**public, "Resource": "arn:aws:s3:::other/*"}), 400)
    refused("MalformedPolicy", lambda: put({**public, "Principal": {"Service": "no.amazonaws.com"}}), 400)
    refused("AccessDenied", lambda: put(public), 403)


def objects():
    key, other = {"Bucket": BUCKET, "Key": "t/a b+é.png"}, {"Bucket": BUCKET, "Key": "t/none"}
    etag = f'"{hashlib.md5(PNG).hexdigest()}"'
    put = s3.put_object(**key, Body=PNG, ContentType="image/png", Metadata={"who": "me"})
    same(put["ETag"], etag, "ETag")
    got = s3.get_object(**key)
    same((got["Body"].read(), got["ContentType"], got["Metadata"]), (PNG, "image/png", {"who": "me"}), "object")
    same(s3.get_object(**key, Range="bytes=-4")["Body"].read(), PNG[-4:], "range")
    refused("304", lambda: s3.get_object(**key, IfNoneMatch=etag), 304)
    refused("PreconditionFailed", lambda: s3.put_object(**key, Body=b"", IfNoneMatch="*"), 412)
    refused("PreconditionFailed", lambda: s3.get_object(**key, IfMatch='"other"'), 412)
    refused("NoSuchKey", lambda: s3.get_object(**other), 404)
    refused("BadDigest", lambda: s3.put_object(**other, Body=b"x", ContentMD5=base64.b64encode(bytes(16)).decode()), 400)
    refused("AccessControlListNotSupported", lambda: s3.put_object(**other, Body=b"x", ACL="public-read"), 400)
    s3.upload_fileobj(io.BytesIO(PNG), BUCKET, "t/stream")
    for algorithm in ("CRC32", "SHA256", "SHA1"):
        s3.put_object(Bucket=BUCKET, Key="t/sum", Body=PNG, ChecksumAlgorithm=algorithm)
    s3.put_object(**key, Body=b"new")
    same(s3.get_object(**key, VersionId=put["VersionId"])["Body"].read(), PNG, "the old version")
    check(s3.delete_object(**key)["DeleteMarker"], "marker")
    refused("NoSuchKey", lambda: s3.get_object(**key), 404)
    same([it["Key"] for it in s3.list_objects_v2(Bucket=BUCKET)["Contents"]], ["t/stream", "t/sum"], "current objects")
    prefixes = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")["CommonPrefixes"]
    same(prefixes, [{"Prefix": "t/"}], "prefixes")
    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2}))
    found = [(it["Key"], it["VersionId"]) for page in pages for kind in ("Versions", "DeleteMarkers") for it in page.get(kind, [])]
    same(len(found), 7, f"versions over {len(pages)} pages")
    refused("BucketNotEmpty", lambda: s3.delete_bucket(Bucket=BUCKET), 409)
    same(s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads"), None, "uploads")
    gone = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": k, "VersionId": v} for k, v in found]})
    same(len(gone["Deleted"]), 7, "deleted")
    anonymous = http.client.HTTPConnection(urllib.parse.urlsplit(CONTROL).netloc)
    anonymous.request("GET", f"/{BUCKET}/t/sum")
    same(anonymous.getresponse().status, 403, "anonymous")


def role():
    name = {"RoleName": "demo-edge"}
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
             "Principal": {"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]}}]}
    refused("NoSuchEntity", lambda: iam.get_role(**name), 404)
    refused("MalformedPolicyDocument", lambda: iam.create_role(**name, AssumeRolePolicyDocument="{"), 400)
    tags = [{"Key": "edgegate:stack", "Value": "demo"}]
    made = iam.create_role(**name, AssumeRolePolicyDocument=json.dumps(trust), Tags=tags, Description="d")["Role"]
    refused("EntityAlreadyExists", lambda: iam.create_role(**name, AssumeRolePolicyDocument=json.dumps(trust)), 409)
    got = iam.get_role(**name)["Role"]
    same((got["AssumeRolePolicyDocument"], got["Tags"], got["Arn"]), (trust, tags, made["Arn"]), "role")
    logs = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": "arn:aws:logs:*:*:*"}]}
    iam.put_role_policy(**name, PolicyName="logs", PolicyDocument=json.dumps(logs))
    same(iam.get_role_policy(**name, PolicyName="logs")["PolicyDocument"], logs, "inline policy")
    same(iam.list_role_policies(**name)["PolicyNames"], ["logs"], "inline policies")
    arn = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
    iam.attach_role_policy(**name, PolicyArn=arn)
    same(iam.list_attached_role_policies(**name)["AttachedPolicies"][0]["PolicyArn"], arn, "attached")
    refused("DeleteConflict", lambda: iam.delete_role(**name), 409)
    iam.detach_role_policy(**name, PolicyArn=arn)
    iam.tag_role(**name, Tags=[{"Key": "b", "Value": "c"}])
    iam.untag_role(**name, TagKeys=["b"])
    same(iam.list_role_tags(**name)["Tags"], tags, "tags")
    iam.update_assume_role_policy(**name, PolicyDocument=json.dumps(trust))
    iam.update_role(**name, Description="e")
    trust["Statement"][0]["Principal"]["Service"] = ["lambda.amazonaws.com"]
    iam.create_role(RoleName="demo-lambda-only", AssumeRolePolicyDocument=json.dumps(trust))
    return made["Arn"]


def function(role_arn):
    code = zipped(HANDLER)
    sha = base64.b64encode(hashlib.sha256(code).digest()).decode()
    settings = dict(FunctionName="demo-authorizer", Role=role_arn, Handler="index.handler", Timeout=5, MemorySize=128)
    create = lambda **it: fn.create_function(**{**settings, "Runtime": "nodejs24.x", "Code": {"ZipFile": code}, "Publish": False, **it})
    invalid = "InvalidParameterValueException"
    refused(invalid, lambda: create(Runtime="nodejs20.x"), 400)
    refused(invalid, lambda: create(Role=role_arn + "x"), 400, "cannot be assumed by Lambda")
    refused(invalid, lambda: create(Code={"ZipFile": b"no zip"}), 400, "Could not unzip")
    name = {"FunctionName": "demo-authorizer"}
    refused("ResourceNotFoundException", lambda: fn.get_function(**name), 404)

    def attempt():
        try:
            return create(Tags={"edgegate:stack": "demo"})
        except ClientError as error:
            check("cannot be assumed" in str(error), str(error))
    made = until(attempt, lambda it: it)
    same((made["State"], made["CodeSha256"]), ("Pending", sha), "new function")
    refused("ResourceConflictException", lambda: fn.publish_version(**name), 409, "An update is in progress")
    refused("ResourceConflictException", create, 409)
    active = lambda **it: until(lambda: fn.get_function_configuration(**name, **it), lambda it: it["State"] == "Active")
    active()
    updated = lambda: until(lambda: fn.get_function_configuration(**name), lambda it: it["LastUpdateStatus"] == "Successful")
    refused("PreconditionFailedException", lambda: fn.publish_version(**name, RevisionId="old"), 412)
    refused(invalid, lambda: fn.publish_version(**name, CodeSha256="other"), 400)
    version = fn.publish_version(**name, CodeSha256=sha, RevisionId=updated()["RevisionId"])
    same((version["Version"], version["State"]), ("1", "Pending"), "version")
    same(fn.publish_version(**name)["Version"], "1", "publishing again")
    same(fn.update_function_code(**name, ZipFile=zipped("x"), DryRun=True)["Version"], "$LATEST", "dry run")
    same(updated()["CodeSha256"], sha, "dry run changes nothing")
    same(fn.update_function_configuration(**name, Description="d")["LastUpdateStatus"], "InProgress", "update")
    updated()
    fn.update_function_code(**name, ZipFile=code)
    updated()
    same(fn.publish_version(**name)["Version"], "2", "a changed description is a change")
    versions = [it["Version"] for page in fn.get_paginator("list_versions_by_function").paginate(
        **name, PaginationConfig={"PageSize": 2}) for it in page["Versions"]]
    same(versions, ["$LATEST", "1", "2"], "versions")
    arn = made["FunctionArn"]
    same(fn.list_tags(Resource=arn)["Tags"], {"edgegate:stack": "demo"}, "tags")
    fn.tag_resource(Resource=arn, Tags={"a": "b"})
    fn.untag_resource(Resource=arn, TagKeys=["a"])
    same(fn.get_function(**name)["Tags"], {"edgegate:stack": "demo"}, "tags")
    refused("ResourceNotFoundException", lambda: fn.get_policy(**name), 404)
    refused("ResourceNotFoundException", lambda: fn.get_function_url_config(**name), 404)
    same(fn.list_aliases(**name)["Aliases"], [], "aliases")
    return arn, active


def policies():
    control = {"Name": "demo", "Description": "edgegate:stack=demo", "SigningProtocol": "sigv4", "SigningBehavior": "always",
               "OriginAccessControlOriginType": "s3"}
    oac = cf.create_origin_access_control(OriginAccessControlConfig=control)
    refused("OriginAccessControlAlreadyExists", lambda: cf.create_origin_access_control(OriginAccessControlConfig=control), 409)
    oac_id = oac["OriginAccessControl"]["Id"]
    same(cf.get_origin_access_control_config(Id=oac_id)["OriginAccessControlConfig"], control, "oac")
    change = lambda **it: cf.update_origin_access_control(Id=oac_id, OriginAccessControlConfig={**control, "Description": "new"}, **it)
    refused("InvalidIfMatchVersion", change, 400)
    refused("PreconditionFailed", lambda: change(IfMatch="ESTALE"), 412)
    check(change(IfMatch=oac["ETag"])["ETag"] != oac["ETag"], "the version changes")
    same(cf.list_origin_access_controls()["OriginAccessControlList"]["Items"][0]["Id"], oac_id, "list")

    cache = {"Name": "demo", "Comment": "edgegate:stack=demo", "MinTTL": 1, "DefaultTTL": 60, "MaxTTL": 600,
             "ParametersInCacheKeyAndForwardedToOrigin": {"EnableAcceptEncodingGzip": False, "EnableAcceptEncodingBrotli": False,
                 "HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"},
                 "QueryStringsConfig": {"QueryStringBehavior": "none"}}}
    refused("InvalidArgument", lambda: cf.create_cache_policy(CachePolicyConfig={**cache, "MaxTTL": 0}), 400)
    made = cf.create_cache_policy(CachePolicyConfig=cache)
    refused("CachePolicyAlreadyExists", lambda: cf.create_cache_policy(CachePolicyConfig=cache), 409)
    cache_id = made["CachePolicy"]["Id"]
    same(cf.get_cache_policy(Id=cache_id)["CachePolicy"]["CachePolicyConfig"], cache, "cache policy")
    cf.update_cache_policy(Id=cache_id, IfMatch=made["ETag"], CachePolicyConfig=cache)
    same([it["Type"] for it in cf.list_cache_policies(Type="custom")["CachePolicyList"]["Items"]], ["custom"], "custom")
    check(len(cf.list_cache_policies(Type="managed")["CachePolicyList"]["Items"]) >= 4, "managed")

    headers = {"Name": "demo", "Comment": "edgegate:stack=demo",
               "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True},
                   "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": "default-src 'none'; sandbox"}},
               "CustomHeadersConfig": {"Quantity": 1, "Items": [{"Header": "Cache-Control", "Value": "private, max-age=60", "Override": True}]}}
    made = cf.create_response_headers_policy(ResponseHeadersPolicyConfig=headers)
    headers_id = made["ResponseHeadersPolicy"]["Id"]
    same(cf.get_response_headers_policy_config(Id=headers_id)["ResponseHeadersPolicyConfig"], headers, "headers policy")
    same(cf.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]["Quantity"], 1, "headers policies")
    return oac_id, cache_id, headers_id


def distribution_config(oac_id, cache_id, headers_id, function_arn):
    methods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    return {
        "CallerReference": "demo-1", "Comment": "edgegate:stack=demo", "Enabled": True, "PriceClass": "PriceClass_100",
        "HttpVersion": "http2and3", "IsIPV6Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "bucket", "DomainName": f"{BUCKET}.s3.{REGION}.amazonaws.com",
            "OriginAccessControlId": oac_id, "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
        "DefaultCacheBehavior": {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "https-only", "Compress": False,
            "CachePolicyId": cache_id, "ResponseHeadersPolicyId": headers_id,
            "AllowedMethods": {"Quantity": 7, "Items": methods, "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}},
            "LambdaFunctionAssociations": {"Quantity": 1, "Items": [
                {"LambdaFunctionARN": function_arn, "EventType": "viewer-request", "IncludeBody": False}]}},
        "CustomErrorResponses": {"Quantity": 1, "Items": [{"ErrorCode": 403, "ErrorCachingMinTTL": 0}]},
    }


def distribution(ids, function_arn, active):
    config = distribution_config(*ids, function_arn + ":2")
    create = lambda it: cf.create_distribution_with_tags(DistributionConfigWithTags={
        "DistributionConfig": it, "Tags": {"Items": [{"Key": "edgegate:stack", "Value": "demo"}]}})
    broken = lambda edit: (lambda it: (edit(it), it)[1])(json.loads(json.dumps(config)))
    association = lambda it: it["DefaultCacheBehavior"]["LambdaFunctionAssociations"]["Items"][0]
    wrong = "InvalidLambdaFunctionAssociation"
    name = {"FunctionName": "demo-authorizer"}
    fn.update_function_configuration(**name, Description="e")
    until(lambda: fn.get_function_configuration(**name), lambda it: it["LastUpdateStatus"] == "Successful")
    fn.publish_version(**name)
    refused(wrong, lambda: create(broken(lambda it: association(it).update(LambdaFunctionARN=function_arn + ":3"))), 400, "must be in an Active state")
    active(Qualifier="2")
    refused(wrong, lambda: create(broken(lambda it: association(it).update(LambdaFunctionARN=function_arn))), 400, "specific function version")
    refused(wrong, lambda: create(broken(lambda it: association(it).update(LambdaFunctionARN=function_arn + ":$LATEST"))), 400)
    refused(wrong, lambda: create(broken(lambda it: association(it).update(LambdaFunctionARN=function_arn + ":99"))), 400, "cannot retrieve")
    refused(wrong, lambda: create(broken(lambda it: association(it).update(
        LambdaFunctionARN=function_arn.replace("us-east-1", "eu-west-1") + ":2"))), 400)
    for edit, text in [({"Architectures": ["arm64"]}, "x86_64"), ({"Environment": {"Variables": {"A": "b"}}}, "environment variables"),
                       ({"MemorySize": 1024}, "1024 Max allowed: 128"), ({"Timeout": 30}, "30 Max allowed: 5"),
                       ({"Role": "arn:aws:iam::000000000000:role/demo-lambda-only"}, "edgelambda.amazonaws.com")]:
        other = {"FunctionName": "demo-other"}
        fn.create_function(**{**other, "Runtime": "nodejs24.x", "Handler": "index.handler", "Publish": True,
            "Role": "arn:aws:iam::000000000000:role/demo-edge", "Code": {"ZipFile": zipped("x")}, **edit})
        fn.get_waiter("function_active_v2").wait(**other, WaiterConfig={"Delay": 1})
        bad = broken(lambda it: association(it).update(LambdaFunctionARN=function_arn.replace("demo-authorizer", "demo-other") + ":1"))
        refused(wrong, lambda: create(bad), 400, text)
        fn.delete_function(**other)
    behavior = lambda it: it["DefaultCacheBehavior"]
    refused("NoSuchCachePolicy", lambda: create(broken(lambda it: behavior(it).update(CachePolicyId="none"))), 404)
    refused("NoSuchResponseHeadersPolicy", lambda: create(broken(lambda it: behavior(it).update(ResponseHeadersPolicyId="none"))), 404)
    refused("NoSuchOrigin", lambda: create(broken(lambda it: behavior(it).update(TargetOriginId="none"))), 404)
    refused("InvalidOriginAccessControl", lambda: create(broken(lambda it: it["Origins"]["Items"][0].update(OriginAccessControlId="none"))), 400)
    refused("InconsistentQuantities", lambda: create(broken(lambda it: it["Origins"].update(Quantity=2))), 400)
    refused("InvalidArgument", lambda: create(broken(lambda it: behavior(it)["AllowedMethods"].update(Quantity=2, Items=["GET", "PUT"]))), 400)
    made = create(config)
    same((made["Distribution"]["Status"], made["ResponseMetadata"]["HTTPStatusCode"]), ("InProgress", 201), "new distribution")
    refused("DistributionAlreadyExists", lambda: create(config), 409)
    identifier, arn = made["Distribution"]["Id"], made["Distribution"]["ARN"]
    got = cf.get_distribution_config(Id=identifier)

    def inside(wanted, actual, path=""):
        for key, value in wanted.items() if isinstance(wanted, dict) else enumerate(wanted):
            if isinstance(value, (dict, list)):
                inside(value, actual[key], f"{path}/{key}")
            else:
                same(actual[key], value, f"{path}/{key}")
    inside(config, got["DistributionConfig"])
    for child in ("Aliases", "OriginGroups", "CacheBehaviors", "Logging", "ViewerCertificate", "Restrictions", "WebACLId", "Staging"):
        check(child in got["DistributionConfig"], child)
    refused("InvalidIfMatchVersion", lambda: cf.update_distribution(Id=identifier, DistributionConfig=got["DistributionConfig"]), 400)
    refused("IllegalUpdate", lambda: cf.update_distribution(Id=identifier, IfMatch=got["ETag"],
        DistributionConfig={**got["DistributionConfig"], "CallerReference": "other"}), 400)
    same(cf.list_tags_for_resource(Resource=arn)["Tags"]["Items"], [{"Key": "edgegate:stack", "Value": "demo"}], "tags")
    cf.tag_resource(Resource=arn, Tags={"Items": [{"Key": "a", "Value": "b"}]})
    cf.untag_resource(Resource=arn, TagKeys={"Items": ["a"]})
    same(len(cf.list_tags_for_resource(Resource=arn)["Tags"]["Items"]), 1, "tags")
    summary = cf.list_distributions()["DistributionList"]["Items"][0]
    same((summary["Id"], summary["Comment"]), (identifier, "edgegate:stack=demo"), "summary")
    refused("OriginAccessControlInUse", lambda: cf.delete_origin_access_control(
        Id=ids[0], IfMatch=cf.get_origin_access_control(Id=ids[0])["ETag"]), 409)
    refused("CachePolicyInUse", lambda: cf.delete_cache_policy(Id=ids[1], IfMatch=cf.get_cache_policy(Id=ids[1])["ETag"]), 409)
    refused("InvalidParameterValueException", lambda: fn.delete_function(FunctionName="demo-authorizer"), 400, "because it is a replicated function")
    until(lambda: cf.get_distribution(Id=identifier)["Distribution"], lambda it: it["Status"] == "Deployed")
    return identifier, arn, made["Distribution"]["DomainName"]


def bucket_policy(arn):
    source = {"StringEquals": {"AWS:SourceArn": arn, "aws:SourceAccount": ACCOUNT}}
    principal = {"Service": "cloudfront.amazonaws.com"}
    objects = f"arn:aws:s3:::{BUCKET}/*"
    return {"Version": "2012-10-17", "Statement": [
        {"Sid": "EdgeRead", "Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": objects, "Condition": source},
        {"Sid": "EdgeCreateOnly", "Effect": "Allow", "Principal": principal, "Action": "s3:PutObject", "Resource": objects,
         "Condition": {**source, "Null": {"s3:if-none-match": "false", "s3:x-amz-copy-source": "true"},
                       "StringEqualsIfExists": {"s3:x-amz-storage-class": "STANDARD"}, "Bool": {"s3:ObjectCreationOperation": "true"}}},
        {"Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
         "Resource": [f"arn:aws:s3:::{BUCKET}", objects], "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}


def data_plane(identifier, arn, domain):
    path = "/u/1/caf%C3%A9%20a.png"
    image = {"Content-Type": "image/png"}
    same(edge("GET", path, "good").status, 403, "closed before the bucket policy")
    wrong = json.dumps(bucket_policy(arn[:-1] + "X"))
    s3.put_bucket_policy(Bucket=BUCKET, Policy=wrong)
    same(edge("PUT", path, "good", PNG, image).status, 403, "closed to another distribution")
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(bucket_policy(arn)))
    same(json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]), bucket_policy(arn), "bucket policy")
    check(not s3.get_bucket_policy_status(Bucket=BUCKET)["PolicyStatus"]["IsPublic"], "not public")

    denied = edge("GET", path)
    same((denied.status, json.loads(denied.data), denied.getheader("x-cache")),
         (401, {"error": "token-missing"}, "LambdaGeneratedResponse from cloudfront"), "no token")
    check(denied.getheader("content-security-policy") is None, "the headers policy leaves generated answers alone")
    same(edge("GET", "/other", "good").status, 403, "wrong path")
    same(edge("PUT", path, "good", PNG, image).status, 200, "upload")
    same(edge("PUT", path, "good", PNG, image).status, 412, "create only")
    same(s3.get_object(Bucket=BUCKET, Key="u/1/café a.png")["ContentType"], "image/png", "content type")
    first, second = edge("GET", path, "good"), edge("GET", path, "good")
    same((first.data, first.getheader("x-cache")), (PNG, "Miss from cloudfront"), "first")
    same((second.data, second.getheader("x-cache"), second.getheader("age")), (PNG, "Hit from cloudfront", "0"), "second")
    same(second.getheader("content-security-policy"), "default-src 'none'; sandbox", "headers policy")
    same(second.getheader("cache-control"), "private, max-age=60", "headers policy")
    same(edge("GET", path).status, 401, "the function runs on hits, too")
    same(edge("GET", path + "?response-content-type=text/html", "good").getheader("content-type"), "image/png", "no query reaches the bucket")
    part = edge("GET", path, "good", headers={"Range": "bytes=0-3"})
    same((part.status, part.data), (206, PNG[:4]), "range of a cached object")
    same(edge("GET", path, "good", headers={"If-None-Match": first.getheader("etag")}).status, 304, "conditional")
    head = edge("HEAD", path, "good")
    same((head.status, head.data, head.getheader("content-length")), (200, b"", str(len(PNG))), "HEAD")
    same(edge("GET", "/u/none.png", "good").status, 403, "a missing key is forbidden")
    same(edge("GET", path, "good", host=domain).status, 200, "by domain")
    same(edge("TRACE", path, "good").status, 403, "method")
    same(edge("GET", "/" + "a" * 9000, "good").status, 414, "long URL")
    for where, status in [("/throw", 503), ("/crash", 503), ("/invalid", 502), ("/read-only", 502)]:
        same((where, edge("GET", where, "good").status), (where, status), "fails closed")
    same(edge("GET", path, "good").status, 200, "and is back")

    edge("PUT", "/u/1/keep-token.png", "good", PNG, {**image, "x-amz-meta-a": "b", "Cookie": "a=b"})
    reached = page("origin-requests")
    last = reached[-1]
    same((last["method"], last["authorization_scheme"]), ("PUT", "AWS4-HMAC-SHA256"), "signed over the viewer's token")
    check(not {"cookie", "x-amz-meta-a"} & set(last["header_names"]), "hidden headers")
    check(all(it["authorization_scheme"] == "AWS4-HMAC-SHA256" for it in reached), "no token reaches the bucket")

    s3.put_object(Bucket=BUCKET, Key="u/1/café a.png", Body=b"replaced", ContentType="image/png")
    same(edge("GET", path, "good").data, PNG, "stale until invalidated")
    batch = {"CallerReference": "i1", "Paths": {"Quantity": 1, "Items": ["/u/*"]}}
    made = cf.create_invalidation(DistributionId=identifier, InvalidationBatch=batch)["Invalidation"]
    cf.get_waiter("invalidation_completed").wait(DistributionId=identifier, Id=made["Id"])
    same(cf.list_invalidations(DistributionId=identifier)["InvalidationList"]["Quantity"], 1, "invalidations")
    same(edge("GET", path, "good").data, b"replaced", "fresh after the invalidation")


def cli(identifier):
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": CONTROL}
    aws = lambda *it: subprocess.run(["aws", *it], env=environment, check=True, capture_output=True, text=True).stdout
    same(json.loads(aws("sts", "get-caller-identity"))["Account"], ACCOUNT, "cli sts")
    same(json.loads(aws("cloudfront", "get-distribution", "--id", identifier))["Distribution"]["Id"], identifier, "cli cloudfront")
    check("café a.png" in aws("s3", "ls", f"s3://{BUCKET}/u/1/"), "cli s3")


def teardown(identifier, ids):
    got = cf.get_distribution_config(Id=identifier)
    remove = lambda etag: cf.delete_distribution(Id=identifier, IfMatch=etag)
    refused("DistributionNotDisabled", lambda: remove(got["ETag"]), 409)
    new = cf.update_distribution(Id=identifier, IfMatch=got["ETag"], DistributionConfig={**got["DistributionConfig"], "Enabled": False})
    refused("DistributionNotDisabled", lambda: remove(new["ETag"]), 409)
    refused("PreconditionFailed", lambda: remove(got["ETag"]), 412)
    until(lambda: cf.get_distribution(Id=identifier)["Distribution"], lambda it: it["Status"] == "Deployed")
    remove(new["ETag"])
    refused("NoSuchDistribution", lambda: cf.get_distribution(Id=identifier), 404)
    cf.delete_origin_access_control(Id=ids[0], IfMatch=cf.get_origin_access_control(Id=ids[0])["ETag"])
    cf.delete_cache_policy(Id=ids[1], IfMatch=cf.get_cache_policy(Id=ids[1])["ETag"])
    cf.delete_response_headers_policy(Id=ids[2], IfMatch=cf.get_response_headers_policy(Id=ids[2])["ETag"])
    refused("InvalidParameterValueException", lambda: fn.delete_function(FunctionName="demo-authorizer"), 400, "because it is a replicated function")
    fn.delete_function(FunctionName="demo-authorizer", Qualifier="1")

    def attempt():
        try:
            fn.delete_function(FunctionName="demo-authorizer")
            return True
        except ClientError as error:
            check("replicated" in str(error), str(error))
    until(attempt, lambda it: it)
    iam.delete_role_policy(RoleName="demo-edge", PolicyName="logs")
    iam.delete_role(RoleName="demo-edge")
    iam.delete_role(RoleName="demo-lambda-only")
    found = s3.list_object_versions(Bucket=BUCKET)
    gone = [{"Key": it["Key"], "VersionId": it["VersionId"]} for it in found.get("Versions", []) + found.get("DeleteMarkers", [])]
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": gone, "Quiet": True})
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.delete_bucket(Bucket=BUCKET)
    same(s3.list_buckets()["Buckets"], [], "nothing is left")


identity()
bucket()
objects()
role_arn = role()
function_arn, active = function(role_arn)
ids = policies()
identifier, arn, domain = distribution(ids, function_arn, active)
data_plane(identifier, arn, domain)
cli(identifier)
teardown(identifier, ids)
check("cloudfront:CreateDistributionWithTags" in page("calls"), "calls are recorded")
print(f"{checks} checks passed")

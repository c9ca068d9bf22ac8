"""The same calls to any cloud: everything a deployer of this stack can meet, and what AWS answers.

Each step has the outcome that AWS documents: `ok`, or the code and the status of a refusal. A step
goes on after whatever happened before, so that a peer that lacks something is still asked the rest.
The texts are looked at where tools recognise an error by its text.
"""
import base64
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass

from botocore.exceptions import ClientError

from cloud import REGION

HANDLER = "export const handler = async event => event.Records[0].cf.request\n"
TRUSTED = ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]


@dataclass
class Row:
    operation: str
    what: str
    expected: str
    outcome: str

    @property
    def name(self):
        return f"{self.operation}: {self.what}"


class Missing(Exception):
    """An earlier step did not give what this one needs."""


def zipped(source):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as it:
        it.writestr(zipfile.ZipInfo("index.mjs", (1980, 1, 1, 0, 0, 0)), source)
    return out.getvalue()


def need(value):
    if value is None:
        raise Missing
    return value


class Probe:
    def __init__(self, cloud):
        self.cloud, self.rows = cloud, []
        self.bucket = f"probe-{cloud.account}-{REGION}-an"
        self.code = zipped(HANDLER)
        self.sha = base64.b64encode(hashlib.sha256(self.code).digest()).decode()
        self.role = f"arn:aws:iam::{cloud.account}:role/probe"

    def step(self, operation, what, call, expected="ok", text="", check=None):
        """One call; `check` says what of its answer is AWS's."""
        answer = None
        try:
            answer = call()
            outcome = "ok" if check is None or check(answer) else "another answer"
        except ClientError as error:
            response = error.response
            status = response["ResponseMetadata"]["HTTPStatusCode"]
            outcome = f"{response['Error']['Code']} {status}"
            if outcome == expected and text not in response["Error"].get("Message", ""):
                outcome = f"{outcome}, another text"
        except (Missing, KeyError, IndexError, TypeError):
            outcome = "not reached"
        except Exception as error:
            # Whatever boto3 cannot parse: the name is all that is the same in every run.
            outcome = f"unreadable: {type(error).__name__}"
        self.rows.append(Row(operation, what, expected, outcome))
        return answer

    def run(self):
        self.signatures()
        self.buckets()
        self.bucket_documents()
        self.roles()
        self.functions()
        self.edge_resources()
        self.associations()
        self.distribution()
        self.removal()
        return self.rows

    def signatures(self):
        def wrong(service, key="test", secret="wrong"):
            return self.cloud.client(service, aws_access_key_id=key, aws_secret_access_key=secret)
        step = self.step
        step("sts:GetCallerIdentity", "identity", self.cloud.sts.get_caller_identity)
        step("sts:GetCallerIdentity", "unknown access key", lambda: wrong("sts", "nobody").get_caller_identity(), "InvalidClientTokenId 403")
        step("sts:GetCallerIdentity", "wrong secret", lambda: wrong("sts").get_caller_identity(), "SignatureDoesNotMatch 403")
        step("s3:ListBuckets", "wrong secret", lambda: wrong("s3").list_buckets(), "SignatureDoesNotMatch 403")
        step("iam:GetRole", "wrong secret", lambda: wrong("iam").get_role(RoleName="a"), "SignatureDoesNotMatch 403")
        step("lambda:ListFunctions", "wrong secret", lambda: wrong("lambda").list_functions(), "InvalidSignatureException 403")
        step("cloudfront:ListDistributions", "wrong secret", lambda: wrong("cloudfront").list_distributions(), "SignatureDoesNotMatch 403")

    def buckets(self):
        s3, step, name = self.cloud.s3, self.step, {"Bucket": self.bucket}
        ours = {**name, "BucketNamespace": "account-regional"}
        west = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
        step("s3:HeadBucket", "missing", lambda: s3.head_bucket(**name), "404 404")
        step("s3:CreateBucket", "regional name without its header", lambda: s3.create_bucket(**name), "InvalidBucketName 400")
        step("s3:CreateBucket", "create", lambda: s3.create_bucket(**ours), check=lambda it: it["Location"] == f"/{self.bucket}")
        step("s3:CreateBucket", "again, regional", lambda: s3.create_bucket(**ours), "BucketAlreadyOwnedByYou 409")
        step("s3:CreateBucket", "us-east-1 as a constraint", lambda: s3.create_bucket(
            Bucket="probe-east", CreateBucketConfiguration={"LocationConstraint": REGION}), "InvalidLocationConstraint 400")
        step("s3:CreateBucket", "another region's constraint", lambda: s3.create_bucket(Bucket="probe-west", **west),
             "IllegalLocationConstraintException 400")
        step("s3:CreateBucket", "plain name", lambda: s3.create_bucket(Bucket="probe-plain"))
        step("s3:CreateBucket", "again in us-east-1", lambda: s3.create_bucket(Bucket="probe-plain"))
        step("s3:CreateBucket", "a dash before a dot", lambda: s3.create_bucket(Bucket="a-.b"), "InvalidBucketName 400")
        step("s3:CreateBucket", "reserved prefix", lambda: s3.create_bucket(Bucket="xn--probe"), "InvalidBucketName 400")
        step("s3:HeadBucket", "own", lambda: s3.head_bucket(**name, ExpectedBucketOwner=self.cloud.account), check=lambda it: it["BucketRegion"] == REGION)
        step("s3:HeadBucket", "another owner expected", lambda: s3.head_bucket(**name, ExpectedBucketOwner="1" * 12), "403 403")
        step("s3:GetBucketLocation", "us-east-1 has none", lambda: s3.get_bucket_location(**name), check=lambda it: it["LocationConstraint"] is None)
        step("s3:ListBuckets", "list", s3.list_buckets, check=lambda it: self.bucket in [b["Name"] for b in it["Buckets"]])

    def bucket_documents(self):
        s3, step, name = self.cloud.s3, self.step, {"Bucket": self.bucket}
        blocked = {it: True for it in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")}
        owner = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False,
                "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
        encryption = lambda it: it["ServerSideEncryptionConfiguration"]["Rules"] == [rule]
        step("s3:GetPublicAccessBlock", "of a new bucket", lambda: s3.get_public_access_block(**name), check=lambda it: it["PublicAccessBlockConfiguration"] == blocked)
        step("s3:GetBucketOwnershipControls", "of a new bucket", lambda: s3.get_bucket_ownership_controls(**name), check=lambda it: it["OwnershipControls"] == owner)
        step("s3:GetBucketEncryption", "of a new bucket", lambda: s3.get_bucket_encryption(**name), check=encryption)
        for operation, code in [("get_bucket_policy", "NoSuchBucketPolicy"), ("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration"),
                                ("get_bucket_tagging", "NoSuchTagSet"), ("get_bucket_cors", "NoSuchCORSConfiguration"),
                                ("get_bucket_website", "NoSuchWebsiteConfiguration")]:
            step(f"s3:{camel(operation)}", "absent", lambda: getattr(s3, operation)(**name), f"{code} 404")
        step("s3:GetBucketVersioning", "absent", lambda: s3.get_bucket_versioning(**name), check=lambda it: "Status" not in it)
        step("s3:PutPublicAccessBlock", "all", lambda: s3.put_public_access_block(**name, PublicAccessBlockConfiguration=blocked))
        step("s3:PutBucketOwnershipControls", "enforced", lambda: s3.put_bucket_ownership_controls(**name, OwnershipControls=owner))
        step("s3:PutBucketEncryption", "with SSE-C blocked", lambda: s3.put_bucket_encryption(**name, ServerSideEncryptionConfiguration={"Rules": [rule]}))
        step("s3:GetBucketEncryption", "as it was put", lambda: s3.get_bucket_encryption(**name), check=encryption)
        step("s3:PutBucketVersioning", "enabled", lambda: s3.put_bucket_versioning(**name, VersioningConfiguration={"Status": "Enabled"}))
        self.cloud.later(60)
        step("s3:GetBucketVersioning", "enabled", lambda: s3.get_bucket_versioning(**name), check=lambda it: it["Status"] == "Enabled")
        rules = [{"ID": "abort", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]
        step("s3:PutBucketLifecycleConfiguration", "abort uploads", lambda: s3.put_bucket_lifecycle_configuration(**name, LifecycleConfiguration={"Rules": rules}))
        tags = [{"Key": "edgegate:stack", "Value": "probe & <co>"}]
        step("s3:PutBucketTagging", "tags", lambda: s3.put_bucket_tagging(**name, Tagging={"TagSet": tags}))
        cors = {"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]}
        step("s3:PutBucketCors", "cors", lambda: s3.put_bucket_cors(**name, CORSConfiguration=cors))
        self.cloud.later(60)
        step("s3:GetBucketLifecycleConfiguration", "as it was put", lambda: s3.get_bucket_lifecycle_configuration(**name), check=lambda it: it["Rules"] == rules)
        step("s3:GetBucketTagging", "as it was put", lambda: s3.get_bucket_tagging(**name), check=lambda it: it["TagSet"] == tags)
        step("s3:GetBucketCors", "as it was put", lambda: s3.get_bucket_cors(**name), check=lambda it: it["CORSRules"] == cors["CORSRules"])
        step("s3:DeleteBucketCors", "delete", lambda: s3.delete_bucket_cors(**name))
        step("s3:DeleteBucketLifecycle", "delete", lambda: s3.delete_bucket_lifecycle(**name))
        self.bucket_policies(name)
        self.objects(name)

    def bucket_policies(self, name):
        s3, step = self.cloud.s3, self.step
        put = lambda **it: s3.put_bucket_policy(**name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{self.bucket}/*", "Condition": {"StringEquals": {
                "aws:SourceArn": f"arn:aws:cloudfront::{self.cloud.account}:distribution/E1"}}, **it}]}))
        call = "s3:PutBucketPolicy"
        step(call, "no JSON", lambda: s3.put_bucket_policy(**name, Policy="{"), "MalformedPolicy 400")
        step(call, "another bucket's resource", lambda: put(Resource="arn:aws:s3:::other/*"), "MalformedPolicy 400", "invalid resource")
        step(call, "unknown service", lambda: put(Principal={"Service": "no.amazonaws.com"}), "MalformedPolicy 400", "Invalid principal in policy")
        step(call, "no action", lambda: put(Action=[]), "MalformedPolicy 400")
        step(call, "public, and blocked", lambda: put(Principal="*", Condition={}), "AccessDenied 403")
        step(call, "the edge", put)
        self.cloud.later(60)
        step("s3:GetBucketPolicy", "as it was put", lambda: s3.get_bucket_policy(**name), check=lambda it: len(json.loads(it["Policy"])["Statement"]) == 1)
        step("s3:GetBucketPolicyStatus", "a service is not the public", lambda: s3.get_bucket_policy_status(**name), check=lambda it: not it["PolicyStatus"]["IsPublic"])
        step("s3:DeleteBucketPolicy", "delete", lambda: s3.delete_bucket_policy(**name))

    def objects(self, name):
        s3, step, key = self.cloud.s3, self.step, {"Bucket": self.bucket, "Key": "a b+é.png"}
        put = step("s3:PutObject", "versioned", lambda: s3.put_object(**key, Body=b"image", ContentType="image/png"),
                   check=lambda it: it["ETag"] == f'"{hashlib.md5(b"image").hexdigest()}"' and "VersionId" in it)
        step("s3:PutObject", "create only, and there", lambda: s3.put_object(**key, Body=b"", IfNoneMatch="*"), "PreconditionFailed 412")
        step("s3:PutObject", "wrong digest", lambda: s3.put_object(Bucket=self.bucket, Key="x", Body=b"x", ContentMD5=base64.b64encode(bytes(16)).decode()), "BadDigest 400")
        step("s3:PutObject", "an ACL", lambda: s3.put_object(Bucket=self.bucket, Key="x", Body=b"x", ACL="public-read"), "AccessControlListNotSupported 400")
        step("s3:GetObject", "get", lambda: s3.get_object(**key)["Body"].read(), check=lambda it: it == b"image")
        step("s3:GetObject", "range", lambda: s3.get_object(**key, Range="bytes=1-2")["Body"].read(), check=lambda it: it == b"ma")
        step("s3:GetObject", "not modified", lambda: s3.get_object(**key, IfNoneMatch=need(put)["ETag"]), "304 304")
        step("s3:GetObject", "missing", lambda: s3.get_object(Bucket=self.bucket, Key="none"), "NoSuchKey 404")
        step("s3:HeadObject", "head", lambda: s3.head_object(**key), check=lambda it: it["ContentLength"] == 5)
        step("s3:DeleteObject", "a marker", lambda: s3.delete_object(**key), check=lambda it: it.get("DeleteMarker"))
        step("s3:ListObjectsV2", "nothing current", lambda: s3.list_objects_v2(**name), check=lambda it: it["KeyCount"] == 0)
        step("s3:DeleteBucket", "not empty", lambda: s3.delete_bucket(**name), "BucketNotEmpty 409")
        listed = step("s3:ListObjectVersions", "versions", lambda: s3.list_object_versions(**name))
        objects = lambda: [{"Key": it["Key"], "VersionId": it["VersionId"]} for it in listed.get("Versions", []) + listed.get("DeleteMarkers", [])]
        step("s3:DeleteObjects", "versions", lambda: s3.delete_objects(**name, Delete={"Objects": objects()}))
        step("s3:ListMultipartUploads", "none", lambda: s3.list_multipart_uploads(**name), check=lambda it: "Uploads" not in it)
        self.parts(name, {**key, "Key": "parts.png"})

    def parts(self, name, key):
        s3, step = self.cloud.s3, self.step
        begun = step("s3:CreateMultipartUpload", "begin", lambda: s3.create_multipart_upload(**key, ContentType="image/png"))
        upload = lambda: {**key, "UploadId": need(begun)["UploadId"]}
        large = b"i" * (5 * 1024 * 1024)
        first = step("s3:UploadPart", "first", lambda: s3.upload_part(**upload(), PartNumber=1, Body=large))
        second = step("s3:UploadPart", "last", lambda: s3.upload_part(**upload(), PartNumber=2, Body=b"end"))
        step("s3:ListParts", "both", lambda: s3.list_parts(**upload()), check=lambda it: [part["Size"] for part in it["Parts"]] == [len(large), 3])
        step("s3:ListMultipartUploads", "one", lambda: s3.list_multipart_uploads(**name), check=lambda it: [one["Key"] for one in it["Uploads"]] == ["parts.png"])
        parts = lambda *all: {"MultipartUpload": {"Parts": [{"PartNumber": number, "ETag": need(part)["ETag"]} for number, part in all]}}
        step("s3:CompleteMultipartUpload", "wrong order", lambda: s3.complete_multipart_upload(**upload(), **parts((2, second), (1, first))), "InvalidPartOrder 400")
        step("s3:CompleteMultipartUpload", "complete", lambda: s3.complete_multipart_upload(**upload(), **parts((1, first), (2, second))), check=lambda it: it["ETag"].endswith('-2"'))
        step("s3:HeadObject", "of parts", lambda: s3.head_object(**key), check=lambda it: it["ContentLength"] == len(large) + 3 and it["ContentType"] == "image/png")
        begun = step("s3:CreateMultipartUpload", "begin another", lambda: s3.create_multipart_upload(**key))
        other = lambda: {**key, "UploadId": need(begun)["UploadId"]}
        step("s3:AbortMultipartUpload", "abort", lambda: s3.abort_multipart_upload(**other()))
        step("s3:UploadPart", "after the abort", lambda: s3.upload_part(**other(), PartNumber=1, Body=b"x"), "NoSuchUpload 404")
        versions = lambda: [{"Key": it["Key"], "VersionId": it["VersionId"]} for it in s3.list_object_versions(**name).get("Versions", [])]
        step("s3:DeleteObjects", "of parts", lambda: s3.delete_objects(**name, Delete={"Objects": versions()}))

    def roles(self):
        iam, step, name = self.cloud.iam, self.step, {"RoleName": "probe"}
        trust = lambda services: json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": services}}]})
        create = lambda document, **it: iam.create_role(**{**name, **it}, AssumeRolePolicyDocument=document)
        tags = [{"Key": "edgegate:stack", "Value": "probe"}]
        malformed = "MalformedPolicyDocument 400"
        step("iam:GetRole", "missing", lambda: iam.get_role(**name), "NoSuchEntity 404")
        step("iam:CreateRole", "trust is no JSON", lambda: create("{", RoleName="probe-1"), malformed)
        step("iam:CreateRole", "unknown service", lambda: create(trust(["no.amazonaws.com"]), RoleName="probe-2"), malformed)
        step("iam:CreateRole", "trust with a resource", lambda: create(json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": TRUSTED}, "Resource": "*"}]}), RoleName="probe-3"), malformed)
        step("iam:CreateRole", "name with a slash", lambda: create(trust(TRUSTED), RoleName="a/b"), "ValidationError 400")
        step("iam:CreateRole", "create", lambda: create(trust(TRUSTED), Tags=tags, Description="d"), check=lambda it: it["Role"]["Arn"] == self.role)
        step("iam:CreateRole", "again", lambda: create(trust(TRUSTED)), "EntityAlreadyExists 409")
        step("iam:CreateRole", "for Lambda alone", lambda: create(trust(TRUSTED[:1]), RoleName="probe-lambda"))
        step("iam:CreateRole", "for somebody else", lambda: create(trust(["ec2.amazonaws.com"]), RoleName="probe-other"))
        step("lambda:CreateFunction", "role made a moment ago", lambda: self.create("probe"),
             "InvalidParameterValueException 400", "The role defined for the function cannot be assumed by Lambda")
        step("iam:GetRole", "as it was made", lambda: iam.get_role(**name)["Role"], check=lambda it: it["Tags"] == tags
             and it["AssumeRolePolicyDocument"] == json.loads(trust(TRUSTED)))
        logs = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": "arn:aws:logs:*:*:*"}]}
        step("iam:PutRolePolicy", "not JSON", lambda: iam.put_role_policy(**name, PolicyName="logs", PolicyDocument="{"), malformed)
        step("iam:PutRolePolicy", "put", lambda: iam.put_role_policy(**name, PolicyName="logs", PolicyDocument=json.dumps(logs)))
        self.cloud.later(60)
        step("iam:GetRolePolicy", "as it was put", lambda: iam.get_role_policy(**name, PolicyName="logs"), check=lambda it: it["PolicyDocument"] == logs)
        step("iam:GetRolePolicy", "missing", lambda: iam.get_role_policy(**name, PolicyName="none"), "NoSuchEntity 404")
        step("iam:ListRolePolicies", "list", lambda: iam.list_role_policies(**name), check=lambda it: it["PolicyNames"] == ["logs"])
        arn = "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess"
        step("iam:AttachRolePolicy", "unknown policy", lambda: iam.attach_role_policy(**name, PolicyArn=f"arn:aws:iam::{self.cloud.account}:policy/none"), "NoSuchEntity 404")
        step("iam:AttachRolePolicy", "AWS's own", lambda: iam.attach_role_policy(**name, PolicyArn=arn))
        step("iam:ListAttachedRolePolicies", "list", lambda: iam.list_attached_role_policies(**name), check=lambda it: it["AttachedPolicies"][0]["PolicyArn"] == arn)
        step("iam:DeleteRole", "with policies", lambda: iam.delete_role(**name), "DeleteConflict 409", "must detach all policies first")
        step("iam:DetachRolePolicy", "detach", lambda: iam.detach_role_policy(**name, PolicyArn=arn))
        step("iam:DeleteRole", "with inline policies", lambda: iam.delete_role(**name), "DeleteConflict 409", "must delete policies first")
        step("iam:TagRole", "tag", lambda: iam.tag_role(**name, Tags=[{"Key": "b", "Value": "c"}]))
        step("iam:UntagRole", "untag", lambda: iam.untag_role(**name, TagKeys=["b"]))
        step("iam:ListRoleTags", "tags", lambda: iam.list_role_tags(**name), check=lambda it: it["Tags"] == tags)
        step("iam:UpdateAssumeRolePolicy", "same trust", lambda: iam.update_assume_role_policy(**name, PolicyDocument=trust(TRUSTED)))
        step("iam:UpdateRole", "description", lambda: iam.update_role(**name, Description="e"))
        step("iam:ListInstanceProfilesForRole", "none", lambda: iam.list_instance_profiles_for_role(**name), check=lambda it: it["InstanceProfiles"] == [])

    def create(self, function, **it):
        return self.cloud.fn.create_function(**{"FunctionName": function, "Role": self.role, "Handler": "index.handler", "Timeout": 5,
            "MemorySize": 128, "Runtime": "nodejs24.x", "Code": {"ZipFile": self.code}, **it})

    def functions(self):
        fn, step, name = self.cloud.fn, self.step, {"FunctionName": "probe"}
        invalid, call = "InvalidParameterValueException 400", "lambda:CreateFunction"
        if self.cloud.name != "ours":
            # A peer that has no delay made it already.
            try:
                fn.delete_function(**name)
            except ClientError:
                pass
        step("lambda:GetFunction", "missing", lambda: fn.get_function(**name), "ResourceNotFoundException 404", "Function not found")
        step(call, "runtime that is blocked", lambda: self.create("probe-bad-1", Runtime="nodejs20.x"), invalid, "no longer supported")
        step(call, "no such runtime", lambda: self.create("probe-bad-2", Runtime="cobol"), invalid)
        step(call, "no such role", lambda: self.create("probe-bad-3", Role=self.role + "x"), invalid, "cannot be assumed by Lambda")
        step(call, "role that does not trust Lambda", lambda: self.create("probe-bad-4", Role=self.role + "-other"), invalid, "cannot be assumed by Lambda")
        step(call, "no zip", lambda: self.create("probe-bad-5", Code={"ZipFile": b"no zip"}), invalid, "Could not unzip")
        step(call, "name with a dot", lambda: self.create("probe.bad"), "ValidationException 400")
        step(call, "memory of 20 GB", lambda: self.create("probe-bad-6", MemorySize=20_480), "ValidationException 400")
        made = step(call, "create", lambda: self.create("probe", Tags={"edgegate:stack": "probe"}),
                    check=lambda it: it["State"] == "Pending" and it["CodeSha256"] == self.sha)
        self.function = made and made["FunctionArn"]
        publish = "lambda:PublishVersion"
        if self.cloud.name == "ours":
            step(publish, "while it is pending", lambda: fn.publish_version(**name), "ResourceConflictException 409", "An update is in progress for resource")
        self.cloud.later(60)
        step(call, "again", lambda: self.create("probe"), "ResourceConflictException 409", "Function already exist")
        configuration = lambda **it: fn.get_function_configuration(**name, **it)
        step("lambda:GetFunctionConfiguration", "active", configuration, check=lambda it: it["State"] == "Active" and it["LastUpdateStatus"] == "Successful")
        step(publish, "stale revision", lambda: fn.publish_version(**name, RevisionId="00000000-0000-0000-0000-000000000000"), "PreconditionFailedException 412", "RevisionId provided does not match")
        step(publish, "another digest", lambda: fn.publish_version(**name, CodeSha256=base64.b64encode(bytes(32)).decode()), invalid)
        step(publish, "publish", lambda: fn.publish_version(**name, CodeSha256=self.sha), check=lambda it: it["Version"] == "1")
        step(publish, "unchanged", lambda: fn.publish_version(**name), check=lambda it: it["Version"] == "1")
        self.cloud.later(60)
        step("lambda:GetFunctionConfiguration", "a version", lambda: configuration(Qualifier="1"), check=lambda it: it["State"] == "Active")
        other = zipped(HANDLER + "//\n")
        update = "lambda:UpdateFunctionCode"
        step(update, "dry run", lambda: fn.update_function_code(**name, ZipFile=other, DryRun=True))
        step("lambda:GetFunctionConfiguration", "a dry run changes nothing", configuration, check=lambda it: it["CodeSha256"] == self.sha)
        step(update, "stale revision", lambda: fn.update_function_code(**name, ZipFile=other, RevisionId="00000000-0000-0000-0000-000000000000"), "PreconditionFailedException 412")
        step(update, "another code", lambda: fn.update_function_code(**name, ZipFile=other), check=lambda it: it["LastUpdateStatus"] == "InProgress")
        if self.cloud.name == "ours":
            step(update, "while another is in progress", lambda: fn.update_function_code(**name, ZipFile=self.code), "ResourceConflictException 409", "An update is in progress for resource")
        self.cloud.later(60)
        step("lambda:UpdateFunctionConfiguration", "description", lambda: fn.update_function_configuration(**name, Description="e"))
        self.cloud.later(60)
        step(publish, "a change", lambda: fn.publish_version(**name), check=lambda it: it["Version"] == "2")
        self.cloud.later(60)
        step("lambda:ListVersionsByFunction", "in pages", lambda: [v["Version"] for page in fn.get_paginator("list_versions_by_function").paginate(
            **name, PaginationConfig={"PageSize": 2}) for v in page["Versions"]], check=lambda it: it == ["$LATEST", "1", "2"])
        step("lambda:ListFunctions", "list", fn.list_functions, check=lambda it: "probe" in [f["FunctionName"] for f in it["Functions"]])
        step("lambda:TagResource", "tag", lambda: fn.tag_resource(Resource=need(self.function), Tags={"a": "b"}))
        step("lambda:UntagResource", "untag", lambda: fn.untag_resource(Resource=need(self.function), TagKeys=["a"]))
        step("lambda:ListTags", "tags", lambda: fn.list_tags(Resource=need(self.function)), check=lambda it: it["Tags"] == {"edgegate:stack": "probe"})
        step("lambda:GetFunction", "tags and code", lambda: fn.get_function(**name), check=lambda it: it["Tags"] == {"edgegate:stack": "probe"} and it["Code"]["Location"])
        step("lambda:GetPolicy", "none", lambda: fn.get_policy(**name), "ResourceNotFoundException 404")
        permission = dict(**name, StatementId="s", Action="lambda:InvokeFunction", Principal="edgelambda.amazonaws.com")
        step("lambda:AddPermission", "add", lambda: fn.add_permission(**permission))
        step("lambda:AddPermission", "again", lambda: fn.add_permission(**permission), "ResourceConflictException 409")
        step("lambda:GetPolicy", "one", lambda: fn.get_policy(**name), check=lambda it: len(json.loads(it["Policy"])["Statement"]) == 1)
        step("lambda:RemovePermission", "remove", lambda: fn.remove_permission(**name, StatementId="s"))
        step("lambda:GetFunctionUrlConfig", "none", lambda: fn.get_function_url_config(**name), "ResourceNotFoundException 404")
        step("lambda:CreateFunctionUrlConfig", "create", lambda: fn.create_function_url_config(**name, AuthType="AWS_IAM"))
        step("lambda:DeleteFunctionUrlConfig", "delete", lambda: fn.delete_function_url_config(**name))
        step("lambda:ListAliases", "none", lambda: fn.list_aliases(**name), check=lambda it: it["Aliases"] == [])
        step("lambda:GetFunctionCodeSigningConfig", "none", lambda: fn.get_function_code_signing_config(**name))
        step("lambda:GetRuntimeManagementConfig", "automatic", lambda: fn.get_runtime_management_config(**name), check=lambda it: it["UpdateRuntimeOn"] == "Auto")
        step("lambda:GetFunctionConcurrency", "none", lambda: fn.get_function_concurrency(**name), check=lambda it: "ReservedConcurrentExecutions" not in it)

    def edge_resources(self):
        self.access_control = self.resource("origin_access_control", "OriginAccessControl", {
            "Name": "probe", "Description": "d", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"}, "Description")
        key = {"EnableAcceptEncodingGzip": False, "EnableAcceptEncodingBrotli": False, "HeadersConfig": {"HeaderBehavior": "none"},
               "CookiesConfig": {"CookieBehavior": "none"}, "QueryStringsConfig": {"QueryStringBehavior": "none"}}
        cache = {"Name": "probe", "Comment": "d", "MinTTL": 1, "DefaultTTL": 60, "MaxTTL": 600, "ParametersInCacheKeyAndForwardedToOrigin": key}
        self.cache_policy = self.resource("cache_policy", "CachePolicy", cache, "Comment")
        cf, step = self.cloud.cf, self.step
        bad = lambda **it: lambda: cf.create_cache_policy(CachePolicyConfig={**cache, "Name": f"probe-{len(self.rows)}", **it})
        step("cloudfront:CreateCachePolicy", "MinTTL above MaxTTL", bad(MinTTL=700), "InvalidArgument 400")
        headers = {"HeaderBehavior": "whitelist", "Headers": {"Quantity": 1, "Items": ["accept"]}}
        step("cloudfront:CreateCachePolicy", "headers with caching off", bad(MinTTL=0, DefaultTTL=0, MaxTTL=0,
             ParametersInCacheKeyAndForwardedToOrigin={**key, "HeadersConfig": headers}), "InvalidArgument 400", "HeaderBehavior is invalid for policy with caching disabled")
        headers = {"HeaderBehavior": "whitelist", "Headers": {"Quantity": 2, "Items": ["accept"]}}
        step("cloudfront:CreateCachePolicy", "a wrong Quantity", bad(ParametersInCacheKeyAndForwardedToOrigin={**key, "HeadersConfig": headers}), "InconsistentQuantities 400")
        managed = "658327ea-f89d-4fab-a63d-7e88639e58f6"
        step("cloudfront:GetCachePolicy", "AWS's own", lambda: cf.get_cache_policy(Id=managed), check=lambda it: it["CachePolicy"]["CachePolicyConfig"]["Name"] == "Managed-CachingOptimized")
        step("cloudfront:DeleteCachePolicy", "AWS's own", lambda: cf.delete_cache_policy(Id=managed, IfMatch=cf.get_cache_policy(Id=managed)["ETag"]), "IllegalDelete 400")
        step("cloudfront:ListCachePolicies", "custom ones", lambda: cf.list_cache_policies(Type="custom"), check=lambda it: [i["Type"] for i in it["CachePolicyList"]["Items"]] == ["custom"])
        self.headers_policy = self.resource("response_headers_policy", "ResponseHeadersPolicy", {"Name": "probe", "Comment": "d",
            "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}}}, "Comment")

    def resource(self, method, noun, config, text):
        cf, step = self.cloud.cf, self.step
        call = lambda verb, suffix="": getattr(cf, f"{verb}_{method}{suffix}")
        create = lambda it: call("create")(**{f"{noun}Config": it})
        made = step(f"cloudfront:Create{noun}", "create", lambda: create(config), check=lambda it: it["ETag"] and it["Location"].endswith(it[noun]["Id"]))
        step(f"cloudfront:Create{noun}", "same name", lambda: create(config), f"{noun}AlreadyExists 409")
        identifier = made and made.get(noun, {}).get("Id")
        own = lambda: {"Id": need(identifier)}
        step(f"cloudfront:Get{noun}", "get", lambda: call("get")(**own()), check=lambda it: it[noun][f"{noun}Config"] == config and it["ETag"] == made["ETag"])
        step(f"cloudfront:Get{noun}Config", "config", lambda: call("get", "_config")(**own()), check=lambda it: it[f"{noun}Config"] == config)
        step(f"cloudfront:Get{noun}", "missing", lambda: call("get")(Id="E000"), f"NoSuch{noun} 404")
        change = lambda **it: call("update")(**own(), **{f"{noun}Config": {**config, text: "e"}}, **it)
        step(f"cloudfront:Update{noun}", "without If-Match", change, "InvalidIfMatchVersion 400", "The If-Match version is missing or not valid for the resource")
        step(f"cloudfront:Update{noun}", "stale", lambda: change(IfMatch="E2QWRUHAPOMQZL"), "PreconditionFailed 412", "preconditions in one or more request-header fields")
        step(f"cloudfront:Update{noun}", "update", lambda: change(IfMatch=need(made)["ETag"]), check=lambda it: it["ETag"] != made["ETag"])
        plural = method.replace("policy", "policies") if method.endswith("policy") else f"{method}s"
        self.cloud.later(60)
        step(f"cloudfront:List{camel(plural)}", "list", lambda: getattr(cf, f"list_{plural}")(), check=lambda it: it[f"{noun}List"]["Quantity"] >= 1)
        return identifier

    def config(self):
        return {
            "CallerReference": "probe-1", "Comment": "probe", "Enabled": True, "PriceClass": "PriceClass_100", "HttpVersion": "http2and3",
            "Origins": {"Quantity": 1, "Items": [{"Id": "bucket", "DomainName": f"{self.bucket}.s3.{REGION}.amazonaws.com",
                "OriginAccessControlId": self.access_control or "", "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
            "DefaultCacheBehavior": {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "https-only", "Compress": False,
                "CachePolicyId": self.cache_policy or "658327ea-f89d-4fab-a63d-7e88639e58f6",
                "AllowedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"], "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}},
                "LambdaFunctionAssociations": {"Quantity": 1, "Items": [
                    {"LambdaFunctionARN": f"{self.function}:1", "EventType": "viewer-request", "IncludeBody": False}]}},
        }

    def attempt(self, edit=lambda it: None, reference="probe-bad"):
        """Creates a distribution; one that should not have been is removed again."""
        config = self.config()
        config["CallerReference"] = reference
        edit(config)
        return self.cloud.cf.create_distribution_with_tags(DistributionConfigWithTags={
            "DistributionConfig": config, "Tags": {"Items": [{"Key": "edgegate:stack", "Value": "probe"}]}})

    def bad(self, what, edit, expected, text=""):
        made = self.step("cloudfront:CreateDistributionWithTags", what, lambda: self.attempt(edit, f"probe-{what}"), expected, text)
        if made:
            self.remove(made)

    def remove(self, made):
        cf, identifier = self.cloud.cf, made["Distribution"]["Id"]
        try:
            got = cf.get_distribution_config(Id=identifier)
            new = cf.update_distribution(Id=identifier, IfMatch=got["ETag"], DistributionConfig={**got["DistributionConfig"], "Enabled": False})
            self.cloud.later(3600)
            cf.delete_distribution(Id=identifier, IfMatch=new["ETag"])
        except ClientError:
            pass

    def associations(self):
        wrong = "InvalidLambdaFunctionAssociation 400"
        behavior = lambda it: it["DefaultCacheBehavior"]
        function = lambda arn: lambda it: behavior(it)["LambdaFunctionAssociations"]["Items"][0].update(LambdaFunctionARN=arn)
        arn = self.function or f"arn:aws:lambda:{REGION}:{self.cloud.account}:function:probe"
        self.bad("$LATEST", function(f"{arn}:$LATEST"), wrong, "The function ARN must reference a specific function version. (The ARN must end with the version number.) ARN: ")
        self.bad("no version", function(arn), wrong, "must reference a specific function version")
        self.bad("another region", function(arn.replace(REGION, "eu-west-1") + ":1"), wrong, "us-east-1")
        self.bad("no such version", function(f"{arn}:99"), wrong, "Lambda@Edge cannot retrieve the specified Lambda function. Update the IAM policy to add permission: lambda:GetFunction")
        self.bad("no such function", function(f"{arn}-none:1"), wrong, "cannot retrieve the specified Lambda function")
        for what, change, text in [
            ("arm64", {"Architectures": ["arm64"]}, "x86_64"),
            ("environment variables", {"Environment": {"Variables": {"A": "b"}}}, "environment variables"),
            ("memory of 1024 MB", {"MemorySize": 1024}, "The function memory size is larger than the maximum allowed size for functions that are triggered by a CloudFront event: 1024 Max allowed: 128 Function: "),
            ("timeout of 31 s", {"Timeout": 31}, "The function timeout is larger than the maximum allowed for functions that are triggered by a CloudFront event: 31 Max allowed: 5 Function: "),
            ("role without edgelambda", {"Role": f"{self.role}-lambda"}, "The function execution role must be assumable with edgelambda.amazonaws.com as well as lambda.amazonaws.com principals. Update the IAM role and try again. Role: "),
            ("runtime the edge lacks", {"Runtime": "python3.14"}, "The function has a runtime that is not supported by Lambda@Edge: python3.14 Function: "),
        ]:
            other = f"probe-{what.split(' ')[0]}"
            try:
                self.create(other, Publish=True, **change)
                self.cloud.later(60)
            except ClientError:
                pass
            self.bad(what, function(f"{arn}-{what.split(' ')[0]}:1"), wrong, text)
            try:
                self.cloud.fn.delete_function(FunctionName=other)
            except ClientError:
                pass
        double = lambda it: behavior(it)["LambdaFunctionAssociations"].update(Quantity=2, Items=behavior(it)["LambdaFunctionAssociations"]["Items"] * 2)
        self.bad("two functions on one event", double, wrong)
        if self.cloud.name == "ours":
            self.cloud.fn.update_function_configuration(FunctionName="probe", Description="pending")
            self.cloud.later(10)
            self.cloud.fn.publish_version(FunctionName="probe")
            self.bad("a version that is pending", function(f"{arn}:3"), wrong, "The function must be in an Active state. The current state for function ")
            self.cloud.later(60)

    def distribution(self):
        cf, step, call = self.cloud.cf, self.step, "cloudfront:CreateDistributionWithTags"
        behavior = lambda it: it["DefaultCacheBehavior"]
        origin = lambda **change: lambda it: it["Origins"]["Items"][0].update(**change)
        self.bad("unknown cache policy", lambda it: behavior(it).update(CachePolicyId="658327ea-0000-4fab-a63d-7e88639e58f6"), "NoSuchCachePolicy 404")
        self.bad("unknown headers policy", lambda it: behavior(it).update(ResponseHeadersPolicyId="658327ea-0000-4fab-a63d-7e88639e58f6"), "NoSuchResponseHeadersPolicy 404")
        self.bad("unknown origin", lambda it: behavior(it).update(TargetOriginId="none"), "NoSuchOrigin 404")
        self.bad("unknown access control", origin(OriginAccessControlId="E1NONE00000000"), "InvalidOriginAccessControl 400")
        self.bad("access control and identity", origin(S3OriginConfig={"OriginAccessIdentity": "origin-access-identity/cloudfront/E1"}), "IllegalOriginAccessConfiguration 400")
        self.bad("access control of a website", origin(DomainName=f"{self.bucket}.s3-website-{REGION}.amazonaws.com"), "InvalidDomainNameForOriginAccessControl 400")
        self.bad("a wrong Quantity", lambda it: it["Origins"].update(Quantity=2), "InconsistentQuantities 400")
        self.bad("methods GET and PUT", lambda it: behavior(it)["AllowedMethods"].update(Items=["GET", "PUT"]), "InvalidArgument 400")
        self.bad("a comment of 129 letters", lambda it: it.update(Comment="c" * 129), "InvalidArgument 400")
        self.bad("an alias without a certificate", lambda it: it.update(Aliases={"Quantity": 1, "Items": ["images.example.com"]}), "InvalidViewerCertificate 400")
        made = step(call, "create", lambda: self.attempt(reference="probe-1"), check=lambda it: it["Distribution"]["Status"] == "InProgress"
                    and it["ETag"] and it["Location"].endswith(it["Distribution"]["Id"]))
        self.made = made and made["Distribution"]
        own = lambda: {"Id": need(self.made)["Id"]}
        step(call, "its caller reference again", lambda: self.attempt(lambda it: it.update(Comment="other"), "probe-1"), "DistributionAlreadyExists 409")
        got = step("cloudfront:GetDistributionConfig", "everything that was submitted", lambda: cf.get_distribution_config(**own()), check=lambda it: inside(self.config(), it["DistributionConfig"]))
        step("cloudfront:GetDistribution", "and what AWS adds", lambda: cf.get_distribution(**own())["Distribution"]["DistributionConfig"],
             check=lambda it: all(child in it for child in ADDED) and all(child in behavior(it) for child in ADDED_TO_BEHAVIOR)
             and all(child in it["Origins"]["Items"][0] for child in ADDED_TO_ORIGIN))
        step("cloudfront:GetDistribution", "missing", lambda: cf.get_distribution(Id="E000"), "NoSuchDistribution 404")
        update = lambda change, **it: cf.update_distribution(**own(), DistributionConfig={**need(got)["DistributionConfig"], **change}, **it)
        step("cloudfront:UpdateDistribution", "without If-Match", lambda: update({}), "InvalidIfMatchVersion 400")
        step("cloudfront:UpdateDistribution", "stale", lambda: update({}, IfMatch="E2QWRUHAPOMQZL"), "PreconditionFailed 412")
        step("cloudfront:UpdateDistribution", "another caller reference", lambda: update({"CallerReference": "other"}, IfMatch=need(got)["ETag"]), "IllegalUpdate 400")
        self.cloud.later(3600)
        step("cloudfront:GetDistribution", "deployed", lambda: cf.get_distribution(**own()), check=lambda it: it["Distribution"]["Status"] == "Deployed")
        step("cloudfront:UpdateDistribution", "in progress again", lambda: update({"Comment": "new"}, IfMatch=need(got)["ETag"]),
             check=lambda it: it["Distribution"]["Status"] == "InProgress" and it["ETag"] != got["ETag"])
        self.cloud.later(3600)
        arn = lambda: {"Resource": need(self.made)["ARN"]}
        step("cloudfront:TagResource", "tag", lambda: cf.tag_resource(**arn(), Tags={"Items": [{"Key": "a", "Value": "b"}]}))
        step("cloudfront:UntagResource", "untag", lambda: cf.untag_resource(**arn(), TagKeys={"Items": ["a"]}))
        step("cloudfront:ListTagsForResource", "tags", lambda: cf.list_tags_for_resource(**arn()), check=lambda it: it["Tags"]["Items"] == [{"Key": "edgegate:stack", "Value": "probe"}])
        second = self.step("cloudfront:CreateDistribution", "a second one", lambda: cf.create_distribution(DistributionConfig={**self.config(), "CallerReference": "probe-2"}))
        self.cloud.later(60)
        step("cloudfront:ListDistributions", "in pages of one", lambda: cf.list_distributions(MaxItems="1")["DistributionList"], check=lambda it: it["IsTruncated"] and it["Quantity"] == 1 and it["NextMarker"])
        if second:
            self.remove(second)
        batch = {"CallerReference": "i1", "Paths": {"Quantity": 1, "Items": ["/u/*"]}}
        invalidation = step("cloudfront:CreateInvalidation", "create", lambda: cf.create_invalidation(DistributionId=need(self.made)["Id"], InvalidationBatch=batch))
        self.cloud.later(3600)
        step("cloudfront:GetInvalidation", "completed", lambda: cf.get_invalidation(DistributionId=self.made["Id"], Id=need(invalidation)["Invalidation"]["Id"]), check=lambda it: it["Invalidation"]["Status"] == "Completed")
        step("cloudfront:ListInvalidations", "list", lambda: cf.list_invalidations(DistributionId=need(self.made)["Id"]), check=lambda it: it["InvalidationList"]["Quantity"] == 1)

    def removal(self):
        cf, fn, step = self.cloud.cf, self.cloud.fn, self.step
        own = lambda: {"Id": need(self.made)["Id"]}
        etag = lambda kind, identifier: getattr(cf, f"get_{kind}")(Id=need(identifier))["ETag"]
        delete = lambda kind, identifier: lambda: getattr(cf, f"delete_{kind}")(Id=need(identifier), IfMatch=etag(kind, identifier))
        step("cloudfront:DeleteOriginAccessControl", "in use", delete("origin_access_control", self.access_control), "OriginAccessControlInUse 409")
        step("cloudfront:DeleteCachePolicy", "in use", delete("cache_policy", self.cache_policy), "CachePolicyInUse 409")
        replicated = "InvalidParameterValueException 400"
        step("lambda:DeleteFunction", "replicated", lambda: fn.delete_function(FunctionName="probe", Qualifier="1"), replicated, "because it is a replicated function")
        got = {}
        def disable():
            got.update(cf.get_distribution_config(**own()))
            return cf.update_distribution(**own(), IfMatch=got["ETag"], DistributionConfig={**got["DistributionConfig"], "Enabled": False})
        remove = lambda version: cf.delete_distribution(**own(), IfMatch=version)
        step("cloudfront:DeleteDistribution", "enabled", lambda: remove(etag("distribution", self.made and self.made["Id"])), "DistributionNotDisabled 409", "has not been disabled")
        new = step("cloudfront:UpdateDistribution", "disable", disable)
        step("cloudfront:DeleteDistribution", "disabled, in progress", lambda: remove(need(new)["ETag"]), "DistributionNotDisabled 409")
        self.cloud.later(3600)
        step("cloudfront:DeleteDistribution", "stale", lambda: remove(got["ETag"]), "PreconditionFailed 412")
        step("cloudfront:DeleteDistribution", "delete", lambda: remove(need(new)["ETag"]))
        step("cloudfront:GetDistribution", "after it is gone", lambda: cf.get_distribution(**own()), "NoSuchDistribution 404")
        for kind, noun, identifier in [("origin_access_control", "OriginAccessControl", self.access_control),
                                       ("cache_policy", "CachePolicy", self.cache_policy), ("response_headers_policy", "ResponseHeadersPolicy", self.headers_policy)]:
            step(f"cloudfront:Delete{noun}", "stale", lambda: getattr(cf, f"delete_{kind}")(Id=need(identifier), IfMatch="E2QWRUHAPOMQZL"), "PreconditionFailed 412")
            step(f"cloudfront:Delete{noun}", "delete", delete(kind, identifier))
        step("lambda:DeleteFunction", "replicas are left", lambda: fn.delete_function(FunctionName="probe"), replicated, "because it is a replicated function")
        self.cloud.later(4 * 3600)
        step("lambda:DeleteFunction", "delete", lambda: fn.delete_function(FunctionName="probe"))
        step("lambda:DeleteFunction", "again", lambda: fn.delete_function(FunctionName="probe"), "ResourceNotFoundException 404")
        iam, s3 = self.cloud.iam, self.cloud.s3
        step("iam:DeleteRolePolicy", "delete", lambda: iam.delete_role_policy(RoleName="probe", PolicyName="logs"))
        for role in ("probe", "probe-lambda", "probe-other"):
            step("iam:DeleteRole", role, lambda: iam.delete_role(RoleName=role))
        step("iam:DeleteRole", "again", lambda: iam.delete_role(RoleName="probe"), "NoSuchEntity 404")
        step("s3:DeleteBucketTagging", "delete", lambda: s3.delete_bucket_tagging(Bucket=self.bucket))
        step("s3:DeleteBucket", "delete", lambda: s3.delete_bucket(Bucket=self.bucket))
        step("s3:DeleteBucket", "plain", lambda: s3.delete_bucket(Bucket="probe-plain"))
        step("s3:DeleteBucket", "again", lambda: s3.delete_bucket(Bucket=self.bucket), "NoSuchBucket 404")


# What strict clients read without looking whether it is there.
ADDED = ["Aliases", "DefaultRootObject", "OriginGroups", "CacheBehaviors", "CustomErrorResponses", "Logging", "PriceClass", "ViewerCertificate",
         "Restrictions", "WebACLId", "HttpVersion", "IsIPV6Enabled", "ContinuousDeploymentPolicyId", "Staging"]
ADDED_TO_BEHAVIOR = ["TrustedSigners", "TrustedKeyGroups", "SmoothStreaming", "FunctionAssociations", "FieldLevelEncryptionId", "GrpcConfig"]
ADDED_TO_ORIGIN = ["OriginPath", "CustomHeaders", "ConnectionAttempts", "ConnectionTimeout", "OriginShield"]


def camel(text):
    return "".join(part.capitalize() for part in text.split("_"))


def inside(wanted, actual):
    """Whether everything that was wanted is there, in whatever order lists of texts come."""
    if isinstance(wanted, dict):
        return all(key in actual and inside(value, actual[key]) for key, value in wanted.items())
    if isinstance(wanted, list) and all(isinstance(it, str) for it in wanted):
        return sorted(wanted) == sorted(actual)
    if isinstance(wanted, list):
        return len(wanted) == len(actual) and all(map(inside, wanted, actual))
    return wanted == actual

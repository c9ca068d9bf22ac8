"""Buckets, their documents, and the objects in them."""
import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

from cloud import REGION

from .step import Steps, camel, need


class Buckets(Steps):
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
        freed = {"Bucket": "probe-freed"}
        step("s3:CreateBucket", "to be deleted", lambda: s3.create_bucket(**freed))
        step("s3:DeleteBucket", "to make it again", lambda: s3.delete_bucket(**freed))
        step("s3:CreateBucket", "whose name is not free yet", lambda: s3.create_bucket(**freed), "OperationAborted 409")
        self.cloud.later(3600)
        step("s3:CreateBucket", "whose name is free again", lambda: s3.create_bucket(**freed))
        step("s3:DeleteBucket", "for good", lambda: s3.delete_bucket(**freed))
        if self.cloud.name == "ours":
            self.one_change_at_a_time({"Bucket": "probe-plain"})

    def one_change_at_a_time(self, name):
        """Only a cloud that can be slowed down shows it."""
        s3, cloud = self.cloud.s3, self.cloud
        cloud.page("DELETE", "calls")
        cloud.page("POST", "faults", [{"call": "PutBucketTagging", "fault": {"slow": 2000}}])
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(lambda: s3.put_bucket_tagging(**name, Tagging={"TagSet": []}))
            while "s3:PutBucketTagging" not in cloud.page("GET", "calls"):
                continue
            self.step("s3:PutBucketVersioning", "while another change is made",
                      lambda: s3.put_bucket_versioning(**name, VersioningConfiguration={"Status": "Enabled"}), "OperationAborted 409")
            self.step("s3:PutBucketTagging", "the change that was first", first.result)

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

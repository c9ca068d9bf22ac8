"""A stack that somebody made by hand, with a console and a tutorial, and edgegate takes over.

What stands here is what the console makes when it is asked for a private bucket behind CloudFront with
a function that checks tokens: AWS's own cache policy, the managed policy for logs, the bucket policy of
2008 that the console offers, and no tag anywhere but one that somebody else put there.
"""
import json

from cloud import REGION
from deployed import Deployed
from probe.functions import HANDLER, zipped
from probe.roles import TRUSTED

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
BUCKET, ROLE, FUNCTION = "images-by-hand", "images-role-x3h9", "checkToken"
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]


def statements(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]})


class ByHand(Deployed):
    def run(self):
        ids = self.make()
        names = {"bucket": BUCKET, "role": ROLE, "function": FUNCTION, **ids}
        table = "\n[adopt]\n" + "".join(f'{key} = "{value}"\n' for key, value in names.items())
        file = self.folder / "edgegate.toml"
        without = file.read_text()
        file.write_text(without + table)
        before = self.cloud.page("GET", "account")
        self.edgegate("plan", 5)
        self.edgegate("deploy --yes", 5)
        plan = json.loads(self.edgegate("plan --adopt --format json --exit-code", 3))
        self.check("nothing is changed by looking", self.cloud.page("GET", "account") == before)
        actions = {it["resource"]: it["action"] for it in plan["steps"]}
        self.check("the plan says so", actions == {**dict.fromkeys(names, "adopt"), "cache_policy": "create",
                   "response_headers_policy": "create", "bucket_policy": "update"})
        grave = [it["resource"] for it in plan["steps"] if any(f["risk"] == "high" and "made by hand" in f["sentence"] for f in it["findings"])]
        self.check("each is a risk of its own", sorted(grave) == sorted(names))

        self.edgegate(f"deploy --adopt --expect {plan['digest']}")
        again = json.loads(self.edgegate("plan --format json --exit-code"))
        self.check("nothing is left to do, and no flag needed", again["steps"] == [])
        self.check("it is the same distribution", self.cloud.cf.list_distributions()["DistributionList"]["Items"][0]["Id"] == ids["distribution"])
        tags = {it["Key"] for it in self.cloud.s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]}
        self.check("the bucket keeps its other tags", tags == {"team", "edgegate:stack"})

        file.write_text(without.replace('name = "', 'name = "other-', 1) + table)
        self.edgegate("plan --adopt", 5)
        file.write_text(without + table)
        self.edgegate("teardown --yes", 5)
        self.check("images stay", self.cloud.s3.get_object(Bucket=BUCKET, Key="old.png")["Body"].read() == b"image")
        self.edgegate(f"teardown --yes --delete-images {BUCKET}")
        self.edgegate("deploy --yes", 5)
        file.write_text(without)
        self.edgegate("plan --exit-code", 3)
        return self.rows

    def check(self, what, holds):
        self.row(what, "ok" if holds else "no")

    def make(self):
        cloud = self.cloud
        s3, iam, fn, cf = cloud.s3, cloud.iam, cloud.fn, cloud.cf
        s3.create_bucket(Bucket=BUCKET)
        s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "team", "Value": "photos"}]})
        s3.put_object(Bucket=BUCKET, Key="old.png", Body=b"image", ContentType="image/png")
        role = iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=statements(TRUSTED))["Role"]["Arn"]
        iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
        version = fn.create_function(FunctionName=FUNCTION, Role=role, Handler="index.handler", Runtime="nodejs22.x",
                                     Code={"ZipFile": zipped(HANDLER)}, Publish=True)["FunctionArn"]
        version = version if version.endswith(":1") else f"{version}:1"
        control = cf.create_origin_access_control(OriginAccessControlConfig={
            "Name": f"oac-{BUCKET}", "SigningProtocol": "sigv4", "SigningBehavior": "always", "OriginAccessControlOriginType": "s3"})
        control = control["OriginAccessControl"]["Id"]
        made = cf.create_distribution(DistributionConfig=self.distribution_config(control, version))["Distribution"]
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({
            "Version": "2008-10-17", "Id": "PolicyForCloudFrontPrivateContent", "Statement": [{
                "Sid": "AllowCloudFrontServicePrincipal", "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{BUCKET}/*",
                "Condition": {"StringEquals": {"AWS:SourceArn": made["ARN"]}}}]}))
        return {"origin_access_control": control, "distribution": made["Id"]}

    def distribution_config(self, control, version):
        host = f"{BUCKET}.s3.{REGION}.amazonaws.com"
        return {
            "CallerReference": "by hand", "Comment": "", "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [{"Id": host, "DomainName": host, "OriginAccessControlId": control,
                                                  "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
            "DefaultCacheBehavior": {
                "TargetOriginId": host, "ViewerProtocolPolicy": "redirect-to-https", "CachePolicyId": CACHING_OPTIMIZED, "Compress": True,
                "AllowedMethods": {"Quantity": 7, "Items": METHODS, "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}},
                "LambdaFunctionAssociations": {"Quantity": 1, "Items": [
                    {"LambdaFunctionARN": version, "EventType": "viewer-request", "IncludeBody": False}]}},
        }

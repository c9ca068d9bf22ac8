"""Which functions the edge takes."""
from botocore.exceptions import ClientError

from cloud import REGION

from .step import Steps


class Associations(Steps):
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

"""Distributions, and the invalidations of one."""
from cloud import REGION

from .step import Steps, inside, need


# What strict clients read without looking whether it is there.
ADDED = ["Aliases", "DefaultRootObject", "OriginGroups", "CacheBehaviors", "CustomErrorResponses", "Logging", "PriceClass", "ViewerCertificate",
         "Restrictions", "WebACLId", "HttpVersion", "IsIPV6Enabled", "ContinuousDeploymentPolicyId", "Staging"]
ADDED_TO_BEHAVIOR = ["TrustedSigners", "TrustedKeyGroups", "SmoothStreaming", "FunctionAssociations", "FieldLevelEncryptionId", "GrpcConfig"]
ADDED_TO_ORIGIN = ["OriginPath", "CustomHeaders", "ConnectionAttempts", "ConnectionTimeout", "OriginShield"]


class Distributions(Steps):
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

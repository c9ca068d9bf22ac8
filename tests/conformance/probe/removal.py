"""The end of everything, in the one order in which AWS allows it."""
from .step import Steps, need


class Removal(Steps):
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

"""What a distribution refers to: access control, cache policy, response headers policy."""
from contextlib import suppress

from botocore.exceptions import ClientError

from .step import Steps, camel, need


class Policies(Steps):
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
        self.quota(cache)
        managed = "658327ea-f89d-4fab-a63d-7e88639e58f6"
        step("cloudfront:GetCachePolicy", "AWS's own", lambda: cf.get_cache_policy(Id=managed), check=lambda it: it["CachePolicy"]["CachePolicyConfig"]["Name"] == "Managed-CachingOptimized")
        step("cloudfront:DeleteCachePolicy", "AWS's own", lambda: cf.delete_cache_policy(Id=managed, IfMatch=cf.get_cache_policy(Id=managed)["ETag"]), "IllegalDelete 400")
        step("cloudfront:ListCachePolicies", "custom ones", lambda: cf.list_cache_policies(Type="custom"), check=lambda it: [i["Type"] for i in it["CachePolicyList"]["Items"]] == ["custom"])
        self.headers_policy = self.resource("response_headers_policy", "ResponseHeadersPolicy", {"Name": "probe", "Comment": "d",
            "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}}}, "Comment")

    def quota(self, config):
        cf, made = self.cloud.cf, []
        one = lambda number: cf.create_cache_policy(CachePolicyConfig={**config, "Name": f"probe-many-{number}"})
        # A peer that has no cache policies at all says so in the step.
        with suppress(ClientError):
            made += [one(number)["CachePolicy"]["Id"] for number in range(19)]
        self.step("cloudfront:CreateCachePolicy", "the twenty-first", lambda: one(20), "TooManyCachePolicies 400")
        for it in made:
            cf.delete_cache_policy(Id=it, IfMatch=cf.get_cache_policy(Id=it)["ETag"])

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

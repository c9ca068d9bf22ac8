"""The deployer against a cloud: plan, deploy, read back by boto3, plan again, teardown.

Every value of the first plan is looked up in what boto3 reads, resource by resource, so that what was
reviewed is what is there.
"""
import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import urllib.request
import zipfile

from jsonschema import Draft202012Validator

from cloud import REGION
from probe.step import Row


class Deployed:
    def __init__(self, cloud, xtask, workspace, folder):
        self.cloud, self.xtask, self.folder, self.rows = cloud, xtask, folder, []
        self.schema = Draft202012Validator(json.loads((workspace / "docs/plan.schema.json").read_text()))
        for name in ("edgegate.toml", "keys.json"):
            shutil.copy(workspace / name, folder / name)

    def edgegate(self, line, status=0):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {"AWS_ENDPOINT_URL": self.cloud.url, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                        "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1", "AWS_CONFIG_FILE": str(self.folder / "none"),
                        "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "none")}
        done = subprocess.run([self.xtask, *line.split()], cwd=self.folder, env=environment, capture_output=True, text=True)
        good = done.returncode == status
        self.row(f"edgegate {line}", "ok" if good else f"exit {done.returncode}: {done.stderr.strip()[-600:]}")
        return done.stdout

    def row(self, what, outcome):
        self.rows.append(Row("edgegate", what, "ok", outcome))

    def run(self):
        plan = self.plan()
        self.edgegate("deploy --yes")
        for step in plan["steps"]:
            self.compare(step)
        again = self.plan(" --exit-code")
        self.row("nothing is left to do", "ok" if again["steps"] == [] else f"{again['steps']}")
        if self.cloud.name == "instant":
            self.by_hand()
        self.edgegate("teardown --yes")
        gone = self.plan(" --exit-code", 3)
        self.row("everything is to be made again", "ok" if gone["steps"] == plan["steps"] else "another plan")
        return self.rows

    def plan(self, more="", status=0):
        """A plan, which docs/plan.schema.json has to describe."""
        plan = json.loads(self.edgegate(f"plan --format json{more}", status))
        wrong = [f"{it.json_path}: {it.message[:200]}" for it in self.schema.iter_errors(plan)]
        self.row("plan is as its schema says", "; ".join(wrong) or "ok")
        return plan

    def by_hand(self):
        """A plan with drift, findings and lints in it; and what is no plan, so that the schema says no."""
        name = {"Bucket": self.outputs["bucket.name"]}
        self.cloud.s3.put_bucket_versioning(**name, VersioningConfiguration={"Status": "Suspended"})
        self.cloud.s3.put_bucket_logging(**name, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "audit", "TargetPrefix": "images/"}})
        plan = self.plan()
        why = [change["why"] for step in plan["steps"] for change in step["changes"]]
        self.row("a change by hand has drifted", "ok" if why == [["drifted"]] else f"{why}")
        kept = plan["observed"]["bucket"].get("beside")
        self.row("the log is named", "ok" if kept == {"access log": "audit/images/"} else f"{kept}")
        for part, value in {"schema": "edgegate.plan/1", "digest": "sha256:0", "account": "me", "steps": [{}]}.items():
            self.row(f"no plan: {part}", "taken" if self.schema.is_valid({**plan, part: value}) else "ok")

    def compare(self, step):
        resource = step["resource"]
        try:
            there = getattr(self, resource)()
        except Exception as error:
            self.row(f"read back {resource}", f"{type(error).__name__}: {error}")
            return
        for change in step["changes"]:
            path, planned = change["path"], self.resolved(change["after"])
            found = there
            for part in path.strip("/").split("/"):
                found = found.get(part) if isinstance(found, dict) else None
            same = ordered(found) == ordered(planned)
            self.row(f"read back {resource}{path}", "ok" if same else f"planned {planned!r}, found {found!r}")

    def resolved(self, value):
        """A planned value with the references in it taken from what boto3 read."""
        text = json.dumps(value)
        for name, known in self.outputs.items():
            text = text.replace("${" + name + "}", known)
        return json.loads(text)

    outputs = {}

    def bucket(self):
        s3 = self.cloud.s3
        bucket = next(it["Name"] for it in s3.list_buckets()["Buckets"] if "edgegate" in it["Name"])
        self.outputs |= {"bucket.name": bucket, "bucket.domain": f"{bucket}.s3.{REGION}.amazonaws.com"}
        name = {"Bucket": bucket}
        rule = s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"][0]
        block = s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"]
        snake = {"BlockPublicAcls": "block_public_acls", "BlockPublicPolicy": "block_public_policy",
                 "IgnorePublicAcls": "ignore_public_acls", "RestrictPublicBuckets": "restrict_public_buckets"}
        return {
            "name": bucket, "region": s3.head_bucket(**name)["BucketRegion"],
            "encryption": {"algorithm": rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"],
                           "blocked": rule.get("BlockedEncryptionTypes", {}).get("EncryptionType")},
            "lifecycle": [lifecycle(it) for it in s3.get_bucket_lifecycle_configuration(**name)["Rules"]],
            "ownership": s3.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"][0]["ObjectOwnership"],
            "public_access_block": {snake[key]: value for key, value in block.items()},
            "versioning": s3.get_bucket_versioning(**name)["Status"],
        }

    def bucket_policy(self):
        bucket = self.outputs["bucket.name"]
        return {"bucket": bucket, "policy": json.loads(self.cloud.s3.get_bucket_policy(Bucket=bucket)["Policy"])}

    def role(self):
        iam = self.cloud.iam
        name = self.cloud.fn.list_functions()["Functions"][0]["Role"].rsplit("/", 1)[1]
        role = iam.get_role(RoleName=name)["Role"]
        self.outputs["role.arn"] = role["Arn"]
        inline = {it: iam.get_role_policy(RoleName=name, PolicyName=it)["PolicyDocument"] for it in iam.list_role_policies(RoleName=name)["PolicyNames"]}
        return {"name": name, "trust": role["AssumeRolePolicyDocument"], "inline_policies": inline}

    def function(self):
        fn = self.cloud.fn
        name = fn.list_functions()["Functions"][0]["FunctionName"]
        versions = fn.list_versions_by_function(FunctionName=name)["Versions"]
        last = versions[-1]
        self.outputs["function.version_arn"] = last["FunctionArn"]
        return {"name": name, "architecture": last["Architectures"][0], "code_sha256": last["CodeSha256"], "description": last["Description"],
                "handler": last["Handler"], "memory_mb": last["MemorySize"], "role": last["Role"], "runtime": last["Runtime"],
                "timeout_seconds": last["Timeout"], "published": last["Version"] != "$LATEST",
                "contents": contents(fn.get_function(FunctionName=last["FunctionArn"])["Code"]["Location"])}

    def origin_access_control(self):
        it = self.cloud.cf.list_origin_access_controls()["OriginAccessControlList"]["Items"][0]
        self.outputs["origin_access_control.id"] = it["Id"]
        return {"name": it["Name"], "description": it["Description"], "origin_type": it["OriginAccessControlOriginType"],
                "signing_behavior": it["SigningBehavior"], "signing_protocol": it["SigningProtocol"]}

    def cache_policy(self):
        it = self.cloud.cf.list_cache_policies(Type="custom")["CachePolicyList"]["Items"][0]["CachePolicy"]
        self.outputs["cache_policy.id"] = it["Id"]
        config, key = it["CachePolicyConfig"], it["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
        return {"name": config["Name"], "comment": config["Comment"], "min_ttl": config["MinTTL"], "default_ttl": config["DefaultTTL"],
                "max_ttl": config["MaxTTL"], "gzip": key["EnableAcceptEncodingGzip"], "brotli": key["EnableAcceptEncodingBrotli"],
                "headers": {"behavior": key["HeadersConfig"]["HeaderBehavior"]}, "cookies": {"behavior": key["CookiesConfig"]["CookieBehavior"]},
                "query_strings": {"behavior": key["QueryStringsConfig"]["QueryStringBehavior"]}}

    def response_headers_policy(self):
        it = self.cloud.cf.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"]["Items"][0]["ResponseHeadersPolicy"]
        self.outputs["response_headers_policy.id"] = it["Id"]
        config = it["ResponseHeadersPolicyConfig"]
        cors, secure = config["CorsConfig"], config["SecurityHeadersConfig"]
        headers = {it["Header"]: (it["Value"], it["Override"]) for it in config["CustomHeadersConfig"]["Items"]}
        if "ContentTypeOptions" in secure:
            headers["X-Content-Type-Options"] = ("nosniff", secure["ContentTypeOptions"]["Override"])
        if "ContentSecurityPolicy" in secure:
            policy = secure["ContentSecurityPolicy"]
            headers["Content-Security-Policy"] = (policy["ContentSecurityPolicy"], policy["Override"])
        transport = secure["StrictTransportSecurity"]
        return {
            "name": config["Name"], "comment": config["Comment"],
            "cors": {"credentials": cors["AccessControlAllowCredentials"], "expose": cors["AccessControlExposeHeaders"]["Items"],
                     "headers": cors["AccessControlAllowHeaders"]["Items"], "methods": cors["AccessControlAllowMethods"]["Items"],
                     "origins": cors["AccessControlAllowOrigins"]["Items"], "overrides_origin": cors["OriginOverride"],
                     "max_age_seconds": cors.get("AccessControlMaxAgeSec")},
            "headers": {name: {"value": value, "overrides_origin": override} for name, (value, override) in headers.items()},
            "strict_transport_security": {"include_subdomains": transport["IncludeSubdomains"], "preload": transport["Preload"],
                     "max_age_seconds": transport["AccessControlMaxAgeSec"], "overrides_origin": transport["Override"]},
        }

    def distribution(self):
        cf = self.cloud.cf
        it = cf.list_distributions()["DistributionList"]["Items"][0]
        config = cf.get_distribution_config(Id=it["Id"])["DistributionConfig"]
        self.outputs["distribution.arn"] = it["ARN"]
        behavior = config["DefaultCacheBehavior"]
        functions = [{"event": f["EventType"], "include_body": f["IncludeBody"], "version_arn": f["LambdaFunctionARN"]}
                     for f in behavior["LambdaFunctionAssociations"]["Items"]]
        return {
            "comment": config["Comment"], "enabled": config["Enabled"], "http_version": config["HttpVersion"].lower(), "ipv6": config["IsIPV6Enabled"],
            "price_class": config["PriceClass"],
            "errors": [{"code": e["ErrorCode"], "cached_seconds": e["ErrorCachingMinTTL"]} for e in config["CustomErrorResponses"]["Items"]],
            "origins": [{"id": o["Id"], "domain": o["DomainName"], "access_control": o["OriginAccessControlId"]} for o in config["Origins"]["Items"]],
            "behavior": {"cache_policy": behavior["CachePolicyId"], "response_headers_policy": behavior["ResponseHeadersPolicyId"],
                         "cached_methods": behavior["AllowedMethods"]["CachedMethods"]["Items"], "methods": behavior["AllowedMethods"]["Items"],
                         "compress": behavior["Compress"], "origin": behavior["TargetOriginId"],
                         "viewer_protocol": behavior["ViewerProtocolPolicy"], "functions": functions},
        }


def lifecycle(rule):
    out = {"id": rule["ID"], "status": rule["Status"], "prefix": rule.get("Filter", {}).get("Prefix", rule.get("Prefix", ""))}
    if "NoncurrentVersionExpiration" in rule:
        out["delete_old_versions_after_days"] = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
    if "AbortIncompleteMultipartUpload" in rule:
        out["abort_uploads_after_days"] = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
    return out


def ordered(value):
    """Lists in one order: none of those in a plan means anything by its order."""
    if isinstance(value, dict):
        return {key: ordered(it) for key, it in value.items()}
    if isinstance(value, list):
        return sorted((ordered(it) for it in value), key=lambda it: json.dumps(it, sort_keys=True))
    return value


def contents(url):
    """What a reviewer is shown of the code, made from the zip that GetFunction's address gives."""
    with urllib.request.urlopen(url) as answer, zipfile.ZipFile(io.BytesIO(answer.read())) as code:
        files = {it: code.read(it) for it in code.namelist()}
    keys, policy = json.loads(files.pop("keys.json"))["keys"], json.loads(files.pop("rules.json"))
    del files["rules.bin"], files["answers.json"]  # what follows from the rules is not shown
    rules = [f"{','.join(it['methods'])} {it['path']}" for it in policy.pop("rules")]
    return {"keys": {it["kid"]: described(it) for it in keys}, "rules": rules, "policy": policy,
            "files": {name: hashlib.sha256(it).hexdigest()[:16] for name, it in files.items()}}


def described(key):
    """A key by its thumbprint (RFC 7638)."""
    members = json.dumps({name: key[name] for name in ("e", "kty", "n")}, separators=(",", ":"), sort_keys=True)
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()
    bits = int.from_bytes(base64.urlsafe_b64decode(key["n"] + "=="), "big").bit_length()
    return f"{key['alg']} {bits} bits, thumbprint {thumbprint}"

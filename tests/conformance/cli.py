"""The same life of a stack, typed into the aws CLI: its own driver, in this process."""
import base64
import contextlib
import hashlib
import io
import json
import os
import shlex

from probe.functions import HANDLER, zipped
from probe.roles import TRUSTED
from probe.step import Row, inside
from cloud import REGION


class Cli:
    def __init__(self, cloud, folder):
        self.cloud, self.folder, self.rows, self.values = cloud, folder, [], {}
        os.environ.update({
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": cloud.url, "AWS_PAGER": "", "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"), "AWS_EC2_METADATA_DISABLED": "true",
        })

    def aws(self, line, check=None):
        """One command; its answer as JSON, or as text where it is none."""
        from awscli.clidriver import create_clidriver
        driver = create_clidriver()
        operation = []

        def received(response_dict, parsed_response, event_name, **_):
            _, service, name = event_name.split(".")
            operation.append(f"{service}:{name}")
            self.cloud.watch.look(driver.session.get_service_model(service), name, response_dict, parsed_response)

        driver.session.register("response-received", received)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = driver.main(shlex.split(line.format(**self.values)))
        outcome = "ok" if status == 0 else f"exit {status}: {err.getvalue().strip()}"
        text, answer = out.getvalue(), None
        with contextlib.suppress(ValueError):
            answer = json.loads(text) if text.strip() else None
        if status == 0 and check and not holds(check, answer if answer is not None else text):
            outcome = f"another answer: {text.strip()}"
        what = " ".join(line.split()[:2])
        for name in dict.fromkeys(operation or [what]):
            self.rows.append(Row(name, what, "ok", outcome))
        return answer or {}

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        self.values[name.split(".")[0]] = str(path)

    def run(self):
        self.values |= {"bucket": f"cli-{self.cloud.account}-{REGION}-an", "account": self.cloud.account}
        self.aws("sts get-caller-identity", lambda it: it["Account"] == self.cloud.account)
        self.bucket()
        self.role()
        self.function()
        self.edge()
        self.removal()
        return self.rows

    def bucket(self):
        aws, name = self.aws, "--bucket {bucket}"
        aws(f"s3api create-bucket {name} --bucket-namespace account-regional")
        aws("s3api list-buckets", lambda it: self.values["bucket"] in [b["Name"] for b in it["Buckets"]])
        aws(f"s3api head-bucket {name}")
        aws(f"s3api get-bucket-location {name}", lambda it: it["LocationConstraint"] is None)
        self.file("encryption.json", {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                  "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}]})
        aws(f"s3api put-bucket-encryption {name} --server-side-encryption-configuration file://{{encryption}}")
        aws(f"s3api get-bucket-encryption {name}", lambda it: len(it["ServerSideEncryptionConfiguration"]["Rules"]) == 1)
        block = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
        aws(f"s3api put-public-access-block {name} --public-access-block-configuration {block}")
        aws(f"s3api get-public-access-block {name}", lambda it: all(it["PublicAccessBlockConfiguration"].values()))
        aws(f"s3api put-bucket-ownership-controls {name} --ownership-controls 'Rules=[{{{{ObjectOwnership=BucketOwnerEnforced}}}}]'")
        aws(f"s3api get-bucket-ownership-controls {name}")
        aws(f"s3api put-bucket-versioning {name} --versioning-configuration Status=Enabled")
        aws(f"s3api get-bucket-versioning {name}", lambda it: it["Status"] == "Enabled")
        self.file("lifecycle.json", {"Rules": [{"ID": "abort", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]})
        aws(f"s3api put-bucket-lifecycle-configuration {name} --lifecycle-configuration file://{{lifecycle}}")
        aws(f"s3api get-bucket-lifecycle-configuration {name}", lambda it: it["Rules"][0]["ID"] == "abort")
        aws(f"s3api put-bucket-tagging {name} --tagging 'TagSet=[{{{{Key=edgegate:stack,Value=cli}}}}]'")
        aws(f"s3api get-bucket-tagging {name}", lambda it: it["TagSet"] == [{"Key": "edgegate:stack", "Value": "cli"}])
        self.file("policy.json", {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
                  "Resource": f"arn:aws:s3:::{self.values['bucket']}/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})
        aws(f"s3api put-bucket-policy {name} --policy file://{{policy}}")
        aws(f"s3api get-bucket-policy {name}", lambda it: "SecureTransport" in it["Policy"])
        aws(f"s3api get-bucket-policy-status {name}", lambda it: it["PolicyStatus"]["IsPublic"] is False)
        self.file("image.png", b"image" * 1000)
        aws("s3 cp {image} s3://{bucket}/u/image.png --content-type image/png")
        aws("s3 ls s3://{bucket}/u/", lambda it: "image.png" in it)
        aws(f"s3api head-object {name} --key u/image.png", lambda it: it["ContentType"] == "image/png")
        aws(f"s3api get-object {name} --key u/image.png {{image}}.got", lambda it: it["ContentLength"] == 5000)

    def role(self):
        aws, name = self.aws, "--role-name cli"
        self.file("trust.json", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": TRUSTED}}]})
        made = aws(f"iam create-role {name} --assume-role-policy-document file://{{trust}} --tags Key=edgegate:stack,Value=cli")
        self.values["role"] = made["Role"]["Arn"]
        aws(f"iam get-role {name}", lambda it: it["Role"]["Tags"] == [{"Key": "edgegate:stack", "Value": "cli"}])
        self.file("logs.json", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}]})
        aws(f"iam put-role-policy {name} --policy-name logs --policy-document file://{{logs}}")
        aws(f"iam get-role-policy {name} --policy-name logs", lambda it: it["PolicyDocument"]["Statement"][0]["Resource"] == "*")
        aws(f"iam list-role-policies {name}", lambda it: it["PolicyNames"] == ["logs"])
        aws(f"iam attach-role-policy {name} --policy-arn arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess")
        aws(f"iam list-attached-role-policies {name}", lambda it: len(it["AttachedPolicies"]) == 1)
        aws(f"iam detach-role-policy {name} --policy-arn arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess")
        aws(f"iam tag-role {name} --tags Key=a,Value=b")
        aws(f"iam untag-role {name} --tag-keys a")
        aws(f"iam list-role-tags {name}", lambda it: len(it["Tags"]) == 1)
        aws(f"iam update-assume-role-policy {name} --policy-document file://{{trust}}")
        aws(f"iam update-role {name} --description d")
        self.cloud.later(60)

    def function(self):
        aws, name = self.aws, "--function-name cli"
        code = zipped(HANDLER)
        self.values["sha"] = base64.b64encode(hashlib.sha256(code).digest()).decode()
        self.file("code.zip", code)
        made = aws(f"lambda create-function {name} --runtime nodejs24.x --role {{role}} --handler index.handler --timeout 5"
                   " --memory-size 128 --zip-file fileb://{code} --tags edgegate:stack=cli", lambda it: it["State"] == "Pending")
        self.values["function"] = made["FunctionArn"]
        self.cloud.later(60)
        aws(f"lambda wait function-active-v2 {name}")
        aws(f"lambda get-function {name}", lambda it: it["Tags"] == {"edgegate:stack": "cli"})
        aws("lambda list-functions", lambda it: len(it["Functions"]) == 1)
        aws(f"lambda update-function-configuration {name} --description d", lambda it: it["LastUpdateStatus"] == "InProgress")
        self.cloud.later(60)
        aws(f"lambda wait function-updated-v2 {name}")
        aws(f"lambda update-function-code {name} --zip-file fileb://{{code}}")
        self.cloud.later(60)
        aws(f"lambda publish-version {name} --code-sha256 {{sha}}", lambda it: it["Version"] == "1")
        self.cloud.later(60)
        aws(f"lambda wait published-version-active {name} --qualifier 1")
        aws(f"lambda list-versions-by-function {name}", lambda it: [v["Version"] for v in it["Versions"]] == ["$LATEST", "1"])
        aws("lambda tag-resource --resource {function} --tags a=b")
        aws("lambda untag-resource --resource {function} --tag-keys a")
        aws("lambda list-tags --resource {function}", lambda it: it["Tags"] == {"edgegate:stack": "cli"})
        aws(f"lambda add-permission {name} --statement-id s --action lambda:InvokeFunction --principal edgelambda.amazonaws.com")
        aws(f"lambda get-policy {name}", lambda it: "edgelambda" in it["Policy"])
        aws(f"lambda remove-permission {name} --statement-id s")
        aws(f"lambda create-function-url-config {name} --auth-type AWS_IAM")
        aws(f"lambda get-function-url-config {name}", lambda it: it["AuthType"] == "AWS_IAM")
        aws(f"lambda delete-function-url-config {name}")

    def edge(self):
        aws = self.aws
        control = "Name=cli,Description=d,SigningProtocol=sigv4,SigningBehavior=always,OriginAccessControlOriginType=s3"
        self.resource("origin-access-control", "OriginAccessControl", control)
        self.file("cache.json", {"Name": "cli", "Comment": "d", "MinTTL": 0, "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": False, "HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": "none"}}})
        self.resource("cache-policy", "CachePolicy", "file://{cache}")
        self.file("headers.json", {"Name": "cli", "Comment": "d", "SecurityHeadersConfig": {"ContentTypeOptions": {"Override": True}}})
        self.resource("response-headers-policy", "ResponseHeadersPolicy", "file://{headers}")
        config = {"CallerReference": "cli-1", "Comment": "cli", "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [{"Id": "bucket", "DomainName": f"{self.values['bucket']}.s3.{REGION}.amazonaws.com",
                "OriginAccessControlId": self.values["origin-access-control"], "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
            "DefaultCacheBehavior": {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "https-only", "CachePolicyId": self.values["cache-policy"],
                "ResponseHeadersPolicyId": self.values["response-headers-policy"], "LambdaFunctionAssociations": {"Quantity": 1, "Items": [
                    {"LambdaFunctionARN": f"{self.values['function']}:1", "EventType": "viewer-request"}]}}}
        self.file("config.json", {"DistributionConfig": config, "Tags": {"Items": [{"Key": "edgegate:stack", "Value": "cli"}]}})
        made = aws("cloudfront create-distribution-with-tags --distribution-config-with-tags file://{config}", lambda it: it["Distribution"]["Status"] == "InProgress")
        self.values |= {"id": made["Distribution"]["Id"], "arn": made["Distribution"]["ARN"]}
        self.cloud.later(3600)
        aws("cloudfront wait distribution-deployed --id {id}")
        aws("cloudfront get-distribution-config --id {id}", lambda it: inside(config, it["DistributionConfig"]))
        aws("cloudfront list-distributions", lambda it: it["DistributionList"]["Items"][0]["Comment"] == "cli")
        aws("cloudfront tag-resource --resource {arn} --tags 'Items=[{{Key=a,Value=b}}]'")
        aws("cloudfront untag-resource --resource {arn} --tag-keys Items=a")
        aws("cloudfront list-tags-for-resource --resource {arn}", lambda it: len(it["Tags"]["Items"]) == 1)
        made = aws("cloudfront create-invalidation --distribution-id {id} --paths '/*'")
        self.values["invalidation"] = made["Invalidation"]["Id"]
        self.cloud.later(3600)
        aws("cloudfront wait invalidation-completed --distribution-id {id} --id {invalidation}")
        aws("cloudfront list-invalidations --distribution-id {id}", lambda it: it["InvalidationList"]["Items"][0]["Status"] == "Completed")
        second = aws("cloudfront create-distribution --origin-domain-name {bucket}.s3.us-east-1.amazonaws.com")
        self.values["second"] = second["Distribution"]["Id"]
        self.delete_distribution("second")

    def resource(self, kind, noun, config):
        plural = kind.replace("policy", "policies") if kind.endswith("policy") else f"{kind}s"
        made = self.aws(f"cloudfront create-{kind} --{kind}-config {config}")
        self.values |= {kind: made[noun]["Id"], "etag": made["ETag"], "one": made[noun]["Id"]}
        self.aws(f"cloudfront update-{kind} --id {{one}} --if-match {{etag}} --{kind}-config {config}", lambda it: it["ETag"] != made["ETag"])
        self.aws(f"cloudfront get-{kind} --id {{one}}", lambda it: it[noun]["Id"] == made[noun]["Id"])
        self.aws(f"cloudfront get-{kind}-config --id {{one}}", lambda it: it[f"{noun}Config"]["Name"] == "cli")
        self.aws(f"cloudfront list-{plural}", lambda it: len(it[f"{noun}List"]["Items"]) >= 1)

    def delete_distribution(self, name):
        got = self.aws(f"cloudfront get-distribution-config --id {{{name}}}")
        self.file("disabled.json", {**got["DistributionConfig"], "Enabled": False})
        self.values["etag"] = got["ETag"]
        new = self.aws(f"cloudfront update-distribution --id {{{name}}} --if-match {{etag}} --distribution-config file://{{disabled}}")
        self.cloud.later(3600)
        self.values["etag"] = new["ETag"]
        self.aws(f"cloudfront delete-distribution --id {{{name}}} --if-match {{etag}}")

    def removal(self):
        aws = self.aws
        self.delete_distribution("id")
        for kind in ("origin-access-control", "cache-policy", "response-headers-policy"):
            self.values["one"] = self.values[kind]
            self.values["etag"] = aws(f"cloudfront get-{kind} --id {{one}}")["ETag"]
            aws(f"cloudfront delete-{kind} --id {{one}} --if-match {{etag}}")
        self.cloud.later(4 * 3600)
        aws("lambda delete-function --function-name cli")
        aws("iam delete-role-policy --role-name cli --policy-name logs")
        aws("iam delete-role --role-name cli")
        aws("s3api delete-bucket-policy --bucket {bucket}")
        found = aws("s3api list-object-versions --bucket {bucket}")
        self.file("doomed.json", {"Objects": [{"Key": it["Key"], "VersionId": it["VersionId"]} for it in found["Versions"]]})
        aws("s3api delete-objects --bucket {bucket} --delete file://{doomed}")
        aws("s3api delete-bucket --bucket {bucket}")


def holds(check, answer):
    try:
        return check(answer)
    except (KeyError, TypeError, IndexError):
        return False

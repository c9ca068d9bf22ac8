"""Functions and their versions."""
import base64
import io
import json
import zipfile

from botocore.exceptions import ClientError

from .step import Steps, need


HANDLER = "export const handler = async event => event.Records[0].cf.request\n"


def zipped(source):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as it:
        it.writestr(zipfile.ZipInfo("index.mjs", (1980, 1, 1, 0, 0, 0)), source)
    return out.getvalue()


class Functions(Steps):
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

"""The role of the function."""
import json

from .step import Steps


TRUSTED = ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]


class Roles(Steps):
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

"""The same calls to any cloud: everything a deployer of this stack can meet, and what AWS answers.

Each step has the outcome that AWS documents: `ok`, or the code and the status of a refusal. A step
goes on after whatever happened before, so that a peer that lacks something is still asked the rest.
The texts are looked at where tools recognise an error by its text.
"""
import base64
import hashlib

from cloud import REGION

from .associations import Associations
from .buckets import Buckets
from .distributions import Distributions
from .functions import HANDLER, Functions, zipped
from .policies import Policies
from .removal import Removal
from .roles import Roles


class Probe(Buckets, Roles, Functions, Policies, Associations, Distributions, Removal):
    def __init__(self, cloud):
        super().__init__(cloud)
        self.bucket = f"probe-{cloud.account}-{REGION}-an"
        self.code = zipped(HANDLER)
        self.sha = base64.b64encode(hashlib.sha256(self.code).digest()).decode()
        self.role = f"arn:aws:iam::{cloud.account}:role/probe"

    def run(self):
        self.signatures()
        self.buckets()
        self.bucket_documents()
        self.roles()
        self.functions()
        self.edge_resources()
        self.associations()
        self.distribution()
        self.removal()
        return self.rows

    def signatures(self):
        def wrong(service, key="test", secret="wrong"):
            return self.cloud.client(service, aws_access_key_id=key, aws_secret_access_key=secret)
        step = self.step
        step("sts:GetCallerIdentity", "identity", self.cloud.sts.get_caller_identity)
        step("sts:GetCallerIdentity", "unknown access key", lambda: wrong("sts", "nobody").get_caller_identity(), "InvalidClientTokenId 403")
        step("sts:GetCallerIdentity", "wrong secret", lambda: wrong("sts").get_caller_identity(), "SignatureDoesNotMatch 403")
        step("s3:ListBuckets", "wrong secret", lambda: wrong("s3").list_buckets(), "SignatureDoesNotMatch 403")
        step("iam:GetRole", "wrong secret", lambda: wrong("iam").get_role(RoleName="a"), "SignatureDoesNotMatch 403")
        step("lambda:ListFunctions", "wrong secret", lambda: wrong("lambda").list_functions(), "InvalidSignatureException 403")
        step("cloudfront:ListDistributions", "wrong secret", lambda: wrong("cloudfront").list_distributions(), "SignatureDoesNotMatch 403")

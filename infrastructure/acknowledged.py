"""What AWS's own rules for well-built stacks (AwsSolutions of cdk-nag) find here, and why it is as it is."""

import re
from collections.abc import Mapping

PACK = "AwsSolutions"

RULES: Mapping[str, str] = {
    "APIG4": "The page itself is empty until somebody has signed in; all that it asks for wants a token.",
    "COG1": "A password is long instead of mixed, and a second factor goes with it (NIST SP 800-63B, 5.1.1.2).",
    "COG8": "The plan with threat protection is paid by the user; nobody signs up, and a second factor is required.",
    "L1": "Bytecode and layers are built for this version of Python, and a new one is taken with its compiler.",
    "S1": "Functions alone use the bucket; CloudTrail's data events tell of others, where an account wants that.",
    "SF1": "Step Functions keeps the history for 90 days; the log has errors, and what was processed is in neither.",
    "SQS3": "It is the queue for what could not be delivered; an alarm watches it.",
}
"""Reasons by rule, for the whole stack."""

WILDCARDS: Mapping[str, str] = {
    r"\*": "The service knows no resource for these actions; a test lists each of them.",
    r"<StorageBucket\w+\.Arn>/(answers|history|map-runs|profiles|published|runs|workloads)/.*": (
        "Files of runs and workloads that come after the deployment, under a prefix of the stack's own bucket."
    ),
    r"arn:<AWS::Partition>:s3:::[a-z0-9.-]+/\*": "The buckets of attachments that the settings name, to be read.",
    r"arn:<AWS::Partition>:bedrock:[a-z0-9*-]+:(<AWS::AccountId>)?:(foundation-model|inference-profile|"
    r"application-inference-profile|guardrail)/\*": (
        "Workloads name models and guardrails after the deployment; the settings bound their regions."
    ),
    r"arn:<AWS::Partition>:bedrock:<AWS::Region>:<AWS::AccountId>:(advanced-prompt-optimization-job|"
    r"model-invocation-job)/\*": "Jobs that come after the deployment; Bedrock names them.",
    r"arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:brainswap/\*": (
        "Keys that workloads name, under the one prefix that is for them."
    ),
    r"arn:<AWS::Partition>:appconfig:<AWS::Region>:<AWS::AccountId>:application/<RoutesApplication\w+>/.*": (
        "Routes of applications that come after the deployment, of the stack's own AppConfig application."
    ),
    r"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:.*": (
        "The machine's own executions, whose names come with them."
    ),
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+:\*": (
        "Every version of a function that the settings name with a star in the place of its version."
    ),
}
"""Reasons for resources with a star in them, by a pattern of how the rule IAM5 writes them."""


def reason_for(finding: str) -> str | None:
    """Why a finding is as it is: such as ``AwsSolutions-IAM5[Resource::*]``; None where nobody has said."""
    rule, _, rest = finding.removeprefix(f"{PACK}-").partition("[")
    if rule in RULES:
        return RULES[rule]
    resource = rest.removesuffix("]").removeprefix("Resource::")
    if rule != "IAM5" or rest.startswith("Action::"):
        return None
    return next((reason for pattern, reason in WILDCARDS.items() if re.fullmatch(pattern, resource)), None)

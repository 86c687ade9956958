"""The bucket and the tables, and what stays of them when the stack goes."""

import json
from collections.abc import Mapping

import pytest

from tests.infrastructure.parametrised import MACHINES
from tests.infrastructure.templates import Synthesise, Template, of_type, permissions, text_of

BUCKET = "AWS::S3::Bucket"
TABLE = "AWS::DynamoDB::Table"
FUNCTION = "AWS::Lambda::Function"
LOG_GROUP = "AWS::Logs::LogGroup"
MACHINE = "AWS::StepFunctions::StateMachine"
ROLE = "AWS::IAM::Role"


def test_the_bucket_is_encrypted_versioned_and_closed(template: Template) -> None:
    bucket = of_type(template, BUCKET)["StorageBucket"]

    encryption = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert [rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in encryption] == ["AES256"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_a_bucket_has_no_object_lock_unless_asked(template: Template) -> None:
    assert "ObjectLockEnabled" not in of_type(template, BUCKET)["StorageBucket"]


def test_with_a_number_of_days_reports_are_locked_and_only_report_may_do_it(with_options: Template) -> None:
    template = with_options

    bucket = of_type(template, BUCKET)["StorageBucket"]
    told = {
        name: function["Environment"]["Variables"].get("BRAINSWAP_RETENTION")
        for name, function in of_type(template, FUNCTION).items()
    }
    allowed = {
        (role, resource)
        for role in of_type(template, ROLE)
        for action, resource in permissions(template, role)
        if action == "s3:PutObjectRetention"
    }
    assert bucket["ObjectLockEnabled"] is True
    assert "ObjectLockConfiguration" not in bucket, "only what people sign is locked"
    assert {name: value for name, value in told.items() if value} == {"FunctionsReport": "COMPLIANCE 365"}
    final = ("report.*", "decision.json")
    assert allowed == {("FunctionsReportRole", f"${{StorageBucket.Arn}}/runs/*/{name}") for name in final}


def test_the_bucket_refuses_whoever_comes_without_tls(template: Template) -> None:
    (policy,) = of_type(template, "AWS::S3::BucketPolicy").values()

    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Principal"] == {"AWS": "*"}
    assert statement["Action"] == "s3:*"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert list(map(text_of, statement["Resource"])) == ["${StorageBucket.Arn}", "${StorageBucket.Arn}/*"]


def test_the_bucket_forgets_what_nobody_will_read_again_and_nothing_else(template: Template) -> None:
    rules = of_type(template, BUCKET)["StorageBucket"]["LifecycleConfiguration"]["Rules"]

    enabled = {"Status": "Enabled"}
    assert rules == [
        {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}, "ExpiredObjectDeleteMarker": True, **enabled},
        {"Prefix": "map-runs/", "ExpirationInDays": 30, **enabled},
        {"Prefix": "answers/", "ExpirationInDays": 90 + 30, **enabled},
        {
            "Prefix": "samples/",
            "ExpirationInDays": 14,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 1},
            **enabled,
        },
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}, **enabled},
    ]


def test_the_machine_writes_where_the_bucket_forgets(template: Template) -> None:
    machine = of_type(template, MACHINE)[MACHINES["migration"]]

    evaluate = json.loads(machine["DefinitionString"])["States"]["Evaluate"]

    assert evaluate["ResultWriter"]["Parameters"]["Prefix"] + "/" == "map-runs/"


@pytest.mark.parametrize("name", ["StorageLedger", "StorageAnswers"])
def test_a_table_is_encrypted_recoverable_and_paid_by_request(template: Template, name: str) -> None:
    table = of_type(template, TABLE)[name]

    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_tables_have_the_keys_that_the_adapters_use(template: Template) -> None:
    tables = of_type(template, TABLE)

    keys = {name: [key["AttributeName"] for key in table["KeySchema"]] for name, table in tables.items()}
    kinds = {kind["AttributeType"] for table in tables.values() for kind in table["AttributeDefinitions"]}
    assert keys == {"StorageLedger": ["pk", "sk"], "StorageAnswers": ["pk"]}
    assert kinds == {"S"}


def test_only_answers_expire(template: Template) -> None:
    tables = of_type(template, TABLE)

    assert tables["StorageAnswers"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "TimeToLiveSpecification" not in tables["StorageLedger"]


def test_by_default_data_outlives_the_stack(template: Template) -> None:
    policies = _deletion_policies(template)

    assert policies == {BUCKET: {"Retain"}, TABLE: {"Retain"}, LOG_GROUP: {"Retain"}}
    assert all(table["DeletionProtectionEnabled"] for table in of_type(template, TABLE).values())


def test_on_demand_data_goes_with_the_stack(synthesised: Synthesise) -> None:
    template = synthesised({"brainswap:removal-policy": "destroy"})

    assert _deletion_policies(template) == {BUCKET: {"Delete"}, TABLE: {"Delete"}, LOG_GROUP: {"Delete"}}
    assert not any(table["DeletionProtectionEnabled"] for table in of_type(template, TABLE).values())


def _deletion_policies(template: Template) -> Mapping[str, set[str]]:
    return {
        kind: {
            resource[policy]
            for resource in template["Resources"].values()
            if resource["Type"] == kind
            for policy in ("DeletionPolicy", "UpdateReplacePolicy")
        }
        for kind in (BUCKET, TABLE, LOG_GROUP)
    }

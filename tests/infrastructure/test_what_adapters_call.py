import re
from collections.abc import Mapping

from infrastructure.catalog import FUNCTIONS
from infrastructure.packaging import CODE
from infrastructure.seldom_used import SELDOM
from tests.infrastructure.templates import Template, of_type, permissions

CALLS: Mapping[str, str] = {
    "abort_multipart_upload": "s3:AbortMultipartUpload",
    "batch_get_item": "dynamodb:BatchGetItem",
    "batch_write_item": "dynamodb:BatchWriteItem",
    "complete_multipart_upload": "s3:PutObject",
    "create_configuration_profile": "appconfig:CreateConfigurationProfile",
    "create_hosted_configuration_version": "appconfig:CreateHostedConfigurationVersion",
    "get_metric_data": "cloudwatch:GetMetricData",
    "list_configuration_profiles": "appconfig:ListConfigurationProfiles",
    "list_deployments": "appconfig:ListDeployments",
    "start_deployment": "appconfig:StartDeployment",
    "start_execution": "states:StartExecution",
    "stop_deployment": "appconfig:StopDeployment",
    "create_advanced_prompt_optimization_job": "bedrock:CreateAdvancedPromptOptimizationJob",
    "create_model_invocation_job": "bedrock:CreateModelInvocationJob",
    "create_multipart_upload": "s3:PutObject",
    "delete_item": "dynamodb:DeleteItem",
    "get_account_data_retention": "bedrock:GetAccountDataRetention",
    "get_advanced_prompt_optimization_job": "bedrock:GetAdvancedPromptOptimizationJob",
    "get_foundation_model_availability": "bedrock:GetFoundationModelAvailability",
    "get_inference_profile": "bedrock:GetInferenceProfile",
    "get_item": "dynamodb:GetItem",
    "get_model_invocation_job": "bedrock:GetModelInvocationJob",
    "get_object": "s3:GetObject",
    "get_products": "pricing:GetProducts",
    "get_secret_value": "secretsmanager:GetSecretValue",
    "head_object": "s3:GetObject",
    "list_aws_default_service_quotas": "servicequotas:ListAWSDefaultServiceQuotas",
    "list_foundation_model_agreement_offers": "bedrock:ListFoundationModelAgreementOffers",
    "list_foundation_models": "bedrock:ListFoundationModels",
    "list_inference_profiles": "bedrock:ListInferenceProfiles",
    "list_objects_v2": "s3:ListBucket",
    "list_service_quotas": "servicequotas:ListServiceQuotas",
    "generate_presigned_url": "s3:GetObject",
    "publish": "sns:Publish",
    "put_events": "events:PutEvents",
    "put_item": "dynamodb:PutItem",
    "query": "dynamodb:Query",
    "describe_execution": "states:DescribeExecution",
    "put_object": "s3:PutObject",
    "send_task_success": "states:SendTaskSuccess",
    "stop_advanced_prompt_optimization_job": "bedrock:StopAdvancedPromptOptimizationJob",
    "stop_model_invocation_job": "bedrock:StopModelInvocationJob",
    "update_item": "dynamodb:UpdateItem",
    "upload_part": "s3:PutObject",
}
"""The right that each call of a client needs (service authorisation reference)."""

NOT_CALLED: Mapping[str, str] = {
    "bedrock:ApplyGuardrail": "guardrails are asked over HTTP, without a client",
    "bedrock:InvokeGuardrailChecks": "guardrails are asked over HTTP, without a client",
    "bedrock:InvokeModel": "models are asked over HTTP, without a client",
    "bedrock:InvokeModelWithResponseStream": "models are asked over HTTP, without a client",
    "bedrock:OptimizePrompt": "it is asked over HTTP, without a client",
    "iam:PassRole": "creating a batch job passes the role on",
    "logs:CreateLogStream": "Lambda writes the log",
    "logs:PutLogEvents": "Lambda writes the log",
    "sqs:SendMessage": "Lambda keeps the events that a function failed on",
    "xray:PutTelemetryRecords": "Lambda writes the trace",
    "xray:PutTraceSegments": "Lambda writes the trace",
}
"""Rights that functions need although no adapter asks for them by name."""


def test_every_call_of_an_adapter_is_granted_to_some_function(template: Template) -> None:
    called = _called()

    assert called <= set(CALLS)
    assert {CALLS[call] for call in called} <= _granted(template)


def test_nothing_is_granted_that_no_adapter_calls(template: Template) -> None:
    called = {CALLS[call] for call in _called() & set(CALLS)}

    assert _granted(template) - called == set(NOT_CALLED)


def test_only_functions_of_the_catalogue_may_leave_rights_unused() -> None:
    assert {state for each in SELDOM.values() for state in each.by or ()} <= {row.state for row in FUNCTIONS}


def _called() -> set[str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in (CODE / "brainswap" / "adapters").glob("*.py"))
    client = r"\b_(?:client|bedrock\(\)|pricing\(\))\s*\."
    methods = re.findall(rf"{client}(\w+)\(", text)
    paginated = re.findall(rf"{client}get_paginator\(\"(\w+)\"\)", text)
    return {*methods, *paginated} - {"get_paginator"}


def _granted(template: Template) -> set[str]:
    roles = [name for name in of_type(template, "AWS::IAM::Role") if name.startswith("Functions")]
    return {action for role in roles for action, _ in permissions(template, role)}

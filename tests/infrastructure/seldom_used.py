"""Rights that some function holds and the migration on the template does not use, and when they are needed."""

from collections.abc import Mapping

SELDOM: Mapping[str, str] = {
    "appconfig:CreateConfigurationProfile": "an application is rolled out for the first time",
    "appconfig:CreateHostedConfigurationVersion": "traffic goes back to what it was",
    "appconfig:ListDeployments": "a deployment of routes is under way when another begins",
    "appconfig:StopDeployment": "a deployment of routes is under way when another begins",
    "bedrock:GetInferenceProfile": "a model is an application's own inference profile",
    "bedrock:ListFoundationModels": "traffic goes back to a model that may be gone",
    "bedrock:ListInferenceProfiles": "traffic goes back to a model that may be gone",
    "bedrock:StopAdvancedPromptOptimizationJob": "a run breaks off, or a job takes too long",
    "bedrock:StopModelInvocationJob": "a run breaks off, or there is no money for a job",
    "dynamodb:BatchWriteItem": "many answers are kept at once",
    "dynamodb:DeleteItem": "a claim on a question is given back without an answer",
    "dynamodb:GetItem": "a contender was stopped, or money runs short",
    "dynamodb:PutItem": "a question is claimed",
    "events:PutEvents": "traffic is held or goes back",
    "s3:AbortMultipartUpload": "an upload in parts breaks off",
    "s3:GetObject": "a run breaks off whose jobs have to be stopped",
    "s3:ListBucket": "a file is missing, which S3 would otherwise call forbidden",
    "secretsmanager:GetSecretValue": "a model of another provider has a key",
    "servicequotas:ListAWSDefaultServiceQuotas": "the account has no quota of its own",
    "states:SendTaskSuccess": "a task of the machine waits for a job or a person",
}

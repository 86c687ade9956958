"""All operations besides those that answer as a model."""

from local.bedrock import prices
from local.bedrock.account import Account
from local.bedrock.aws import bind
from local.bedrock.batch import Batches
from local.bedrock.batch_run import Runner
from local.bedrock.catalogue import Catalogue
from local.bedrock.control import ControlPlane
from local.bedrock.counting import Counting
from local.bedrock.offers import Offers
from local.bedrock.prompt_jobs import PromptJobs, PromptOptimiser
from local.bedrock.prompts import Prompts
from local.bedrock.quotas import Quotas
from local.bedrock.service import Operation


def control_operations(catalogue: Catalogue, account: Account, runner: Runner) -> list[Operation]:
    """What is asked of the control plane, of the Price List and of Service Quotas; ``CountTokens``; and rewriting."""
    control = ControlPlane(catalogue=catalogue, account=account)
    quotas = Quotas(catalogue=catalogue, account=account)
    optimiser = PromptOptimiser(catalogue=catalogue, pace=runner.pace, seed=runner.seed)
    jobs = PromptJobs(catalogue=catalogue, pace=runner.pace, seed=runner.seed, objects=runner.objects)
    return [
        *bind("bedrock-runtime", {"CountTokens": Counting(catalogue=catalogue).count_tokens}),
        *bind("bedrock-agent-runtime", {"OptimizePrompt": optimiser.optimize_prompt}),
        *bind(
            "bedrock",
            {
                "ListFoundationModels": control.list_foundation_models,
                "GetFoundationModel": control.get_foundation_model,
                "GetFoundationModelAvailability": control.get_foundation_model_availability,
                "ListInferenceProfiles": control.list_inference_profiles,
                "GetInferenceProfile": control.get_inference_profile,
                "GetAccountDataRetention": control.get_account_data_retention,
                "ListFoundationModelAgreementOffers": Offers(catalogue=catalogue).list_offers,
                **Batches(catalogue=catalogue, runner=runner).handlers(),
                **jobs.handlers(),
            },
        ),
        *bind("bedrock-agent", Prompts().handlers()),
        *bind("pricing", {"GetProducts": prices.get_products}),
        *bind(
            "service-quotas",
            {
                "ListServiceQuotas": quotas.list_service_quotas,
                "ListAWSDefaultServiceQuotas": quotas.list_aws_default_service_quotas,
            },
        ),
    ]

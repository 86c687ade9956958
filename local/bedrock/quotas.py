"""``ListServiceQuotas`` and ``ListAWSDefaultServiceQuotas``, for Bedrock alone."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from local.bedrock.account import Account
from local.bedrock.aws import RefusedError, json_1_1_response
from local.bedrock.catalogue import Catalogue, CatalogueModel
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.notation import arn
from local.bedrock.paging import page
from local.bedrock.service import Call

SERVICE_CODE = "bedrock"

_MOST_RESULTS = 100
# AWS gives most models half of what a day of full minutes would take.
_TOKENS_PER_DAY = 24 * 60 // 2
_FILE_GIGABYTES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A quota, with the value that holds."""

    name: str
    value: float
    adjustable: bool = True

    @property
    def code(self) -> str:
        return "L-" + blake2b(self.name.encode(), digest_size=4).hexdigest().upper()

    def describe(self, region: str) -> dict[str, Any]:
        return {
            "ServiceCode": SERVICE_CODE,
            "ServiceName": "Amazon Bedrock",
            "QuotaArn": arn("servicequotas", region, f"{SERVICE_CODE}/{self.code}"),
            "QuotaCode": self.code,
            "QuotaName": self.name,
            "Value": self.value,
            "Unit": "None",
            "Adjustable": self.adjustable,
            "GlobalQuota": False,
            "QuotaAppliedAtLevel": "ACCOUNT",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The quotas of the catalogue's models, as the account has them."""

    catalogue: Catalogue
    account: Account

    async def list_service_quotas(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        """What is applied: the defaults, but for what the account has been given."""
        code = parameters.get("QuotaCode")
        given = self.account.quotas
        applied = (replace(quota, value=given.get(quota.name, quota.value)) for quota in self._defaults())
        return _listed([quota for quota in applied if code in (None, quota.code)], parameters, call)

    async def list_aws_default_service_quotas(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        return _listed(list(self._defaults()), parameters, call)

    def _defaults(self) -> Iterable[Quota]:
        """Releases of a model that share its name share its quotas."""
        whole_day = float(self.account.tokens_per_minute * 24 * 60)
        all_quotas = [Quota(name="Cross-Model Max Tokens Per Day", value=whole_day)]
        for model in self.catalogue.models:
            all_quotas.extend(_of_model(model, self.account))
        return {quota.name: quota for quota in all_quotas}.values()


def _of_model(model: CatalogueModel, account: Account) -> Iterator[Quota]:
    name = model.name if model.name.startswith(model.provider) else f"{model.provider} {model.name}"
    for kind in _throughputs(model):
        yield Quota(name=f"{kind} tokens per minute for {name}", value=float(account.tokens_per_minute))
    yield Quota(
        name=f"Model invocation max tokens per day for {name}",
        value=float(account.tokens_per_minute * _TOKENS_PER_DAY),
        adjustable=False,
    )
    yield Quota(
        name=f"Minimum number of records per batch inference job for {name}",
        value=float(account.least_batch_records),
        adjustable=False,
    )
    yield Quota(name=f"Records per batch inference job for {name}", value=float(account.most_batch_records))
    yield Quota(name=f"Batch inference input file size (in GB) for {name}", value=float(_FILE_GIGABYTES))


def _throughputs(model: CatalogueModel) -> Iterator[str]:
    """How a model is called, in the words of its time: ids without a version came with newer words."""
    older = re.search(r"-v\d", model.model_id) is not None
    prefixes = {profile_id.partition(".")[0] for profile_id, _ in model.profiles}
    if model.on_demand:
        yield "On-demand model inference" if older else "On-demand InvokeModel"
    if prefixes - {"global"}:
        yield "Cross-region model inference" if older else "Cross-Region InvokeModel"
    if "global" in prefixes:
        yield "Global cross-region model inference"


def _listed(quotas: list[Quota], parameters: Mapping[str, Any], call: Call) -> HttpResponse:
    if parameters["ServiceCode"] != SERVICE_CODE:
        raise ServiceError("ResourceNotFoundException", f"There are quotas of {SERVICE_CODE} alone.")
    listed = page(
        quotas,
        token=parameters.get("NextToken"),
        most=parameters.get("MaxResults") or _MOST_RESULTS,
        refusal=RefusedError("InvalidPaginationTokenException", "The pagination token is invalid."),
    )
    described = [quota.describe(call.region) for quota in listed.items]
    return json_1_1_response({"Quotas": described} | listed.following("NextToken"))

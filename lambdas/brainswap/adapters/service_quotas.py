"""What Service Quotas says that the account may use of each model, listed once in a process."""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from brainswap.adapters.bedrock_catalogue import BedrockCatalogue, ListedModel
from brainswap.core.errors import BrainswapError
from brainswap.core.money.price_lines import Reach

SERVICE = "bedrock"
MOST_PAGES = 100

_PAGE: Mapping[str, int] = {"PageSize": 100}
# The words differ between older and newer quotas, and their capitals from one to the next (AWS General Reference,
# Amazon Bedrock quotas, 2025; names listed in accounts, 2026). A version is a part of some names and not of others.
_SCOPES: Mapping[Reach, str] = {"regional": "on-demand", "geo": "cross-region", "global": "global cross-region"}
_WORDINGS = ("invokemodel", "model inference")
_VERSION = re.compile(r"-v([0-9]+)(?::[0-9]+)*$")


class AwsQuotas:
    """Tokens per minute: what is applied to the account, or else the default.

    A quota is a hint: whoever does not answer, or answers with what makes no sense, has said nothing.
    """

    def __init__(self, client: Any, catalogue: BedrockCatalogue) -> None:
        self._client = client
        self._catalogue = catalogue
        self._applied: Mapping[str, int] | None = None
        self._defaults: Mapping[str, int] | None = None

    def tokens_per_minute(self, model_ids: Collection[str]) -> Mapping[str, int]:
        """By model id; an id of another provider than Bedrock is not looked up, nor is a quota of nothing told."""
        try:
            found = [(model_id, self._of(model)) for model_id, model in self._listed(model_ids)]
        except (BotoCoreError, ClientError, BrainswapError):
            return {}
        return {model_id: tokens for model_id, tokens in found if tokens}

    def _listed(self, model_ids: Iterable[str]) -> Iterator[tuple[str, ListedModel]]:
        for model_id in model_ids:
            model = self._catalogue.listed(model_id) if _is_of_bedrock(model_id) else None
            if model is not None:
                yield model_id, model

    def _of(self, model: ListedModel) -> int | None:
        """Nothing applied is not the default: an account that was given no tokens has none."""
        if self._applied is None:
            pages = self._client.get_paginator("list_service_quotas")
            self._applied = _rows(pages.paginate(ServiceCode=SERVICE, PaginationConfig=_PAGE))
        applied = _lowest(model, self._applied)
        if applied is not None:
            return applied
        if self._defaults is None:
            pages = self._client.get_paginator("list_aws_default_service_quotas")
            self._defaults = _rows(pages.paginate(ServiceCode=SERVICE, PaginationConfig=_PAGE))
        return _lowest(model, self._defaults)


def _is_of_bedrock(model_id: str) -> bool:
    return model_id.startswith("arn:") or ":" not in model_id.partition(".")[0]


def _rows(pages: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Values by name, without regard to capitals; of a name that stands there twice the lowest."""
    rows: dict[str, int] = {}
    for page in islice(pages, MOST_PAGES):
        for quota in page.get("Quotas") or ():
            name, value = quota.get("QuotaName"), quota.get("Value")
            if isinstance(name, str) and isinstance(value, int | float) and math.isfinite(value) and value >= 0:
                key = name.casefold()
                rows[key] = min(rows.get(key, int(value)), int(value))
    return rows


def _lowest(model: ListedModel, rows: Mapping[str, int]) -> int | None:
    """The lowest value under the most exact of the model's names; None where no row bears one of them."""
    for name in _names(model):
        keys = (f"{_SCOPES[model.reach]} {wording} tokens per minute for {name}" for wording in _WORDINGS)
        values = [rows[key] for key in keys if key in rows]
        if values:
            return min(values)
    return None


def _names(model: ListedModel) -> Iterator[str]:
    """With the version that the id ends in, then without."""
    name = model.name.casefold()
    version = _VERSION.search(model.model_id)
    if version is not None:
        yield f"{name} v{version[1]}"
    yield name

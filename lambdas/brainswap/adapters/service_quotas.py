"""What Service Quotas says that the account may use of each model, listed once in a process."""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from brainswap.adapters.bedrock_catalogue import BedrockCatalogue, ListedModel
from brainswap.adapters.service_errors import printable
from brainswap.core.errors import BrainswapError
from brainswap.core.money.price_lines import Reach
from brainswap.core.quotas import Quota

SERVICE = "bedrock"
MOST_PAGES = 100

_PAGE: Mapping[str, int] = {"PageSize": 100}
# The words differ between older and newer quotas, and their capitals from one to the next (AWS General Reference,
# Amazon Bedrock quotas, 2025; names listed in accounts, 2026). A version is a part of some names and not of others.
_SCOPES: Mapping[Reach, str] = {"regional": "on-demand", "geo": "cross-region", "global": "global cross-region"}
_WORDINGS = ("invokemodel", "model inference")
_DAILY = "model invocation max tokens per day for"
_DAILY_ENDINGS = ("", " (doubled for cross-region calls)")
_VERSION = re.compile(r"-v([0-9]+)(?::[0-9]+)*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A quota as listed, its name with its capitals."""

    name: str
    value: int


_Listing = Callable[[], Mapping[str, _Row]]


class AwsQuotas:
    """Tokens per minute: what is applied to the account, or else the default.

    A quota is a hint: whoever does not answer, or answers with what makes no sense, has said nothing, and why is told.
    """

    def __init__(self, client: Any, catalogue: BedrockCatalogue) -> None:
        self._client = client
        self._catalogue = catalogue
        self._applied: Mapping[str, _Row] | None = None
        self._defaults: Mapping[str, _Row] | None = None

    def of(self, model_ids: Collection[str]) -> Mapping[str, Quota]:
        """By model id; an id of another provider than Bedrock is not looked up."""
        return self._found(model_ids, self._applied_rows, self._default_rows)

    def defaults(self, model_ids: Collection[str]) -> Mapping[str, Quota]:
        """What accounts have that were given nothing else; the ids as above."""
        return self._found(model_ids, self._default_rows)

    def _found(self, model_ids: Collection[str], *listings: _Listing) -> Mapping[str, Quota]:
        asked = [model_id for model_id in model_ids if _is_of_bedrock(model_id)]
        try:
            return {model_id: self._of(self._catalogue.listed(model_id), listings) for model_id in asked}
        except (BotoCoreError, ClientError, BrainswapError) as error:
            # What some models have been found to have is forgotten with the rest: half a look is none.
            nothing = Quota(unknown_because=f"no answer about quotas: {printable(str(error))}")
            return dict.fromkeys(asked, nothing)

    def _of(self, model: ListedModel | None, listings: Iterable[_Listing]) -> Quota:
        """Nothing applied is not the default: an account that was given no tokens has none."""
        if model is None:
            return Quota(unknown_because="the catalogue of this account and region does not have the model")
        for listing in listings:
            found = _scarcest(model, listing())
            if found is not None:
                return Quota(tokens_per_minute=found.value, named=found.name)
        return Quota(unknown_because=f"Service Quotas lists no tokens per minute of {printable(model.name)}")

    def _applied_rows(self) -> Mapping[str, _Row]:
        if self._applied is None:
            pages = self._client.get_paginator("list_service_quotas")
            self._applied = _rows(pages.paginate(ServiceCode=SERVICE, PaginationConfig=_PAGE))
        return self._applied

    def _default_rows(self) -> Mapping[str, _Row]:
        if self._defaults is None:
            pages = self._client.get_paginator("list_aws_default_service_quotas")
            self._defaults = _rows(pages.paginate(ServiceCode=SERVICE, PaginationConfig=_PAGE))
        return self._defaults


def _is_of_bedrock(model_id: str) -> bool:
    return model_id.startswith("arn:") or ":" not in model_id.partition(".")[0]


def _rows(pages: Iterable[Mapping[str, Any]]) -> dict[str, _Row]:
    """Rows by name, without regard to capitals; of a name that stands there twice the scarcer one."""
    rows: dict[str, _Row] = {}
    for page in islice(pages, MOST_PAGES):
        for quota in page.get("Quotas") or ():
            name, value = quota.get("QuotaName"), quota.get("Value")
            if isinstance(name, str) and isinstance(value, int | float) and math.isfinite(value) and value >= 0:
                row, key = _Row(name=printable(name), value=math.ceil(value)), name.casefold()
                rows[key] = _scarcer([row, rows[key]]) if key in rows else row
    return rows


def _scarcest(model: ListedModel, rows: Mapping[str, _Row]) -> _Row | None:
    """The row that lets the least pass, under the most exact of the model's names; None where none bears its name.

    A day without tokens has no minute with any.
    """
    for name in _names(model):
        keys = (f"{_SCOPES[model.reach]} {wording} tokens per minute for {name}" for wording in _WORDINGS)
        found = [rows[key] for key in keys if key in rows]
        if found:
            daily = (rows.get(f"{_DAILY} {name}{ending}") for ending in _DAILY_ENDINGS)
            return next((row for row in daily if row is not None and not row.value), None) or _scarcer(found)
    return None


def _scarcer(rows: Iterable[_Row]) -> _Row:
    """The lowest; of rows that contradict each other, one of nothing does not count, for it would close the model."""
    return min(rows, key=lambda row: row.value or math.inf)


def _names(model: ListedModel) -> Iterator[str]:
    """With the version that the id ends in, then without."""
    name = model.name.casefold()
    version = _VERSION.search(model.model_id)
    if version is not None:
        yield f"{name} v{version[1]}"
    yield name

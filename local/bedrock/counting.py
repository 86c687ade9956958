"""``CountTokens``, by the rule of thumb that all estimates of the server follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.bedrock.catalogue import Catalogue
from local.bedrock.converse import request_text
from local.bedrock.estimates import tokens
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.service import Call, json_response


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Counts what a request of ``Converse`` would be charged for, whichever model is asked."""

    catalogue: Catalogue

    async def count_tokens(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        self.catalogue.to_answer(parameters["modelId"])
        call.model = parameters["modelId"]
        request = parameters["input"].get("converse")
        if request is None:
            raise ServiceError("ValidationException", "Only tokens of a Converse request can be counted.")
        return json_response({"inputTokens": tokens(request_text(request))}, {"x-brainswap-estimated": "tokens"})

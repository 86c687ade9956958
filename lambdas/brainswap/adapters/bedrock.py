"""Models on Amazon Bedrock through the Converse API, and the catalogue that says which may be called."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from brainswap.adapters.replies import Reply, answer_of
from brainswap.adapters.vendor_errors import model_errors
from brainswap.core.answers import Answer, Usage
from brainswap.core.preflight import ModelFacts
from brainswap.core.workload import Parameters
from brainswap.ports import Clock, Question

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient
    from types_boto3_bedrock.type_defs import FoundationModelSummaryTypeDef, InferenceProfileSummaryTypeDef
    from types_boto3_bedrock_runtime import BedrockRuntimeClient
    from types_boto3_bedrock_runtime.type_defs import TokenUsageTypeDef

_LABEL_LIMIT = 256
_NOT_IN_LABELS = re.compile(r"[^a-zA-Z0-9\s:_@$#=/+,.-]")


class BedrockModels:
    """Answers through ``ConverseStream``, or ``Converse`` where a model does not stream."""

    def __init__(self, client: "BedrockRuntimeClient", clock: Clock) -> None:
        self._client = client
        self._clock = clock

    def ask(self, question: Question) -> Answer:
        request = _request(question)
        with model_errors(question.model):
            reply = self._stream(request) if question.streams else self._converse(request)
        return answer_of(question, reply)

    def _stream(self, request: dict[str, Any]) -> Reply:
        started = self._clock.monotonic_ms()
        response = self._client.converse_stream(**request)
        pieces: list[str] = []
        first: float | None = None
        stop_reason: str | None = None
        usage: TokenUsageTypeDef | None = None
        for event in response["stream"]:
            if "contentBlockDelta" in event:
                if first is None:
                    first = self._clock.monotonic_ms() - started
                pieces.append(event["contentBlockDelta"]["delta"].get("text", ""))
            elif "messageStop" in event:
                stop_reason = event["messageStop"]["stopReason"]
            elif "metadata" in event:
                usage = event["metadata"].get("usage")
        return Reply(
            text="".join(pieces),
            stop_reason=stop_reason,
            usage=_usage(usage),
            headers=response["ResponseMetadata"]["HTTPHeaders"],
            latency_ms=self._clock.monotonic_ms() - started,
            first_token_ms=first,
        )

    def _converse(self, request: dict[str, Any]) -> Reply:
        started = self._clock.monotonic_ms()
        response = self._client.converse(**request)
        content = response["output"].get("message", {}).get("content", [])
        return Reply(
            text="".join(block.get("text", "") for block in content),
            stop_reason=response.get("stopReason"),
            usage=_usage(response.get("usage")),
            headers=response["ResponseMetadata"]["HTTPHeaders"],
            latency_ms=self._clock.monotonic_ms() - started,
            first_token_ms=None,
        )


def _request(question: Question) -> dict[str, Any]:
    prompt = question.prompt
    system = [turn.content for turn in prompt.messages if turn.role == "system"]
    if prompt.system is not None:
        system.insert(0, prompt.system)
    request: dict[str, Any] = {
        "modelId": question.model,
        "messages": [
            {"role": turn.role, "content": [{"text": turn.content}]}
            for turn in prompt.messages
            if turn.role != "system"
        ],
        "inferenceConfig": _inference(question.parameters),
        "requestMetadata": {f"brainswap-{name}": _label(value) for name, value in question.labels.items()},
    }
    if system:
        request["system"] = [{"text": text} for text in system]
    return request


def _inference(parameters: Parameters) -> dict[str, Any]:
    wanted = {
        "maxTokens": parameters.max_tokens,
        "temperature": parameters.temperature,
        "topP": parameters.top_p,
        "stopSequences": list(parameters.stop_sequences) or None,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _label(value: str) -> str:
    return _NOT_IN_LABELS.sub("_", value)[:_LABEL_LIMIT]


def _usage(usage: "TokenUsageTypeDef | None") -> Usage | None:
    if usage is None:
        return None
    return Usage(
        input_tokens=usage["inputTokens"],
        output_tokens=usage["outputTokens"],
        cache_read_tokens=usage.get("cacheReadInputTokens", 0),
        cache_write_tokens=usage.get("cacheWriteInputTokens", 0),
    )


class BedrockCatalogue:
    """``ListFoundationModels``, ``ListInferenceProfiles`` and ``GetFoundationModelAvailability``, read once."""

    def __init__(self, client: "BedrockClient") -> None:
        self._client = client
        self._models: dict[str, FoundationModelSummaryTypeDef] | None = None
        self._profiles: dict[str, InferenceProfileSummaryTypeDef] = {}

    def facts(self, model_id: str) -> ModelFacts | None:
        models = self._listed()
        profile = self._profiles.get(model_id)
        base_id = _base_id(profile) if profile else model_id
        summary = models.get(base_id)
        if summary is None:
            return None
        lifecycle = summary.get("modelLifecycle")
        return ModelFacts(
            model_id=model_id,
            status=lifecycle["status"] if lifecycle else "ACTIVE",
            end_of_life=_date(lifecycle, "endOfLifeTime"),
            streams=summary.get("responseStreamingSupported"),
            regions=_regions(profile) if profile else (str(self._client.meta.region_name),),
            unavailable_because=self._missing(base_id),
        )

    def _listed(self) -> "dict[str, FoundationModelSummaryTypeDef]":
        if self._models is None:
            with model_errors("ListFoundationModels"):
                summaries = self._client.list_foundation_models()["modelSummaries"]
            with model_errors("ListInferenceProfiles"):
                pages = self._client.get_paginator("list_inference_profiles").paginate()
                profiles = [profile for page in pages for profile in page["inferenceProfileSummaries"]]
            self._profiles = _by_id_and_arn(profiles)
            self._models = {summary["modelId"]: summary for summary in summaries}
        return self._models

    def _missing(self, base_id: str) -> str | None:
        """What the account lacks to call the model; None when nothing."""
        with model_errors(base_id):
            answer = self._client.get_foundation_model_availability(modelId=base_id)
        found = {
            "agreement": answer["agreementAvailability"]["status"],
            "authorization": answer["authorizationStatus"],
            "entitlement": answer["entitlementAvailability"],
            "region": answer["regionAvailability"],
        }
        missing = [f"{name} is {value}" for name, value in found.items() if value not in {"AVAILABLE", "AUTHORIZED"}]
        return "; ".join(missing) or None


def _by_id_and_arn(
    profiles: "Iterable[InferenceProfileSummaryTypeDef]",
) -> "dict[str, InferenceProfileSummaryTypeDef]":
    return {
        name: profile
        for profile in profiles
        for name in (profile["inferenceProfileId"], profile["inferenceProfileArn"])
    }


def _base_id(profile: "InferenceProfileSummaryTypeDef") -> str:
    return profile["models"][0].get("modelArn", "").rpartition("/")[2]


def _regions(profile: "InferenceProfileSummaryTypeDef") -> tuple[str, ...]:
    """Where a profile may route to; an ARN without a region may go anywhere."""
    regions = {model.get("modelArn", "").split(":")[3] or "anywhere" for model in profile["models"]}
    return tuple(sorted(regions))


def _date(lifecycle: Any, name: str) -> datetime | None:
    value = lifecycle.get(name) if lifecycle else None
    return value if isinstance(value, datetime) else None

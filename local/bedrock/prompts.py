"""Prompt Management: prompts are kept as long as the server runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.bedrock.aws import Handle
from local.bedrock.faults import ServiceError
from local.bedrock.http1 import HttpResponse
from local.bedrock.notation import arn, instant
from local.bedrock.service import Call, json_response

_KEPT = ("name", "description", "customerEncryptionKeyArn", "defaultVariant", "variants")
_ID_CHARACTERS = 10


@dataclass(slots=True)
class Prompts:
    """What the account has, by id and then by version."""

    _kept: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)
    _version_tokens: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def handlers(self) -> Mapping[str, Handle]:
        """By the name of the operation."""
        return {
            "CreatePrompt": self.create,
            "CreatePromptVersion": self.create_version,
            "GetPrompt": self.get,
        }

    async def create(self, parameters: Mapping[str, Any], call: Call) -> HttpResponse:
        known = self._tokens.get(str(parameters.get("clientToken")))
        if known is not None:
            return json_response(self._kept[known]["DRAFT"])
        if any(each["DRAFT"]["name"] == parameters["name"] for each in self._kept.values()):
            raise ServiceError("ConflictException", f"A prompt named {parameters['name']} already exists.")
        _check(parameters)
        number = f"{len(self._kept) + 1:0{_ID_CHARACTERS}d}"
        now = instant(datetime.now(UTC))
        self._kept[number] = {
            "DRAFT": {
                **{key: parameters[key] for key in _KEPT if key in parameters},
                "id": number,
                "arn": arn("bedrock", call.region, f"prompt/{number}"),
                "version": "DRAFT",
                "createdAt": now,
                "updatedAt": now,
            }
        }
        if "clientToken" in parameters:
            self._tokens[parameters["clientToken"]] = number
        return json_response(self._kept[number]["DRAFT"])

    async def create_version(self, parameters: Mapping[str, Any], _call: Call) -> HttpResponse:
        versions = self._versions(parameters["promptIdentifier"])
        token = (versions["DRAFT"]["id"], parameters.get("clientToken"))
        known = self._version_tokens.get(token)
        if known is not None:
            return json_response(versions[known])
        number = str(len(versions))
        if parameters.get("clientToken"):
            self._version_tokens[token] = number
        draft = versions["DRAFT"]
        versions[number] = {
            **draft,
            **({"description": parameters["description"]} if "description" in parameters else {}),
            "version": number,
            "arn": f"{draft['arn']}:{number}",
            "createdAt": instant(datetime.now(UTC)),
        }
        return json_response(versions[number])

    async def get(self, parameters: Mapping[str, Any], _call: Call) -> HttpResponse:
        found = self._versions(parameters["promptIdentifier"]).get(parameters.get("promptVersion", "DRAFT"))
        if found is None:
            raise ServiceError("ResourceNotFoundException", "The prompt has no such version.")
        return json_response(found)

    def _versions(self, identifier: str) -> dict[str, dict[str, Any]]:
        number = identifier.rpartition("/")[2].partition(":")[0]
        if number not in self._kept:
            raise ServiceError("ResourceNotFoundException", f"There is no prompt {number}.")
        return self._kept[number]


def _check(parameters: Mapping[str, Any]) -> None:
    """What the shapes do not say: the default is a variant, and a union has one member."""
    names = [variant["name"] for variant in parameters.get("variants", [])]
    default = parameters.get("defaultVariant")
    if default is not None and default not in names:
        raise ServiceError("ValidationException", f"The default variant {default} is none of the variants.")
    for variant in parameters.get("variants", []):
        kind = variant["templateType"].lower()
        if list(variant["templateConfiguration"]) != [kind]:
            raise ServiceError("ValidationException", f"A template of type {kind.upper()} is configured as `{kind}`.")

from typing import Any

import pytest

from local.bedrock.faults import ServiceError
from local.bedrock.shapes import Shapes, service_model

SHAPES = Shapes()
TURN = {"role": "user", "content": [{"text": "Hi"}]}


def verify(**body: Any) -> None:
    shape = service_model("bedrock-runtime").operation_model("Converse").input_shape
    assert shape is not None
    SHAPES.verify(shape, {"modelId": "acme.one", "messages": [TURN]} | body)


def user(*content: Any) -> list[Any]:
    return [{"role": "user", "content": list(content)}]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"modelId": ""}, "'modelId' failed to satisfy constraint: Member must have length greater"),
        ({"topK": 5}, "'topK' failed to satisfy constraint: Member is not known"),
        ({"messages": [TURN, {"role": "user"}]}, "'messages.2.member.content' failed"),
        ({"messages": [{"role": "robot", "content": []}]}, "enum value set: [user, assistant, system]"),
        ({"messages": "Hi"}, "'messages' failed to satisfy constraint: Member must be a list"),
        ({"messages": [None]}, "'messages.1.member' failed to satisfy constraint: Member must be a structure"),
        ({"messages": user({})}, "Exactly one member must be set, not 0"),
        ({"messages": user({"text": "a", "cachePoint": {"type": "default"}})}, "must be set, not 2"),
        ({"messages": user({"text": 5})}, "'messages.1.member.content.1.member.text' failed"),
        ({"messages": user({"image": {"format": "png", "source": {"bytes": "no base64!"}}})}, "must be Base64 text"),
        ({"messages": user({"image": {"format": "png", "source": {"bytes": ""}}})}, "length greater than or equal"),
        ({"inferenceConfig": {"maxTokens": 0}}, "Member must have value greater than or equal to 1"),
        ({"inferenceConfig": {"maxTokens": True}}, "Member must be an integer"),
        ({"inferenceConfig": {"maxTokens": 1.5}}, "Member must be an integer"),
        ({"inferenceConfig": {"topP": "high"}}, "Member must be a number"),
        ({"inferenceConfig": {"stopSequences": [""]}}, "'inferenceConfig.stopSequences.1.member' failed"),
        ({"requestMetadata": {}}, "Member must have length greater than or equal to 1"),
        ({"requestMetadata": {str(n): "x" for n in range(17)}}, "Member must have length less than or equal to 16"),
        ({"requestMetadata": {"run": 7}}, "'requestMetadata.value' failed to satisfy constraint: Member must be a"),
        ({"requestMetadata": []}, "Member must be a map"),
        ({"toolConfig": {"tools": [{"toolSpec": {"name": "a", "inputSchema": {}}}]}}, "Exactly one member"),
    ],
)  # fmt: skip
def test_what_the_service_model_rules_out_is_refused_with_its_place(body: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ServiceError) as caught:
        verify(**body)

    assert caught.value.code == "ValidationException"
    assert complaint in caught.value.message


@pytest.mark.parametrize(
    "body",
    [
        {"inferenceConfig": {"maxTokens": 1, "temperature": 1, "topP": 0.5, "stopSequences": []}},
        {"inferenceConfig": None, "system": None},
        {"additionalModelRequestFields": {"thinking": {"type": "enabled"}, "anything": [1, None]}},
        {"messages": user({"text": "a", "image": None})},
        {"messages": user({"image": {"format": "png", "source": {"bytes": "aGVsbG8="}}})},
        {"messages": user({"toolResult": {"toolUseId": "t", "content": [{"json": {"deep": {"er": 1}}}]}})},
        {"messages": user({"document": {"name": "d", "source": {"content": [{"text": "a"}]}}})},
        {
            "toolConfig": {
                "tools": [{"toolSpec": {"name": "a", "inputSchema": {"json": {}}}}],
                "toolChoice": {"auto": {}},
            }
        },
    ],
)
def test_what_fits_the_service_model_is_accepted(body: dict[str, Any]) -> None:
    verify(**body)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ServiceError, match=r"2 validation errors detected: .*'a'.*; .*'b'"):
        verify(a=1, b=2)

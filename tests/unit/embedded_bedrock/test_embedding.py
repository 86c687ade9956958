import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.calling.embedding_models import EMBEDDING_MODELS, cosine
from local.bedrock.embedding import vector
from local.bedrock.server import EmbeddedBedrock, Models

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime import BedrockRuntimeClient

TITAN = "amazon.titan-embed-text-v2:0"


@pytest.fixture(scope="module")
def embeddings() -> Iterator[Any]:
    models = Models(simulated=(*EMBEDDING_MODELS, "us.cohere.embed-v4:0"))
    with EmbeddedBedrock(models=models, pace=0) as server:
        session = boto3.Session("a", "b", region_name="us-east-1")
        client: BedrockRuntimeClient = session.client("bedrock-runtime", endpoint_url=server.url)
        yield server, client


def invoke(client: Any, model: str, body: Any) -> tuple[dict[str, Any], Any]:
    answer = client.invoke_model(modelId=model, body=json.dumps(body))
    return json.loads(answer["body"].read()), answer["ResponseMetadata"]["HTTPHeaders"]


@pytest.mark.parametrize(
    ("model", "body", "dimensions"),
    [
        ("amazon.titan-embed-text-v1", {"inputText": "a word"}, 1536),
        (TITAN, {"inputText": "a word", "dimensions": 256, "normalize": True}, 256),
        ("cohere.embed-english-v3", {"texts": ["a word"], "input_type": "clustering"}, 1024),
        ("us.cohere.embed-v4:0", {"texts": ["a word"], "input_type": "clustering", "output_dimension": 512}, 512),
        (
            "amazon.nova-2-multimodal-embeddings-v1:0",
            {
                "taskType": "SINGLE_EMBEDDING",
                "singleEmbeddingParams": {
                    "embeddingPurpose": "CLUSTERING",
                    "embeddingDimension": 384,
                    "text": {"truncationMode": "END", "value": "a word"},
                },
            },
            384,
        ),
    ],
)
def test_each_vendor_is_answered_in_its_own_form(embeddings: Any, model: str, body: Any, dimensions: int) -> None:
    server, client = embeddings

    payload, headers = invoke(client, model, body)

    found = payload.get("embedding") or payload["embeddings"]
    if isinstance(found, dict):
        (found,) = found["float"]
    elif isinstance(found[0], dict):
        found = found[0]["embedding"]
    assert found == vector("a word", dimensions)
    assert headers["x-brainswap-origin"] == "simulated"
    assert headers["x-amzn-bedrock-input-token-count"] == "2"
    assert server.paid(model=model).input_tokens >= 2


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (TITAN, {}),
        (TITAN, {"inputText": ""}),
        (TITAN, {"inputText": 7}),
        (TITAN, {"inputText": "x", "dimensions": 7}),
        ("cohere.embed-english-v3", {"texts": "xy"}),
        ("amazon.nova-2-multimodal-embeddings-v1:0", {"singleEmbeddingParams": None}),
        ("brainswap.sim-even-v1:0", {"inputText": "x"}),
        ("acme.unheard-of-v1:0", {"inputText": "x"}),
    ],
)
def test_what_the_model_would_not_take_is_refused(embeddings: Any, model: str, body: Any) -> None:
    _, client = embeddings

    with pytest.raises(ClientError) as caught:
        invoke(client, model, body)

    assert caught.value.response["Error"]["Code"] == "ValidationException"


@given(st.text())
def test_every_text_has_a_direction_and_always_the_same(text: str) -> None:
    found = vector(text, 256)

    assert cosine(found, vector(text, 256)) == pytest.approx(1.0)
    assert found == vector(text, 256)


def test_texts_with_words_in_common_are_near_and_others_are_not() -> None:
    whole = vector("The card is on its way to you.", 1024)

    near = cosine(whole, vector("Your card is on the way.", 1024))
    far = cosine(whole, vector("Multiply seven by eight", 1024))

    assert near > 0.5
    assert abs(far) < 0.2
    assert min(whole) < 0 < max(whole)

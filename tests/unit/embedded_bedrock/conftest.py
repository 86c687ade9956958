import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from brainswap.core.cases import Case
from local.bedrock.catalogue import CatalogueModel, Lifecycle
from local.bedrock.question import Question
from local.bedrock.server import EmbeddedBedrock, Models

if TYPE_CHECKING:
    from types_boto3_bedrock import BedrockClient
    from types_boto3_bedrock_runtime import BedrockRuntimeClient

HAIKU = "us.anthropic.claude-3-5-haiku-20241022-v1:0"
CARD = "I have been waiting for my new card for two weeks now."
FEE = "Why did you charge me a fee for taking out cash?"
CASES: tuple[dict[str, Any], ...] = (
    {
        "id": "card",
        "input": {"text": CARD},
        "reference": "card_arrival",
        "recorded": {
            "haiku": {"output": "card_arrival", "latency_ms": 812.5, "first_token_ms": 300, "input_tokens": 91,
                      "output_tokens": 4, "stop_reason": "end_turn"},
            "gpt": {"output": "It is about the arrival of a card."},
        },
    },
    {
        "id": "fee",
        "input": {"text": FEE},
        "reference": "cash_withdrawal_charge",
        "recorded": {"haiku": {"output": "fee — \u73fe\u91d1\U0001f4b3 \u00e9", "latency_ms": 400.0}},
    },
)  # fmt: skip


@pytest.fixture(scope="session")
def cases() -> tuple[Case, ...]:
    return tuple(Case.model_validate(case) for case in CASES)


@pytest.fixture(scope="session")
def case_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cases") / "cases.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in CASES), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def bedrock(case_file: Path) -> Iterator[EmbeddedBedrock]:
    catalogue = (
        CatalogueModel(
            model_id="acme.batch-v1:0",
            provider="Acme",
            name="Batch",
            streaming=False,
            lifecycle=Lifecycle(
                status="LEGACY",
                legacy=datetime(2026, 3, 1, tzinfo=UTC),
                end=datetime(2026, 9, 1, tzinfo=timezone(timedelta(hours=2))),
            ),
        ),
        CatalogueModel(model_id="acme.closed-v1:0", provider="Acme", name="Closed", access=False),
        CatalogueModel(
            model_id="acme.far-v1:0",
            provider="Acme",
            name="Far",
            on_demand=False,
            profiles=(("eu.acme.far-v1:0", ("eu-west-1", "eu-central-1")), ("global.acme.far-v1:0", ("",))),
        ),
    )
    models = Models(
        recordings={HAIKU: "haiku", "openai:gpt-4o-mini": "gpt"}, simulated=("openai:pretend",), catalogue=catalogue
    )
    with EmbeddedBedrock(case_files=[case_file], models=models, pace=0) as server:
        yield server


@contextmanager
def told_of(bedrock: EmbeddedBedrock) -> Iterator[boto3.Session]:
    """A session that knows of the embedded Bedrock by the environment alone, as long as it makes its clients."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", bedrock.url)
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK", bedrock.url)
        yield boto3.Session()


@pytest.fixture(scope="session")
def aws_session(bedrock: EmbeddedBedrock) -> boto3.Session:
    """A session with its credentials and region."""
    with told_of(bedrock) as session:
        session.get_credentials()
        return session


@pytest.fixture(scope="session")
def runtime(bedrock: EmbeddedBedrock) -> Iterator["BedrockRuntimeClient"]:
    with told_of(bedrock) as session:
        client = session.client("bedrock-runtime")
    yield client
    client.close()


@pytest.fixture(scope="session")
def control(bedrock: EmbeddedBedrock) -> Iterator["BedrockClient"]:
    with told_of(bedrock) as session:
        client = session.client("bedrock")
    yield client
    client.close()


@pytest.fixture(scope="session")
def ask() -> Callable[..., Question]:
    """Makes a question to a model, with the rest of it left at usual values."""

    def make(text: str, **fields: Any) -> Question:
        usual = {"asked": HAIKU, "model_id": HAIKU.removeprefix("us."), "metadata": {}}
        return Question(text=text, **(usual | fields))

    return make


@pytest.fixture(scope="session")
def banking() -> Callable[[int], tuple[Case, ...]]:
    """Makes so many cases whose references are four labels."""
    labels = ("card_arrival", "cash_withdrawal_charge", "lost_card", "top_up_failed")

    def make(count: int) -> tuple[Case, ...]:
        return tuple(
            Case(id=f"case-{n}", input={"text": f"Customer number {n} has a question."}, reference=labels[n % 4])
            for n in range(count)
        )

    return make

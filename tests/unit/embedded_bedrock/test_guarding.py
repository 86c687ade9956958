from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.cases import Case
from local.bedrock.guarding import BLOCKED, HARMFUL_WORDS, look, shown
from local.bedrock.server import EmbeddedBedrock, Models


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with EmbeddedBedrock(pace=0) as server:
        session = boto3.Session("a", "b", region_name="us-east-1")
        yield session.client("bedrock-runtime", endpoint_url=server.url)


def applied(client: Any, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.apply_guardrail(
        guardrailIdentifier="gr4a1l", guardrailVersion="3", source="OUTPUT", content=[{"text": {"text": text}}]
    )
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-brainswap-origin"] == "simulated"
    return answer


def test_a_plain_text_passes(client: Any) -> None:
    answer = applied(client, "The card is on its way.")

    assert (answer["action"], answer["outputs"], answer["assessments"]) == ("NONE", [], [{}])
    assert answer["usage"]["contentPolicyUnits"] == 1


def test_harmful_words_block_a_text_and_say_why(client: Any) -> None:
    answer = applied(client, "You idiot, you MORON.")

    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert answer["outputs"] == [{"text": BLOCKED}]
    (found,) = answer["assessments"][0]["contentPolicy"]["filters"]
    assert (found["type"], found["confidence"], found["action"]) == ("INSULTS", "MEDIUM", "BLOCKED")


def test_an_e_mail_address_is_masked(client: Any) -> None:
    answer = applied(client, "Write to ada@lovelace.org.")

    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert answer["outputs"] == [{"text": "Write to {EMAIL}."}]
    (found,) = answer["assessments"][0]["sensitiveInformationPolicy"]["piiEntities"]
    assert (found["type"], found["action"]) == ("EMAIL", "ANONYMIZED")


def test_checks_give_each_category_that_was_asked_for_a_severity(client: Any) -> None:
    answer = client.invoke_guardrail_checks(
        messages=[{"role": "assistant", "content": [{"text": "You idiot."}]}],
        checks={"contentFilter": {"categories": [{"category": "INSULTS"}, {"category": "HATE"}]}},
    )

    found = {each["category"]: each["severityScore"] for each in answer["results"]["contentFilter"]["results"]}
    assert found == {"INSULTS": pytest.approx(1 / 3), "HATE": 0.0}
    assert answer["usage"]["contentFilter"]["textUnits"] == 1


def asked(runtime: Any, text: str, model: str, *, trace: str = "enabled") -> dict[str, Any]:
    guardrail = {"guardrailIdentifier": "gr4a1l", "guardrailVersion": "3", "trace": trace}
    messages = [{"role": "user", "content": [{"text": text}]}]
    answer: dict[str, Any] = runtime.converse(modelId=model, messages=messages, guardrailConfig=guardrail)
    return answer


@pytest.fixture(scope="module")
def models() -> Iterator[Any]:
    """Two models, one of which is rude and the other tells an address."""
    said = {"rude": {"output": "You idiot."}, "open": {"output": "Ask ada@lovelace.org."}}
    case = Case.model_validate({"id": "a", "input": {"q": "What now?"}, "recorded": said})
    known = Models(recordings={"acme.rude-v1:0": "rude", "acme.open-v1:0": "open"})
    with EmbeddedBedrock(cases=[case], models=known, pace=0) as server:
        session = boto3.Session("a", "b", region_name="us-east-1")
        yield session.client("bedrock-runtime", endpoint_url=server.url)


def text_of(answer: Any) -> str:
    return str(answer["output"]["message"]["content"][0]["text"])


def test_an_answer_that_the_guardrail_blocks_is_not_shown_and_has_to_be_paid(models: Any) -> None:
    answer = asked(models, "What now?", "acme.rude-v1:0")

    assert (answer["stopReason"], text_of(answer)) == ("guardrail_intervened", BLOCKED)
    assert answer["usage"]["outputTokens"] > 0
    assert "contentPolicy" in answer["trace"]["guardrail"]["outputAssessments"]["gr4a1l"][0]


def test_an_answer_that_it_masks_is_shown_without_what_it_masks(models: Any) -> None:
    answer = asked(models, "What now?", "acme.open-v1:0")

    assert (answer["stopReason"], text_of(answer)) == ("guardrail_intervened", "Ask {EMAIL}.")


def test_a_question_that_it_blocks_is_answered_by_no_model(models: Any) -> None:
    answer = asked(models, "What now, you idiot?", "acme.open-v1:0")

    assert (answer["stopReason"], text_of(answer)) == ("guardrail_intervened", BLOCKED)
    assert (answer["usage"]["inputTokens"], answer["usage"]["outputTokens"]) == (0, 0)


def test_a_trace_is_told_to_those_alone_who_ask_for_one(models: Any) -> None:
    assert "trace" not in asked(models, "What now?", "acme.rude-v1:0", trace="disabled")


def test_without_a_guardrail_everything_is_shown(models: Any) -> None:
    messages = [{"role": "user", "content": [{"text": "What now?"}]}]

    answer = models.converse(modelId="acme.rude-v1:0", messages=messages)

    assert (answer["stopReason"], text_of(answer)) == ("end_turn", "You idiot.")


@given(st.text())
def test_the_policy_takes_any_text(text: str) -> None:
    found = look(text)

    assert set(found.severities) == set(HARMFUL_WORDS)
    assert all(0 <= severity <= 1 for severity in found.severities.values())
    assert found.intervened or shown(text, found) == text

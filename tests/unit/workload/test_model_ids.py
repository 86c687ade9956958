import pytest

from brainswap.core.loading.model_ids import known_model_problem

KNOWN = {"anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0", "meta.llama3-1-70b-instruct-v1:0"}


@pytest.mark.parametrize(
    "model_id",
    [
        "amazon.nova-lite-v1:0",
        *(f"{label}.amazon.nova-lite-v1:0" for label in ("us", "eu", "apac", "global", "jp", "us-gov", "anew")),
        "openai:gpt-4o-mini",
        "my-server:anything/at:all",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
        "arn:aws-us-gov:sagemaker:us-gov-west-1:123456789012:endpoint/mine",
    ],
)
def test_ids_that_may_be_right_are_taken(model_id: str) -> None:
    assert known_model_problem(model_id, KNOWN) is None


@pytest.mark.parametrize(
    ("model_id", "meant"),
    [
        ("amazon.nova-light-v1:0", "amazon.nova-lite-v1:0"),
        ("us.amazon.nova-light-v1:0", "us.amazon.nova-lite-v1:0"),
        ("claude-3-haiku-20240307-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"),
        ("us.eu.amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"),
        ("Amazon.Nova-Lite-v1:0", "amazon.nova-lite-v1:0"),
    ],
)
def test_a_misspelt_id_is_told_with_the_one_that_was_meant(model_id: str, meant: str) -> None:
    assert known_model_problem(model_id, KNOWN) == f"unknown model `{model_id}`; did you mean `{meant}`?"


def test_an_id_like_none_is_unknown() -> None:
    assert known_model_problem("acme.road-runner", KNOWN) == "unknown model `acme.road-runner`"
    assert known_model_problem("acme.road-runner", []) == "unknown model `acme.road-runner`"

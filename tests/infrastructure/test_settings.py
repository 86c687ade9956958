from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.settings import InvalidSettingsError, Settings
from tests.infrastructure.templates import Template, of_type

SCORE = "arn:aws:lambda:eu-west-1:123456789012:function:score"


def test_nothing_has_to_be_set() -> None:
    settings = Settings.from_context({})

    assert settings == Settings()
    assert settings.retains


def test_settings_are_read_from_their_keys_and_other_context_is_left_alone() -> None:
    context = {
        "@aws-cdk/core:checkSecretUsage": True,
        "brainswap:stack-name": "Brainswap-staging",
        "brainswap:log-retention-days": 30,
        "brainswap:log-level": "DEBUG",
        "brainswap:removal-policy": "destroy",
        "brainswap:answer-ttl-days": 365,
        "brainswap:model-regions": ["eu-*", "us-east-1", "eu-*"],
        "brainswap:attachment-buckets": ["documents.example", "scans", "scans"],
        "brainswap:alarm-email": "models@example.com",
        "brainswap:openai-base-url": "https://models.example.com:8443/v1?api-version=2026-01-01",
        "brainswap:scoring-functions": [f"{SCORE}:7", f"{SCORE}:7", f"{SCORE}:*"],
    }

    settings = Settings.from_context(context)

    assert settings == Settings(
        stack_name="Brainswap-staging",
        log_retention_days=30,
        log_level="DEBUG",
        removal_policy="destroy",
        answer_ttl_days=365,
        model_regions=("eu-*", "us-east-1"),
        attachment_buckets=("documents.example", "scans"),
        alarm_email="models@example.com",
        openai_base_url="https://models.example.com:8443/v1?api-version=2026-01-01",
        scoring_functions=(f"{SCORE}:7", f"{SCORE}:*"),
    )
    assert not settings.retains


def test_what_a_command_line_can_write_is_as_good() -> None:
    context = {"brainswap:log-retention-days": "30", "brainswap:model-regions": "eu-*, us-gov-west-1"}

    settings = Settings.from_context(context)

    assert settings.log_retention_days == 30
    assert settings.model_regions == ("eu-*", "us-gov-west-1")


def test_functions_are_a_list_or_text_with_commas_or_nothing() -> None:
    several = Settings.from_context({"brainswap:scoring-functions": f"{SCORE}, {SCORE}:live"})

    assert several.scoring_functions == (SCORE, f"{SCORE}:live")
    assert Settings.from_context({"brainswap:scoring-functions": ""}).scoring_functions == ()


def test_no_bucket_is_open_unless_it_is_named() -> None:
    assert Settings.from_context({"brainswap:attachment-buckets": ""}).attachment_buckets == ()
    assert Settings.from_context({"brainswap:attachment-buckets": "a-b, c-d"}).attachment_buckets == ("a-b", "c-d")


def test_no_region_is_watched_besides_the_stacks_own_unless_it_is_named() -> None:
    assert Settings.from_context({"brainswap:watch-regions": ""}).watch_regions == ()
    named = Settings.from_context(
        {"brainswap:watch-regions": "us-east-1, eu-west-1", "brainswap:migrations-at-once": "9"}
    )
    assert (named.watch_regions, named.migrations_at_once) == (("us-east-1", "eu-west-1"), 9)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("brainswap:watch-regions", ["eu-*"], "a list of regions as us-east-1"),
        ("brainswap:watch-regions", 7, "a list of regions as us-east-1"),
        ("brainswap:migrations-at-once", 0, "a number from 1 to 100"),
    ],
)
def test_what_cannot_be_watched_or_run_is_refused(key: str, value: object, said: str) -> None:
    with pytest.raises(InvalidSettingsError, match=said):
        Settings.from_context({key: value})


def test_reports_are_locked_only_when_a_number_of_days_says_so() -> None:
    locked = Settings.from_context({"brainswap:object-lock-days": "30"})

    assert Settings.from_context({"brainswap:object-lock-mode": "compliance"}).retention is None
    assert locked.retention == "GOVERNANCE 30"


def test_tags_are_text_with_commas_or_a_list() -> None:
    assert Settings.from_context({"brainswap:tags": "team=models, cost-centre=a=b"}).tags_by_key == {
        "team": "models",
        "cost-centre": "a=b",
    }
    assert Settings.from_context({"brainswap:tags": []}).tags == ()


def test_an_empty_address_means_nobody() -> None:
    assert Settings.from_context({"brainswap:alarm-email": ""}).alarm_email is None


def test_an_empty_base_url_means_the_providers_own() -> None:
    assert Settings.from_context({"brainswap:openai-base-url": ""}).openai_base_url is None


def test_those_who_ask_models_are_told_where_other_models_are(with_settings: Template) -> None:
    functions = of_type(with_settings, "AWS::Lambda::Function")

    told = {name: it["Environment"]["Variables"].get("OPENAI_BASE_URL") for name, it in functions.items()}
    assert {name: value for name, value in told.items() if value} == dict.fromkeys(
        (
            *("FunctionsAnswer", "FunctionsJudge", "FunctionsJudgeSample"),
            *("FunctionsOptimise", "FunctionsPrepare", "FunctionsRewrite"),
        ),
        "https://models.example.com/v1",
    )


def test_every_problem_is_reported_at_once_with_what_would_be_right() -> None:
    context = {
        "brainswap:log-retention-days": 31,
        "brainswap:removal-policy": "keep",
        "brainswap:retention": 1,
    }

    with pytest.raises(InvalidSettingsError) as caught:
        Settings.from_context(context)

    retention, removal, unknown = caught.value.problems
    assert retention.startswith("brainswap:log-retention-days: must be one of 1, 3, 5,")
    assert removal == "brainswap:removal-policy: must be one of retain, destroy, not 'keep'"
    assert unknown.startswith("brainswap:retention: there is no such setting. Known are: brainswap:stack-name,")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kms-key-arn", "alias/brainswap"),
        ("kms-key-arn", "arn:aws:kms:eu-central-1:123456789012:alias/brainswap"),
        ("tags", "cost-centre"),
        ("tags", "aws:owner=us"),
        ("tags", "team=a,team=b"),
        ("stack-name", "1st"),
        ("stack-name", "under_score"),
        ("stack-name", ""),
        ("stack-name", "S" * 57),
        ("log-retention-days", 0),
        ("log-retention-days", "30 days"),
        ("log-retention-days", 30.0),
        ("log-retention-days", True),
        ("log-level", "debug"),
        ("removal-policy", "retain|destroy"),
        ("answer-ttl-days", 0),
        ("answer-ttl-days", 3651),
        ("answer-ttl-days", -1),
        ("model-regions", []),
        ("model-regions", ""),
        ("model-regions", "europe"),
        ("model-regions", ["eu-*", 1]),
        ("model-regions", {"eu-*": True}),
        ("scoring-functions", "score"),
        ("scoring-functions", ["arn:aws:lambda:*:123456789012:function:score"]),
        ("scoring-functions", ["arn:aws:lambda:eu-west-1:123456789012:function:*"]),
        ("scoring-functions", [7]),
        ("scoring-functions", 7),
        ("attachment-buckets", ["Documents"]),
        ("attachment-buckets", "s3://documents"),
        ("attachment-buckets", ["documents", 1]),
        ("attachment-buckets", {}),
        ("portal", "yes"),
        ("portal", 1),
        ("object-lock-days", -1),
        ("object-lock-days", 36_501),
        ("object-lock-mode", "GOVERNANCE"),
        ("object-lock-mode", ""),
        ("alarm-email", "models at example.com"),
        ("alarm-email", ["models@example.com"]),
        ("openai-base-url", "http://models.example.com/v1"),
        ("openai-base-url", "models.example.com/v1"),
        ("openai-base-url", "https://"),
        ("openai-base-url", "https:///v1"),
        ("openai-base-url", "https://user:word@models.example.com/v1"),
        ("openai-base-url", "https://models.example.com/v1#part"),
        ("openai-base-url", "https://models.example.com/v1\n"),
        ("openai-base-url", ["https://models.example.com/v1"]),
    ],
)
def test_a_value_out_of_bounds_is_refused(key: str, value: Any) -> None:
    with pytest.raises(InvalidSettingsError, match=f"^brainswap:{key}: "):
        Settings.from_context({f"brainswap:{key}": value})


@given(
    key=st.sampled_from(["log-retention-days", "removal-policy", "model-regions", "attachment-buckets", "alarm-email"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_whatever_the_context_holds_is_read_or_refused_by_name(key: str, value: Any) -> None:
    try:
        outcome: Settings | str = Settings.from_context({f"brainswap:{key}": value})
    except InvalidSettingsError as error:
        outcome = str(error)

    assert isinstance(outcome, Settings) or outcome.startswith(f"brainswap:{key}: ")


def test_the_longest_name_of_a_stack_leaves_room_for_what_is_named_after_it(template: Template) -> None:
    longest = Settings.from_context({"brainswap:stack-name": "S" * 56}).stack_name

    named = [
        each["Properties"]["Name"].replace("Brainswap", longest)
        for each in template["Resources"].values()
        if each["Type"].startswith("AWS::AppConfig::")
    ]
    assert named
    assert max(map(len, named)) <= 64  # AppConfig API reference

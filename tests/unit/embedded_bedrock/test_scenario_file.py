import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.errors import InvalidWorkloadError, Problem
from local.bedrock.scenario import Deny, Faults, Rule, Scenario, Slow, Throttle
from local.bedrock.scenario_file import parse_scenario, read_scenario

FULL = """\
seed: 11
time_factor: 600
rules:
  - model: ["*claude*", "*nova*"]
    operation: Converse*
    from_s: 10
    until_s: 3600
    throttle:
      - {requests_per_second: 150, burst: 10, retry_after_s: 2}
      - {tokens_per_minute: 100000, burndown: 5}
  - faults:
      internal_error: 0.02
      model_error: 0.01
      original_status: 503
      reset: 0.03
      malformed: 0.01
      stream_exception: {throttlingException: 0.04}
    slow: {factor: 3, first_token_ms: 50, stall: {share: 0.01, s: 60}}
  - deny: ResourceNotFoundException
  - deny: {error: ValidationException, after_requests: 5}
"""


def complaints(text: str) -> list[str]:
    with pytest.raises(InvalidWorkloadError) as caught:
        parse_scenario("trouble.yaml", text)
    assert all(problem.wrong and problem.remedy for problem in caught.value.problems)
    return [f"{problem.place} | {problem.wrong}" for problem in caught.value.problems]


def test_every_part_of_the_language_is_understood() -> None:
    limits = Rule(
        models=("*claude*", "*nova*"),
        operations=("Converse*",),
        from_s=10,
        until_s=3600,
        throttles=(
            Throttle(unit="requests", rate=150, burst=10, retry_after_s=2),
            Throttle(unit="tokens", rate=100_000, burndown=5),
        ),
    )
    faults = Rule(
        faults=Faults(
            errors={"InternalServerException": 0.02, "ModelErrorException": 0.01},
            reset=0.03,
            malformed=0.01,
            stream_exceptions={"throttlingException": 0.04},
            original_status=503,
        ),
        slow=Slow(factor=3, first_token_ms=50, stall_share=0.01, stall_s=60),
    )
    denials = (
        Rule(deny=Deny(error="ResourceNotFoundException")),
        Rule(deny=Deny(error="ValidationException", after_requests=5)),
    )

    assert parse_scenario("x", FULL) == Scenario(rules=(limits, faults, *denials), seed=11, time_factor=600)


def test_all_mistakes_are_told_at_once_each_with_its_line() -> None:
    text = """\
sead: 7
rules:
  - model: 3
    throttle: {requests_per_second: 1, tokens_per_minute: 1}
  - faults: {reset: 0.9, malformed: 0.2}
  - faults: {internal_error: 2, stream_exception: {oops: 1}}
  - from_s: 20
    until_s: 10
  - slow: {stall: {share: 0.5}, latency_ms: 10, first_token_ms: 20}
  - deny: TeapotException
  - throttle: {requests_per_second: 0, burndown: 2, burst: true}
"""

    assert complaints(text) == [
        "trouble.yaml:1 sead | the key `sead` is not known",
        "trouble.yaml:3 rules[0].model | a pattern must be text",
        "trouble.yaml:4 rules[0].throttle | a limit has exactly one of requests_per_second and tokens_per_minute",
        "trouble.yaml:5 rules[1].faults | the shares of the faults add up to more than 1",
        "trouble.yaml:6 rules[2].faults.internal_error | this is not a number that makes sense here",
        "trouble.yaml:6 rules[2].faults.stream_exception.oops | the key `oops` is not known",
        "trouble.yaml:7 rules[3] | the rule does nothing",
        "trouble.yaml:8 rules[3].until_s | the rule ends before it begins",
        "trouble.yaml:9 rules[4].slow.stall | a stall has a share and a duration",
        "trouble.yaml:9 rules[4].slow.first_token_ms | the first token comes after the end",
        "trouble.yaml:10 rules[5].deny | `TeapotException` is none of the choices",
        "trouble.yaml:11 rules[6].throttle.burndown | requests do not burn tokens",
        "trouble.yaml:11 rules[6].throttle.requests_per_second | this is not a number that makes sense here",
        "trouble.yaml:11 rules[6].throttle.burst | this is not a number that makes sense here",
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "there must be keys with values here"),
        ("seed: 7", "there are no rules"),
        ("rules: many", "the rules must be a list"),
        ("rules: []", "the list is empty"),
        ("rules: [{deny: {after_requests: 1}}]", "nothing says which error"),
        ("rules: [{deny: {error: ValidationException, after_requests: 1.5}}]", "this is not a whole number"),
        ("rules: [", "not valid YAML"),
    ],
)
def test_a_scenario_that_means_nothing_is_refused(text: str, wrong: str) -> None:
    assert any(wrong in complaint for complaint in complaints(text))


def test_a_mistyped_key_is_answered_with_the_right_one() -> None:
    with pytest.raises(InvalidWorkloadError, match=r"Write `throttle`"):
        parse_scenario("x", "rules: [{throtle: {requests_per_second: 1}}]")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trouble.yaml"
    path.write_bytes(b"rules: \xff")

    with pytest.raises(InvalidWorkloadError, match="not UTF-8"):
        read_scenario(path)


KEYS = st.sampled_from(["rules", "throttle", "faults", "slow", "deny", "stall", "share", "reset", "model", "seed", "s"])
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(0, 2), st.sampled_from(["*", "x"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@given(rules=st.lists(st.dictionaries(KEYS, ANYTHING, max_size=4), max_size=3))
def test_whatever_is_declared_is_a_scenario_or_a_list_of_problems(rules: Any) -> None:
    try:
        made: Scenario | tuple[Problem, ...] = parse_scenario("x", json.dumps({"rules": rules}))
    except InvalidWorkloadError as error:
        made = error.problems

    assert made

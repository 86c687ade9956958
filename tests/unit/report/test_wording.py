import pytest

from brainswap.report import wording
from brainswap.report.model import Cost, Report
from tests.fakes.reports import (
    HAIKU,
    LLAMA,
    OLD_HAIKU,
    contender,
    gate,
    hold,
    inconclusive,
    large,
    refused,
    report,
    target,
    unknowns,
)


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (report(), "Move to claude-3-5-haiku-20241022 with the translated prompt"),
        (hold(), "Stay with claude-3-haiku-20240307"),
        (inconclusive(), "These cases do not settle it"),
        (refused(), "This run was refused"),
        (report(verdict="migrate", recommended=None), "A contender is ready to take over"),
        (report(verdict="hold", contenders=[]), "Stay with the model in use"),
    ],
)
def test_the_headline_is_the_verdict(found: Report, line: str) -> None:
    assert wording.headline(found) == line


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            report(),
            (
                "claude-3-5-haiku-20241022 meets all 4 gates on 600 test cases and would cost $30.86 a month "
                "instead of $97.00."
            ),
        ),
        (
            hold(),
            "On 600 test cases, llama3-1-70b-instruct does not meet every gate; stay with claude-3-haiku-20240307.",
        ),
        (
            inconclusive(),
            (
                "On 600 test cases, claude-3-5-haiku-20241022 may or may not be good enough; until that is known, stay "
                "with claude-3-haiku-20240307."
            ),
        ),
        (refused(), "Nothing was measured: personal_data: 12 cases hold e-mail addresses, the first in line 4."),
        (
            report(verdict="migrate", recommended=None),
            "On 600 test cases, a contender meets every gate; the table of contenders says which.",
        ),
        (
            large().model_copy(update={"verdict": "hold"}),
            "On 600 test cases, none of 7 contenders meets every gate; stay with claude-3-haiku-20240307.",
        ),
    ],
)
def test_a_manager_reads_what_it_comes_to(found: Report, line: str) -> None:
    assert wording.for_manager(found) == line


def test_a_manager_is_told_not_to_act_on_simulated_answers() -> None:
    assert wording.for_manager(report(models="simulated")).endswith("The answers are simulated: do not act on this.")


def test_cost_is_told_per_thousand_requests_where_the_traffic_is_unknown() -> None:
    cost = Cost(per_1000_requests_usd=0.5, monthly_usd=None, price_source="list", price_date="2026-11-01")
    found = report(contenders=[contender(cost=cost), target(cost=cost)])

    assert wording.for_manager(found).endswith("on 600 test cases; 1,000 requests cost $0.50 instead of $0.50.")


def test_an_unknown_cost_is_not_passed_over() -> None:
    found = report(contenders=[contender(cost=None), target()])

    assert wording.for_manager(found).endswith("; what it saves or costs is not known.")


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            report(),
            (
                "correct +1.2 points (\u22120.7 to +3.1), json_valid +1.2 points (+0.2 to +2.2), cost 0.32x, "
                "median latency 0.71x, p95 latency 0.84x. Intervals at 95 %, by tango, over 600 pairs."
            ),
        ),
        (
            hold(),
            (
                "llama3-1-70b-instruct · original fails “correct not worse by 0.02” (\u22126.1 points, "
                "\u22128.0 to \u22124.2; bound \u22122.0 points), “no critical case lost” (3; bound 0)."
            ),
        ),
        (
            inconclusive(),
            (
                "claude-3-5-haiku-20241022 · translated leaves open “correct not worse by 0.02” (\u22121.0 points, "
                "\u22122.9 to +0.9; bound \u22122.0 points)."
            ),
        ),
        (refused(), "personal_data: 12 cases hold e-mail addresses, the first in line 4."),
        (
            unknowns(),
            (
                "claude-3-5-haiku-20241022 · translated leaves open “cost at most 1 times the source's” (unknown: the "
                "source's price is unknown)."
            ),
        ),
        (report(verdict="inconclusive", contenders=[contender(), target(gates=[])]), "No gate was applied."),
        (report(contenders=[contender()]), "The recommended contender is not in this report."),
        (report(verdict="refused"), "No check says why."),
    ],
)
def test_an_engineer_reads_the_numbers_that_carry_the_verdict(found: Report, line: str) -> None:
    assert wording.for_engineer(found) == line


def test_a_long_list_of_reasons_says_how_many_more_there_are() -> None:
    losers = [target(f"target-{number}", status="fail") for number in range(5)]
    found = report(verdict="hold", contenders=[contender(), *losers])

    assert wording.for_engineer(found).endswith("; and 2 more.")


@pytest.mark.parametrize(
    ("found", "title"),
    [
        (report(models="bedrock"), "Answers from Amazon Bedrock"),
        (report(models="recorded"), "Recorded answers: nothing was asked live"),
        (report(models="simulated"), "SIMULATED answers: they say nothing about the real models"),
        (report(models="mixed"), "Mixed answers: not every contender was asked live"),
        (refused(), "No answers: nothing was asked"),
    ],
)
def test_the_banner_says_where_the_answers_come_from(found: Report, title: str) -> None:
    assert wording.banner(found).title == title


def test_only_live_answers_come_without_a_warning() -> None:
    weights = {
        models: wording.banner(report(models=models)).weight for models in ("bedrock", "recorded", "mixed", "simulated")
    }

    assert weights == {"bedrock": "calm", "recorded": "marked", "mixed": "marked", "simulated": "loud"}


@pytest.mark.parametrize(
    ("model", "short"),
    [
        (HAIKU, "claude-3-5-haiku-20241022"),
        (OLD_HAIKU, "claude-3-haiku-20240307"),
        (LLAMA, "llama3-1-70b-instruct"),
        ("us-gov.anthropic.claude-3-haiku-20240307-v1:0", "claude-3-haiku-20240307"),
        ("amazon.nova-lite-v1:0", "nova-lite"),
        ("openai:gpt-4.1", "openai:gpt-4.1"),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", "abc"),
        ("model/", "model/"),
    ],
)
def test_a_model_is_called_by_its_name_alone(model: str, short: str) -> None:
    assert wording.short_model(model) == short


def test_two_models_of_the_same_name_keep_their_full_ids() -> None:
    found = report(
        contenders=[contender(model="us.anthropic.claude-9-v1:0"), target("b", model="eu.anthropic.claude-9-v1:0")]
    )

    assert list(wording.labels(found).values()) == [
        "us.anthropic.claude-9-v1:0 · original",
        "eu.anthropic.claude-9-v1:0 · translated",
    ]


def test_two_contenders_that_differ_in_nothing_but_their_id_are_told_apart_by_it() -> None:
    found = report(contenders=[contender(), target("a"), target("b")])

    assert len(set(wording.labels(found).values())) == 3


def test_each_contender_has_a_line_of_its_own() -> None:
    lines = [wording.contender_line(each) for each in large().contenders]

    assert lines[0].startswith("The model in use: correct 90.0 % (87.5 to 92.1), ")
    assert lines[1].startswith("Meets all 4 gates: correct +2.0 points")
    assert lines[-1].startswith("Fails 1 of 4 gates: “correct not worse by 0.02” (\u22124.6 points")


def test_a_contender_without_gates_is_not_said_to_meet_them() -> None:
    assert wording.contender_line(target(gates=[])).startswith("No gate was applied: ")


def test_a_contender_of_which_nothing_is_known_says_so() -> None:
    empty = contender(scores={}, latency_ms=None, cost=None)

    assert wording.contender_line(empty) == "The model in use: nothing was measured."


def test_the_unit_of_a_gate_follows_from_its_bound() -> None:
    units = [wording.unit_of(gate("x", "pass", 0.0, bound)) for bound in (-0.02, 1.2, 0.0, None)]

    assert units == ["points", "ratio", "count", "plain"]


def test_margin_and_largest_ratio_come_from_the_gate_of_that_name() -> None:
    found = target()

    assert wording.margin_of(found, "correct") == -0.02
    assert wording.margin_of(found, "corr") is None
    assert wording.largest_ratio(found, "latency_p95") == 1.2
    assert wording.largest_ratio(found, "latency_p50") is None


def test_the_reason_of_a_null_is_that_of_the_nearest_part_that_has_one() -> None:
    found = contender(unknown={"cost": "no price", "cost.monthly_usd": "no traffic"})

    assert wording.reason_unknown(found, "cost.monthly_usd") == "no traffic"
    assert wording.reason_unknown(found, "cost.per_1000_requests_usd") == "no price"
    assert wording.reason_unknown(found, "tokens.input_mean") is None


@pytest.mark.parametrize(
    ("unit", "numbers", "around"),
    [
        ("percent", ("91.0 %", "90.0 %"), "88.0 to 93.0"),
        ("usd", ("$0.91", "$0.90"), "$0.88 to $0.93"),
        ("ms", ("0.9 ms", "0.9 ms"), "0.9 ms to 0.9 ms"),
        ("points", ("+91.0 points", "+90.0 points"), "+88.0 to +93.0"),
    ],
)
def test_a_gate_that_says_its_unit_is_told_in_it_with_the_interval_that_decided(
    unit: str, numbers: tuple[str, str], around: str
) -> None:
    found = gate("x at least 0.9", "inconclusive", 0.91, 0.9, unit=unit, low=0.88, high=0.93, confidence=0.99)

    assert wording.gate_numbers(found) == numbers
    assert wording.gate_interval(target(), found) == around


@pytest.mark.parametrize(
    ("status", "tier", "line"),
    [
        ("fail", "advisory", "Meets every critical gate: "),
        ("inconclusive", "supporting", "Meets every critical gate: "),
        ("fail", "supporting", "Fails 1 of 2 gates: "),
        ("inconclusive", "critical", "Leaves open 1 of 2 gates: "),
    ],
)
def test_a_contender_is_told_by_the_gates_that_decide(status: str, tier: str, line: str) -> None:
    gates = [gate("a", "pass", 0.0, 0.0), gate("b", status, 0.0, -0.1, tier=tier)]

    assert wording.contender_line(target(gates=gates)).startswith(line)

"""A run whose workload holds labels of people, state by state in memory."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from brainswap.contracts import LookRequest
from brainswap.core.answers import Answer, AnswerStatus, Origin
from brainswap.core.cases import Case
from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.labelling.drawing import drawn_repeat, rank
from brainswap.core.labelling.items import Showing, Shown
from brainswap.core.labelling.labels import LABELS_FILE, Label, encode_labels
from brainswap.core.scoring.specs import ClosedQaSpec, PairwiseSpec, ScorerSpec
from brainswap.handlers import look
from brainswap.ports import Question
from brainswap.report.model import GateOutcome, Report
from brainswap.report.people import Calibration
from brainswap.run_files import RunFiles
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.memory import MemoryDependencies, ScriptedModels, answered
from tests.fakes.runs import RUN, case, declaration, upload
from tests.fakes.states import evaluate, judge_all, listed_shards, reported, sharded

SOURCE = "anthropic.claude-3-haiku-20240307-v1:0"
TARGET = "amazon.nova-lite-v1:0"
JUDGE = "mistral.mistral-large-2407-v1:0"
CASES = 120
POLITE = {"name": "polite", "type": "closed_qa", "criterion": "It is polite.", "judge": {"model": JUDGE}}
BETTER = {"name": "better", "type": "pairwise", "judge": {"model": JUDGE}}
SEED = 5
WHEN = datetime(2026, 11, 28, tzinfo=UTC)

Says = Callable[[str, int, int], str]
"""What a contender answers to the case of a number at a repeat."""


def says(contender: str, number: int, repeat: int) -> str:
    """The source is rude every fifth time, and the target every fourth."""
    rude = number % (5 if contender == "source" else 4) == 0
    return f"{'Go away' if rude else 'Please'}, {contender} {number} {repeat}"


def is_polite(text: str) -> bool:
    return text.startswith("Please")


def finds(text: str) -> bool:
    """The judge takes every other rude answer of the target for polite."""
    number = int(text.split()[-2])
    return is_polite(text) or ("target" in text and number % 8 == 0)


def run(
    labels: Sequence[Label] | bytes,
    *scorers: Mapping[str, Any],
    said: Says = says,
    cases: Sequence[Mapping[str, Any]] | None = None,
    **changes: Any,
) -> tuple[MemoryDependencies, Report]:
    """A whole run of a workload with labels."""

    def reply(question: Question) -> Answer:
        if question.model == JUDGE:
            return answered(question, judged(question))
        contender = "source" if question.model == SOURCE else "target"
        return answered(question, said(contender, int(question.case.id[5:]), question.repeat))

    def judged(question: Question) -> str:
        # A pair is shown as `first` and `second`, a single answer as `answer`.
        shown = [
            line
            for line in question.prompt.messages[-1].content.splitlines()
            if ", source" in line or ", target" in line
        ]
        found = [finds(line) for line in shown]
        if len(found) == 1:
            return json.dumps({"reason": "so", "meets": "yes" if found[0] else "no"})
        better = "equal" if found[0] == found[1] else "first" if found[0] else "second"
        return json.dumps({"reason": "so", "better": better})

    known = catalogue(*(facts(model) for model in (SOURCE, TARGET, JUDGE)))
    using = MemoryDependencies(catalogue=known, models=ScriptedModels(reply=reply))
    request = upload(
        using,
        declaration(**{"scorers": list(scorers or [POLITE]), "gates": [], **changes}),
        cases or [case(number) for number in range(CASES)],
    )
    text = labels if isinstance(labels, bytes) else encode_labels(labels)
    if text:
        using.artifacts.files[f"workloads/yes-or-no/v1/{LABELS_FILE}"] = text
    listed = sharded(using, request)
    while listed.shards:
        shards = listed_shards(using, listed)
        evaluate(using, shards)
        judge_all(using, shards)
        if not listed.more:
            break
        listed = look.run(LookRequest(run_id=RUN, look=listed.look), using)
    return using, reported(using)


def by_people(
    count: int,
    scorer: Mapping[str, Any] = POLITE,
    *,
    repeats: int = 1,
    labeller: str = "ann",
    seed: int | None = SEED,
    draw: int = SEED,
    said: Says = says,
) -> list[Label]:
    """Labels of the first cases of the draw, by somebody who knows; ``seed`` is what they say of it."""
    spec: ScorerSpec = TypeAdapter(ScorerSpec).validate_python(scorer)
    numbers = sorted(range(CASES), key=lambda number: rank(draw, f"case-{number}"))[:count]
    labels = []
    for number in numbers:
        declared = Case.model_validate(case(number))
        repeat = drawn_repeat(draw, declared.id, repeats)
        answers = {
            name: Answer(
                case_id=declared.id,
                text=said(name, number, repeat),
                status=AnswerStatus.ANSWERED,
                origin=Origin.LIVE,
            )
            for name in ("source", "target")
        }
        for name, shown in Showing(spec).of_case(declared, answers, "source").items():
            if isinstance(shown, Shown):
                marks = mark(spec, answers[name].text, answers["source"].text)
                labels.append(
                    Label(
                        scorer=spec.name,
                        case=declared.id,
                        shown_sha256=shown.sha256,
                        marks=marks,
                        labeller=labeller,
                        labelled_at=WHEN,
                        seed=seed,
                    )
                )
    return labels


def mark(spec: ScorerSpec, text: str, source: str) -> dict[str, str]:
    here, there = is_polite(text), is_polite(source)
    if isinstance(spec, PairwiseSpec):
        return {"better": "equal" if here == there else "this" if here else "other"}
    return {"meets": "yes" if here else "no"} if isinstance(spec, ClosedQaSpec) else {"score": "1" if here else "0"}


def numbers_of(found: Any) -> list[float]:
    """Every number of a part of the report, at every depth."""
    if isinstance(found, BaseModel):
        return [number for _, value in found for number in numbers_of(value)]
    if isinstance(found, list | dict):
        values = found.values() if isinstance(found, dict) else found
        return [number for value in values for number in numbers_of(value)]
    return [found] if isinstance(found, int | float) else []


def only(made: Report) -> Calibration:
    (found,) = made.calibration
    return found


def test_looks_on_the_way_change_nothing_of_what_labels_say_in_the_end() -> None:
    _, looked = run(by_people(80), stopping={"looks": 2})
    _, whole = run(by_people(80))

    assert looked.stopping is not None
    assert looked.stopping.looks == 2
    # Cases that come in another order add up to the same, but for the last digits.
    for one, other in zip(numbers_of(only(looked)), numbers_of(only(whole)), strict=True):
        assert one == pytest.approx(other, rel=1e-9)


def test_labels_of_a_sample_correct_what_a_lenient_judge_says_of_all() -> None:
    using, made = run(by_people(80))

    source, target = only(made).contenders
    scored = made.contenders[1].comparison["polite"].difference
    assert scored == pytest.approx(24 / 120 - 15 / 120)
    assert target.difference is not None
    assert source.mean is not None
    # By people, the source is polite in 96 of 120 and the target in 90.
    assert target.difference.low < (90 - 96) / 120 < target.difference.high < scored
    assert source.mean.estimate == pytest.approx(96 / 120, abs=0.005)
    assert (target.difference.n_labelled, target.difference.n_unlabelled) == (80, 40)
    assert (only(made).answers, only(made).unmatched, only(made).labellers) == (160, 0, 1)
    assert target.bias is not None
    assert target.bias.value > 0
    assert made.provenance.labels_sha256 == RunFiles(using.artifacts, RUN).run().labels_sha256
    assert list(RunFiles(using.artifacts, RUN).labels()) == by_people(80)


def ruder(contender: str, number: int, repeat: int) -> str:
    """By people the target is worse by 17.5 points, by the judge by 5."""
    rude = number % 8 < 3 if contender == "target" else number % 5 == 0
    return f"{'Go away' if rude else 'Please'}, {contender} {number} {repeat}"


def gate_of(made: Report) -> GateOutcome:
    (found,) = [one for one in made.contenders[1].gates if one.gate.startswith("polite")]
    return found


GATE = {"scorer": "polite", "rule": "not_worse", "margin": 0.16}


def test_a_gate_that_a_lenient_judge_would_pass_is_decided_by_people() -> None:
    _, by_the_judge = run(by_people(110, said=ruder), said=ruder, gates=[{**GATE, "labels": "ignore"}])
    _, made = run(by_people(110, said=ruder), said=ruder, gates=[GATE])

    assert gate_of(by_the_judge).status == "pass"
    assert "labels are not used, as the gate says" in gate_of(by_the_judge).detail
    decided = gate_of(made)
    assert decided.status == "inconclusive"
    assert decided.value is not None
    assert decided.value == pytest.approx(-0.175, abs=0.02)
    assert "by people" in decided.detail
    assert "110 labelled cases and 10 that only the scorer saw" in decided.detail


def test_of_clustered_cases_the_labels_alone_decide() -> None:
    clusters = [case(number, cluster=f"call {number // 2}") for number in range(CASES)]

    _, made = run(by_people(110, said=ruder), said=ruder, gates=[GATE], cases=clusters)

    assert "labels-clustered-score, 110 labelled cases" in gate_of(made).detail


def test_a_gate_on_a_judge_whom_nobody_checked_says_so() -> None:
    _, nobody = run([], gates=[GATE])
    _, few = run(by_people(30), gates=[GATE])

    assert "a judge's opinion that no label checks" in gate_of(nobody).detail
    assert "not corrected by people: 30 of its drawn cases have labels" in gate_of(few).detail


def test_a_gate_that_people_would_not_let_pass_and_that_ignores_them_is_told() -> None:
    gates = [{**GATE, "margin": 0.1, "labels": "ignore"}]
    _, by_margin = run(by_people(110, said=ruder), said=ruder, gates=gates)
    _, wide = run(by_people(110), gates=[{**gates[0], "margin": 0.9}])
    _, decided = run(by_people(110, said=ruder), said=ruder, gates=[GATE])

    (told,) = [one for one in by_margin.provenance.warnings if "by people, target-1-original" in one]
    assert "at a margin of 0.1" in told
    assert not [one for made in (wide, decided) for one in made.provenance.warnings if "by people, " in one]


def test_labels_hold_whatever_order_they_have_and_whichever_block_their_answers_are_in() -> None:
    _, made = run(by_people(80))
    _, turned = run([*reversed(by_people(80))])

    assert turned.calibration == made.calibration


def test_a_sample_that_was_cut_short_is_a_smaller_sample() -> None:
    _, made = run(by_people(55))

    assert only(made).drawn == 55
    assert only(made).contenders[1].difference is not None


def test_fewer_than_fifty_cases_are_warned_about() -> None:
    _, made = run(by_people(30))

    found = only(made)
    assert found.kappa is not None
    assert found.contenders[1].difference is None
    assert any(
        "polite: the difference of target-1-original is not corrected" in one for one in made.provenance.warnings
    )


def test_labels_that_were_not_drawn_tell_agreement_and_correct_nothing() -> None:
    _, made = run(by_people(80, seed=None))

    assert (only(made).drawn, only(made).chosen) == (0, 80)
    assert only(made).contenders[1].difference is None
    assert any("80 labelled cases were not drawn at random" in one for one in made.provenance.warnings)


def test_answers_that_changed_since_have_no_label_and_those_that_did_not_have() -> None:
    def later(contender: str, number: int, repeat: int) -> str:
        return says(contender, number, repeat).replace(", target", " do, target")

    _, made = run(by_people(80), said=later)

    source, target = only(made).contenders
    assert (source.cases, target.cases) == (80, 0)
    assert source.mean is not None
    assert target.mean is None
    assert only(made).unmatched == 80
    assert any("80 labels are of answers that nobody gave" in one for one in made.provenance.warnings)


def test_a_few_changed_answers_leave_no_random_sample_of_the_rest() -> None:
    def later(contender: str, number: int, repeat: int) -> str:
        return says(contender, number, repeat).replace(", target", " do, target" if number % 6 == 0 else ", target")

    _, made = run(by_people(80), said=later)

    target = only(made).contenders[1]
    assert target.cases > 50
    assert target.difference is None
    assert "no random sample" in target.unknown["difference"]


def test_labels_of_an_earlier_question_do_not_reach_into_the_present_one() -> None:
    earlier = by_people(110, {**POLITE, "criterion": "It is short."})

    _, made = run([*earlier, *by_people(60)])

    difference = only(made).contenders[1].difference
    assert only(made).drawn == 60
    assert only(made).unmatched == 220
    assert difference is not None
    assert (difference.n_labelled, difference.n_unlabelled) == (60, 60)


def test_of_several_answers_to_a_case_the_one_that_was_drawn_needs_a_label() -> None:
    _, made = run(by_people(60, repeats=3), repeats=3)

    assert only(made).answers == 120
    assert only(made).contenders[1].difference is not None


def test_a_case_that_two_draws_chose_needs_the_labels_of_both() -> None:
    first, second = by_people(60, repeats=3), by_people(60, repeats=3, seed=6, draw=6)
    known = {label.case for label in first}

    _, whole = run([*first, *second], repeats=3)
    _, broken = run([*first, *(label for label in second if label.case not in known)], repeats=3)

    assert only(whole).drawn == len(known | {label.case for label in second})
    assert only(whole).contenders[1].difference is not None
    assert only(broken).contenders[1].difference is None


def test_a_pair_is_held_against_people_and_the_source_against_nothing() -> None:
    _, made = run(by_people(70, BETTER), BETTER)

    source, target = only(made).contenders
    assert source.unknown["mean"] == source.unknown["bias"] == "none of its drawn answers has to be judged"
    assert target.mean is not None
    assert target.difference is not None
    assert target.difference.estimate == pytest.approx(target.mean.estimate - 0.5)
    confusion = only(made).confusion
    assert confusion is not None
    assert confusion.levels == ["worse", "as good", "better"]


def test_a_second_person_is_compared_with_the_first() -> None:
    _, made = run([*by_people(60), *by_people(55, labeller="bob")])

    assert only(made).labellers == 2
    between = only(made).between_people
    assert between is not None
    assert (between.kappa, between.answers) == (1.0, 110)


def test_without_labels_the_report_says_what_a_judges_word_is_worth() -> None:
    _, made = run([])

    assert (only(made).answers, only(made).kappa, only(made).judged) == (0, None, True)
    assert any("polite: nobody has labelled" in one for one in made.provenance.warnings)
    assert made.provenance.labels_sha256 is None


def test_labels_of_a_scorer_that_the_workload_does_not_have_are_told() -> None:
    _, made = run([one.model_copy(update={"scorer": "kind"}) for one in by_people(3)])

    assert any("holds 6 labels of `kind`" in one for one in made.provenance.warnings)


def test_labels_that_do_not_hold_together_stop_the_run() -> None:
    with pytest.raises(InvalidWorkloadError, match=f"{LABELS_FILE}:1"):
        run(b"{}\n")


def test_a_scorer_that_is_no_judge_is_held_against_people_where_it_has_labels() -> None:
    begins = {"name": "begins", "type": "starts_with", "value": "Please"}

    _, made = run(by_people(60, begins), begins, {"name": "same", "type": "exact"}, POLITE)

    found, of_judge = made.calibration
    assert (found.scorer, found.judged, of_judge.scorer, of_judge.judged) == ("begins", False, "polite", True)
    assert found.kappa is not None
    assert found.kappa.value == 1.0
    assert found.contenders[1].difference is not None

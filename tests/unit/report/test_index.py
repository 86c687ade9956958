"""What an index tells of a workload's runs."""

import json
from datetime import timedelta

import pytest

from brainswap.core.errors import InvalidRequestError
from brainswap.report.index.entry import Entry, entry_of, from_text, to_text
from brainswap.report.index.history import FILES, NO_FINGERPRINT, Index, Listed, in_order
from brainswap.report.index.page import MOST_RUNS, to_page
from brainswap.report.index.trend import MOST_RUNS as MOST_DOTS
from brainswap.report.index.trend import trend
from brainswap.report.model import Report
from tests.fakes.hostile_reports import HOSTILE, hostile
from tests.fakes.indexes import index_of, run
from tests.fakes.pages import read
from tests.fakes.reports import HAIKU, LLAMA, contender, hold, refused, score, target, unknowns


def entries(*runs: Report) -> list[Entry]:
    return [entry_of(each) for each in runs]


# Entries


@pytest.mark.parametrize("whole", [run(1), hold(), refused(), unknowns(), *map(hostile, HOSTILE[:6])])
def test_an_entry_is_read_as_it_was_written(whole: Report) -> None:
    entry = entry_of(whole)

    assert from_text(to_text(entry), Entry) == entry


def test_an_entry_has_the_figures_of_the_report() -> None:
    whole = run(1)

    entry = entry_of(whole)

    assert entry.source is not None
    assert entry.candidate is not None
    assert entry.candidate.quality["correct"].mean == whole.contenders[1].scores["correct"].mean
    assert entry.candidate.quality["correct"].low == whole.contenders[1].scores["correct"].low
    assert entry.candidate.cost_usd == 0.12345
    assert set(entry.candidate.quality) == {"correct"}, "other scorers have no gate"
    assert entry.spend_usd == whole.spend.usd


def test_what_is_not_known_is_null_with_its_reason() -> None:
    entry = entry_of(unknowns())

    assert entry.source is not None
    assert entry.source.cost_usd is None
    assert entry.source.unknown["cost_usd"] == "no price of this model is known"
    assert entry.source.p95_ms is None
    assert entry.source.unknown["p95_ms"] == "no latency was recorded with these answers"


def test_the_candidate_is_the_recommended_target_else_the_first() -> None:
    two = [contender(), target("first", model=LLAMA), target("haiku-translated")]

    recommended, none = entries(run(1, contenders=two), run(2, contenders=two, recommended=None))

    assert (recommended.candidate and recommended.candidate.id) == "haiku-translated"
    assert (none.candidate and none.candidate.id) == "first"


def test_an_entry_of_a_later_version_is_still_read() -> None:
    document = json.loads(to_text(entry_of(run(1))))
    document["contenders"][0]["carbon_g"] = 1
    document["later"] = {"x": 1}

    assert from_text(json.dumps(document), Entry) == entry_of(run(1))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "brainswap.history/2"}', "\x00"])
def test_what_is_no_entry_is_told(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="no Entry"):
        from_text(text, Entry)


# From run to run


def test_runs_come_the_newest_first_each_with_what_sets_it_apart_from_the_one_before() -> None:
    first = run(1)
    second = run(2, facts={"cases_sha256": "c" * 64, "prices": {HAIKU: "dearer"}}, verdict="hold")

    newest, oldest = index_of([first, second]).runs

    assert (newest.entry.run_id, newest.follows, oldest.follows) == ("run-0002", "run-0001", None)
    assert [each.what for each in newest.differences] == ["cases", f"price of {HAIKU}", "verdict"]
    assert oldest.differences == []


def test_another_model_another_prompt_and_another_origin_are_named() -> None:
    other = [contender(), target(model=LLAMA, prompt_sha256="d" * 64)]

    newest, _ = index_of([run(1), run(2, contenders=other, models="recorded")]).runs

    assert {each.what: each.after for each in newest.differences} == {
        "target": LLAMA,
        "target's prompt": "d" * 64,
        "origin of the answers": "recorded",
    }


def test_runs_of_another_workload_are_not_held_against_each_other() -> None:
    newest, middle, oldest = index_of([run(1), run(2, workload="other"), run(3)]).runs

    assert (newest.follows, middle.follows, oldest.follows) == ("run-0001", None, None)


def test_a_trend_joins_runs_with_the_same_cases_and_the_same_scorer() -> None:
    found = trend(entries(run(1), run(2), run(3)), "correct")

    assert found is not None
    assert [dot.joined for dot in found.dots["target"]] == [False, True, True]
    assert found.breaks == []
    first = found.dots["source"][0]
    assert first.low < first.value < first.high


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (run(2, facts={"cases_sha256": "c" * 64}), "other cases"),
        (run(2, facts={"scorers_sha256": {"correct": "b" * 64}}), "another scorer of that name"),
        (run(2, facts={"scorers_sha256": {}}), NO_FINGERPRINT),
        (run(2, origin="simulated"), "simulated answers after live"),
    ],
    ids=["cases", "scorer", "unknown scorer", "origin"],
)
def test_a_line_breaks_where_figures_may_not_be_held_against_each_other(second: Report, reason: str) -> None:
    found = trend(entries(run(1), second), "correct")

    assert found is not None
    assert [dot.joined for dot in found.dots["target"]] == [False, False]
    assert [(each.run, list(each.reasons)) for each in found.breaks] == [(1, [reason])]


def test_answers_of_mixed_origin_are_joined_to_nothing() -> None:
    found = trend(entries(run(1, origin="mixed"), run(2, origin="mixed")), "correct")

    assert found is not None
    assert not any(dot.joined for dot in found.dots["source"])


def test_another_target_is_no_break_because_it_is_what_is_compared() -> None:
    found = trend(entries(run(1), run(2, contenders=[contender(), target(model=LLAMA)])), "correct")

    assert found is not None
    assert [dot.joined for dot in found.dots["target"]] == [False, True]


def test_costs_do_not_depend_on_how_answers_are_scored() -> None:
    found = trend(entries(run(1), run(2, facts={"scorers_sha256": {}})), None)

    assert found is not None
    assert found.breaks == []
    assert found.scale.low == 0


def test_one_run_is_no_trend_and_a_refused_one_has_no_figure() -> None:
    assert trend(entries(run(1)), "correct") is None
    assert trend(entries(run(1), refused()), "correct") is None
    assert trend([], None) is None


def test_a_trend_shows_the_newest_runs_and_says_how_many_it_does_not() -> None:
    found = trend(entries(*(run(number) for number in range(MOST_DOTS + 3))), "correct")

    assert found is not None
    assert (found.runs, found.left_out) == (MOST_DOTS, 3)
    assert found.dots["source"][0].entry.run_id == "run-0003"


# The page


def test_the_page_links_to_every_form_of_every_run_and_to_nothing_else() -> None:
    page = read(to_page(index_of([run(1), run(2)]), "support-triage"))

    links = [start.attributes["href"] for start in page.starts if start.tag == "a"]
    runs = [link for link in links if not link.startswith("#")]
    assert runs == [f"../../runs/run-{number:04d}/{name}" for number in (2, 1) for name in FILES]
    assert "script" not in page.tags()


def test_the_page_says_why_a_line_breaks_and_that_answers_were_simulated() -> None:
    page = read(to_page(index_of([run(1), run(2, origin="simulated", models="simulated")]), "w"))

    assert "simulated answers after live" in page.text
    assert "Not all of these answers are real models'" in page.text
    lines = [start for start in page.starts if start.attributes.get("class") == "break"]
    assert len(lines) == 2, "one in the trend of quality, one in that of the cost"


def test_a_page_of_real_answers_does_not_speak_of_simulated_ones() -> None:
    assert "Not all of these answers" not in read(to_page(index_of([run(1), run(2)]), "w")).text


def test_figures_of_the_page_are_those_of_the_report() -> None:
    page = read(to_page(index_of([run(1, contenders=[contender(), target(scores={"correct": score(0.876)})])]), "w"))

    for told in ("87.6 %", "85.1 to 89.7", "in use 90.0 %", "$0.123", "$1.84", "the first run"):
        assert told in page.text, told


def test_of_many_runs_the_page_holds_the_newest_and_the_document_all() -> None:
    index = index_of([run(number) for number in range(MOST_RUNS + 5)])

    page = to_page(index, "w")

    assert page.count("report.pdf") == MOST_RUNS
    assert "5 older ones are in index.json" in read(page).text
    assert "../../runs/run-0004/report.pdf" not in page
    assert len(json.loads(to_text(index))["runs"]) == MOST_RUNS + 5


def test_several_workloads_have_a_part_each() -> None:
    page = read(to_page(index_of([run(1), run(2, workload="other")]), "out"))

    assert [start.attributes["id"] for start in page.starts if start.tag == "h1"] == [
        "runs-1-heading",
        "runs-2-heading",
    ]


def test_what_could_not_be_read_is_named() -> None:
    page = read(to_page(Index(runs=[], unreadable=["history/w/runs/<b>.json"]), "w"))

    assert "history/w/runs/<b>.json" in page.text
    assert "No run has ended in a report yet" in page.text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_text_and_no_markup(text: str) -> None:
    whole = hostile(text)
    later = whole.model_copy(update={"created_at": whole.created_at + timedelta(days=1), "verdict": "hold"})
    listed = [Listed(entry=entry_of(each), place=f"../../runs/{text}", files=list(FILES)) for each in (whole, later)]

    page = read(to_page(Index(runs=in_order(listed), unreadable=[text]), text))

    assert page.tags() <= read(to_page(index_of([run(1), run(2, origin="simulated")]), "w")).tags() | {"h2"}
    assert not [name for start in page.starts for name in start.attributes if name.startswith("on")]
    links = [start.attributes["href"] for start in page.starts if start.tag == "a"]
    assert all(link.startswith(("#", "../../runs/")) for link in links)


@pytest.mark.parametrize(
    "place", ["", ".", "..", "../..", "a//b", "%2e%2E", "javascript:x", "https://x", "a b", "\u202e"]
)
def test_a_place_that_no_run_has_gets_no_link(place: str) -> None:
    listed = Listed(entry=entry_of(run(1)), place=f"../../runs/{place}", files=list(FILES))

    page = read(to_page(Index(runs=[listed]), "w"))

    assert [start for start in page.starts if start.tag == "a" and "report" in start.attributes["href"]] == []

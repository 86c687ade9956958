"""Function Register: what becomes of an upload, also when it is told of twice or the function dies on the way."""

import json
from collections.abc import Mapping
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.core.errors import StorageUnavailableError
from brainswap.handlers import register
from brainswap.registry import Registry
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import case, declaration
from tests.fakes.stores import MemoryRecords
from tests.fakes.told import MemoryEvents, MemoryMessages

NAME = "yes-or-no"


def put(using: MemoryDependencies, version: str, *, cases: int = 3, **changes: Any) -> None:
    prefix = f"workloads/{NAME}/{version}"
    lines = "".join(json.dumps(case(number)) + "\n" for number in range(cases))
    using.artifacts.files[f"{prefix}/cases.jsonl"] = lines.encode()
    using.artifacts.files[f"{prefix}/workload.yaml"] = json.dumps(declaration(**changes)).encode()


def told(version: str, *, second: int = 0, key: str | None = None) -> dict[str, Any]:
    return {
        "source": "aws.s3",
        "detail-type": "Object Created",
        "time": f"2026-11-01T12:00:{second:02d}Z",
        "detail": {"object": {"key": key or f"workloads/{NAME}/{version}/workload.yaml", "version-id": f"{second}"}},
    }


def kinds(using: MemoryDependencies) -> list[str]:
    return [kind for kind, _ in using.events.published]


def detail(using: MemoryDependencies, number: int) -> Mapping[str, Any]:
    return using.events.published[number][1]


@pytest.fixture
def using() -> MemoryDependencies:
    return MemoryDependencies(messages=MemoryMessages())


def test_a_valid_upload_comes_into_force_and_is_told_of(using: MemoryDependencies) -> None:
    put(using, "v1")

    register.run(told("v1"), using)

    (workload,) = Registry(using.records).in_force()
    assert (workload.workload, workload.version, workload.facts.cases) == (NAME, "v1", 3)
    assert workload.facts.source == "anthropic.claude-3-haiku-20240307-v1:0"
    assert using.events.published == [
        (
            "Workload Registered",
            {
                "workload": NAME,
                "version": "v1",
                "in_force": True,
                "previous": None,
                "cases_changed": False,
                "cases": 3,
            },
        )
    ]


def test_a_model_whose_answers_are_recorded_is_not_noted_as_asked(using: MemoryDependencies) -> None:
    source = {"model": "anthropic.claude-3-haiku-20240307-v1:0", "answers": "recorded"}
    recorded = [{"output": "yes", "latency_ms": 1}] * 3
    put(using, "v1", source=source)
    lines = [case(number, recorded={source["model"]: each}) for number, each in enumerate(recorded)]
    using.artifacts.files[f"workloads/{NAME}/v1/cases.jsonl"] = "".join(
        json.dumps(one) + "\n" for one in lines
    ).encode()

    register.run(told("v1"), using)

    (workload,) = Registry(using.records).in_force()
    assert workload.facts.asked == ("amazon.nova-lite-v1:0",)


def test_other_cases_are_told_of_as_a_change(using: MemoryDependencies) -> None:
    put(using, "v1")
    put(using, "v2", cases=4)
    register.run(told("v1"), using)

    register.run(told("v2", second=1), using)

    assert (detail(using, 1)["previous"], detail(using, 1)["cases_changed"]) == ("v1", True)


def test_a_broken_upload_leaves_the_old_version_in_force_and_tells_the_owner_why(using: MemoryDependencies) -> None:
    put(using, "v1")
    put(using, "v2", gates=[{"scorer": "nobody", "rule": "not_worse", "margin": 0.1}])
    register.run(told("v1"), using)

    register.run(told("v2", second=1), using)

    registry = Registry(using.records)
    rejected = registry.version(NAME, "v2")
    assert rejected is not None
    assert rejected.rejected
    assert "nobody" in rejected.problems[0]
    assert [one.version for one in registry.in_force()] == ["v1"]
    assert using.events.published[1] == (
        "Workload Rejected",
        {"workload": NAME, "version": "v2", "in_force": "v1", "problems": 1},
    )
    assert using.messages is not None
    ((subject, text, _, attributes),) = using.messages.sent
    assert subject == f"Brainswap: {NAME} was rejected"
    assert "Version v1 stays in force." in text
    assert "nobody" in text
    assert attributes == {"workload": NAME}


def test_half_an_upload_is_no_version(using: MemoryDependencies) -> None:
    put(using, "v1")
    del using.artifacts.files[f"workloads/{NAME}/v1/cases.jsonl"]

    register.run(told("v1"), using)

    assert Registry(using.records).in_force() == []
    assert kinds(using) == ["Workload Rejected"]


def test_a_workload_that_was_uploaded_under_another_name_is_rejected(using: MemoryDependencies) -> None:
    put(using, "v1", name="somebody-else")

    register.run(told("v1"), using)

    rejected = Registry(using.records).version(NAME, "v1")
    assert rejected is not None
    assert "uploaded as `yes-or-no`" in rejected.problems[0]


@pytest.mark.parametrize(
    "key",
    [
        "workloads/yes-or-no/v1/cases.jsonl",
        "workloads/yes-or-no/v1/old-workload.yaml",
        "runs/r/workload/workload.yaml",
        "workload.yaml",
        "",
    ],
)
def test_any_other_file_changes_nothing(using: MemoryDependencies, key: str) -> None:
    register.run(told("v1", key=key or "/"), using)

    assert using.records.kept == {}
    assert kinds(using) == []
    assert using.messages is not None
    assert using.messages.sent == []


@pytest.mark.parametrize(
    "key",
    [
        "workloads/workload.yaml",
        "workloads/yes-or-no/workload.yaml",
        "workloads/yes-or-no/v1/deeper/workload.yaml",
        "workloads/Yes/v1/workload.yaml",
        "workloads/../v1/workload.yaml",
        "workloads//workload.yaml",
        "workloads/\N{RIGHT-TO-LEFT OVERRIDE}/workload.yaml",
    ],
)
def test_a_declaration_that_lies_where_no_version_is_registers_nothing_and_says_so(
    using: MemoryDependencies, key: str
) -> None:
    register.run(told("v1", key=key), using)

    assert using.records.kept == {}
    assert kinds(using) == ["Workload Rejected"]
    assert using.messages is not None
    ((subject, text, _, attributes),) = using.messages.sent
    assert subject.isascii()
    assert "workloads/NAME/VERSION/" in text
    assert text.isprintable()
    assert attributes["workload"]


def test_whoever_breaks_the_files_in_force_is_not_told_that_these_stay(using: MemoryDependencies) -> None:
    put(using, "v1")
    register.run(told("v1"), using)
    put(using, "v1", gates=[{"scorer": "nobody", "rule": "not_worse", "margin": 0.1}])

    register.run(told("v1", second=1), using)

    assert using.messages is not None
    assert "lies over the files of the version in force" in using.messages.sent[0][1]


def test_a_declaration_with_more_than_a_record_holds_is_rejected_in_words(using: MemoryDependencies) -> None:
    releases = [{"provider": f"provider-{number}"} for number in range(5_000)]
    put(using, "v1", triggers={"releases": releases})

    register.run(told("v1"), using)

    rejected = Registry(using.records).version(NAME, "v1")
    assert rejected is not None
    assert rejected.facts is None
    assert "triggers together take" in rejected.problems[0]


def test_the_same_upload_told_of_twice_is_told_on_once(using: MemoryDependencies) -> None:
    put(using, "v1")

    register.run(told("v1"), using)
    register.run(told("v1"), using)

    assert kinds(using) == ["Workload Registered"]


def test_uploads_told_of_in_the_wrong_order_leave_the_later_one_in_force(using: MemoryDependencies) -> None:
    put(using, "v1")
    put(using, "v2")

    register.run(told("v2", second=5), using)
    register.run(told("v1", second=1), using)

    assert [one.version for one in Registry(using.records).in_force()] == ["v2"]
    assert [detail(using, number)["in_force"] for number in (0, 1)] == [True, False]


class DiedError(Exception):
    """The function was ended from outside."""


@given(crash=st.integers(0, 12), broken=st.booleans())
def test_a_function_that_dies_anywhere_tells_when_it_is_invoked_again(crash: int, *, broken: bool) -> None:
    using = MemoryDependencies()
    if broken:
        put(using, "v1", gates=[{"scorer": "no", "rule": "better"}])
    else:
        put(using, "v1")
    steps = iter(range(1000))

    def dying(call: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            if next(steps) == crash:
                raise DiedError
            return call(*arguments, **named)

        return step

    with (
        mock.patch.object(MemoryRecords, "keep", dying(MemoryRecords.keep)),
        mock.patch.object(MemoryEvents, "publish", dying(MemoryEvents.publish)),
    ):
        try:
            register.run(told("v1"), using)
        except DiedError:
            register.run(told("v1"), using)

    assert set(kinds(using)) == {"Workload Rejected" if broken else "Workload Registered"}
    assert len(Registry(using.records).in_force()) == (0 if broken else 1)
    registration = Registry(using.records).version(NAME, "v1")
    assert registration is not None
    assert registration.told


def test_storage_that_does_not_answer_is_no_verdict_on_an_upload(using: MemoryDependencies) -> None:
    put(using, "v1")

    with (
        mock.patch.object(type(using.artifacts), "read", side_effect=StorageUnavailableError("no")),
        pytest.raises(StorageUnavailableError),
    ):
        register.run(told("v1"), using)

    assert using.records.kept == {}

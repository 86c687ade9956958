"""A search whose process is killed goes on from the cache: the same result, and next to nothing paid twice."""

import multiprocessing
import os
import random
import signal
from pathlib import Path

from brainswap.adapters.sqlite_state import SqliteState
from brainswap.contracts import OptimiseRequest
from brainswap.core.answers import Answer
from brainswap.handlers import optimise
from brainswap.ports import Question
from brainswap.run_files import RunFiles
from tests.fakes.memory import MemoryDependencies, ScriptedModels
from tests.fakes.runs import RUN
from tests.handlers.test_optimising import begun, contenders, helped_by_the_hint, searched

IN_FLIGHT = 4
KILLED = 3


def in_a_process(using: MemoryDependencies, request: OptimiseRequest, log: Path, answers: Path, until: int) -> None:
    """Search with a cache in a file; kill this very process at call ``until``. What was in memory is lost."""
    made = 0

    def reply(question: Question) -> Answer:
        nonlocal made
        with log.open("a", encoding="utf-8") as lines:
            lines.write(".")
        made += 1
        if made == until:
            os.kill(os.getpid(), signal.SIGKILL)
        return helped_by_the_hint(question)

    using.models = ScriptedModels(reply=reply)
    using.cache = SqliteState(answers).answers  # type: ignore[assignment]
    ended = searched(using, request)
    (log.parent / "ended.txt").write_text(
        "\n".join(one.model_dump_json() for one in contenders(using, ended)), encoding="utf-8"
    )


def test_a_killed_search_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    limits = {"limits": {"concurrency": IN_FLIGHT}}
    whole, request = begun(helped_by_the_hint, **limits)
    expected = contenders(whole, searched(whole, request))
    calls = len(whole.models.asked)
    drawn, log = random.Random(7), tmp_path / "calls.txt"  # noqa: S311 - when to kill
    fork = multiprocessing.get_context("fork")

    for kill in range(KILLED + 1):
        using, request = begun(helped_by_the_hint, **limits)
        until = drawn.randrange(1, calls // KILLED) if kill < KILLED else 0
        child = fork.Process(target=in_a_process, args=(using, request, log, tmp_path / "answers.sqlite", until))
        child.start()
        child.join(timeout=60)
        assert child.exitcode == (-signal.SIGKILL if until else 0)

    ended = (tmp_path / "ended.txt").read_text("utf-8").splitlines()
    assert ended == [one.model_dump_json() for one in expected]
    assert calls <= len(log.read_text("utf-8")) <= 1.15 * calls


def test_what_is_kept_of_a_step_counts_for_that_step_alone() -> None:
    using, request = begun(helped_by_the_hint)
    expected = contenders(using, searched(using, request))
    files = RunFiles(using.artifacts, RUN)
    asked = len(using.models.asked)
    key = next(key for key in using.artifacts.files if "/optimising/" in key)
    using.artifacts.files[key] = using.artifacts.files[key].replace(b'"step":"', b'"step":"0')

    again = optimise.run(request, using, lambda: 900.0)

    assert contenders(using, again) == expected
    assert len(using.models.asked) == asked
    assert files.has("improving/target-1.json")

"""Where the files of a run are, and how each is written and read."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from brainswap.contracts import (
    Candidate,
    Contender,
    FrozenRun,
    JudgedShard,
    Optimising,
    Rewriting,
    ShardList,
    ShardRef,
    T,
)
from brainswap.core.answers import Answer
from brainswap.core.cases import Case
from brainswap.core.decision.samples import Sample
from brainswap.core.errors import InvalidRequestError
from brainswap.core.labelling.labels import LABELS_FILE, Label, decode_labels, encode_labels
from brainswap.core.models.profiles import Profile
from brainswap.core.optimising.results import KeptStep, Result
from brainswap.core.prompts.template import AttachedFile
from brainswap.ports import Artifacts

JSON = "application/json"
JSON_LINES = "application/x-ndjson"

Kept = TypeVar("Kept")


@cache
def _form(type_: type[Kept]) -> TypeAdapter[Kept]:
    """How a type is written and read; made when it is first needed, for it takes some milliseconds."""
    return TypeAdapter(type_)


def workload_prefix(name: str, version: str) -> str:
    """Where a version of a workload lies."""
    return f"workloads/{name}/{version}"


def decode_answer(data: bytes | str) -> Answer:
    answer: Answer = _form(Answer).validate_json(data)
    return answer


def encode_answer(answer: Answer) -> bytes:
    return _form(Answer).dump_json(answer)


class RunFiles:
    """The files under ``runs/<run-id>/``."""

    def __init__(self, artifacts: Artifacts, run_id: str) -> None:
        self._artifacts = artifacts
        self.prefix = f"runs/{run_id}"

    def key(self, name: str) -> str:
        return f"{self.prefix}/{name}"

    # Documents

    def write_run(self, run: FrozenRun) -> None:
        self._write("run.json", run.model_dump_json(indent=1))

    def run(self) -> FrozenRun:
        return self._read("run.json", FrozenRun)

    def write_contender(self, contender: Contender) -> None:
        self._write(f"contenders/{contender.id}.json", contender.model_dump_json(indent=1))

    def contender(self, contender_id: str) -> Contender:
        return self._read(f"contenders/{contender_id}.json", Contender)

    def write_candidate(self, target: int, candidate: Candidate) -> None:
        self._write(f"candidates/target-{target + 1}/{candidate.name}.json", candidate.model_dump_json(indent=1))

    def candidate(self, target: int, name: str) -> Candidate:
        return self._read(f"candidates/target-{target + 1}/{name}.json", Candidate)

    def write_rewriting(self, target: int, rewriter: str, rewriting: Rewriting) -> None:
        self._write(_rewriting(target, rewriter), rewriting.model_dump_json(indent=1))

    def rewriting(self, target: int, rewriter: str) -> Rewriting:
        """How far a rewriter has come; nowhere at first."""
        name = _rewriting(target, rewriter)
        return self._read(name, Rewriting) if self.has(name) else Rewriting()

    def write_optimising(self, target: int, optimising: Optimising) -> None:
        self._write(_optimising(target), optimising.model_dump_json(indent=1))

    def optimising(self, target: int) -> Optimising:
        """Nothing where no better prompt was looked for."""
        return self._read(_optimising(target), Optimising) if self.has(_optimising(target)) else Optimising()

    def write_step(self, target: int, number: int, step: str, result: Result) -> None:
        """Keep what became of a step of the search for a prompt; ``step`` is its fingerprint."""
        kept = _form(KeptStep).dump_json(KeptStep(step=step, result=result))
        self._artifacts.write(self.key(_step(target, number)), kept, JSON)

    def step(self, target: int, number: int, step: str) -> Result | None:
        """What became of a step; None where nothing is kept of this very one."""
        if not self.has(_step(target, number)):
            return None
        kept = _form(KeptStep).validate_json(self._artifacts.read(self.key(_step(target, number))))
        return kept.result if kept.step == step else None

    def write_shards(self, shards: Iterable[ShardRef], listed: ShardList) -> str:
        """Write the list that the map reads before a look, one shard at a time, and return its key."""
        self.write_shard_list(listed)
        key = self.shards_key(listed.looks)
        with self._artifacts.writing(key, JSON) as array:
            between = b"[\n"
            for shard in shards:
                array.write(between + shard.model_dump_json(exclude_defaults=True).encode())
                between = b",\n"
            array.write(b"\n]\n" if between == b",\n" else b"[]\n")
        return key

    def shards_key(self, look: int) -> str:
        """Of the shards that are asked before a look."""
        return self.key("shards.json" if look == 1 else f"shards-{look}.json")

    def write_shard_list(self, listed: ShardList) -> None:
        self._write("evaluation.json", listed.model_dump_json(indent=1))

    def shard_list(self) -> ShardList | None:
        """What there was to evaluate; None when the run was refused before."""
        return self._read("evaluation.json", ShardList) if self.has("evaluation.json") else None

    # What probing found out about models; shared by all runs

    def write_probed_profile(self, model: str, profile: Profile) -> None:
        self._artifacts.write(_profile_key(model), _form(Profile).dump_json(profile), JSON)

    def probed_profile(self, model: str, *, since: datetime) -> Profile | None:
        """What was found out about a model since a moment; None when nothing was."""
        key = _profile_key(model)
        if not self._artifacts.exists(key):
            return None
        profile = _form(Profile).validate_json(self._artifacts.read(key))
        return profile if profile.checked_on >= since.date().isoformat() else None

    # Cases, answers and scores, a line each

    def cases(self) -> Iterator[Case]:
        """Every case of the frozen workload, each with its split."""
        return map(Case.model_validate_json, self.case_lines())

    def case_lines(self) -> Iterator[bytes]:
        return self._artifacts.lines(self.key("workload/cases.jsonl"))

    def labels(self) -> Iterator[Label]:
        """What people said of answers, as the workload had it when the run began; nothing where it had none."""
        key = self.key(f"workload/{LABELS_FILE}")
        return decode_labels(self._artifacts.lines(key)) if self._artifacts.exists(key) else iter(())

    def write_labels(self, labels: Iterable[Label]) -> None:
        self._artifacts.write(self.key(f"workload/{LABELS_FILE}"), encode_labels(labels), JSON_LINES)

    def write_block(self, block: int, cases: Iterable[Case]) -> None:
        lines = b"".join(case.model_dump_json(exclude_defaults=True).encode() + b"\n" for case in cases)
        self._artifacts.write(self.key(f"blocks/{block:06d}.jsonl"), lines, JSON_LINES)

    def block(self, block: int) -> Iterator[Case]:
        return (Case.model_validate_json(line) for line in self._artifacts.lines(self.key(f"blocks/{block:06d}.jsonl")))

    def write_answers(self, contender_id: str, block: int, answers: Iterable[Answer]) -> None:
        lines = b"".join(encode_answer(answer) + b"\n" for answer in answers)
        self._artifacts.write(self.key(_part("answers", contender_id, block)), lines, JSON_LINES)

    def answers(self, contender_id: str, block: int) -> Iterator[Answer]:
        return (decode_answer(line) for line in self._artifacts.lines(self.key(_part("answers", contender_id, block))))

    def write_samples(self, contender_id: str, block: int, samples: Iterable[Sample]) -> None:
        form = _form(Sample)
        lines = b"".join(form.dump_json(sample) + b"\n" for sample in samples)
        self._artifacts.write(self.key(_part("scores", contender_id, block)), lines, JSON_LINES)

    def samples(self, contender_id: str, block: int) -> Iterator[Sample]:
        form = _form(Sample)
        return (
            form.validate_json(line) for line in self._artifacts.lines(self.key(_part("scores", contender_id, block)))
        )

    def write_judged(self, contender_id: str, block: int, judged: JudgedShard) -> None:
        self._write(_judged(contender_id, block), judged.model_dump_json(indent=1))

    def judged(self, contender_id: str, block: int) -> JudgedShard:
        return self._read(_judged(contender_id, block), JudgedShard)

    def judged_so_far(self, contender_id: str, block: int) -> JudgedShard | None:
        """None when no judge has been asked about the shard."""
        return self.judged(contender_id, block) if self.has(_judged(contender_id, block)) else None

    # Files that go with cases, by the hash of their bytes

    def keep_attachment(self, name: str, data: bytes, content_type: str) -> str:
        """Keep a file; its name in the folder of the frozen workload."""
        kept = f"attachments/{name}"
        self._artifacts.write(self.key(f"workload/{kept}"), data, content_type)
        return kept

    def attachment(self, file: AttachedFile) -> bytes:
        return self._artifacts.read(self.key(f"workload/{file.file}"))

    # Anything else

    def has(self, name: str) -> bool:
        return self._artifacts.exists(self.key(name))

    def write_text(self, name: str, text: str, content_type: str, *, final: bool = False) -> None:
        self._artifacts.write(self.key(name), text.encode("utf-8"), content_type, final=final)

    def read_text(self, name: str) -> str:
        return self._artifacts.read(self.key(name)).decode("utf-8")

    def _write(self, name: str, text: str) -> None:
        self.write_text(name, text, JSON)

    def _read(self, name: str, contract: type[T]) -> T:
        try:
            return contract.model_validate_json(self._artifacts.read(self.key(name)))
        except ValidationError as error:
            raise InvalidRequestError(f"{self.key(name)} is no {contract.__name__}: {_places(error)}") from None


def _profile_key(model: str) -> str:
    return f"profiles/{quote(model, safe='')}.json"


def _optimising(target: int) -> str:
    return f"improving/target-{target + 1}.json"


def _step(target: int, number: int) -> str:
    return f"optimising/target-{target + 1}/{number:06d}.json"


def _part(kind: str, contender_id: str, block: int) -> str:
    return f"{kind}/{contender_id}/{block:06d}.jsonl"


def _rewriting(target: int, rewriter: str) -> str:
    return f"rewriting/target-{target + 1}/{rewriter}.json"


def _judged(contender_id: str, block: int) -> str:
    return f"judged/{contender_id}/{block:06d}.json"


def _places(error: ValidationError) -> str:
    def place(item: Any) -> str:
        return ".".join(str(part) for part in item["loc"]) or "(root)"

    return ", ".join(place(item) for item in error.errors())

"""A whole run in memory, look after look."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from brainswap.contracts import LookRequest as Request
from brainswap.contracts import PrepareRequest, RunRequest, ShardRef, ShardRequest, ShardResult
from brainswap.handlers import answer, decide, look, prepare, report, score, shard, translate
from brainswap.report.document import from_json
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from tests.fakes.memory import MemoryDependencies


@dataclass(slots=True, kw_only=True)
class LookedRun:
    """The states in their order, as the machine goes through them.

    Attributes:
        asked: by look, how many cases each contender was asked.
    """

    using: MemoryDependencies
    request: PrepareRequest
    asked: list[dict[str, int]] = field(default_factory=list)

    @property
    def files(self) -> RunFiles:
        return RunFiles(self.using.artifacts, self.request.run_id)

    def finish(self) -> Report:
        prepared = prepare.run(self.request, self.using)
        improved = [translate.run(target, self.using) for target in prepared.targets]
        listed = shard.run(ShardRequest(run_id=self.request.run_id, improved=improved), self.using)
        self.evaluate(listed)
        while listed.more:
            listed = look.run(Request(run_id=self.request.run_id, look=listed.look), self.using)
            if listed.shards:
                self.evaluate(listed)
        return self.decide()

    def decide(self) -> Report:
        whole = RunRequest(run_id=self.request.run_id)
        decide.run(whole, self.using)
        report.run(whole, self.using)
        return from_json(self.files.read_text("report.json"))

    def evaluate(self, listed: ShardResult) -> None:
        asked: dict[str, int] = {}
        for each in self._shards(listed):
            assert answer.run(each, self.using, lambda: 900.0).finished
            score.run(each, self.using)
            cases = len(list(self.files.block(each.block)))
            asked[each.contender] = asked.get(each.contender, 0) + cases
        self.asked.append(asked)

    def _shards(self, listed: ShardResult) -> Iterator[ShardRef]:
        return (ShardRef.model_validate(one) for one in json.loads(self.using.artifacts.read(listed.key)))

"""A whole run in memory, look after look."""

from dataclasses import dataclass, field

from brainswap.contracts import LookRequest as Request
from brainswap.contracts import PrepareRequest, ShardResult
from brainswap.handlers import look
from brainswap.report.model import Report
from brainswap.run_files import RunFiles
from tests.fakes.memory import MemoryDependencies
from tests.fakes.states import evaluate, listed_shards, reported, sharded


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
        listed = sharded(self.using, self.request)
        self.evaluate(listed)
        while listed.more:
            listed = look.run(Request(run_id=self.request.run_id, look=listed.look), self.using)
            if listed.shards:
                self.evaluate(listed)
        return self.decide()

    def decide(self) -> Report:
        return reported(self.using, self.request.run_id)

    def evaluate(self, listed: ShardResult) -> None:
        asked: dict[str, int] = {}
        shards = listed_shards(self.using, listed)
        evaluate(self.using, shards)
        for each in shards:
            cases = len(list(self.files.block(each.block)))
            asked[each.contender] = asked.get(each.contender, 0) + cases
        self.asked.append(asked)

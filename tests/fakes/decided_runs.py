"""A run in memory that came to a verdict, and was announced."""

from copy import deepcopy
from functools import cache

from brainswap.contracts import RunRequest
from brainswap.handlers import announce
from tests.fakes.catalogues import catalogue, facts
from tests.fakes.memory import MemoryDependencies
from tests.fakes.runs import RUN, case, declaration, upload
from tests.fakes.states import evaluated, reported
from tests.fakes.stores import MemoryArtifacts, MemoryLedger


def decided_run() -> MemoryDependencies:
    """A run of `migrate` whose workload wants approval, with a new life of its own."""
    artifacts, ledger = _decided()
    return MemoryDependencies(artifacts=deepcopy(artifacts), ledger=deepcopy(ledger))


@cache
def _decided() -> tuple[MemoryArtifacts, MemoryLedger]:
    known = catalogue(facts("anthropic.claude-3-haiku-20240307-v1:0"), facts("amazon.nova-lite-v1:0"))
    using = MemoryDependencies(catalogue=known)
    cases = [case(number) for number in range(120)]
    evaluated(using, upload(using, declaration(approval={"required": False}), cases))
    reported(using)
    announce.run(RunRequest(run_id=RUN), using)
    return using.artifacts, using.ledger

"""The state of a migration that starts a roll-out."""

import pytest

from brainswap.contracts import RunRequest
from brainswap.handlers import switch
from brainswap.rollout.beginning import begin
from brainswap.rollout.contracts import RolloutRequest
from tests.fakes.memory import MemoryDependencies
from tests.fakes.rollouts import StartedRollouts
from tests.fakes.runs import RUN
from tests.handlers.rolling_out import (
    WORKLOAD,
    rolled_out_run,
    wants_approval,
)


@pytest.fixture
def using() -> MemoryDependencies:
    return rolled_out_run()


def test_switch_starts_the_machine_of_a_workload_that_says_how(using: MemoryDependencies) -> None:
    using.rollouts = StartedRollouts()

    switch.run(RunRequest(run_id=RUN), using)

    assert using.rollouts.started == [(RUN, WORKLOAD)]
    assert using.ledger.runs[RUN]["rollout"] == "starting"


def test_what_the_machine_says_at_once_is_not_written_over(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    def declines_at_once(run_id: str, workload: str) -> None:
        begin(RolloutRequest(run_id=run_id, workload=workload), using)

    wants_approval(using)
    using.rollouts = StartedRollouts()
    monkeypatch.setattr(using.rollouts, "start", declines_at_once)

    switch.run(RunRequest(run_id=RUN), using)

    assert using.ledger.runs[RUN]["rollout"] == "declined"

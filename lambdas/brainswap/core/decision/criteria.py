"""What a run is judged by: settled, and hashed, before any answer exists."""

from brainswap.core.decision.gates import default_gates
from brainswap.core.declared_gates import Gate
from brainswap.core.fingerprints import fingerprint
from brainswap.core.workload import Workload


def gates_of(workload: Workload) -> tuple[Gate, ...]:
    """The declared gates, or those that stand where none is declared."""
    return workload.gates or default_gates([scorer.name for scorer in workload.scorers])


def gates_fingerprint(workload: Workload) -> str:
    """Of the gates with their tiers, and of the confidence that they are judged at."""
    return fingerprint([workload.confidence, [gate.model_dump(mode="json") for gate in gates_of(workload)]])

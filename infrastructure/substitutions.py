"""The placeholders that the definitions of the state machines may use; imports no CDK."""

from infrastructure.catalog import FUNCTIONS, Function

PARTITION = "Partition"
BUCKET = "Bucket"
LEDGER_TABLE = "LedgerTable"

_OF_THE_STACK = {"migration": (PARTITION, BUCKET, LEDGER_TABLE), "rollout": (PARTITION, LEDGER_TABLE)}


def function_placeholder(state: str) -> str:
    """The name, without ``${}``, that stands for the ARN of a state's function."""
    return f"{state}FunctionArn"


def states_of(machine: str) -> tuple[Function, ...]:
    """The functions that the states of a machine invoke."""
    return tuple(row for row in FUNCTIONS if row.machine == machine and not row.by_events)


def substitution_names(machine: str = "migration") -> frozenset[str]:
    """Every name that the deployed definition gets a value for."""
    states = (function_placeholder(row.state) for row in states_of(machine))
    return frozenset({*_OF_THE_STACK[machine], *states})

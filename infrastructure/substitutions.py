"""The placeholders that the state machine's definition may use; imports no CDK."""

from infrastructure.catalog import FUNCTIONS

PARTITION = "Partition"
BUCKET = "Bucket"
LEDGER_TABLE = "LedgerTable"


def function_placeholder(state: str) -> str:
    """The name, without ``${}``, that stands for the ARN of a state's function."""
    return f"{state}FunctionArn"


def substitution_names() -> frozenset[str]:
    """Every name that the deployed definition gets a value for."""
    states = (function_placeholder(row.state) for row in FUNCTIONS if not row.by_events)
    return frozenset({PARTITION, BUCKET, LEDGER_TABLE, *states})

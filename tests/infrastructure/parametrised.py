"""Tests of every function of the catalogue, and of every machine."""

import pytest

from infrastructure.catalog import FUNCTIONS

MACHINES = {"migration": "WorkflowMigration", "rollout": "RolloutMachine"}
"""What the template calls them."""

each_machine = pytest.mark.parametrize("machine", MACHINES)
each_function = pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.state)
"""Runs a test for every row of the catalogue."""

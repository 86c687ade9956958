"""Step Functions in this process: moto's interpreter, which would read texts at every start and stumble over starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

REMEMBERED = 16  # texts; a stack has two, and a process rarely several stacks

_trees: dict[str, Any] = {}


@contextmanager
def machines_read_once() -> Iterator[None]:
    """While the block runs, what moto made of a text serves whenever it reads the same text again.

    moto reads a machine as it is made and at each start, which takes most of a second where the processor is busy with
    other things. Only the tree of the syntax is kept, which nobody writes into: what is executed, and has a state, is
    made of it anew each time.
    """
    # Imported here because it takes a second, which commands that execute nothing need not wait for.
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser  # noqa: PLC0415 - see above
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor  # noqa: PLC0415 - see above

    read = AmazonStateLanguageParser.parse

    def parse(definition: str) -> tuple[Any, Any]:
        tree = _trees.get(definition)
        if tree is not None:
            return Preprocessor().visit(tree), tree
        program, tree = read(definition)
        while len(_trees) >= REMEMBERED:
            _trees.pop(next(iter(_trees)), None)
        _trees[definition] = tree
        return program, tree

    with mock.patch.object(AmazonStateLanguageParser, "parse", staticmethod(parse)):
        yield


@contextmanager
def waiting_tasks_found() -> Iterator[None]:
    """While the block runs, a task that waits can be told to go on while another execution begins.

    moto looks for it in all executions, and fails at one whose text is still being read, which has no tasks yet.
    """
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend  # noqa: PLC0415 - as above

    known = StepFunctionsParserBackend._get_executions  # noqa: SLF001 - all who tell tasks look there

    def begun(self: StepFunctionsParserBackend, status: Any = None) -> list[Any]:
        found = known(self, status)
        return [one for one in found if one.exec_worker is not None and one.exec_worker.env is not None]

    with mock.patch.object(StepFunctionsParserBackend, "_get_executions", begun):
        yield

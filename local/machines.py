"""Step Functions in this process: moto's interpreter reads the text of a machine once, and not at every start."""

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

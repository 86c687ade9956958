"""Whoever follows the documentation types commands that there are."""

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.cli import _parser

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_SPAN = re.compile(r"`([^`\n]+)`|^(?:\$ )?((?:\.venv/bin/)?brainswap [^`\n]*)$", re.MULTILINE)
_COMMAND = re.compile(r"(?:^|[\s/])brainswap ([a-z][a-z-]*)([^|;&#]*)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def _options(parser: argparse.ArgumentParser) -> frozenset[str]:
    """Of a command, and of the commands below it."""
    found: set[str] = set()
    for action in parser._actions:
        found.update(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            found.update(*(_options(each) for each in action.choices.values()))
    return frozenset(found)


@pytest.fixture(scope="module")
def commands() -> Mapping[str, frozenset[str]]:
    """Every command with its options."""
    (below,) = (action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction))
    return {name: _options(parser) for name, parser in below.choices.items()}


def _written(text: str) -> Iterator[tuple[str, list[str]]]:
    """Commands with their options, as they stand in code."""
    for span in _SPAN.finditer(text):
        for command in _COMMAND.finditer(span[1] or span[2]):
            yield command[1], _OPTION.findall(command[2])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_command_and_option_of_a_page_exists(page: Path, commands: Mapping[str, frozenset[str]]) -> None:
    unknown = [
        (name, option)
        for name, options in _written(page.read_text("utf-8"))
        for option in (options or [""])
        if name not in commands or (option and option not in commands[name])
    ]

    assert unknown == []


def test_commands_are_found_where_they_stand() -> None:
    text = "Run `brainswap redrive RUN --stack X`.\n\n.venv/bin/brainswap destroy --nonsense  # later\n"

    assert list(_written(text)) == [("redrive", ["--stack"]), ("destroy", ["--nonsense"])]

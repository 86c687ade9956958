from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from brainswap.adapters.directory import DirectoryFolder

DECLARATION = """\
version: 1
name: grade-school-math
prompt:
  system: You solve word problems.
  user: |
    {{question}}
    Answer in JSON: {"answer": "…"}
cases: cases.jsonl
source: {model: anthropic.claude-3-haiku-20240307-v1:0}
targets:
  - {model: us.meta.llama3-1-70b-instruct-v1:0}
scorers:
  - {name: correct, type: number}
"""
CASES = '{"id": "a", "input": {"question": "1 + 1?"}, "reference": 2}\n'

MakeFolder = Callable[..., DirectoryFolder]


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    """Write a valid workload, some of whose files are replaced, and removed where the content is None."""

    def make(files: Mapping[str, bytes | str | None] | None = None) -> DirectoryFolder:
        for name, content in {"workload.yaml": DECLARATION, "cases.jsonl": CASES, **(files or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return DirectoryFolder(tmp_path)

    return make


@pytest.fixture(scope="session")
def declaration() -> str:
    """The ``workload.yaml`` of the valid workload, to be spoilt by ``str.replace``."""
    return DECLARATION

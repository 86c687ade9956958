"""Imports as the folders that a run reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.cases import Case
from brainswap.core.loading.case_files import iter_cases
from brainswap.core.loading.validation import CaseSummary, validate_cases
from brainswap.core.loading.workloads import LoadedWorkload, load_workload
from brainswap.core.prompts.template import Prompt
from local.imports.account import Imported


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFolder:
    """A folder that was found valid."""

    loaded: LoadedWorkload
    summary: CaseSummary
    cases: tuple[Case, ...]

    def rendered(self, place: int) -> Prompt:
        return self.loaded.prompt.render(self.cases[place].input)


def written(imported: Imported, folder: Path) -> WrittenFolder:
    """Write an import and load it as a run would; raises what the validation finds."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workload.yaml").write_text(yaml.safe_dump(dict(imported.declaration), sort_keys=False), "utf-8")
    for name, text in imported.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    with (folder / str(imported.declaration["cases"])).open("w", encoding="utf-8") as lines:
        for case in imported.cases:
            lines.write(json.dumps(case) + "\n")
    of_folder = DirectoryFolder(folder)
    loaded = load_workload(of_folder)
    return WrittenFolder(
        loaded=loaded, summary=validate_cases(of_folder, loaded), cases=tuple(iter_cases(of_folder, loaded))
    )


def json_lines(path: Path, *records: Any) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


def dropped(imported: Imported) -> Mapping[str, int]:
    """The reasons with their counts, once all cases have been read."""
    assert imported.account.balanced
    return dict(imported.account.dropped)


def told(imported: Imported) -> str:
    """Everything that the account says of what has no counterpart."""
    return "\n".join(f"{each.place} | {each.what} | {each.remedy}" for each in imported.account.unmapped)

"""The JSON Schemas of files and messages of users: ``python -m brainswap.core.loading.schemas docs/reference``."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brainswap.core import workload
from brainswap.core.blind.documents import Grades
from brainswap.core.calling.function_messages import message_schemas
from brainswap.core.cases import Case
from brainswap.core.labelling.labels import Label

_DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def schemas() -> Mapping[str, dict[str, Any]]:
    """The schema of each file, by the name that it is published under."""
    return {
        "workload.schema.json": _DIALECT | workload.schema(),
        "case.schema.json": _DIALECT | Case.model_json_schema(),
        **{name: _DIALECT | schema for name, schema in message_schemas().items()},
        "label.schema.json": _DIALECT | Label.model_json_schema(),
        "grades.schema.json": _DIALECT | Grades.model_json_schema(),
    }


def rendered(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(directory: Path) -> None:
    for name, schema in schemas().items():
        (directory / name).write_text(rendered(schema), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))

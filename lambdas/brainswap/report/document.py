"""``report.json``: the report as a document, and the schema that it keeps."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from brainswap.core.errors import InvalidRequestError
from brainswap.report.model import Report

_SCHEMA_FILE = "report.schema.json"


def to_json(report: Report) -> str:
    """The document, in UTF-8 whatever the texts hold: half a surrogate pair becomes a question mark.

    Raises:
        InvalidRequestError: a number is not finite; unknown is null.
    """
    document = report.model_dump(mode="python", by_alias=True)
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2, default=datetime.isoformat)
    except ValueError:
        raise InvalidRequestError("Report: a number is not finite; unknown is null") from None
    return f"{text}\n".encode("utf-8", "replace").decode("utf-8")


def from_json(text: str) -> Report:
    """Read a document as strictly as it was written.

    Raises:
        InvalidRequestError: it is no JSON, does not fit the schema, or holds a number that is not finite; the
            message names the keys and not the values.
    """
    try:
        json.dumps(json.loads(text, parse_constant=_not_finite), allow_nan=False)
        return Report.model_validate_json(text, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        places = ", ".join(".".join(str(part) for part in item["loc"]) or "(root)" for item in error.errors())
        raise InvalidRequestError(f"Report: does not fit at {places}") from None
    except (ValueError, RecursionError):
        raise InvalidRequestError("Report: not JSON, or a number in it is not finite") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema of ``report.json``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Report.model_json_schema(by_alias=True)}


def schema_text() -> str:
    """The schema as it stands in the reference."""
    return f"{json.dumps(json_schema(), indent=2, ensure_ascii=False)}\n"


def main(arguments: Sequence[str]) -> None:
    """Write the schema into a folder."""
    (folder,) = arguments
    Path(folder, _SCHEMA_FILE).write_text(schema_text(), "utf-8")


def _not_finite(name: str) -> NoReturn:
    raise ValueError(name)


if __name__ == "__main__":
    main(sys.argv[1:])

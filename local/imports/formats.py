"""The formats that can be imported, by name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from local.imports import promptfoo
from local.imports.account import Imported

FORMATS: Mapping[str, Callable[[Path], Imported]] = {
    "promptfoo": promptfoo.read,
}

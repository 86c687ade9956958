"""How pages look and what their scripts do: the base of every page, and what the report has besides."""

from functools import cache
from importlib.resources import files


def base_stylesheet() -> str:
    """Colours for light and dark, type, tables, signs, folds and paper: enough for another page."""
    return _template("base.css")


def base_script() -> str:
    """Tables of the class ``sortable`` that sort, a voice for screen readers, and keys with a dialog that names them.

    It defines ``page`` for scripts that come after it.
    """
    return _template("base.js")


def stylesheet() -> str:
    """The report's."""
    return f"{base_stylesheet()}\n{_template('report.css')}"


def index_stylesheet() -> str:
    """Of the index of a workload's runs: the report's, and what its trends need."""
    return f"{stylesheet()}\n{_template('index.css')}"


def portal_stylesheet() -> str:
    return f"{base_stylesheet()}\n{_template('portal.css')}"


def portal_script() -> str:
    return f"{base_script()}\n{_template('portal.js')}"


def blind_stylesheet() -> str:
    """Of the sheet on which people compare answers blind."""
    return f"{base_stylesheet()}\n{_template('blind.css')}"


def blind_script() -> str:
    return f"{base_script()}\n{_template('blind.js')}"


def script() -> str:
    """The report's."""
    return f"{base_script()}\n{_template('contenders.js')}\n{_template('cases.js')}"


@cache
def _template(name: str) -> str:
    return files("brainswap.report").joinpath(f"templates/{name}").read_text("utf-8")

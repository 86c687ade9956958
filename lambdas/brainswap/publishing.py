"""What all runs of a workload are read by together: each writes an entry of its own, and then the index of all."""

from urllib.parse import quote

from brainswap.core.errors import InvalidRequestError
from brainswap.ports import Artifacts
from brainswap.report.index.entry import Entry, entry_of, from_text, to_text
from brainswap.report.index.history import FILES, Holdings, Index, Listed, in_order
from brainswap.report.index.page import to_page
from brainswap.report.model import Report

JSON = "application/json"
HTML = "text/html; charset=utf-8"
NOT_LOOKED_AT = "the triggers have not looked at the verdicts yet, or nobody registered the workload"


def history_prefix(workload: str) -> str:
    """Below which the index of a workload's runs lies, and an entry for each."""
    return f"history/{workload}/"


def index_page_key(workload: str) -> str:
    return f"{history_prefix(workload)}index.html"


def index_key(workload: str) -> str:
    return f"{history_prefix(workload)}index.json"


def holdings_key(workload: str) -> str:
    return f"{history_prefix(workload)}verdicts.json"


def publish(report: Report, artifacts: Artifacts) -> None:
    """Write the run's entry, and the index until it holds every entry that there is.

    Runs that end at the same time each write the whole index, so that the last to write decides. What an entry was
    written before that is in it, since whoever wrote an index looks once more and writes again where it finds more.
    """
    entries = _known(report.workload, artifacts)
    own = _entry_key(history_prefix(report.workload), report.run_id)
    entries[own] = entry_of(report)
    artifacts.write(own, to_text(entries[own]).encode(), JSON)
    _write_index(report.workload, entries, artifacts)


def show_holdings(workload: str, holdings: Holdings, artifacts: Artifacts) -> None:
    """Say which verdicts still hold, in a file of its own and in the index, whoever else writes that now."""
    artifacts.write(holdings_key(workload), to_text(holdings).encode(), JSON)
    _write_index(workload, _known(workload, artifacts), artifacts)


def _write_index(workload: str, entries: dict[str, Entry], artifacts: Artifacts) -> None:
    """Write the index until nothing is new that it is made of; nothing where there is no entry."""
    written: tuple[list[str], bytes] = ([], b"")
    while (found := _ingredients(workload, artifacts)) != written and found[0]:
        keys, told = found
        unreadable = []
        for key in keys:
            try:
                entries[key] = entries.get(key) or from_text(artifacts.read(key), Entry)
            except InvalidRequestError:
                unreadable.append(key)
        runs = in_order([_listed(entries[key]) for key in keys if key in entries])
        holdings = _holdings(told)
        index = Index(
            runs=runs,
            unreadable=unreadable,
            verdicts=[] if holdings is None else holdings.verdicts,
            verdicts_unknown=NOT_LOOKED_AT if holdings is None else None,
        )
        artifacts.write(index_key(workload), to_text(index).encode(), JSON)
        page = to_page(index, workload)
        artifacts.write(index_page_key(workload), page.encode("utf-8", "replace"), HTML)
        written = found


def _ingredients(workload: str, artifacts: Artifacts) -> tuple[list[str], bytes]:
    """The keys of the entries, and what is known of the verdicts; nothing where nobody has looked at these."""
    keys, told = list(artifacts.keys(f"{history_prefix(workload)}runs/")), holdings_key(workload)
    return keys, artifacts.read(told) if artifacts.exists(told) else b""


def _holdings(told: bytes) -> Holdings | None:
    try:
        return from_text(told, Holdings) if told else None
    except InvalidRequestError:
        return None  # as good as none: the next look writes it anew


def _listed(entry: Entry) -> Listed:
    return Listed(entry=entry, place=f"../../runs/{_quoted(entry.run_id)}", files=list(FILES))


def _entry_key(prefix: str, run_id: str) -> str:
    return f"{prefix}runs/{_quoted(run_id)}.json"


def _quoted(run_id: str) -> str:
    """As one name in a path, whatever it holds."""
    return quote(run_id, safe="", errors="replace")


def _known(workload: str, artifacts: Artifacts) -> dict[str, Entry]:
    """The entries that the last index holds, by key, so that they need not be read one by one; none is ever changed."""
    key, prefix = index_key(workload), history_prefix(workload)
    if not artifacts.exists(key):
        return {}
    try:
        index = from_text(artifacts.read(key), Index)
    except InvalidRequestError:
        return {}
    return {_entry_key(prefix, each.entry.run_id): each.entry for each in index.runs}

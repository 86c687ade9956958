"""The text files of an imported workload: ``workload.yaml`` with what a person must decide, and the account."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from brainswap.core.wording import printable
from local.imports.account import Account, Unmapped

_WIDTH = 110
_PLACES = 20  # of one thing that are listed
_SAFE_START = re.compile(r"[A-Za-z]")

_ABOVE = {
    "source": "The model that you use today: change it if it is another one.",
    "targets": "The models that you could move to.",
    "scorers": "What a right answer is. Remove what does not matter, and check what IMPORT.md says of the rest.",
}
_MISSING = {
    "source": (
        "TO DECIDE: the model that you use today. Remove the hash signs and name it.",
        "source:\n  model: anthropic.claude-3-haiku-20240307-v1:0\n  parameters: {max_tokens: 1024, temperature: 0}\n",
    ),
    "targets": (
        "TO DECIDE: the models that you could move to. Remove the hash signs and name them.",
        "targets:\n  - {model: us.anthropic.claude-haiku-4-5-20251001-v1:0}\n  - {model: us.amazon.nova-lite-v1:0}\n",
    ),
    "scorers": (
        "TO DECIDE: what a right answer is. Remove the hash signs and declare a scorer.",
        "scorers:\n  - {name: right, type: exact, ignore_case: true}\n",
    ),
}
_GATES = "TO DECIDE: what must hold before you move; without gates nothing decides. Remove the hash signs."
_TRAFFIC = (
    "# Worth declaring as well: traffic (what the application costs in a month), limits (what a run may spend),\n"
    "# segments and critical cases (in cases.jsonl).\n"
)


class _Dumper(yaml.SafeDumper):
    """Writes texts so that YAML 1.1 and 1.2 read them alike."""

    def ignore_aliases(self, _data: Any) -> bool:  # an alias in a file that people edit helps nobody
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None if _SAFE_START.match(text) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def workload_text(declaration: Mapping[str, Any], origin: str) -> str:
    """``workload.yaml``.

    Args:
        declaration: in the order in which it is written.
        origin: what it was imported from, in a few words.
    """
    parts = [f"# Imported from {origin}. IMPORT.md tells what was taken along and what was not.\n"]
    keys = list(declaration)
    for key in _MISSING:
        if not declaration.get(key):
            keys = [*(each for each in keys if each != key), key]
    parts += [_declared(key, declaration[key]) if declaration.get(key) else _missing(key) for key in keys]
    if not declaration.get("gates"):
        parts.append(_gates(declaration))
    return "\n".join([*parts, _TRAFFIC])


def account_text(account: Account, origin: str) -> str:
    """``IMPORT.md``."""
    return "".join(f"{line}\n" for line in _account_lines(account, origin))


def grouped(account: Account) -> dict[tuple[str, str], list[str]]:
    """The places of everything that has no counterpart, by what it is and its remedy, the most frequent first."""
    places: dict[tuple[str, str], list[str]] = {}
    for each in account.unmapped:
        places.setdefault(_kind(each), []).append(each.place)
    return dict(sorted(places.items(), key=lambda item: -len(item[1])))


def _kind(unmapped: Unmapped) -> tuple[str, str]:
    return unmapped.what, unmapped.remedy


def _declared(key: str, value: Any) -> str:
    flow = None if isinstance(value, Mapping | list) else False
    text = yaml.dump(
        {key: value}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=flow
    )
    return f"# {_ABOVE[key]}\n{text}" if key in _ABOVE else text


def _missing(key: str) -> str:
    if key not in _MISSING:
        return ""
    words, example = _MISSING[key]
    return f"# {words}\n{_commented(example)}"


def _gates(declaration: Mapping[str, Any]) -> str:
    scorers = declaration.get("scorers") or [{"name": "right"}]
    example = "gates:\n" + "".join(
        f"  - {{scorer: {scorer['name']}, rule: not_worse, margin: 0.05}}\n" for scorer in scorers[:3]
    )
    return f"# {_GATES}\n{_commented(f'{example}  - {{measure: cost, rule: at_most, ratio: 1.0}}')}"


def _commented(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


def _account_lines(account: Account, origin: str) -> Iterator[str]:
    yield f"# What was imported from {_cell(origin)}"
    yield ""
    yield (
        f"Cases: {account.found:,} found, {account.imported:,} imported, {account.dropped.total():,} dropped. "
        "Nothing was run, and nothing was read outside of the file's folder."
    )
    if account.dropped:
        yield from _table("Dropped", ("Cases", "Because of"), account.dropped.most_common())
    if account.mapped:
        yield from _table("Taken along", ("How often", "What"), account.mapped.most_common())
    yield ""
    yield "## Not taken along"
    yield ""
    if not account.unmapped:
        yield "Everything has a counterpart."
    for (what, remedy), places in grouped(account).items():
        yield f"- **{_cell(what)}**, {len(places):,} time{'s' if len(places) > 1 else ''}. {_cell(remedy)}"
        more = f" and {len(places) - _PLACES:,} more" if len(places) > _PLACES else ""
        yield f"  - at {', '.join(f'`{_code(place)}`' for place in places[:_PLACES])}{more}"


def _table(title: str, heads: tuple[str, str], rows: list[tuple[str, int]]) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield f"| {heads[0]} | {heads[1]} |"
    yield "|---:|---|"
    for what, count in rows:
        yield f"| {count:,} | {_cell(what)} |"


def _cell(text: str) -> str:
    """Text of others in Markdown: one line, with nothing that marks up or links."""
    return re.sub(r"([\\`*_{}\[\]<>|#])", r"\\\1", printable(text, 500))


def _code(text: str) -> str:
    return printable(text, 300).replace("`", "'")

"""Prompts of data sets that hold fields, and no prompt or one apart from the cases."""

from collections.abc import Iterable, Mapping
from typing import Any

from brainswap.core.prompts.template import Message
from brainswap.core.wording import printable
from local.imports.drafts import Draft
from local.imports.placeholders import Braces, braces_beside, placeholder, placeholder_names
from local.imports.written import WrittenPrompt

_MOST_FIELDS = 100


class FieldsShape:
    """A question made of fields, after a system text and examples; a field that a case lacks is empty."""

    def __init__(
        self,
        labels: Mapping[str, str] | None = None,
        *,
        system: str | None = None,
        examples: tuple[Message, ...] = (),
        needed: Iterable[str] = (),
    ) -> None:
        """Nothing is a placeholder yet.

        Args:
            labels: what stands before a field, in the order of the question; its name where it is not there, nothing
                where the text is empty.
            system: text in which nothing is a placeholder.
            examples: turns in front of the question, in which nothing is a placeholder.
            needed: fields without which there is no case.
        """
        self._labels = labels or {}
        self._system = system
        self._examples = examples
        self._needed = tuple(needed)
        self._fields: dict[str, None] = dict.fromkeys(self._needed)
        self._written = False

    def refusal(self, draft: Draft) -> str | None:
        missing = next((field for field in self._needed if field not in draft.inputs), None)
        if missing is not None:
            return f"no `{printable(missing)}`"
        many = len(draft.inputs) > _MOST_FIELDS or (self._written and not draft.inputs.keys() <= self._fields.keys())
        return f"more fields than the {_MOST_FIELDS} of a prompt" if many else None

    def learn(self, draft: Draft) -> None:
        for field in draft.inputs:
            if len(self._fields) < _MOST_FIELDS:
                self._fields.setdefault(field)

    def written(self) -> WrittenPrompt:
        self._written = True
        known = [field for field in self._labels if field in self._fields]
        names = placeholder_names([*known, *self._fields])
        braces = braces_beside(names.values())
        question = Message(role="user", content=self._question(names, braces))
        turns = (
            *(Message(role=turn.role, content=braces.literal(turn.content)) for turn in self._examples),
            question,
        )
        system = None if self._system is None else braces.literal(self._system)
        constants = braces.used_in([system or "", *(turn.content for turn in turns)])

        def values(draft: Draft) -> Mapping[str, Any]:
            return {name: draft.inputs.get(field, "") for field, name in names.items()}

        return WrittenPrompt(system=system, turns=turns, values=values, constants=constants)

    def _question(self, names: Mapping[str, str], braces: Braces) -> str:
        parts = []
        for field, name in names.items():
            label = self._labels.get(field, f"{field}:" if len(names) > 1 else "")
            gap = "" if not label else "\n" if label.endswith("\n") else " "
            parts.append(f"{braces.literal(label.rstrip())}{gap}{placeholder(name)}")
        return "\n\n".join(parts)

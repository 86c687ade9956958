"""A prompt as it is written into the folder, and what each case gives for its placeholders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from brainswap.core.errors import InvalidWorkloadError
from brainswap.core.loading.prompt_data import tools_of
from brainswap.core.prompts.template import Message
from brainswap.core.wording import printable
from local.imports.account import Account, Unmapped
from local.imports.drafts import Draft

TOOLS_FILE = "prompts/tools.json"


class Shape(Protocol):
    """How a format's cases make one prompt; it learns from all of them before it is written."""

    def refusal(self, draft: Draft) -> str | None:
        """Why a draft does not belong to the prompt, in a clause that counts its like."""
        ...

    def learn(self, draft: Draft) -> None: ...

    def written(self) -> "WrittenPrompt": ...


class Earlier(Protocol):
    """The turns of a case."""

    def __call__(self, draft: Draft) -> Sequence[Mapping[str, Any]]: ...


def _nothing_earlier(draft: Draft) -> Sequence[Mapping[str, Any]]:  # noqa: ARG001 - as the others are called
    return ()


class Values(Protocol):
    """The input of a case."""

    def __call__(self, draft: Draft) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPrompt:
    """Texts with placeholders; ``turns`` without the leading system text, ``tools`` as JSON.

    A turn of the role ``case`` stands for the turns of a case, which otherwise come before the last one of the user.
    """

    system: str | None
    turns: tuple[Message, ...]
    values: Values
    earlier: Earlier = _nothing_earlier
    constants: Mapping[str, str] = field(default_factory=dict)
    tools: str = ""

    def files(self) -> dict[str, str]:
        """The texts by the names of their files."""
        files = {} if self.system is None else {"prompts/system.md": self.system}
        files.update((self._name(place), turn.content) for place, turn in enumerate(self.turns) if turn.role != "case")
        return files | ({TOOLS_FILE: self.tools} if self.tools else {})

    def declaration(self) -> dict[str, Any]:
        """What ``prompt`` of the workload says."""
        declared: dict[str, Any] = {} if self.system is None else {"system": {"file": "prompts/system.md"}}
        if self._is_one_question:
            declared["user"] = {"file": self._name(0)}
        else:
            declared["messages"] = [
                {"case": "messages"}
                if turn.role == "case"
                else {"role": turn.role, "content": {"file": self._name(place)}}
                for place, turn in enumerate(self.turns)
            ]
        return declared | ({"tools": {"file": TOOLS_FILE}} if self.tools else {})

    @property
    def _is_one_question(self) -> bool:
        return len(self.turns) == 1 and self.turns[0].role == "user"

    def _name(self, place: int) -> str:
        return "prompts/user.md" if self._is_one_question else f"prompts/{place + 1}-{self.turns[place].role}.md"


def usable_tools(tools: str, place: str, account: Account) -> str:
    """The tools, or nothing and an entry of the account where they are none that a workload can have."""
    if not tools:
        return ""
    try:
        tools_of(TOOLS_FILE, tools)
    except InvalidWorkloadError as error:
        wrong = "; ".join(problem.wrong for problem in error.problems)
        account.unmapped.append(
            Unmapped(
                place=place,
                what=f"tools: {printable(wrong, limit=300)}",
                remedy="Write the tools into the prompt by hand, as JSON Schema.",
            )
        )
        return ""
    return tools

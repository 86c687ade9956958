"""Count what cases hold beside their inputs, and look at every file that goes with them."""

import hashlib
from collections import Counter
from collections.abc import Iterator

from brainswap.core.cases import Case
from brainswap.core.conversations import AssistantTurn, ToolTurn
from brainswap.core.loading.attachment_checks import Looker
from brainswap.core.loading.conversation_checks import attachments_of
from brainswap.core.loading.faults import Fault, fault
from brainswap.core.models.needs import Needs
from brainswap.core.prompts.template import as_text
from brainswap.core.wording import printable

MOST_FILES = 10_000  # different ones of a workload, all of which are copied into each run
_CHARACTERS_A_TOKEN = 4
_ROUNDS = 2  # that are expected where results of tools are recorded: a call, and the answer


class AttachmentTally:
    """What has been seen so far; memory grows with the different files, of which there are some thousands at most."""

    def __init__(self, looker: Looker) -> None:
        self._looker = looker
        self._counts: Counter[str] = Counter()
        self._formats: set[str] = set()
        self._hashes: dict[str, str] = {}
        self._unseen = 0

    def take(self, place: str, case: Case) -> Iterator[Fault]:
        """Count a case, and say what is wrong with its files."""
        self._counts["turns"] += bool(case.messages)
        self._counts["tools"] += bool(case.tools) or any(
            isinstance(turn, ToolTurn) or (isinstance(turn, AssistantTurn) and turn.tool_calls)
            for turn in case.messages
        )
        self._counts["results"] += bool(case.tool_results)
        kinds: set[str] = set()
        for key, attachment in attachments_of(case):
            looked = self._looker.look(attachment)
            if looked.problem is not None:
                wrong, remedy = looked.problem
                yield fault(f"{place} {key}", "attachment", wrong, remedy)
                continue
            if looked.of is not None:
                kinds.add(looked.of.kind)
                self._formats |= {looked.of.name} if looked.of.kind == "document" else set()
            if looked.looked_at or attachment.source in self._hashes:
                yield from self._known(place, key, attachment.source, looked.sha256)
            else:
                self._unseen += 1
                yield from self._known(place, key, attachment.source, "")
        self._counts.update(kinds)
        self._counts["attached"] += bool(kinds)

    def tokens_of(self, case: Case) -> int:
        """About how many tokens the files of a case take."""
        return sum(self._looker.look(attachment).tokens for _, attachment in attachments_of(case))

    @property
    def needs(self) -> Needs:
        return Needs(
            turns=self._counts["turns"],
            tools=self._counts["tools"],
            results=self._counts["results"],
            images=self._counts["image"],
            documents=self._counts["document"],
            attached=self._counts["attached"],
            formats=tuple(sorted(self._formats)),
        )

    @property
    def files(self) -> tuple[str, ...]:
        """The names of those in the workload's folder."""
        return tuple(sorted(name for name in self._hashes if not name.startswith("s3://")))

    @property
    def sha256(self) -> str | None:
        """Of the names and hashes of all files; None where there are none, or not all have been seen."""
        if not self._hashes or not all(self._hashes.values()):
            return None
        lines = (f"{digest}  {name}\n" for name, digest in sorted(self._hashes.items()))
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogatepass")).hexdigest()

    def warnings(self, file: str) -> Iterator[str]:
        if self._unseen:
            files = "1 file in S3 is" if self._unseen == 1 else f"{self._unseen:,} files in S3 are"
            yield f"{file}: {files} looked at when a run begins, and not before"
        held = self._counts["results"]
        if held:
            cases = "1 case holds" if held == 1 else f"{held:,} cases hold"
            yield (
                f"{file}: {cases} results of tools, which a model that calls them gets; the forecast counts the tokens "
                f"of {_ROUNDS} requests"
            )

    def _known(self, place: str, key: str, source: str, sha256: str) -> Iterator[Fault]:
        if source not in self._hashes and len(self._hashes) >= MOST_FILES:
            wrong = f"`{printable(source)}` is one more file than the {MOST_FILES:,} that a workload may have"
            yield fault(f"{place} {key}", "attachment", wrong, "Part the cases into several workloads.")
            return
        self._hashes.setdefault(source, sha256)


def sent_characters(characters: int, case: Case, file_tokens: int) -> int:
    """How many characters a model is sent for a case, over all requests that are to be expected.

    Args:
        characters: of the prompt with the case's input.
        case: whose turns and tools come on top.
        file_tokens: that its files take.
    """
    more = sum(len(as_text(turn.content)) for turn in case.messages)
    for turn in case.messages:
        calls = turn.tool_calls if isinstance(turn, AssistantTurn) else ()
        more += sum(len(as_text(dict(call.arguments))) for call in calls)
    more += sum(len(as_text(tool.input_schema)) + len(tool.description or "") for tool in case.tools)
    once = characters + more + file_tokens * _CHARACTERS_A_TOKEN
    if not case.tool_results:
        return once
    return _ROUNDS * once + sum(len(as_text(result.result)) for result in case.tool_results)

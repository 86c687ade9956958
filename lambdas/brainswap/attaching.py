"""Copy the files that cases name into a run, each under the hash of its bytes, so that later changes do not matter."""

import hashlib
from collections.abc import Iterator

from brainswap.core.attachments.kinds import format_of
from brainswap.core.attachments.weights import estimated_tokens_of
from brainswap.core.cases import Case
from brainswap.core.conversations import Attachment, UserTurn
from brainswap.core.errors import InvalidWorkloadError, Problem
from brainswap.core.folder import Folder, Objects
from brainswap.core.loading.attachment_checks import Looker
from brainswap.core.wording import printable
from brainswap.run_files import RunFiles


class Attacher:
    """Copies files; its memory grows with the different ones, of which a workload has some thousands at most."""

    def __init__(self, files: RunFiles, folder: Folder, objects: Objects) -> None:
        self._files = files
        self._looker = Looker(folder, objects)
        self._kept: dict[tuple[str, str | None], Attachment] = {}

    def attach(self, case: Case) -> Case:
        """The case with the names that its files have in the run.

        Raises:
            InvalidWorkloadError: a file has changed since it was found good.
        """
        if not case.attachments and not any(isinstance(turn, UserTurn) and turn.attachments for turn in case.messages):
            return case
        turns = [
            turn.model_copy(update={"attachments": tuple(self._all_kept(turn.attachments))})
            if isinstance(turn, UserTurn)
            else turn
            for turn in case.messages
        ]
        return case.model_copy(
            update={"attachments": tuple(self._all_kept(case.attachments)), "messages": tuple(turns)}
        )

    def _all_kept(self, attachments: tuple[Attachment, ...]) -> Iterator[Attachment]:
        for attachment in attachments:
            key = (attachment.source, attachment.media_type)
            if key not in self._kept:
                self._kept[key] = self._keep(attachment)
            kept = self._kept[key]
            yield kept.model_copy(update={"name": attachment.name}) if attachment.name else kept

    def _keep(self, attachment: Attachment) -> Attachment:
        of = format_of(attachment.source, attachment.media_type)
        looked = self._looker.look(attachment)
        if of is None or looked.problem is not None:
            wrong, remedy = looked.problem or ("it is of no kind that models take", "")
            raise InvalidWorkloadError([Problem(place=printable(attachment.source), wrong=wrong, remedy=remedy)])
        data = self._looker.read(attachment, of)
        if (digest := hashlib.sha256(data).hexdigest()) != looked.sha256:
            wrong = "the file changed while it was read"
            raise InvalidWorkloadError(
                [Problem(place=printable(attachment.source), wrong=wrong, remedy="Start the run again.")]
            )
        name = self._files.keep_attachment(f"{digest}.{of.name}", data, of.media_type)
        return Attachment(
            file=name,
            name=attachment.source.rpartition("/")[2],
            sha256=digest,
            size=len(data),
            tokens=estimated_tokens_of(of, data),
        )

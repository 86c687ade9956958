"""Model invocation logs of Amazon Bedrock: what an application asked in production, and what it was answered."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from brainswap.core.wording import printable
from local.imports.account import Account, Imported, Unmapped
from local.imports.assembly import Source, assemble
from local.imports.bedrock_replies import Reply, reply_of
from local.imports.bedrock_requests import request_of
from local.imports.conversations import conversation_shape
from local.imports.drafts import CannotUseError, Draft, Drafts, Dropped, Outcome, name_of, recording, shown_name
from local.imports.json_values import NotJsonError, below, count_of
from local.imports.model_names import known_model
from local.imports.records import Record, Unreadable, files_below, read_records, read_whole

_ENDINGS = (".json", ".jsonl", ".json.gz", ".jsonl.gz")
_SCHEMA = "ModelInvocationLog"
_BODIES = "data"  # the folder beside the logs in which Bedrock keeps large bodies
_MOST_PARTS = 16  # of an S3 path, that are looked for below a folder


def read(file: Path, group: int | None = None) -> Imported:
    """Read log files.

    Args:
        file: one, or a folder whose files below it are read in the order of their names.
        group: which prompt template, the most frequent first.

    Raises:
        CannotImportError: there is no usable record, or no such template.
    """
    account = Account()
    place = shown_name(file)
    account.unmapped.extend(_advice(place))
    drafts = _drafts(file)
    shape = conversation_shape(place, drafts, account, group=group, by_wording=True)
    description = "Requests of an application to Amazon Bedrock, as they were logged."
    return assemble(
        Source(file=file, description=description, drafts=drafts, shape=shape, account=account, personal=True)
    )


def _advice(place: str) -> Iterator[Unmapped]:
    yield Unmapped(
        place=place,
        what="right answers: the answers in a log are what the model said, not what is right",
        remedy="They are the source's recorded answers. Have people say what is right for some cases, as `reference`.",
    )
    yield Unmapped(
        place=place,
        what="personal data: a log holds what people wrote, and guardrails do not mask it there",
        remedy="A run refuses it (`limits.personal_data`); decide before you allow it.",
    )
    yield Unmapped(
        place=place,
        what="latency as the application sees it: a log has the service's own, if any",
        remedy="Compare latencies of answers that are asked for live.",
    )


def _drafts(path: Path) -> Drafts:
    files = files_below(path, _ENDINGS)
    root = path if path.is_dir() else path.parent

    def drafts() -> Iterator[Outcome]:
        seen: set[int] = set()
        for file in files:
            among_bodies = path.is_dir() and _BODIES in file.relative_to(root).parent.parts
            shown = printable(file.relative_to(root).as_posix(), limit=200)
            for record in read_records(file, shown):
                if among_bodies and not _is_log(record):
                    continue  # a large body, which a record names
                if not isinstance(record, Record):
                    yield Dropped(place=record.place, reason=record.reason)
                    continue
                yield from _outcomes(record, file, root, seen)

    return drafts


def _outcomes(record: Record, file: Path, root: Path, seen: set[int]) -> Iterator[Outcome]:
    """One; but a file that some tool made may keep its records in a list."""
    inner = below(record.value, "records") or below(record.value, "Records")
    values = inner if isinstance(inner, list) and inner else [record.value]
    for value in values:
        try:
            yield _draft(Record(place=record.place, value=_unpacked(value), size=record.size), file, root, seen)
        except CannotUseError as error:
            yield Dropped(place=record.place, reason=str(error))


def _unpacked(value: Any) -> Any:
    """A record, also out of an event of CloudWatch's, which has it as its message."""
    message = below(value, "message")
    return message if isinstance(message, dict) and "schemaType" in message else value


def _draft(record: Record, file: Path, root: Path, seen: set[int]) -> Draft:
    log = record.value
    if not isinstance(log, dict) or log.get("schemaType") != _SCHEMA:
        raise CannotUseError(f"no record of the schema {_SCHEMA}")
    code = log.get("errorCode")
    if code:
        raise CannotUseError(f"an error: {printable(str(code), limit=60)}")
    request_id = name_of(log.get("requestId"))
    if request_id is not None:
        if hash(request_id) in seen:
            raise CannotUseError("the same request again")
        seen.add(hash(request_id))
    asked, asked_size = _body(log, "input", file, root)
    answered, answered_size = _body(log, "output", file, root)
    request, reply = request_of(asked), reply_of(answered)
    model = known_model(log.get("modelId")) or name_of(log.get("modelId"))
    return Draft(
        place=record.place,
        size=record.size + asked_size + answered_size,
        id=request_id,
        turns=request.turns,
        earlier=request.earlier,
        parameters=request.parameters,
        tools=request.tools,
        recorded={model or "logged": _recorded(log, reply)},
        model=model,
        meta=_meta(log),
        mapped=_mapped(log, reply),
    )


def _recorded(log: Mapping[str, Any], reply: Reply) -> dict[str, Any]:
    """The log's own counts come first: they are what was billed."""
    asked, answered = (
        count_of(below(log, "input", "inputTokenCount")),
        count_of(below(log, "output", "outputTokenCount")),
    )
    return recording(
        reply.text,
        latency_ms=reply.latency_ms,
        first_token_ms=reply.first_token_ms,
        input_tokens=reply.input_tokens if asked is None else asked,
        output_tokens=reply.output_tokens if answered is None else answered,
        stop_reason=reply.stop_reason,
        calls=reply.calls,
    )


def _meta(log: Mapping[str, Any]) -> dict[str, Any] | None:
    kept = {key: log[key] for key in ("timestamp", "region", "operation", "requestMetadata") if log.get(key)}
    return kept or None


def _mapped(log: Mapping[str, Any], reply: Reply) -> tuple[str, ...]:
    operation = log.get("operation")
    known = ("Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream")
    return (
        operation if operation in known else "an unnamed operation",
        *(["latency"] if reply.latency_ms is not None else []),
        *(["stop reason"] if reply.stop_reason is not None else []),
    )


def _body(log: Mapping[str, Any], side: str, file: Path, root: Path) -> tuple[Any, int]:
    """A body of the log, or of the file beside it that the log names; and the size of that file.

    Raises:
        CannotUseError: there is none.
    """
    part = log.get(side)
    body = below(part, f"{side}BodyJson")
    if body is not None:
        return body, 0
    s3_path = below(part, f"{side}BodyS3Path")
    if not isinstance(s3_path, str) or not s3_path:
        raise CannotUseError(f"no body of the {side} (text is not delivered to the log)")
    found = _beside(s3_path, file, root)
    if found is None:
        raise CannotUseError(f"the body of the {side} is in S3 and not beside the log")
    try:
        return read_whole(found), found.stat().st_size
    except NotJsonError as error:
        raise CannotUseError(f"the body of the {side}: {error}") from error
    except OSError as error:
        raise CannotUseError(f"the body of the {side} cannot be read") from error


def _beside(s3_path: str, file: Path, root: Path) -> Path | None:
    """The file of an S3 path, whose last parts are looked for beside the log and below the root; never outside it."""
    parts = [part for part in s3_path.removeprefix("s3://").split("/") if part][-_MOST_PARTS:]
    try:
        inside = root.resolve()
        bases = [file.parent, file.parent / _BODIES, root, root / _BODIES]
        for length in range(len(parts), 0, -1):
            for base in bases:
                found = base.joinpath(*parts[-length:])
                if found.is_file() and found.resolve().is_relative_to(inside):
                    return found
    except (OSError, ValueError):
        return None
    return None


def _is_log(record: Record | Unreadable) -> bool:
    return isinstance(record, Record) and below(record.value, "schemaType") == _SCHEMA

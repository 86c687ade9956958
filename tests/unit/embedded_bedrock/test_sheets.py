import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.bedrock.faults import ServiceError
from local.bedrock.objects import ObjectsError, split_uri
from local.bedrock.paging import page
from local.bedrock.sheets import give, take

REFUSAL = ServiceError("ValidationException", "no such page")
RECORDS = st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), max_size=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Objects in a folder of the disk."""

    path: Path
    stored: dict[str, bytes] = field(default_factory=dict)

    def keys(self, _bucket: str, prefix: str) -> Sequence[str]:
        found = (str(each.relative_to(self.path)) for each in sorted(self.path.rglob("*")) if each.is_file())
        return [key for key in found if key.startswith(prefix)]

    def fetch(self, _bucket: str, key: str, into: Path) -> None:
        shutil.copy(self.path / key, into)

    def store(self, bucket: str, key: str, source: Path) -> None:
        self.stored[f"{bucket}/{key}"] = source.read_bytes()


@given(records=RECORDS, blank=st.sampled_from(["", "\n", "\r\n \n"]), ends=st.booleans(), seed=st.integers(0, 3))
def test_every_record_is_read_once_whatever_its_text_and_its_line_ends(
    records: list[dict[str, str]], blank: str, *, ends: bool, seed: int
) -> None:
    body = ("\n" + blank).join(json.dumps(record, ensure_ascii=False) for record in records) + ("\n" if ends else "")
    with TemporaryDirectory() as held, TemporaryDirectory() as work:
        Path(held, "a.jsonl").write_bytes(body.encode("utf-8", "surrogatepass"))

        (sheet,) = take(Folder(path=Path(held)), "s3://b/a.jsonl", Path(work), seed=seed)
        with sheet:
            read = [json.loads(line) for line in sheet.records()]

    def key(record: dict[str, str]) -> str:
        return json.dumps(record, sort_keys=True)

    assert sorted(map(key, read)) == sorted(map(key, records))


@pytest.mark.parametrize(
    ("uri", "names"),
    [
        ("s3://b/x/a.jsonl", ["a.jsonl"]),
        ("s3://b/x", ["a.jsonl", "y/c.jsonl"]),
        ("s3://b/x/", ["a.jsonl", "y/c.jsonl"]),
        ("s3://b", ["top.jsonl", "x/a.jsonl", "x/y/c.jsonl", "xx/d.jsonl"]),
        ("s3://b/", ["top.jsonl", "x/a.jsonl", "x/y/c.jsonl", "xx/d.jsonl"]),
        ("s3://b/top.jsonl", ["top.jsonl"]),
    ],
)
def test_a_uri_stands_for_a_file_or_for_all_json_lines_below_it(tmp_path: Path, uri: str, names: list[str]) -> None:
    for name in ("top.jsonl", "x/a.jsonl", "x/b.txt", "x/y/c.jsonl", "xx/d.jsonl"):
        (tmp_path / "held" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "held" / name).write_text("{}")
    (tmp_path / "work").mkdir()

    sheets = take(Folder(path=tmp_path / "held"), uri, tmp_path / "work", seed=1)

    assert sorted(sheet.name for sheet in sheets) == names


def test_a_uri_with_nothing_behind_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(ObjectsError, match=r"s3://b/x\.txt"):
        take(Folder(path=tmp_path), "s3://b/x.txt", tmp_path, seed=1)


@pytest.mark.parametrize(
    ("uri", "key"), [("s3://b", "b/job/a.out"), ("s3://b/", "b/job/a.out"), ("s3://b/x/y/", "b/x/y/job/a.out")]
)
def test_output_goes_below_the_prefix_and_the_job(tmp_path: Path, uri: str, key: str) -> None:
    objects = Folder(path=tmp_path)
    (tmp_path / "result").write_text("done")

    give(objects, uri, "job", "a", tmp_path / "result")

    assert objects.stored == {key: b"done"}


def test_signs_that_mean_something_elsewhere_belong_to_a_key() -> None:
    assert split_uri("s3://b/what?#now/a.jsonl") == ("b", "what?#now/a.jsonl")


@given(items=st.lists(st.integers(), max_size=30), most=st.integers(1, 40))
def test_pages_one_after_the_other_are_the_whole_list(items: list[int], most: int) -> None:
    collected: list[int] = []
    token, pages = None, 0

    while token is not None or pages == 0:
        shown = page(items, token=token, most=most, refusal=REFUSAL)
        assert len(shown.items) <= most
        collected += shown.items
        token, pages = shown.next_token, pages + 1

    assert collected == items
    assert pages == max(1, -(-len(items) // most))


@given(token=st.text(max_size=12))
def test_a_token_that_nobody_gave_is_refused_and_nothing_worse(token: str) -> None:
    with suppress(ServiceError):
        shown = page([1, 2, 3], token=token, most=2, refusal=REFUSAL)

        assert list(shown.items) in ([1, 2], [2, 3], [3], [])

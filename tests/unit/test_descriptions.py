"""What botocore knows of services, where many sessions ask for it."""

from pathlib import Path

import pytest
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader

from local.descriptions import descriptions_read_once


def test_what_one_session_read_serves_all(tmp_path: Path) -> None:
    file = tmp_path / "service.json"
    file.write_text('{"operations": {"Ask": {}}}', "utf-8")

    with descriptions_read_once():
        first = Loader(extra_search_paths=[str(tmp_path)]).load_data("service")
        file.unlink()
        second = Loader(extra_search_paths=[str(tmp_path)]).load_data("service")

    assert first == {"operations": {"Ask": {}}}
    assert second is first


def test_what_is_not_there_is_missed_as_ever(tmp_path: Path) -> None:
    with descriptions_read_once(), pytest.raises(DataNotFoundError, match="nothing"):
        Loader(extra_search_paths=[str(tmp_path)]).load_data("nothing")

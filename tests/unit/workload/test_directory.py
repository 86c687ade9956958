from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainswap.adapters.directory import DirectoryFolder
from brainswap.core.errors import InvalidWorkloadError


@pytest.fixture
def folder(tmp_path: Path) -> DirectoryFolder:
    """A folder with a file in it and one beside it."""
    (tmp_path / "secret").write_text("key")
    inside = tmp_path / "workload"
    (inside / "prompts").mkdir(parents=True)
    (inside / "prompts" / "user.md").write_text("Hello.")
    return DirectoryFolder(inside)


def test_files_are_opened_by_their_names(folder: DirectoryFolder) -> None:
    with folder.open("prompts/user.md") as stream:
        content = stream.read()

    assert content == b"Hello."
    assert folder.exists("prompts/user.md")
    assert folder.local_path("prompts/user.md").read_bytes() == content


@pytest.mark.parametrize("name", ["none", "prompts", ".", "", "prompts/user.md/x", "x" * 5000, "prompts/" + "é" * 200])
def test_what_is_no_regular_file_is_not_there(folder: DirectoryFolder, name: str) -> None:
    assert not folder.exists(name)
    with pytest.raises(FileNotFoundError):
        folder.open(name)


@pytest.mark.parametrize(
    "name", ["../secret", "prompts/../../secret", "/etc/passwd", "prompts/../prompts/user.md", "a\0"]
)
def test_names_that_leave_the_folder_are_refused(folder: DirectoryFolder, name: str) -> None:
    for ask in (folder.open, folder.exists, folder.local_path, folder.rows):
        with pytest.raises(InvalidWorkloadError, match="leaves the workload's folder"):
            ask(name)


def test_an_absolute_name_is_refused_even_inside(folder: DirectoryFolder) -> None:
    with pytest.raises(InvalidWorkloadError, match="leaves the workload's folder"):
        folder.open(str(folder.root / "prompts" / "user.md"))


def test_links_may_lead_about_but_not_out(folder: DirectoryFolder) -> None:
    (folder.root / "inside").symlink_to("prompts/user.md")
    (folder.root / "outside").symlink_to("../secret")
    (folder.root / "away").symlink_to("/")
    (folder.root / "circle").symlink_to("circle")

    assert folder.exists("inside")
    assert not folder.exists("circle")
    for name in ("outside", "away/etc/passwd"):
        with pytest.raises(InvalidWorkloadError, match="leaves the workload's folder"):
            folder.open(name)


def test_the_folder_itself_may_be_a_link(folder: DirectoryFolder, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder.root)

    assert DirectoryFolder(tmp_path / "link").exists("prompts/user.md")


@settings(deadline=None, max_examples=50)
@given(name=st.text(st.sampled_from("./\\a~\0é"), max_size=12) | st.text(max_size=20))
def test_no_name_opens_what_lies_outside(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = DirectoryFolder(tmp_path_factory.getbasetemp() / "a folder that is not there")

    with pytest.raises((FileNotFoundError, InvalidWorkloadError)):
        folder.open(name)

"""brainswap portal: the runs of this machine in a browser, for whoever has the token."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from brainswap.report.document import to_json
from brainswap.report.html import to_html
from local.portal import address_of, laptop, portal_server
from tests.cli.conftest import Said
from tests.fakes.indexes import run

TOKEN = "a-token_of-the-test"  # noqa: S105 - of no account


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number in (1, 2):
        folder = tmp_path / "out" / f"of day {number}"
        folder.mkdir(parents=True)
        (folder / "report.json").write_text(to_json(run(number)), "utf-8")
        (folder / "report.html").write_text(to_html(run(number), []), "utf-8")
        (folder / "secret.txt").write_text("secret", "utf-8")
    (tmp_path / "secret.txt").write_text("secret", "utf-8")
    return tmp_path / "out"


@pytest.fixture
def address(root: Path) -> Iterator[str]:
    with portal_server(laptop(root, TOKEN), TOKEN) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address_of(server)
        server.shutdown()


def ask(address: str, path: str, *, method: str = "GET", body: str | None = None, **headers: str) -> Any:
    """The status, the headers and the body."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=10)
    sent = {"Authorization": f"Bearer {TOKEN}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request(method, path, body=body, headers=sent)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def test_runs_of_the_folder_are_listed_the_newest_first(address: str) -> None:
    _, _, names = ask(address, "/api/workloads")
    status, _, body = ask(address, "/api/workloads/support-triage/runs?find=migrate")

    assert json.loads(names) == {"workloads": ["support-triage"]}
    assert status == 200
    assert [each["run_id"] for each in json.loads(body)["runs"]] == ["run-0002", "run-0001"]


def test_a_report_opens_by_its_link_in_a_sandbox(address: str) -> None:
    _, _, body = ask(address, "/api/runs/run-0001/files/report.html")

    status, headers, page = ask(address, json.loads(body)["url"], Authorization="")

    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert headers["content-security-policy"].startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert page.startswith(b"<!DOCTYPE html>")


def test_nobody_is_asked_for_approval_on_a_laptop(address: str) -> None:
    _, _, body = ask(address, "/api/runs/run-0001")
    status, _, _ = ask(
        address, "/api/runs/run-0001/reject", method="POST", body='{"reason": "x"}', Content_Type="application/json"
    )

    assert json.loads(body)["approval"] is None
    assert status == 409


@pytest.mark.parametrize("path", ["/api/workloads", "/api/runs/run-0001", "/files/runs/run-0001/report.html"])
def test_without_the_token_nothing_is_told(address: str, path: str) -> None:
    for token in ("", "Bearer ", "Bearer another", f"Bearer {TOKEN}x", "Bearer \u00e9"):
        status, _, body = ask(address, path, Authorization=token)

        assert status in {401, 404}
        assert b"support-triage" not in body


def test_a_name_of_another_site_is_not_answered_though_it_leads_here(address: str) -> None:
    status, _, _ = ask(address, "/api/workloads", Host="evil.example")

    assert status == 421


@pytest.mark.parametrize(
    "path",
    [
        "/files/runs/run-0001/secret.txt",
        "/files/runs/run-0001/../secret.txt",
        "/files/runs/../secret.txt",
        "/files/runs/run-0001/..%2F..%2Fsecret.txt",
        "/files/%2e%2e/secret.txt",
        "/files//etc/passwd",
        "/files/history/support-triage/index.json",
        "/files/runs/of%20day%201/report.html",
        "/secret.txt",
    ],
)
def test_no_path_leads_to_another_file(address: str, path: str) -> None:
    status, _, body = ask(address, f"{path}?token={TOKEN}")

    assert status == 404
    assert b"secret\n" not in body


def test_a_body_that_is_too_long_is_not_read(address: str) -> None:
    status, _, _ = ask(address, "/api/runs/run-0001/reject", method="POST", body="x" * 20_000)

    assert status == 413


def test_a_folder_without_runs_has_no_portal(brainswap: Callable[..., Said], tmp_path: Path) -> None:
    said = brainswap("portal", str(tmp_path))

    assert (said.code, said.out) == (2, "")
    assert "holds no folder of a finished run" in said.err


def test_a_port_that_is_taken_is_said(brainswap: Callable[..., Said], root: Path, address: str) -> None:
    said = brainswap("portal", str(root), "--port", str(urlsplit(address).port))

    assert said.code == 2
    assert "leave --port out" in said.err

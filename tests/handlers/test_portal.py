"""The portal, asked by its page and by whoever else may try."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainswap.approving import wanted
from brainswap.contracts import ApproveRequest
from brainswap.core.errors import StorageUnavailableError
from brainswap.handlers import approve, portal
from brainswap.portal.exchange import LONGEST_BODY
from brainswap.portal.page import SignIn
from brainswap.portal.routes import FILES
from brainswap.publishing import show_holdings
from brainswap.report.index.history import Holding, Holdings
from brainswap.runtime import teams_apart
from tests.fakes.decided_runs import decided_run
from tests.fakes.memory import MemoryDependencies
from tests.fakes.pages import read
from tests.fakes.runs import RUN
from tests.fakes.workloads import NOON

SIGN_IN = SignIn(client="client-1", domain="brainswap.auth.eu-central-1.amazoncognito.com")
ANNA = {"email": "anna@example.com", "email_verified": "true", "token_use": "id"}
JSON = {"content-type": "application/json"}
CLIMBING = (
    *("..", ".", "../x", "..%2f..%2fsecret", "%2e%2e", "a/../../b", "a\\..\\b", "a\x00b", "a b", "", "a" * 129),
    *("<script>", "\u202e", "%00", "a%2fb", "//evil.example", "~root", "a\nb"),
)


@pytest.fixture
def using() -> MemoryDependencies:
    """A run that ended in `migrate` and waits for approval."""
    made = decided_run()
    approve.run(ApproveRequest(run_id=RUN, token="the-token", seconds=3600), made)  # noqa: S106 - of no task
    return made


def ask(
    using: MemoryDependencies,
    path: str,
    body: Any = None,
    *,
    method: str | None = None,
    claims: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    teams: bool = False,
    **query: str,
) -> tuple[int, dict[str, Any]]:
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": path,
        "queryStringParameters": query or None,
        "headers": headers if headers is not None else JSON,
        "requestContext": {
            "http": {"method": method or ("GET" if body is None else "POST")},
            "authorizer": {"jwt": {"claims": ANNA if claims is None else claims}},
        },
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }
    answered = portal.run(event, using, SIGN_IN, teams=teams)
    assert answered["headers"]["content-type"] == "application/json; charset=utf-8"
    assert answered["headers"]["x-content-type-options"] == "nosniff"
    assert answered["headers"]["cache-control"] == "no-store"
    assert answered["headers"]["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    return answered["statusCode"], json.loads(answered["body"])


# What there is


def test_workloads_and_their_runs_are_listed(using: MemoryDependencies) -> None:
    assert ask(using, "/api/workloads") == (200, {"workloads": ["yes-or-no"]})

    status, found = ask(using, "/api/workloads/yes-or-no/runs")

    (run,) = found["runs"]
    assert (status, found["of"], found["found"]) == (200, 1, 1)
    assert (run["run_id"], run["verdict"], run["models"]) == (RUN, "migrate", "bedrock")
    assert run["target"] == "amazon.nova-lite-v1:0"
    assert run["quality"]["right"]["mean"] == 1.0


def test_a_run_is_listed_with_why_its_verdict_no_longer_holds(using: MemoryDependencies) -> None:
    unknown = ask(using, "/api/workloads/yes-or-no/runs")[1]["runs"][0]["stale"]
    holding = Holding(run_id=RUN, stale=["the cases changed"], seen_at=NOON, too_old_at=NOON)
    show_holdings("yes-or-no", Holdings(verdicts=[holding]), using.artifacts)

    known = ask(using, "/api/workloads/yes-or-no/runs")[1]["runs"][0]["stale"]

    assert (unknown, known) == (None, ["the cases changed"])


@pytest.mark.parametrize(("find", "found"), [("", 1), ("MIGRATE nova", 1), ("hold", 0), ("nova haiku", 1), (RUN, 1)])
def test_runs_are_found_by_all_words_of_a_search(using: MemoryDependencies, find: str, found: int) -> None:
    _, answered = ask(using, "/api/workloads/yes-or-no/runs", find=find)

    assert (answered["of"], answered["found"], len(answered["runs"])) == (1, found, found)


def test_a_run_says_which_files_it_has_and_what_is_wanted(using: MemoryDependencies) -> None:
    status, found = ask(using, f"/api/runs/{RUN}")

    assert (status, found["you"]) == (200, "anna@example.com")
    assert set(found["files"]) == set(FILES)
    assert found["facts"] == {
        "workload": "yes-or-no",
        "verdict": "migrate",
        "models": "bedrock",
        "recommended": "amazon.nova-lite-v1:0",
    }
    assert found["approval"]["status"] == "wanted"
    assert found["approval"]["missing"] == 1
    assert "token" not in json.dumps(found), "whoever has it could let the run go on"


def moving(using: MemoryDependencies, run: str = RUN, **changes: Any) -> None:
    """Ten per cent of the traffic have moved by the verdict of a run."""
    sides = {f"{side}_{what}": side for side in ("source", "target") for what in ("model", "sha256", "prompt")}
    assert using.rollout_records.claim("yes-or-no", run, {"percent": 10, "back_version": 1, **sides, **changes})


def test_a_run_says_how_its_roll_out_stands(using: MemoryDependencies) -> None:
    before = ask(using, f"/api/runs/{RUN}")[1]["rollout"]
    moving(using)

    rollout = ask(using, f"/api/runs/{RUN}")[1]["rollout"]

    assert before is None
    assert (rollout["status"], rollout["source"]["percent"], rollout["target"]["percent"]) == ("running", 90, 10)


def test_what_cannot_be_seen_in_a_record_is_spelled_out(using: MemoryDependencies) -> None:
    moving(using, remarks=["the way back\u202e: \x1b[2J"])

    assert ask(using, f"/api/runs/{RUN}")[1]["rollout"]["remarks"] == ["the way back\u27e8U+202E\u27e9: \u241b[2J"]


def test_the_roll_out_of_another_run_is_not_told_of_this_one(using: MemoryDependencies) -> None:
    moving(using, "another-run")

    assert ask(using, f"/api/runs/{RUN}")[1]["rollout"] is None


def test_a_roll_out_that_cannot_be_read_hides_nothing_else(using: MemoryDependencies) -> None:
    moving(using, started_at="soon")

    status, found = ask(using, f"/api/runs/{RUN}")

    assert (status, found["rollout"]) == (200, {"unreadable": True})
    assert found["approval"]["status"] == "wanted"


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"\xff", b'{"verdict": ["x"], "recommended": "y"}'])
def test_a_decision_that_cannot_be_read_says_nothing(using: MemoryDependencies, text: bytes) -> None:
    using.artifacts.files[f"runs/{RUN}/decision.json"] = text

    assert ask(using, f"/api/runs/{RUN}")[1]["facts"] in ({}, {"recommended": None})


def test_a_file_opens_by_a_link_that_soon_ends(using: MemoryDependencies) -> None:
    status, found = ask(using, f"/api/runs/{RUN}/files/report.html")

    assert (status, found["seconds"]) == (200, 60)
    assert found["url"] == f"https://bucket.invalid/runs/{RUN}/report.html?name=report.html&seconds=60"


@pytest.mark.parametrize("file", ["run.json", "analysis.json", "evaluation.json", "report.exe", "shards.json"])
def test_no_other_file_of_a_run_is_given_out(using: MemoryDependencies, file: str) -> None:
    assert ask(using, f"/api/runs/{RUN}/files/{file}")[0] == 404


def test_what_is_not_there_is_said(using: MemoryDependencies) -> None:
    assert ask(using, "/api/workloads/nothing/runs")[0] == 404
    assert ask(using, "/api/runs/nothing")[0] == 404
    assert ask(using, "/api/runs/nothing/files/report.html")[0] == 404
    assert ask(using, "/api/nothing")[0] == 404
    assert ask(using, "/api/workloads", method="DELETE")[0] == 405
    assert ask(using, f"/api/runs/{RUN}/approve")[0] == 405


def test_a_storage_that_does_not_answer_is_said(using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch) -> None:
    def folders(_prefix: str) -> Any:
        raise StorageUnavailableError("runs/secret-name: broken")

    monkeypatch.setattr(using.artifacts, "folders", folders)

    status, found = ask(using, "/api/workloads")

    assert status == 503
    assert "secret-name" not in found["error"]


# Names that lead elsewhere


@pytest.mark.parametrize("name", CLIMBING)
def test_no_name_leads_out_of_its_place(using: MemoryDependencies, name: str) -> None:
    for key in ("report.html", "secret/report.html", "workloads/x/report.html"):
        using.artifacts.files[key] = b"secret"
    touched: list[str] = []
    using.artifacts.exists = touched.append  # type: ignore[assignment,method-assign]

    for path in (
        f"/api/runs/{name}",
        f"/api/runs/{name}/files/report.html",
        f"/api/workloads/{name}/runs",
        f"/api/runs/{RUN}/files/{name}",
    ):
        assert ask(using, path)[0] == 404
    assert touched == []


@given(path=st.text(st.characters()), method=st.sampled_from(["GET", "POST", "PUT"]))
def test_whatever_is_asked_for_is_answered(path: str, method: str) -> None:
    status, _ = ask(decided_run(), f"/api/{path}", method=method)

    assert status in {200, 403, 404, 405, 409}


# Deciding


def test_a_person_approves_the_report_by_its_hash(using: MemoryDependencies) -> None:
    sha256 = wanted(RUN, using).report_sha256

    status, found = ask(using, f"/api/runs/{RUN}/approve", {"sha256": sha256, "comment": "Read it."})

    assert (status, found["approval"]["status"]) == (200, "approved")
    (word,) = found["approval"]["words"]
    assert (word["person"], word["text"], word["sha256"]) == ("anna@example.com", "Read it.", sha256)
    assert using.tasks.told == ["the-token"]


def test_a_person_rejects_with_a_reason_and_not_without(using: MemoryDependencies) -> None:
    assert ask(using, f"/api/runs/{RUN}/reject", {})[0] == 409
    assert wanted(RUN, using).status == "wanted"

    status, found = ask(using, f"/api/runs/{RUN}/reject", {"reason": "Too early."})

    assert (status, found["approval"]["status"]) == (200, "rejected")


@pytest.mark.parametrize("sha256", ["", "0" * 64, 7, None, ["x"]])
def test_another_report_than_the_one_that_was_read_is_not_approved(using: MemoryDependencies, sha256: Any) -> None:
    status, found = ask(using, f"/api/runs/{RUN}/approve", {"sha256": sha256})

    assert status == 409
    assert found["error"]
    assert wanted(RUN, using).words == ()


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {**ANNA, "email_verified": "false"},
        {"email": "anna@example.com", "token_use": "id"},
        {**ANNA, "token_use": "access"},
        {"email_verified": "true", "token_use": "id"},
    ],
)
def test_whoever_has_proved_no_address_decides_nothing(using: MemoryDependencies, claims: dict[str, str]) -> None:
    sha256 = wanted(RUN, using).report_sha256

    for path, body in (("approve", {"sha256": sha256}), ("reject", {"reason": "x"})):
        assert ask(using, f"/api/runs/{RUN}/{path}", body, claims=claims)[0] == 403
    assert wanted(RUN, using).words == ()


@pytest.mark.parametrize(
    "headers", [{}, {"Content-Type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"}]
)
def test_what_a_form_of_another_site_can_send_is_refused(using: MemoryDependencies, headers: dict[str, str]) -> None:
    sha256 = wanted(RUN, using).report_sha256

    assert ask(using, f"/api/runs/{RUN}/approve", {"sha256": sha256}, headers=headers)[0] == 400
    assert wanted(RUN, using).words == ()


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "[" * 9_000, "x" * (LONGEST_BODY + 1)])
def test_a_body_that_is_no_object_is_refused(using: MemoryDependencies, body: str) -> None:
    assert ask(using, f"/api/runs/{RUN}/approve", body)[0] == 400


def test_a_body_may_come_encoded(using: MemoryDependencies) -> None:
    def encoded(body: str) -> int:
        event: dict[str, Any] = {
            "rawPath": f"/api/runs/{RUN}/reject",
            "headers": {"Content-Type": "application/json; charset=utf-8"},
            "requestContext": {"http": {"method": "POST"}, "authorizer": {"jwt": {"claims": ANNA}}},
            "body": body,
            "isBase64Encoded": True,
        }
        status: int = portal.run(event, using, SIGN_IN)["statusCode"]
        return status

    assert encoded("!!!") == 400
    assert encoded(base64.b64encode(b'{"reason": "Too early."}').decode()) == 200


# The page


def test_the_page_may_be_framed_by_nobody_and_speaks_to_itself_and_the_sign_in_alone() -> None:
    answered = portal.run({"rawPath": "/"}, MemoryDependencies(), SIGN_IN)

    policy = dict(part.strip().split(" ", 1) for part in answered["headers"]["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == f"'self' https://{SIGN_IN.domain}"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["script-src"].startswith("'sha256-")
    assert "unsafe" not in answered["headers"]["content-security-policy"]
    assert answered["headers"]["x-frame-options"] == "DENY"
    assert answered["headers"]["content-type"] == "text/html; charset=utf-8"


def test_the_page_knows_where_to_sign_in_and_nothing_of_any_run() -> None:
    page = read(portal.run({"rawPath": "/"}, decided_run(), SIGN_IN)["body"])

    assert page.attributes("data-client") == [SIGN_IN.client]
    assert page.attributes("data-domain") == [SIGN_IN.domain]
    assert RUN not in page.text


# Teams that are kept apart

OF_RUN = ("", "/files/report.html", "/approve", "/reject")


def seen_by(using: MemoryDependencies, groups: str | None) -> list[int]:
    """The statuses of everything that there is of the one workload, for somebody in some groups."""
    claims = ANNA if groups is None else {**ANNA, "cognito:groups": groups}
    sha256 = wanted(RUN, using).report_sha256
    bodies: dict[str, Any] = {"/approve": {"sha256": sha256}, "/reject": {"reason": "no"}}
    paths = {"/api/workloads/yes-or-no/runs": None, **{f"/api/runs/{RUN}{part}": bodies.get(part) for part in OF_RUN}}
    return [ask(using, path, body, claims=claims, teams=True)[0] for path, body in paths.items()]


@pytest.mark.parametrize("groups", ["[workload:yes-or-no]", "[billing workload:yes-*]", "[workload:other workload:*]"])
def test_people_see_the_workloads_that_their_groups_name(using: MemoryDependencies, groups: str) -> None:
    claims = {**ANNA, "cognito:groups": groups}

    assert ask(using, "/api/workloads", claims=claims, teams=True) == (200, {"workloads": ["yes-or-no"]})
    assert seen_by(using, groups) == [200, 200, 200, 200, 409]  # who has approved cannot reject any more


@pytest.mark.parametrize(
    "groups",
    [None, "", "[]", "[yes-or-no]", "[workload:yes]", "[workload:yes-or-no-2 workload:es-*]", "[workload:y.*]"],
)
def test_nobody_sees_that_there_is_a_workload_of_another_team(using: MemoryDependencies, groups: str | None) -> None:
    claims = ANNA if groups is None else {**ANNA, "cognito:groups": groups}

    assert ask(using, "/api/workloads", claims=claims, teams=True) == (200, {"workloads": []})
    assert seen_by(using, groups) == [404] * 5
    assert not wanted(RUN, using).words


def test_what_is_hidden_is_answered_as_what_is_not_there(using: MemoryDependencies) -> None:
    hidden = ask(using, f"/api/runs/{RUN}", teams=True)
    missing = ask(using, "/api/runs/there-is-none", teams=True)

    assert hidden == missing


def test_a_run_of_which_no_record_says_whose_it_is_is_seen_by_nobody(using: MemoryDependencies) -> None:
    using.artifacts.files["runs/lost/report.html"] = b"x"

    assert ask(using, "/api/runs/lost", claims={**ANNA, "cognito:groups": "[workload:*]"}, teams=True)[0] == 404
    assert ask(using, "/api/runs/lost")[0] == 200


def test_teams_are_kept_apart_only_where_the_stack_says_so(
    using: MemoryDependencies, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(using, f"/api/runs/{RUN}", claims=ANNA)[0] == 200

    told = []
    for value in ("apart", ""):
        monkeypatch.setenv("BRAINSWAP_PORTAL_TEAMS", value)
        told.append(teams_apart())
    assert told == [True, False]

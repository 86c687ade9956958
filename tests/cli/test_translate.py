"""brainswap translate: the prompt on stdout, reasons on stderr, and no model asked."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Said

Brainswap = Callable[..., Said]
Workload = Callable[..., Path]

NOVA, CLAUDE = "amazon.nova-pro-v1:0", "anthropic.claude-sonnet-4-6"


def test_a_text_is_translated_with_reasons(brainswap: Brainswap, tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text("Sort it.\n\nTicket: {{ticket}}\n", "utf-8")

    said = brainswap("translate", "p.md", "--to", CLAUDE)

    assert said.code == 0
    assert said.out == "Sort it.\n\nTicket:\n<ticket>\n{{ticket}}\n</ticket>\n"
    assert said.err.startswith("claude-inputs: ")
    assert "Anthropic" in said.err


def test_a_text_that_has_turns_now_is_told_turn_by_turn(brainswap: Brainswap, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n{{q}} [/INST]", "utf-8")

    assert brainswap("translate", "p.txt", "--to", NOVA).out == "[system]\nBe brief.\n\n[user]\n{{q}}\n"


def test_nothing_to_change_is_said(brainswap: Brainswap, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_text("Is {{q}} a number?", "utf-8")

    said = brainswap("translate", "p.txt", "--to", NOVA)

    assert (said.code, said.out) == (0, "Is {{q}} a number?\n")
    assert "Nothing changes" in said.err


@pytest.mark.parametrize(
    "written",
    [
        [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "{{q}}"}]},
        ],
        {"system": [{"text": "Be brief."}], "messages": [{"role": "user", "content": [{"text": "{{q}}"}]}]},
        {
            "model": "gpt-4o",
            "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "{{q}}"}],
        },
    ],
)
def test_chat_messages_come_back_as_chat_messages(brainswap: Brainswap, tmp_path: Path, written: object) -> None:
    (tmp_path / "p.json").write_text(json.dumps(written), "utf-8")

    said = brainswap("translate", "p.json", "--to", "deepseek.r1-v1:0")

    assert json.loads(said.out) == [{"role": "user", "content": "Be brief.\n\n{{q}}"}]


def test_a_workload_tells_its_parameters_and_its_rejections(brainswap: Brainswap, workload: Workload) -> None:
    folder = workload(
        prompt={"user": "Sort it.\n\nTicket: {{question}}"},
        source={
            "model": "anthropic.claude-3-haiku-20240307-v1:0",
            "parameters": {"max_tokens": 10, "temperature": 0.5},
        },
        improve={"methods": ["translate"], "reject": ["claude-inputs"]},
    )

    said = brainswap("translate", str(folder), "--to", "anthropic.claude-opus-4-8")

    assert said.out == "Sort it.\n\nTicket: {{question}}\n"
    assert "temperature: 0.5 becomes nothing" in said.err


def test_json_tells_everything(brainswap: Brainswap, tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text("Sort it.\n\nTicket: {{ticket}}", "utf-8")

    told = json.loads(brainswap("translate", "p.md", "--to", CLAUDE, "--json").out)

    assert told["family"] == "claude"
    assert told["messages"][0]["role"] == "user"
    assert [change["rule"] for change in told["changes"]] == ["claude-inputs"]
    assert set(told["changes"][0]) == {"rule", "what", "why", "source", "date", "difference"}


def test_rules_may_be_rejected_and_the_source_may_be_told(brainswap: Brainswap, tmp_path: Path) -> None:
    (tmp_path / "p.md").write_text("Sort it. /think\n\nTicket: {{ticket}}", "utf-8")

    kept = brainswap("translate", "p.md", "--to", CLAUDE, "--reject", "claude-inputs", "--from", "nova")
    cut = brainswap("translate", "p.md", "--to", CLAUDE, "--reject", "claude-inputs", "--from", "qwen")

    assert "/think" in kept.out
    assert "/think" not in cut.out


def test_rules_are_listed_with_their_sources(brainswap: Brainswap) -> None:
    said = brainswap("translate", "--rules")
    of_one = json.loads(brainswap("translate", "--rules", "--to", NOVA, "--json").out)

    assert "claude-inputs" in said.out
    assert "model card" in said.out
    assert {rule["family"] for rule in of_one} == {"every", "nova"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Name a file and a model"),
        (("p.md",), "Name a file and a model"),
        (("p.md", "--to", "claud"), "Nothing is known of the model `claud`"),
        (("p.md", "--to", "amazon.nova-pro-v1:0", "--reject", "nova-sytem"), "Did you mean `nova-system`"),
        (("p.md", "--to", "amazon.nova-pro-v1:0", "--from", "qwem"), "Did you mean `qwen`"),
        (("none.md", "--to", "amazon.nova-pro-v1:0"), "none.md"),
        (("empty.md", "--to", "amazon.nova-pro-v1:0"), "the file is empty"),
        (("bad.json", "--to", "amazon.nova-pro-v1:0"), "not JSON"),
        (("odd.json", "--to", "amazon.nova-pro-v1:0"), "messages[0] is"),
        (("none.json", "--to", "amazon.nova-pro-v1:0"), "no chat messages"),
        (("latin.md", "--to", "amazon.nova-pro-v1:0"), "not UTF-8"),
        (("--rules", "--to", "claud"), "Nothing is known"),
    ],
)
def test_wrong_usage_is_told(brainswap: Brainswap, tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    (tmp_path / "p.md").write_text("Sort it.", "utf-8")
    (tmp_path / "empty.md").write_text("\n", "utf-8")
    (tmp_path / "bad.json").write_text("{", "utf-8")
    (tmp_path / "odd.json").write_text('[{"role": "robot", "content": "a"}]', "utf-8")
    (tmp_path / "none.json").write_text('{"messages": []}', "utf-8")
    (tmp_path / "latin.md").write_bytes(b"Gr\xfc\xdfe")

    said = brainswap("translate", *arguments)

    assert said.code == 2
    assert says in said.err
    assert said.out == ""


def test_a_model_of_a_known_vendor_that_nobody_looked_at_is_said_to_be_one(
    brainswap: Brainswap, tmp_path: Path
) -> None:
    (tmp_path / "p.md").write_text("Sort it.", "utf-8")

    assert "Nobody looked at this very model" in brainswap("translate", "p.md", "--to", "anthropic.claude-9").err
    assert "No rules are known" in brainswap("translate", "p.md", "--to", "google.gemma-3-27b-it").err


def test_an_unknown_rule_in_a_workload_is_a_problem_with_a_remedy(brainswap: Brainswap, workload: Workload) -> None:
    said = brainswap("check", str(workload(improve={"methods": ["translate"], "reject": ["nova-sytem"]})))

    assert said.code == 2
    assert "improve.reject[0]" in said.err
    assert "`nova-system`" in said.err


def test_a_run_tells_the_prompts_of_a_model_apart(brainswap: Brainswap, workload: Workload) -> None:
    folder = workload(
        prompt={"user": "Answer yes or no.\n\nQuestion: {{question}}"}, improve={"methods": ["translate"]}
    )

    said = brainswap("run", str(folder), "--models", "embedded", "--pace", "0")

    assert said.code == 0
    assert "amazon.nova-lite-v1:0 · original" in said.out
    assert "amazon.nova-lite-v1:0 · translated" in said.out

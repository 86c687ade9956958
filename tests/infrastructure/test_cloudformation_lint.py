import copy
import json
import re
import subprocess
import sys
from pathlib import Path

from tests.infrastructure.templates import Template

IGNORED = ("W3005",)  # CDK writes DependsOn for what a reference already says; harmless, and not ours to change


def test_the_linter_of_cloudformation_has_nothing_to_say(template: Template, tmp_path: Path) -> None:
    assert_nothing_to_say(template, tmp_path)


def test_it_has_nothing_to_say_of_what_has_to_be_asked_for_either(with_options: Template, tmp_path: Path) -> None:
    assert_nothing_to_say(with_options, tmp_path)


def assert_nothing_to_say(template: Template, tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    file.write_text(json.dumps(_with_an_example_definition(template)), encoding="utf-8")

    arguments = ["--regions", "eu-central-1", "--ignore-checks", *IGNORED, "--template", str(file)]
    linted = subprocess.run(  # noqa: S603 - the linter beside this interpreter, on a file of this test
        [Path(sys.executable).with_name("cfn-lint"), *arguments], capture_output=True, text=True, check=False
    )

    assert linted.stdout == ""
    assert linted.returncode == 0, linted.stderr


def _with_an_example_definition(template: Template) -> Template:
    """With values in the place of substitutions: the linter reads the definition, but not with placeholders in ARNs."""
    changed = copy.deepcopy(template)
    for machine in (it for it in changed["Resources"].values() if it["Type"] == "AWS::StepFunctions::StateMachine"):
        properties = machine["Properties"]
        del properties["DefinitionSubstitutions"]
        partitioned = properties["DefinitionString"].replace("${Partition}", "aws")
        properties["DefinitionString"] = re.sub(r"\$\{\w+\}", "example", partitioned)
    return changed

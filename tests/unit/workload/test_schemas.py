import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from brainswap.core.loading.schemas import rendered, schemas, write_schemas

PUBLISHED = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize("name", schemas())
def test_the_published_schema_is_that_of_the_models(name: str) -> None:
    published = (PUBLISHED / name).read_text(encoding="utf-8")

    assert published == rendered(schemas()[name]), (
        "write it again: python -m brainswap.core.loading.schemas docs/reference"
    )


def test_schemas_are_written_into_a_directory(tmp_path: Path) -> None:
    write_schemas(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == set(schemas())


@pytest.mark.parametrize("name", schemas())
def test_each_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])


def test_the_schema_knows_a_valid_workload_and_an_invalid_one(declaration: str) -> None:
    validator = Draft202012Validator(json.loads(rendered(schemas()["workload.schema.json"])))

    assert validator.is_valid(yaml.safe_load(declaration))
    assert not validator.is_valid(yaml.safe_load(declaration.replace("scorers:", "scoers:")))

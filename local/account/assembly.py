"""What CDK has synthesised: the template, the files that it refers to, and where the account wants them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Packaging = Literal["zip", "file"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a stack goes; ``partition`` is ``aws`` but for China and GovCloud."""

    account: str
    region: str
    partition: str

    def fill(self, text: str) -> str:
        """A text with CloudFormation's own names for account, region and partition replaced by what they are."""
        for name, value in {"AccountId": self.account, "Region": self.region, "Partition": self.partition}.items():
            text = text.replace(f"${{AWS::{name}}}", value)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Something to be put into the bootstrap bucket.

    Attributes:
        source: a file, or a folder where the packaging is ``zip``.
        role: whose rights are for that; None for the caller's own.
    """

    name: str
    source: Path
    packaging: Packaging
    bucket: str
    key: str
    role: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """One stack of a cloud assembly, for one place.

    Attributes:
        deploy_role: whose rights are for change sets; None for the caller's own.
        execution_role: what CloudFormation works with; None for the caller's own.
        bootstrap_version: that the template needs at least.
        bootstrap_parameter: of Systems Manager, with the version that the account has.
    """

    stack_name: str
    template: Mapping[str, Any]
    template_url: str
    files: tuple[File, ...]
    deploy_role: str | None
    execution_role: str | None
    bootstrap_version: int
    bootstrap_parameter: str
    tags: Mapping[str, str]


def read_assembly(folder: Path, stack_name: str, place: Place) -> Assembly:
    """Read what ``app.synthesise`` wrote.

    Args:
        folder: of the cloud assembly.
        stack_name: of the one stack in it.
        place: that its placeholders stand for.
    """
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    properties = manifest["artifacts"][stack_name]["properties"]
    bucket, _, key = place.fill(properties["stackTemplateAssetObjectUrl"]).removeprefix("s3://").partition("/")
    return Assembly(
        stack_name=stack_name,
        template=json.loads((folder / properties["templateFile"]).read_text("utf-8")),
        template_url=f"https://{bucket}.s3.{place.region}.{_domain(place)}/{key}",
        files=tuple(_files(folder, json.loads((folder / f"{stack_name}.assets.json").read_text("utf-8")), place)),
        deploy_role=_filled(properties.get("assumeRoleArn"), place),
        execution_role=_filled(properties.get("cloudFormationExecutionRoleArn"), place),
        bootstrap_version=int(properties["requiresBootstrapStackVersion"]),
        bootstrap_parameter=properties["bootstrapStackVersionSsmParameter"],
        tags=properties.get("tags", {}),
    )


def _files(folder: Path, assets: Mapping[str, Any], place: Place) -> Iterator[File]:
    for asset in assets["files"].values():
        for destination in asset["destinations"].values():
            yield File(
                name=asset.get("displayName", asset["source"]["path"]),
                source=folder / asset["source"]["path"],
                packaging=asset["source"]["packaging"],
                bucket=place.fill(destination["bucketName"]),
                key=place.fill(destination["objectKey"]),
                role=_filled(destination.get("assumeRoleArn"), place),
            )


def _filled(text: str | None, place: Place) -> str | None:
    return None if text is None else place.fill(text)


def _domain(place: Place) -> str:
    return "amazonaws.com.cn" if place.partition == "aws-cn" else "amazonaws.com"

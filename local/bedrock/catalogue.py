"""The models that the embedded Bedrock knows, and the ids under which they are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from local.bedrock.faults import ServiceError
from local.bedrock.notation import model_name, provider_name

OPENAI = "openai:"

# Where a system profile may run, by the first label of its id; where nobody says more. No region stands for all.
REGIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "us": ("us-east-1", "us-east-2", "us-west-2"),
        "eu": ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3"),
        "apac": ("ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
        "jp": ("ap-northeast-1", "ap-northeast-3"),
        "au": ("ap-southeast-2", "ap-southeast-4"),
        "in": ("ap-south-1", "ap-south-2"),
        "ca": ("ca-central-1", "ca-west-1"),
        "il": ("il-central-1",),
        "us-gov": ("us-gov-east-1", "us-gov-west-1"),
        "global": ("",),
    }
)
# The service model's limit; that of a model's name is 20 as well, but AWS itself does not keep it.
_LONGEST_PROVIDER = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Where a model stands; a date that nobody knows is None."""

    status: Literal["ACTIVE", "LEGACY"] = "ACTIVE"
    start: datetime | None = None
    legacy: datetime | None = None
    extended_access: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueModel:
    """A model of the catalogue.

    Attributes:
        profiles: system profiles of the model, each with the regions where a request may run; an empty region name
            stands for all regions.
        on_demand: whether it may be asked for by its own id, not through a profile alone.
        access: whether this account may use it.
    """

    model_id: str
    provider: str
    name: str
    streaming: bool = True
    profiles: tuple[tuple[str, tuple[str, ...]], ...] = ()
    on_demand: bool = True
    access: bool = True
    input_modalities: tuple[str, ...] = ("TEXT", "IMAGE")
    lifecycle: Lifecycle = field(default_factory=Lifecycle)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A system profile: an id under which a model runs in one of several regions."""

    profile_id: str
    model: CatalogueModel
    regions: tuple[str, ...]


class Catalogue:
    """All models, by id, by profile id and by the ARN of either.

    Args:
        models: with all that is known of them.
        others: further ids that are answered, with or without the prefix of a profile; ``openai:`` ids are served
            on the OpenAI wire and are no models of Bedrock.
    """

    def __init__(self, models: Sequence[CatalogueModel] = (), others: Iterable[str] = ()) -> None:
        self._models = {model.model_id: model for model in models}
        self._asked_by_name = frozenset(others)
        self.openai_names = tuple(
            sorted(name.removeprefix(OPENAI) for name in self._asked_by_name if name.startswith(OPENAI))
        )
        for asked in sorted(self._asked_by_name):
            if not asked.startswith(OPENAI):
                self._add(_identifier(asked))
        self._profiles = {
            profile_id: Profile(profile_id=profile_id, model=model, regions=regions)
            for model in self._models.values()
            for profile_id, regions in model.profiles
        }

    @property
    def models(self) -> tuple[CatalogueModel, ...]:
        return tuple(self._models.values())

    @property
    def profiles(self) -> tuple[Profile, ...]:
        return tuple(self._profiles.values())

    def model(self, asked: str) -> CatalogueModel | None:
        """The model with this id or foundation-model ARN; no profile is followed."""
        return self._models.get(_identifier(asked))

    def profile(self, asked: str) -> Profile | None:
        """The profile with this id or ARN."""
        return self._profiles.get(_identifier(asked))

    def base_id(self, asked: str) -> str:
        """The id of the model behind an id, a profile or an ARN; as it came where nobody knows it."""
        identifier = _identifier(asked)
        profile = self._profiles.get(identifier)
        return identifier if profile is None else profile.model.model_id

    def to_answer(self, asked: str) -> CatalogueModel:
        """The model that answers a request of the data plane.

        Raises:
            ServiceError: the id is unknown, needs a profile, or is closed to the account; in Bedrock's words.
        """
        profile = self.profile(asked)
        model = self.model(asked) if profile is None else profile.model
        if model is None:
            raise ServiceError("ValidationException", "The provided model identifier is invalid.")
        if not model.access:
            raise ServiceError(
                "AccessDeniedException", "You don't have access to the model with the specified model ID."
            )
        if profile is None and not model.on_demand and asked not in self._asked_by_name:
            raise ServiceError(
                "ValidationException",
                f"Invocation of model ID {model.model_id} with on-demand throughput isn\u2019t supported. Retry your "
                "request with the ID or ARN of an inference profile that contains this model.",
            )
        return model

    def _add(self, asked: str) -> None:
        prefix, base = self._split(asked)
        model = self._models.get(base) or _unheard_of(base)
        if prefix and asked not in dict(model.profiles):
            model = replace(model, profiles=(*model.profiles, (asked, REGIONS.get(prefix, ("",)))))
        self._models[base] = model

    def _split(self, asked: str) -> tuple[str, str]:
        """The prefix of a profile, empty where there is none, and the id of the model."""
        first, _, rest = asked.partition(".")
        return (first, rest) if rest in self._models or (first in REGIONS and "." in rest) else ("", asked)


def _identifier(asked: str) -> str:
    return asked.rpartition("/")[2] if asked.startswith("arn:") else asked


def _unheard_of(model_id: str) -> CatalogueModel:
    provider = provider_name(model_id)[:_LONGEST_PROVIDER]
    return CatalogueModel(model_id=model_id, provider=provider, name=model_name(model_id))

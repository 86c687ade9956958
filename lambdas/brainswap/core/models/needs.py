"""What the cases of a workload hold that not every model takes, and who does not take it."""

from collections.abc import Iterator
from dataclasses import dataclass

from brainswap.core.models.profiles import Profile

# What goes into a chat completion as a file, or as the text that it is.
_OVER_CHAT = frozenset({"pdf", "csv", "html", "txt", "md"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """How many cases hold what.

    Attributes:
        turns: earlier turns of a conversation.
        tools: tools of their own, or turns with calls of tools.
        results: results of tools, which are given back to the model.
        images: at least one image.
        documents: at least one document.
        attached: at least one file of whichever kind.
        formats: of all documents, in the order of the alphabet.
    """

    turns: int = 0
    tools: int = 0
    results: int = 0
    images: int = 0
    documents: int = 0
    attached: int = 0
    formats: tuple[str, ...] = ()


def unmet(needs: Needs, profile: Profile, *, modalities: tuple[str, ...] | None = None) -> Iterator[str]:
    """What a model surely does not take, each with who says so.

    Args:
        needs: of the cases.
        profile: of the model.
        modalities: that the catalogue lists for its input; it is believed where the profile does not know.
    """
    says = f"{profile.source}, {profile.checked_on}"
    if needs.tools and profile.tools == "no":
        yield f"it takes no tools, and {_cases(needs.tools)} with tools ({says})"
    if needs.images and profile.images == "no":
        yield f"it sees no images, and {_cases(needs.images)} with images ({says})"
    elif needs.images and profile.images == "unknown" and modalities and "IMAGE" not in modalities:
        yield f"it sees no images, and {_cases(needs.images)} with images (the account's catalogue of models)"
    if needs.documents and profile.documents == "no":
        yield f"it reads no documents, and {_cases(needs.documents)} with documents ({says})"
    elif profile.endpoint == "openai":
        beyond = [name for name in needs.formats if name not in _OVER_CHAT]
        if beyond:
            yield f"chat completions take no documents of the format {' or '.join(beyond)}; convert them to pdf or txt"


def _cases(count: int) -> str:
    return f"there {'is' if count == 1 else 'are'} {count:,} case{'s' * (count > 1)}"

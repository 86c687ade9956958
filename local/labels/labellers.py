"""What somebody who labels is called."""

import getpass
import re

from local.labels.drawing import CannotLabelError

_LABELLER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,62}")


def labeller_name(name: str) -> str:
    """The name, if it is one.

    Raises:
        CannotLabelError: it is not.
    """
    if not _LABELLER.fullmatch(name):
        wanted = "letters, digits and . _ @ + -, at most 63, beginning with a letter or a digit"
        raise CannotLabelError(f"{name!r} is no name for a labeller: use {wanted}.")
    return name


def user_name() -> str:
    """The user of this machine, as far as the name is one for a labeller."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "me"
    plain = re.sub(r"[^A-Za-z0-9._@+-]+", "-", name).lstrip("._@+-")[:63]
    return plain or "me"

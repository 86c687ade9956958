"""Who somebody is: a person is named by the ARN of a caller, or by a verified e-mail address."""

import re
from collections.abc import Iterable
from fnmatch import translate

# Names of sessions that say nothing of who opened them: those that SDKs and instances choose (AWS SDK for Python,
# AWS CLI, other SDKs, instance ids).
_OF_NOBODY = re.compile(r"botocore-session-\d+|aws-cli-.*|awscli-session|aws-sdk-.*|session-?\d+|i-[0-9a-f]{8,17}")


def may_approve(person: str, approvers: Iterable[str] | None) -> bool:
    """Whether one of the patterns fits the whole name, whatever its case; everybody may where there are none."""
    if approvers is None:
        return True
    return any(re.match(_pattern(each), person.casefold(), re.DOTALL) for each in approvers)


def is_same_person(one: str, other: str) -> bool:
    """Whether two names may be of the same person, who comes by another role, or by the portal instead of the terminal.

    The last part of an ARN is the name of a user or of a session, by which IAM Identity Center puts the name of the
    person. In doubt they are the same: a second person is there to be another.
    """
    if one.casefold() == other.casefold():
        return True
    first, second = _name(one), _name(other)
    if ("@" in first) != ("@" in second):
        first, second = first.partition("@")[0], second.partition("@")[0]
    return first == second


def names_a_person(person: str) -> bool:
    """Whether somebody can be told from others by the name: a session that a program named is of anybody."""
    return not _OF_NOBODY.fullmatch(_name(person))


def _name(person: str) -> str:
    return person.casefold().rpartition("/")[2].rpartition(":")[2]


def _pattern(approver: str) -> str:
    """The pattern as a regular expression; brackets and question marks stand for themselves."""
    plain = approver.casefold()
    return translate("".join(f"[{sign}]" if sign in "[?" else sign for sign in plain))

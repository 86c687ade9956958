"""Who somebody is: a person is named by the ARN of a caller, or by a verified e-mail address."""

import re
import unicodedata
from collections.abc import Iterable
from fnmatch import translate

# Names of sessions that say nothing of who opened them: those that SDKs and services choose (AWS SDK for Python, AWS
# CLI, other SDKs, instance ids, tasks of ECS, pods of EKS, builds of CodeBuild, the action of GitHub).
_OF_NOBODY = re.compile(
    r"botocore-session-\d+|aws-cli-.*|awscli-session|aws-sdk-.*|session-?\d+|i-[0-9a-f]{8,17}|[0-9a-f]{32}|eks-.*|"
    r"awscodebuild-.*|githubactions"
)


def may_approve(person: str, approvers: Iterable[str] | None) -> bool:
    """Whether one of the patterns fits the whole name, whatever its case; everybody may where there are none.

    A pattern of addresses fits addresses alone: whoever assumes a role may choose the name of the session, which ends
    the ARN, and `*@example.com` means those who have proved an address.
    """
    if approvers is None:
        return True
    name = person.casefold()
    fitting = (each for each in approvers if not (_is_of_addresses(each) and name.startswith("arn:")))
    return any(re.match(_pattern(each), name, re.DOTALL) for each in fitting)


def is_same_person(one: str, other: str) -> bool:
    """Whether two names may be of the same person, who comes by another role, or by the portal instead of the terminal.

    The last part of an ARN is the name of a user or of a session, by which IAM Identity Center puts the name of the
    person. What follows a plus sign in an address reaches the same mailbox. In doubt they are the same: a second person
    is there to be another.
    """
    (first, of_first), (second, of_second) = _mailbox(one), _mailbox(other)
    return first == second and (of_first == of_second or not of_first or not of_second)


def names_a_person(person: str) -> bool:
    """Whether somebody can be told from others by the name: a session that a program named is of anybody."""
    return not _OF_NOBODY.fullmatch(_name(person))


def _name(person: str) -> str:
    """The last part, however it is spelled: two ways to write one letter, or a sign that nobody sees, make nobody."""
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", person) if unicodedata.category(sign) != "Cf")
    return unicodedata.normalize("NFKC", seen.casefold()).rpartition("/")[2].rpartition(":")[2]


def _mailbox(person: str) -> tuple[str, str]:
    """The name without what follows a plus sign, and the domain, which is empty where the name is no address."""
    local, _, domain = _name(person).partition("@")
    return local.partition("+")[0], domain


def _is_of_addresses(approver: str) -> bool:
    return "@" in approver and not {":", "/"} & set(approver)


def _pattern(approver: str) -> str:
    """The pattern as a regular expression; brackets and question marks stand for themselves."""
    plain = approver.casefold()
    return translate("".join(f"[{sign}]" if sign in "[?" else sign for sign in plain))

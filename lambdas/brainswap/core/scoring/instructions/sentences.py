"""Count sentences, as Punkt does that IFEval counts with (Kiss and Strunk 2006, Computational Linguistics 32(4)).

Punkt takes every full stop for the end of a sentence that does not belong to an abbreviation, whatever follows: a
numbered list has a sentence for each number, and Markdown that closes after the last full stop is one more.
"""

import re

_STOP_IN_CHUNK = re.compile(r"""[.?!](?=[)"';}\]*:@({\[?!]|\Z)""")
_CLOSING = "\"')]}"
# Tokens part at these, so that what stands before one says nothing about the word after it.
_PARTS = re.compile(r"""[?!)";}\]*:@'({\[]|--+""")
_NUMBER = re.compile(r"-?[.,]?\d[\d,.\-]*")
_ABBREVIATIONS = frozenset(
    """
    a.d a.m adj adm adv al apr approx apt assn asst aug ave b.a b.c bldg blvd bros c.e capt cf co col corp cos
    ct d.c dec dept dist div dr ed est etc feb fri ft gen gov hon hr hrs inc ing jan jr jul jun lt ltd m.b.a
    maj mfg mg mon mr mrs ms mt mts n.a nos nov oct op p.m p.o ph.d pp pres prof pvt rd rep reps rev rt
    sen sens sep sept sgt sp sq sr st supt thu thur thurs tue tues u.k u.n u.s u.s.a univ v vol vs wed
    """.split()  # noqa: SIM905 - as a list it would take a line for each word
)
# Words that begin a sentence when they are capitalised, and hardly a name.
_STARTERS = frozenset(
    """
    a after although an and as at because before but by during each even every finally first for from furthermore
    he her here his how however i if in instead it its many meanwhile moreover most my next no now of on once one
    or our she since so some still such that the their then there therefore these they this those though through
    thus to today under until we what when where whether which while who why with without yet you your
    """.split()  # noqa: SIM905 - as a list it would take a line for each word
)


def count_sentences(text: str) -> int:
    """The number of sentences of an English text; 0 for nothing but white space."""
    chunks = text.split()
    sentences, rest = 0, ""
    for position, chunk in enumerate(chunks):
        rest = chunk
        following = chunks[position + 1] if position + 1 < len(chunks) else ""
        stop = _last_stop(chunk, last=not following)
        if stop is None:
            continue
        before, after = chunk[:stop], chunk[stop:]
        if _ends(before, after or following):
            sentences += 1
            rest = after.lstrip(_CLOSING)
    return sentences + bool(rest)


def _last_stop(chunk: str, *, last: bool) -> int | None:
    """The position behind the last mark in a chunk that may end a sentence; there is no end where the text ends."""
    ends = [mark.end() for mark in _STOP_IN_CHUNK.finditer(chunk)]
    if last and ends and ends[-1] == len(chunk):
        ends.pop()
    return ends[-1] if ends else None


def _ends(before: str, following: str) -> bool:
    """Whether a sentence ends with the mark that ``before`` ends with."""
    if not before.endswith("."):
        return True
    token = _PARTS.split(before)[-1].lstrip(",-&#`")
    if token.endswith(".."):
        return _starts_sentence(following)
    word = token[:-1]
    if _NUMBER.fullmatch(word):
        return not following[0].islower() and following[0] not in ",;:.!?"
    if word.lower() in _ABBREVIATIONS or word.lower().rpartition("-")[2] in _ABBREVIATIONS:
        return _starts_sentence(following)
    if len(word) == 1 and word.isalpha():
        return not following[0].isupper() or _starts_sentence(following)
    return True


def _starts_sentence(following: str) -> bool:
    word = following.rstrip(".,;:!?\"')]}*")
    return word[:1].isupper() and word.lower() in _STARTERS

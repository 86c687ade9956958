"""Text made of characters for which the fonts of the PDF have a shape; every other one is spelled out."""

import re
import unicodedata
from typing import Any, Final

from brainswap.report.untrusted import one_line, visible

# Letters, numbers and signs of Libertinus Serif, New Computer Modern and DejaVu Sans Mono, which typst 0.15 carries:
# scripts that run from left to right and are set letter by letter. Whoever reads another one has the page.
_COVERED: Final = (
    "\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c"
    "\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff\u0510-\u0513\u051a-\u051d\u0531-\u0556\u0559-\u058a"
    "\u058d-\u058f\u0e3f\u10d0-\u10ff\u13a0-\u13f5\u13f8-\u13fd\u1d00-\u1dbf\u1e00-\u1f15"
    "\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d\u1f80-\u1fb4"
    "\u1fb6-\u1fc4\u1fc6-\u1fd3\u1fd6-\u1fdb\u1fdd-\u1fef\u1ff2-\u1ff4\u1ff6-\u1ffe\u2010-\u2027"
    "\u2030-\u2040\u2042\u2044-\u2052\u2054-\u205e\u2070-\u2071\u2074-\u208e\u2090-\u209c"
    "\u20a0-\u20c0\u2100-\u211e\u2120\u2122\u2124\u2126-\u2151\u2153-\u2184\u2189\u2190-\u23ff"
    "\u2422-\u2423\u2460-\u2606\u2609-\u262f\u2638-\u268b\u2690-\u269c\u26a0-\u26a7\u26aa-\u26af"
    "\u26b2\u2701-\u2704\u2706-\u2709\u270c-\u2714\u2717-\u2726\u272a-\u274b\u274d\u274f-\u2752\u2756"
    "\u2758-\u275e\u2761-\u277f\u2794\u2798-\u27af\u27b1-\u2b73\u2b76-\u2b95\u2b97-\u2bff"
    "\u2c60-\u2cee\u2cf2-\u2cf3\u2cf9-\u2cff\u2e02-\u2e05\u2e08-\u2e0a\u2e17-\u2e18\u2e1f"
    "\u2e22-\u2e25\u2e2e\ufb00-\ufb06\ufffd"
)
_BEYOND: Final = re.compile(f"[^\n\t{_COVERED}]")


def legible(text: str) -> str:
    """The text as it can be printed: composed, ``%`` beside its number, and ``⟨U+65E5⟩`` where there is no shape."""
    composed = unicodedata.normalize("NFC", text).replace(" %", "\u00a0%")
    return _BEYOND.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", composed)


def line(label: str, limit: int) -> str:
    """As `one_line`, legible, and no longer than ``limit`` characters as printed."""
    return one_line(legible(one_line(label, limit)), limit)


def text(words: str, limit: int) -> str:
    """As `visible`, legible, and not much longer than ``limit`` characters as printed."""
    return visible(legible(visible(words, limit)), limit)


def all_legible(value: Any) -> Any:
    """The same for every text of a document; keys are ours."""
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, dict):
        return {key: all_legible(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [all_legible(each) for each in value]
    return value

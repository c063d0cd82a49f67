"""Regular expressions of JSON Schema (ECMA-262's) as those of llguidance (Rust's): they differ within `[…]`.

There Rust nests classes and knows the operators `&&`, `--` and `~~`, which are mere characters to ECMA. And a class of
llguidance's that has control characters, but neither `"` nor `\\`, lets these two through nevertheless, as they are
escaped in JSON like those: such a class loses the former.
"""

from __future__ import annotations

import re

_CLASSES = frozenset("dDwWsSpP")
_CONTROLS = r"\x00-\x1f"


def from_ecma(pattern: str) -> str:
    """The same pattern, its classes written so that Rust reads them as ECMA does. What is no pattern stays one."""
    translated: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern[at] == "[":
            at = _class(pattern, at, translated)
        else:
            size = 2 if pattern[at] == "\\" else 1
            translated.append(pattern[at : at + size])
            at += size
    return "".join(translated)


def _class(pattern: str, at: int, translated: list[str]) -> int:
    """One class, from its `[` on. Returns where it ends."""
    written: list[str] = []
    start = at = at + (2 if pattern.startswith("[^", at) else 1)
    before = ""  # the atom that a range may begin with: "a" character, a "class" such as \w, or none
    in_range = False
    while at < len(pattern) and (
        pattern[at] != "]" or at == start
    ):  # as the first, it is a character to all that check
        size = 2 if pattern[at] == "\\" else 1
        atom = pattern[at : at + size]
        at += size
        if atom == "-" and before and not in_range and at < len(pattern) and pattern[at] != "]":
            # Between a class and anything, it is a character.
            written.append("-" if before == "a" and not _is_class(pattern, at) else r"\-")
            in_range = True
            continue
        written.append("\\" + atom if atom in ("[", "]", "&", "~", "-") else atom)
        before = "" if in_range else "class" if atom[1:] in _CLASSES and size == 2 else "a"
        in_range = False
    inside = "".join(written)
    if pattern[start - 1] == "^":
        inside = f"^{inside}{_CONTROLS}" if _rules_out_escaped(inside) else f"^{inside}"
    translated.append(f"[{inside}{pattern[at : at + 1]}")
    return at + 1


def _rules_out_escaped(inside: str) -> bool:
    try:
        return any(re.match(f"[{inside}]", character) for character in ('"', "\\"))
    except re.error:
        return True  # classes that Python doesn't know: to be safe


def _is_class(pattern: str, at: int) -> bool:
    return pattern[at] == "\\" and pattern[at + 1 : at + 2] in _CLASSES

"""Regular expressions of JSON Schema (ECMA-262's) as those of llguidance (Rust's): they differ within `[…]`.

There Rust nests classes and knows the operators `&&`, `--` and `~~`, which are mere characters to ECMA. And a class of
llguidance's that has all control characters, but not both `"` and `\\`, lets these two through nevertheless, as they
are escaped in JSON like those: such a class loses NUL.
"""

from __future__ import annotations

import re

_CLASSES = frozenset("dDwWsSpP")
_NUL = r"\x00"


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
    # A `]` that comes first is a character to all that check.
    while at < len(pattern) and (pattern[at] != "]" or at == start):
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
    closing = pattern[at : at + 1]
    if pattern[start - 1] == "^":
        left_out = "" if _has(inside, '"') is False and _has(inside, "\\") is False else _NUL
        translated.append(f"[^{inside}{left_out}{closing}")
    elif all(_has(inside, character) for character in "\0\1\x1f") and not all(_has(inside, c) for c in '"\\'):
        translated.append(f"[[{inside}{closing}--[{_NUL}]]")
    else:
        translated.append(f"[{inside}{closing}")
    return at + 1


def _has(inside: str, character: str) -> bool | None:
    """Whether a class has a character; None where it has classes that Python doesn't know."""
    try:
        return re.match(f"[{inside}]", character, re.ASCII) is not None
    except re.error:
        return None


def _is_class(pattern: str, at: int) -> bool:
    return pattern[at] == "\\" and pattern[at + 1 : at + 2] in _CLASSES

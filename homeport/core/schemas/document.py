"""A JSON Schema as a document: its subschemas, its references, and how large it may be.

Everything here walks without recursion, because the document is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import unquote

from msgspec import Struct

Context: TypeAlias = tuple[str, ...]

MAX_SIZE_BYTES = 256 * 1024
MAX_DEPTH = 64  # of JSON containers; the engine's own parser stops at 128, counting what a grammar wraps around it
MAX_VALUES = 50_000
MAX_LEVELS = 512  # of schemas within schemas, each reference followed once: engines do so by recursion, and a stack
# of 8 MB was seen to overflow between 1,024 and 2,048
MAX_BRANCHES = 10_000  # schemas applied to one and the same value, through `anyOf`, `allOf`, `$ref` and so on

_ONE = (
    *("items", "additionalItems", "additionalProperties", "not", "if", "then", "else", "contains"),
    *("propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema"),
)
_LIST = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_MAP = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies")
_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")

ANYTHING: dict[str, Any] = {}  # what `true` means
NOTHING: dict[str, Any] = {"not": ANYTHING}  # what `false` means


class InvalidSchema(Exception):
    """What is wrong with a schema, and where: the keys that lead there."""

    def __init__(self, reason: str, context: Context = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.context = context


class Subschema(Struct, frozen=True):
    context: Context
    schema: dict[str, Any]


def children(node: Subschema) -> Iterator[Subschema]:
    """The schemas directly inside one; `true` and `false` are left out, references are not followed."""
    schema, context = node.schema, node.context
    for key, value in schema.items():
        if isinstance(value, dict):
            if key in _ONE:
                yield Subschema((*context, key), value)
            elif key in _MAP:
                for name, child in value.items():
                    if isinstance(child, dict):
                        yield Subschema((*context, key, name), child)
        elif isinstance(value, list) and key in _LIST:
            for index, child in enumerate(value):
                if isinstance(child, dict):
                    yield Subschema((*context, key, str(index)), child)


def subschemas(root: dict[str, Any]) -> Iterator[Subschema]:
    """The root and every schema in it, in the order of the document."""
    stack = [Subschema((), root)]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(children(node))))


def resolve(root: dict[str, Any], reference: Any, context: Context = ()) -> Subschema:
    """The schema that a local reference (`#`, `#/$defs/x`) stands for. Raises InvalidSchema, also for remote ones."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise InvalidSchema(
            f"reference to '{reference}' is not permitted: only references within the schema are", context
        )
    node: Any = root
    path: list[str] = []
    pointer = unquote(reference[1:])
    if pointer and not pointer.startswith("/"):
        raise InvalidSchema(f"reference to '{reference}' is not permitted: only JSON pointers are", context)
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        path.append(part)
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdecimal() and len(part) < 10 and int(part) < len(node):
            node = node[int(part)]
        else:
            node = None
            break
    if isinstance(node, bool):
        node = ANYTHING if node else NOTHING
    if not isinstance(node, dict):
        raise InvalidSchema(f"reference to component '{reference}' which was not found in the schema", context)
    return Subschema(tuple(path), node)


def check_bounds(schema: dict[str, Any]) -> None:
    """Raise InvalidSchema where a schema is so deep or large that only a hostile one can be."""
    values = 1
    stack: list[tuple[Any, int]] = [(schema, 1)]
    while stack:
        value, depth = stack.pop()
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        values += len(inner)
        if depth > MAX_DEPTH:
            raise InvalidSchema(f"schema is nested too deeply: expected at most {MAX_DEPTH} levels of JSON")
        if values > MAX_VALUES:
            raise InvalidSchema(f"schema is too large: expected at most {MAX_VALUES} values")
        stack.extend((child, depth + 1) for child in inner)


def check_references(root: dict[str, Any]) -> None:
    """Raise InvalidSchema where a reference leads out of the schema, nowhere, or in a circle, or where so many schemas
    apply to one value that checking it takes time out of proportion."""
    depths = {id(ANYTHING): 1, id(NOTHING): 2}
    nodes = list(subschemas(root))
    for node in reversed(nodes):  # children first
        depths[id(node.schema)] = 1 + max((depths[id(child.schema)] for child in children(node)), default=0)
        if node.context and "$id" in node.schema and any("$ref" in inner.schema for inner in subschemas(node.schema)):
            raise InvalidSchema(
                "references within a schema that has an '$id' of its own are not permitted", node.context
            )
    levels = {id(root): depths[id(root)]}
    for node in nodes:
        if "$ref" not in node.schema:
            continue
        target = id(resolve(root, node.schema["$ref"], node.context).schema)
        if target not in depths:
            raise InvalidSchema(f"reference to '{node.schema['$ref']}' which is no schema", node.context)
        levels[target] = depths[target]
    if sum(levels.values()) > MAX_LEVELS:
        raise InvalidSchema(
            f"definitions are too many or nested too deeply: expected at most {MAX_LEVELS} levels in all"
        )
    if any("$ref" in node.schema for node in nodes):
        _count_branches(root)


def _applied(root: dict[str, Any], node: Subschema) -> list[Subschema]:
    """The schemas that apply to the very value that `node` applies to."""
    depth = len(node.context)
    applied = [child for child in children(node) if child.context[depth] in _IN_PLACE]
    if "$ref" in node.schema:
        applied.append(resolve(root, node.schema["$ref"], node.context))
    return applied


def _count_branches(root: dict[str, Any]) -> None:
    counts: dict[int, int] = {}  # 0: being counted
    for start in subschemas(root):
        stack = [(start, iter(_applied(root, start)))]
        if id(start.schema) in counts:
            continue
        counts[id(start.schema)] = 0
        while stack:
            node, rest = stack[-1]
            child = next(rest, None)
            if child is None:
                stack.pop()
                count = 1 + sum(counts[id(each.schema)] for each in _applied(root, node))
                if count > MAX_BRANCHES:
                    raise InvalidSchema(f"more than {MAX_BRANCHES} schemas apply to the same value", node.context)
                counts[id(node.schema)] = count
            elif id(child.schema) not in counts:
                counts[id(child.schema)] = 0
                stack.append((child, iter(_applied(root, child))))
            elif counts[id(child.schema)] == 0:
                raise InvalidSchema("reference leads back to itself", child.context)

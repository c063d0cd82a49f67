"""OpenAI's rules for `strict: true`, in OpenAI's words."""

from __future__ import annotations

from typing import Any

from homeport.core.schemas.document import Context, InvalidSchema, Subschema, children, subschemas

MAX_PROPERTIES = 5_000
MAX_LEVELS = 10
MAX_ENUM_VALUES = 1_000
MAX_NAME_CHARACTERS = 120_000  # of property names, definition names, enum and const values together
FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")

_NOT_PERMITTED = frozenset(
    [
        "allOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "dependentRequired",
        "dependentSchemas",
        "dependencies",
        "patternProperties",
        "propertyNames",
        "unevaluatedProperties",
        "minProperties",
        "maxProperties",
        "unevaluatedItems",
        "contains",
        "minContains",
        "maxContains",
        "uniqueItems",
        "additionalItems",
        "contentSchema",
        "$dynamicRef",
        "$recursiveRef",
        "$anchor",
        "$dynamicAnchor",
    ]
)
_OPT_OUT = "Consider reducing the number, or use 'strict: false' to opt out of structured outputs."


def check_strict(root: dict[str, Any]) -> None:
    """Raise InvalidSchema where a schema breaks the rules of structured outputs."""
    if root.get("type") != "object":
        raise InvalidSchema(f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{root.get('type')}\"'.")
    if "anyOf" in root:
        raise InvalidSchema("schema must not have 'anyOf' at the top level")
    properties = enum_values = characters = 0
    for node in subschemas(root):
        _check_keywords(node)
        if _is_object(node.schema):
            _check_object(node)
        schema = node.schema
        values = [*schema.get("enum", ()), schema.get("const")]
        properties += len(_names(schema, "properties"))
        enum_values += len(values) - 1
        for key in ("properties", "$defs", "definitions"):
            characters += sum(map(len, _names(schema, key)))
        characters += sum(len(value) for value in values if isinstance(value, str))
    _at_most(MAX_PROPERTIES, properties, "object properties")
    _at_most(MAX_ENUM_VALUES, enum_values, "enum values")
    _at_most(MAX_NAME_CHARACTERS, characters, "characters of names and enum values")
    _check_levels(root)


def _names(schema: dict[str, Any], key: str) -> list[str]:
    value = schema.get(key)
    return list(value) if isinstance(value, dict) else []


def _at_most(limit: int, count: int, what: str) -> None:
    if count > limit:
        raise InvalidSchema(
            f"Expected at most {limit} {what} in total within a single schema when using structured outputs, "
            f"but received {count}. {_OPT_OUT}"
        )


def _is_object(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in schema


def _check_keywords(node: Subschema) -> None:
    schema, context = node.schema, node.context
    for keyword in schema:
        if keyword in _NOT_PERMITTED:
            raise InvalidSchema(f"'{keyword}' is not permitted.", context)
    if schema.get("format", FORMATS[0]) not in FORMATS:
        raise InvalidSchema(
            f"'{schema['format']}' is not a valid format. Expected one of {', '.join(FORMATS)}.", context
        )
    if not schema.keys() & {"type", "anyOf", "$ref", "enum", "const"}:
        raise InvalidSchema("schema must have a 'type' key.", context)
    kind = schema.get("type")
    is_array = kind == "array" or (isinstance(kind, list) and "array" in kind)
    if is_array and not schema.keys() & {"items", "prefixItems"}:
        raise InvalidSchema("array schema missing items.", context)


def _check_object(node: Subschema) -> None:
    schema, context = node.schema, node.context
    if schema.get("additionalProperties") is not False:
        raise InvalidSchema("'additionalProperties' is required to be supplied and to be false.", context)
    rule = "'required' is required to be supplied and to be an array including every key in properties."
    names, required = schema.get("properties", {}), schema.get("required", [] if not schema.get("properties") else None)
    if required is None:
        raise InvalidSchema(f"{rule} Missing '{next(iter(names))}'.", context)
    for name in names:
        if name not in required:
            raise InvalidSchema(f"{rule} Missing '{name}'.", context)
    for name in required:
        if name not in names:
            raise InvalidSchema(f"{rule} Extra required key '{name}' supplied.", context)


def _check_levels(root: dict[str, Any]) -> None:
    stack: list[tuple[Subschema, int]] = [(Subschema((), root), 1)]
    while stack:
        node, level = stack.pop()
        if level > MAX_LEVELS:
            raise InvalidSchema(f"Expected at most {MAX_LEVELS} levels of nesting. {_OPT_OUT}", node.context)
        for child in children(node):
            stack.append((child, level + (_is_object(child.schema) and not _is_definition(child.context))))


def _is_definition(context: Context) -> bool:
    return len(context) == 2 and context[0] in ("$defs", "definitions")

"""From a caller's JSON Schema to one that the engine's grammar enforces to the letter.

llguidance leaves some keywords out and silently lets others through in corner cases, and the engine runs without any
grammar when llguidance refuses one. So every keyword is either known here to be enforced, or of no consequence
(annotations are dropped), or refused by name. What comes out may allow less than the schema, never more.
"""

from __future__ import annotations

from typing import Any

from homeport.core.grammar.patterns import from_ecma
from homeport.core.schemas.document import Context, InvalidSchema, Subschema, resolve, subschemas

# Passed on as they are. The order of keywords is kept: llguidance writes properties in the order it meets them.
_PLAIN = frozenset(
    [
        *("type", "enum", "const", "required", "minItems", "maxItems", "minProperties", "maxProperties"),
        *("minLength", "maxLength", "pattern", "multipleOf"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    ]
)
_NOT_ENFORCED = frozenset(
    [
        *("not", "if", "contains", "uniqueItems", "propertyNames", "patternProperties", "additionalItems"),
        *("unevaluatedItems", "unevaluatedProperties", "dependentRequired", "dependentSchemas", "dependencies"),
        *("$dynamicRef", "$recursiveRef"),
    ]
)
_WITHOUT_EFFECT = {
    "uniqueItems": False,
    "additionalItems": True,
    "propertyNames": True,
    "unevaluatedItems": True,
    "unevaluatedProperties": True,
}
_FORMATS = frozenset(["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"])
# Formats that llguidance lacks, as patterns that allow the usual ones of them.
_FORMAT_PATTERNS = {
    "uri": r"^[a-z][a-z0-9+.-]*://[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"(:[0-9]{1,4})?(/[A-Za-z0-9._~!$&'()*+,;=:@-]*)*(\?[A-Za-z0-9._~!$&'()*+,;=:@/?-]*)?(#[A-Za-z0-9._~!$&'()*+,;=:@/?-]*)?$"
}
_IN_PLACE = ("anyOf", "allOf", "oneOf", "$ref")
_ABOUT_OBJECTS = frozenset(["properties", "required", "additionalProperties", "minProperties", "maxProperties"])
_ABOUT_ARRAYS = frozenset(["items", "prefixItems", "minItems", "maxItems"])
# What a keyword's value must be. A schema that names an older draft is checked as one of those, to which newer keywords
# and all that is in them are nothing.
_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("anyOf", "allOf", "oneOf", "prefixItems", "required"), list),
    **dict.fromkeys(("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"), (int, float)),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), (int, float)),
    "properties": dict,
    "type": (str, list),
    "format": str,
}

MAX_PROPERTIES = 1_000  # of one object: compiling takes time by their square
MAX_ITEMS = 10_000  # of all arrays together, by their `minItems` and `maxItems`: compiling takes time by that
MAX_LENGTH = 1_000_000
MAX_NUMBER = 2**53  # beyond, llguidance computes in floating point and its bounds are off


def enforceable(root: dict[str, Any], *, close: bool = True, part: Subschema | None = None) -> dict[str, Any]:
    """A schema that allows nothing that `root` (or this `part` of it) does not. Raises InvalidSchema naming keyword and
    place. A part is one of a root that has passed before.

    `close`: objects that do not say whether more properties may come are closed, as with `strict: true`, because a
    model that is free to invent properties does. Where schemas are laid over one another (`allOf`, or `anyOf` beside
    `properties`), closing one of them could rule out what another wants, so they stay as they are.
    """
    if part is None:
        for node in subschemas(root):  # ahead of `_is_layered`, which relies on it
            _check_kinds(node)
    return _Translation(root, close).run(part or Subschema((), root))


class _Translation:
    def __init__(self, root: dict[str, Any], close: bool) -> None:
        self._root = root
        self._names: dict[int, str] = {}  # by id of the schema referred to
        self._pending: list[Subschema] = []
        self._items = 0  # of the arrays so far
        self._close = close and not any(map(_is_layered, subschemas(root)))

    def run(self, part: Subschema) -> dict[str, Any]:
        result = self._schema(part)
        definitions: dict[str, Any] = {}
        while self._pending:
            target = self._pending.pop()
            definitions[self._names[id(target.schema)]] = self._schema(target)
        if definitions:
            result["$defs"] = definitions
        return result

    def _value(self, value: Any, context: Context) -> Any:
        if isinstance(value, bool):
            return value
        if not isinstance(value, dict):
            raise InvalidSchema("a schema must be an object, true or false.", context)
        return self._schema(Subschema(context, value))

    def _schema(self, node: Subschema) -> dict[str, Any]:
        schema, context = node.schema, node.context
        result: dict[str, Any] = {}
        for keyword, value in schema.items():
            if keyword in _NOT_ENFORCED and value is not _WITHOUT_EFFECT.get(keyword):
                raise InvalidSchema(f"'{keyword}' cannot be enforced while decoding.", context)
            if keyword in _PLAIN:
                result[keyword] = _checked(keyword, value, context)
            elif keyword == "properties":
                result[keyword] = self._properties(value, context)
            elif keyword in ("additionalProperties", "items"):
                if isinstance(value, list):
                    raise InvalidSchema(
                        "'items' as a list cannot be enforced while decoding; use 'prefixItems'.", context
                    )
                result[keyword] = self._value(value, (*context, keyword))
            elif keyword in ("anyOf", "allOf", "oneOf", "prefixItems"):
                result[keyword] = [self._value(each, (*context, keyword, str(i))) for i, each in enumerate(value)]
            elif keyword == "$ref":
                result[keyword] = self._reference(value, context)
            elif keyword == "format":
                _add_format(result, value, schema, context)
        self._count_items(result, context)
        if "multipleOf" in result:
            _keep_positive(result, context)
        _check_min_properties(result, context)
        if self._close:
            _name_type(result)
            _close_object(result)
            _keep_keys_apart(result)
        return result

    def _properties(self, properties: dict[str, Any], context: Context) -> dict[str, Any]:
        if len(properties) > MAX_PROPERTIES:
            raise InvalidSchema(f"an object may have at most {MAX_PROPERTIES} properties.", context)
        return {name: self._value(value, (*context, "properties", name)) for name, value in properties.items()}

    def _count_items(self, result: dict[str, Any], context: Context) -> None:
        self._items += max(result.get("minItems", 0), result.get("maxItems", 0))
        if self._items > MAX_ITEMS:
            raise InvalidSchema(f"'minItems' and 'maxItems' may be at most {MAX_ITEMS} in all of a schema.", context)

    def _reference(self, reference: str, context: Context) -> str:
        target = resolve(self._root, reference, context)
        key = id(target.schema)
        if key not in self._names:
            self._names[key] = f"d{len(self._names)}"
            self._pending.append(target)
        return f"#/$defs/{self._names[key]}"


def _check_kinds(node: Subschema) -> None:
    for keyword, kind in _KINDS.items():
        if keyword in node.schema and not isinstance(node.schema[keyword], kind):
            raise InvalidSchema(f"'{keyword}' has a value of a wrong type.", node.context)
    if not all(isinstance(name, str) for name in node.schema.get("required", ())):
        raise InvalidSchema("'required' must be a list of strings.", node.context)


def _is_layered(node: Subschema) -> bool:
    """Whether several schemas say something about the properties of one and the same object."""
    applied = [keyword for keyword in _IN_PLACE if keyword in node.schema]
    several = len(applied) > 1 or len(node.schema.get("allOf", ())) > 1
    return several or bool(applied and node.schema.keys() & _ABOUT_OBJECTS)


def _name_type(result: dict[str, Any]) -> None:
    """Who lists properties means an object, although the letter of the schema allows a number there."""
    if result.keys() & {"type", "enum", "const", *_IN_PLACE}:
        return
    if result.keys() & _ABOUT_OBJECTS:
        result["type"] = "object"
    elif result.keys() & _ABOUT_ARRAYS:
        result["type"] = "array"


def _close_object(result: dict[str, Any]) -> None:
    if "additionalProperties" in result or not (result.get("properties") or result.get("required")):
        return
    properties = result.setdefault("properties", {})
    for name in result.get("required", ()):
        properties.setdefault(name, True)
    result["additionalProperties"] = False


def _keep_keys_apart(result: dict[str, Any]) -> None:
    """Further properties could be known ones, spelled with escapes (`"\\u0061"` for `"a"`), whose value would count
    then. Keys of `patternProperties` have no such spellings in llguidance. (Where schemas are laid over one another,
    as by `allOf`, they still can.)
    """
    if result.get("properties") and result["additionalProperties"] is not False:
        result["patternProperties"] = {".*": result["additionalProperties"]}
        result["additionalProperties"] = False


def _checked(keyword: str, value: Any, context: Context) -> Any:
    if keyword in ("minLength", "maxLength") and value > MAX_LENGTH:
        raise InvalidSchema(f"'{keyword}' may be at most {MAX_LENGTH}.", context)
    if keyword.endswith(("minimum", "maximum", "Minimum", "Maximum")) and not _is_exact(value):
        raise InvalidSchema(f"'{keyword}' must be a number between -2^53 and 2^53.", context)
    if keyword in ("const", "enum") and not _is_exact(value):
        raise InvalidSchema(f"'{keyword}' has a number beyond 2^53, which cannot be enforced while decoding.", context)
    return from_ecma(value) if keyword == "pattern" and isinstance(value, str) else value


def _is_exact(value: Any) -> bool:
    """Whether every number in a JSON value is one that floating point holds exactly."""
    if isinstance(value, dict):
        return all(map(_is_exact, value.values()))
    if isinstance(value, list):
        return all(map(_is_exact, value))
    return not isinstance(value, int | float) or abs(value) <= MAX_NUMBER


def _add_format(result: dict[str, Any], name: str, schema: dict[str, Any], context: Context) -> None:
    types = schema.get("type", "string")
    if "string" not in ([types] if isinstance(types, str) else types):
        return
    if name in _FORMATS:
        result["format"] = name
    elif name in _FORMAT_PATTERNS and "pattern" not in schema:
        result["pattern"] = _FORMAT_PATTERNS[name]
    else:
        raise InvalidSchema(f"'{name}' is not a format that can be enforced while decoding.", context)


def _keep_positive(result: dict[str, Any], context: Context) -> None:
    """llguidance knows multiples from zero up only, and comes to a dead end where the bounds allow none of these."""
    if result.get("maximum", 0) < 0 or result.get("exclusiveMaximum", 1) <= 0:
        raise InvalidSchema("'multipleOf' cannot be enforced on negative numbers.", context)
    if "exclusiveMinimum" not in result or result["exclusiveMinimum"] < 0:
        result["minimum"] = max(0, result.get("minimum", 0))


def _check_min_properties(result: dict[str, Any], context: Context) -> None:
    """Keys that the schema does not name may come twice, and then count once."""
    if result.get("minProperties", 0) > max(1, len(result.get("required", ()))):
        raise InvalidSchema("'minProperties' above the number of required properties cannot be enforced.", context)

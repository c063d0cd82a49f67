"""The OpenAPI document, made from the route table: what is served is what is described. At /openapi.json and /docs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute

from homeport.web import docs_page
from homeport.web.routes import Route

Schema = dict[str, Any]

OPENAPI_VERSION = "3.1.0"
PREFIXES = ("/v1", "/v2", "/v3", "/v26")

_REF = "#/components/schemas/{name}"
_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_DESCRIPTION = """\
The OpenAI API on a machine of your own. Any client of OpenAI's works: set its base URL to one of the servers below.
All of them serve the same operations over the same state, and accept the shapes of every API version.
"""
_STREAM = (
    "Server-Sent Events when `stream` is true: each `data:` line holds one object of this shape, the last `[DONE]`."
)


_BYTES = {"type": "string", "format": "binary"}


class ErrorDetail(msgspec.Struct):
    """What went wrong, for people (`message`) and for programs (`type`, `code`); `param` names the field at fault."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorEnvelope(msgspec.Struct):
    """Every error of this API."""

    error: ErrorDetail


_ERRORS = {
    "400": ("BadRequest", "The request is malformed, or asks for something that is not supported: `param` names it."),
    "401": ("Unauthorized", "No API key, or one that is wrong, expired or revoked."),
    "403": ("Forbidden", "The key may not do this."),
    "404": ("NotFound", "There is no such model or object."),
    "429": ("RateLimited", "Too many requests: `Retry-After` says in how many seconds to try again."),
    "default": ("Failed", "The server or the engine behind it failed, is overloaded, or took too long."),
}


def routes(table: Sequence[Route], version: str, prefixes: Sequence[str] = PREFIXES) -> list[StarletteRoute]:
    """`/openapi.json` and `/docs`, open to everyone; both are made when first asked for."""
    made: dict[str, bytes] = {}

    def serve(name: str, media_type: str, make: Callable[[Schema], bytes]) -> StarletteRoute:
        async def endpoint(_request: Request) -> Response:
            if name not in made:
                made[name] = make(build(table, version, prefixes))
            return Response(made[name], media_type=media_type, headers=docs_page.HEADERS)

        return StarletteRoute(name, endpoint, methods=["GET"])

    return [
        serve("/openapi.json", "application/json", msgspec.json.encode),
        serve("/docs", "text/html; charset=utf-8", lambda document: docs_page.render(document).encode()),
    ]


def build(table: Iterable[Route], version: str, prefixes: Sequence[str] = PREFIXES) -> Schema:
    """The OpenAPI 3.1 document of these routes."""
    table = list(table)
    kinds = (kind for route in table for kind in (route.body, route.form, route.params, route.result, route.event))
    types = [kind for kind in kinds if kind not in (None, bytes)]
    refs, schemas = _schemas([*types, ErrorEnvelope])
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs)
    tags = dict.fromkeys(route.tag for route in table)
    return {
        "openapi": OPENAPI_VERSION,
        "info": {
            "title": "Homeport",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"url": prefix} for prefix in prefixes],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "An API key."}},
            "schemas": schemas,
            "responses": {
                name: {"description": text, "content": {"application/json": {"schema": refs[ErrorEnvelope]}}}
                for name, text in _ERRORS.values()
            },
        },
    }


def _operation(route: Route, refs: dict[type, Schema]) -> Schema:
    operation: Schema = {"operationId": route.operation_id, "summary": route.summary, "tags": [route.tag]}
    in_path = _PATH_PARAMETER.findall(route.path)
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in in_path]
    if route.params is not None:
        parameters += _query_parameters(route.params)
    if parameters:
        operation["parameters"] = parameters
    media_types = {"application/json": route.body, "multipart/form-data": route.form}
    taken = {media_type: {"schema": refs[kind]} for media_type, kind in media_types.items() if kind is not None}
    if taken:
        operation["requestBody"] = {"required": True, "content": taken}
    content: Schema = {}
    if route.result is bytes:
        content["application/octet-stream"] = {"schema": _BYTES}
    elif route.result is not None:
        content["application/json"] = {"schema": refs[route.result]}
    if route.event is not None:
        content["text/event-stream"] = {"schema": {"description": _STREAM, **refs[route.event]}}
    operation["responses"] = {"200": {"description": "OK", **({"content": content} if content else {})}}
    for status, (name, _) in _ERRORS.items():
        if _can_answer(route, status, bool(in_path)):
            operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return operation


def _can_answer(route: Route, status: str, in_path: bool) -> bool:
    match status:
        case "400":
            return any((route.body, route.form, route.params))
        case "403":
            return route.admin
        case "404":
            return in_path or route.handler is None  # a generation route names a model
        case _:
            return True


def _query_parameters(params: type) -> list[Schema]:
    """One parameter for each field of the struct."""
    _, schemas = _schemas([params])
    schema = schemas[params.__name__]
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": inner}
        for name, inner in schema["properties"].items()
    ]


def _schemas(types: Iterable[type]) -> tuple[dict[type, Schema], dict[str, Schema]]:
    """(type -> reference, name -> schema) of the types and all they are made of."""
    types = list(dict.fromkeys(types))
    refs, schemas = msgspec.json.schema_components(types, schema_hook=_opaque, ref_template=_REF)
    return dict(zip(types, refs, strict=True)), {name: _public(schema) for name, schema in sorted(schemas.items())}


def _opaque(_kind: type) -> Schema:
    """The schema of a type that never comes over the wire, in a field that `_public` drops."""
    return {"type": "object"}


def _public(schema: Any) -> Any:
    """Without the fields that only the server sets, named in parentheses; unions in order; JavaScript's patterns."""
    if isinstance(schema, list):
        return [_public(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "contentEncoding" in schema:  # bytes, which stand in forms alone
        return _BYTES
    public = {key: _public(value) for key, value in schema.items()}
    if isinstance(public.get("properties"), dict):
        public["properties"] = {name: inner for name, inner in public["properties"].items() if not name.startswith("(")}
    if "discriminator" in public:  # a union comes in the order of a set
        mapping = public["discriminator"]["mapping"] = dict(sorted(public["discriminator"]["mapping"].items()))
        public["anyOf"] = [{"$ref": ref} for ref in mapping.values()] + [x for x in public["anyOf"] if "$ref" not in x]
    if isinstance(public.get("pattern"), str):
        public["pattern"] = public["pattern"].replace(r"\Z", "$")
    return public

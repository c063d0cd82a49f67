"""The documentation as one HTML page, made from the OpenAPI document. It needs no network: nothing is loaded."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from typing import Any

Schema = dict[str, Any]

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --link: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --link: #7aa7ff; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
body { display: grid; grid-template-columns: 17rem minmax(0, 52rem); gap: 2rem; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; }
nav { padding: 1.5rem 1rem; border-right: 1px solid var(--line); }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0; font-size: .9rem; }
nav li { padding: .1rem 0; overflow-wrap: anywhere; }
nav h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; margin: 0; border: 0; opacity: .7; }
main { padding: 1.5rem 1rem 6rem 0; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
h3 { margin: 2rem 0 .3rem; font-size: 1.05rem; overflow-wrap: anywhere; } h4 { margin: 1rem 0 .3rem; font-size: .9rem; }
code, pre { font: .87em/1.5 ui-monospace, monospace; }
pre { position: relative; background: var(--soft); border-radius: 6px; padding: .8rem; overflow-x: auto; }
pre button { position: absolute; top: .4rem; right: .4rem; }
.method { display: inline-block; min-width: 4.2em; font: 700 .75em ui-monospace, monospace; }
.GET { color: #15803d; } .POST { color: #b45309; } .DELETE { color: #dc2626; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td { border-top: 1px solid var(--line); padding: .3rem .6rem .3rem 0; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { width: 13rem; } .required { color: #dc2626; font-size: .8em; }
input, select { width: 100%; padding: .4rem; font: inherit; margin-bottom: .8rem; }
@media (max-width: 60rem) { body { display: block; } nav { position: static; height: auto; } main { padding: 1rem; } }
"""

_SCRIPT = """
const search = document.querySelector('#search'), server = document.querySelector('#server');
search.addEventListener('input', () => {
  const words = search.value.toLowerCase().split(/\\s+/);
  for (const item of document.querySelectorAll('nav li'))
    item.hidden = !words.every(word => item.textContent.toLowerCase().includes(word));
});
server.addEventListener('change', () => {
  for (const prefix of document.querySelectorAll('.prefix')) prefix.textContent = server.value;
});
for (const origin of document.querySelectorAll('.origin')) origin.textContent = location.origin;
for (const block of document.querySelectorAll('pre')) {
  const button = document.createElement('button');
  button.textContent = 'copy';
  button.addEventListener('click', () => navigator.clipboard.writeText(block.querySelector('code').textContent));
  block.append(button);
}
"""

_SCRIPT_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

# Nothing is loaded, and no script runs but the one above, whatever a description may come to hold.
HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_SCRIPT_HASH}';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
}

# What stands in an example where the schema says only "a string".
_MODELS = {"createEmbedding": "text-embedding-3-small"}
_WORDS = {"model": "gpt-4.5-mini", "content": "Hello world", "prompt": "Once upon a time", "input": "Hello world"}
_SHOWN_IF_OPTIONAL = frozenset({"model", "prompt", "messages", "text"})


def render(document: Schema) -> str:
    """The page."""
    return _Page(document).html()


class _Page:
    def __init__(self, document: Schema) -> None:
        self.document = document
        self.schemas: dict[str, Schema] = document["components"]["schemas"]
        self.prefix: str = document["servers"][0]["url"]

    def html(self) -> str:
        info = self.document["info"]
        options = "".join(f"<option>{escape(server['url'])}</option>" for server in self.document["servers"])
        return (
            "<!doctype html><html lang='en'><meta charset='utf-8'>"
            "<meta name='viewport' content='width=device-width, initial-scale=1'>"
            f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style>"
            f"<nav><input id='search' type='search' placeholder='Filter' aria-label='Filter'>"
            f"<select id='server' aria-label='API version'>{options}</select>{self._contents()}</nav>"
            f"<main><h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{_prose(info['description'])}</p>"
            "<p>The whole of it for machines: <a href='/openapi.json'>openapi.json</a>.</p>"
            f"{self._operations()}<h2>Schemas</h2>{''.join(map(self._schema, self.schemas))}</main>"
            f"<script>{_SCRIPT}</script></html>"
        )

    # --- operations ----------------------------------------------------------------

    def _by_tag(self) -> dict[str, list[tuple[str, str, Schema]]]:
        """tag -> (method, path, operation)."""
        groups: dict[str, list[tuple[str, str, Schema]]] = {tag["name"]: [] for tag in self.document["tags"]}
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                groups[operation["tags"][0]].append((method.upper(), path, operation))
        return groups

    def _contents(self) -> str:
        parts = []
        for tag, operations in self._by_tag().items():
            items = "".join(
                f"<li><a href='#{operation['operationId']}'>{_method(method)}{escape(path)}</a></li>"
                for method, path, operation in operations
            )
            parts.append(f"<h2>{escape(tag)}</h2><ul>{items}</ul>")
        names = "".join(f"<li><a href='#schema-{escape(name)}'>{escape(name)}</a></li>" for name in self.schemas)
        return "".join(parts) + f"<h2>Schemas</h2><ul>{names}</ul>"

    def _operations(self) -> str:
        parts = []
        for tag, operations in self._by_tag().items():
            parts.append(f"<h2>{escape(tag)}</h2>")
            parts += [self._operation(method, path, operation) for method, path, operation in operations]
        return "".join(parts)

    def _operation(self, method: str, path: str, operation: Schema) -> str:
        parts = [
            f"<h3 id='{operation['operationId']}'>{_method(method)}"
            f"<span class='prefix'>{escape(self.prefix)}</span>{escape(path)}</h3><p>{_prose(operation['summary'])}</p>"
        ]
        if operation.get("parameters"):
            rows = [
                (parameter["name"], parameter["schema"], parameter["required"]) for parameter in operation["parameters"]
            ]
            parts.append(f"<h4>Parameters</h4>{self._rows(rows)}")
        content = operation.get("requestBody", {}).get("content", {})
        body = content.get("application/json", {}).get("schema")
        form = content.get("multipart/form-data", {}).get("schema")
        if content:
            parts.append(f"<h4>{'Body' if body else 'Form'}</h4><p>{self._type(body or form)}</p>")
        parts.append(
            f"<pre><code>{self._curl(operation['operationId'], method, path, body, form)}</code></pre><h4>Answers</h4>"
        )
        rows = []
        for status, response in operation["responses"].items():
            if "$ref" in response:
                response = self.document["components"]["responses"][response["$ref"].rpartition("/")[2]]
            shapes = " or ".join(
                f"{self._type(content['schema'])} <small>{escape(media_type)}</small>"
                for media_type, content in response.get("content", {}).items()
            )
            text = "" if response["description"] == "OK" else f" {_prose(response['description'])}"
            parts.append(f"<div><code>{escape(status)}</code> {shapes}{text}</div>")
        return "".join(parts)

    def _curl(self, operation_id: str, method: str, path: str, body: Schema | None, form: Schema | None) -> str:
        command = f"curl {'' if method == 'GET' else f'-X {method} '}<span class='origin'>http://127.0.0.1:8000</span>"
        command += f"<span class='prefix'>{escape(self.prefix)}</span>{escape(path)} \\\n"
        command += '  -H "Authorization: Bearer $OPENAI_API_KEY"'
        if body is not None:
            example = self._example(body, "")
            if "model" in example:
                example["model"] = _MODELS.get(operation_id, _WORDS["model"])
            data = json.dumps(example, ensure_ascii=False).replace("'", "'\\''")
            command += f" \\\n  -H 'Content-Type: application/json' \\\n  -d '{escape(data, quote=False)}'"
        if form is not None:
            for name, value in self._example(form, "").items():
                command += f" \\\n  -F {escape(name)}={escape(str(value), quote=False)}"
        return command

    def _example(self, schema: Schema, name: str) -> Any:
        """A small value that the schema admits."""
        schema = self._resolved(schema)
        if "default" in schema and name != "name":
            default = schema["default"]
            if default not in (None, ""):
                return default
        if "anyOf" in schema:
            mapping = schema.get("discriminator", {}).get("mapping", {})
            return self._example({"$ref": mapping["user"]} if "user" in mapping else schema["anyOf"][0], name)
        if "const" in schema or "enum" in schema:
            return schema["const"] if "const" in schema else schema["enum"][0]
        if schema.get("format") == "binary":
            return "@file.txt"
        kind = schema.get("type")
        if kind == "object":
            wanted = {*schema.get("required", ()), *_SHOWN_IF_OPTIONAL}
            return {
                key: self._example(inner, key) for key, inner in schema.get("properties", {}).items() if key in wanted
            }
        if kind == "array":
            return [self._example(schema.get("items", {}), name)]
        return {"string": _WORDS.get(name, name or "text"), "integer": 1, "number": 1.0, "boolean": True}.get(str(kind))

    # --- schemas -------------------------------------------------------------------

    def _schema(self, name: str) -> str:
        schema = self.schemas[name]
        description = f"<p>{_prose(schema['description'])}</p>" if schema.get("description") else ""
        required = schema.get("required", ())
        rows = [(key, inner, key in required) for key, inner in schema.get("properties", {}).items()]
        shape = self._rows(rows) if rows else f"<p>{self._type(schema)}</p>"
        return f"<h3 id='schema-{escape(name)}'>{escape(name)}</h3>{description}{shape}"

    def _rows(self, rows: list[tuple[str, Schema, bool]]) -> str:
        lines = []
        for name, schema, required in rows:
            mark = " <span class='required'>required</span>" if required else ""
            notes = "".join(f" <small>{escape(note)}</small>" for note in _constraints(schema))
            lines.append(f"<tr><td><code>{escape(name)}</code>{mark}</td><td>{self._type(schema)}{notes}</td></tr>")
        return f"<table>{''.join(lines)}</table>"

    def _type(self, schema: Schema) -> str:
        """The type in a few words, schemas as links."""
        if "$ref" in schema:
            name = escape(schema["$ref"].rpartition("/")[2])
            return f"<a href='#schema-{name}'>{name}</a>"
        if "anyOf" in schema:
            return " | ".join(self._type(option) for option in schema["anyOf"])
        if "const" in schema or "enum" in schema:
            values = [schema["const"]] if "const" in schema else schema["enum"]
            return " | ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
        kind = schema.get("type")
        if kind == "array":
            return f"list of {self._type(schema['items'])}" if schema.get("items") else "list"
        if kind == "object":
            inner = schema.get("additionalProperties")
            return f"map of {self._type(inner)}" if isinstance(inner, dict) and inner else "object"
        return escape(str(kind)) if kind else "any"

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rpartition("/")[2]]
        return schema


_CONSTRAINTS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matches {}",
}


def _constraints(schema: Schema) -> list[str]:
    """Bounds of the value, and its default where that says something."""
    notes = [text.format(schema[key]) for key, text in _CONSTRAINTS.items() if key in schema]
    for option in schema.get("anyOf", ()):
        notes += _constraints({key: value for key, value in option.items() if key != "default"})
    if schema.get("default") not in (None, "", [], {}):
        notes.append(f"default {json.dumps(schema['default'])}")
    return notes


def _prose(text: str) -> str:
    """Text with `code` in it."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if number % 2 else piece for number, piece in enumerate(pieces))


def _method(method: str) -> str:
    return f"<span class='method {method}'>{method}</span>"

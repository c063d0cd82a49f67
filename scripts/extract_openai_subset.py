"""Cut the part of OpenAI's specification that Homeport serves out of the whole, for the conformance tests.

    python scripts/extract_openai_subset.py openai.yaml tests/spec/openai-subset.json

Descriptions and examples are left out, and OpenAPI 3.0's `nullable` becomes JSON Schema's `null`, so that a plain
validator can judge with the result. Run it again when an operation is added below or OpenAI publishes a new version.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

# (path, method) of every operation of OpenAI's that Homeport has.
OPERATIONS = [
    ("/chat/completions", "post"),
    ("/completions", "post"),
    ("/embeddings", "post"),
    ("/files", "get"),
    ("/files", "post"),
    ("/files/{file_id}", "delete"),
    ("/files/{file_id}", "get"),
    ("/files/{file_id}/content", "get"),
    ("/models", "get"),
    ("/models/{model}", "get"),
    ("/responses", "post"),
    ("/responses/{response_id}", "delete"),
    ("/responses/{response_id}", "get"),
    ("/responses/{response_id}/cancel", "post"),
    ("/responses/{response_id}/input_items", "get"),
    ("/responses/input_tokens", "post"),
    ("/uploads", "post"),
    ("/uploads/{upload_id}/cancel", "post"),
    ("/uploads/{upload_id}/complete", "post"),
    ("/uploads/{upload_id}/parts", "post"),
    ("/assistants", "get"),
    ("/assistants", "post"),
    ("/assistants/{assistant_id}", "delete"),
    ("/assistants/{assistant_id}", "get"),
    ("/assistants/{assistant_id}", "post"),
    ("/threads", "post"),
    ("/threads/{thread_id}", "delete"),
    ("/threads/{thread_id}", "get"),
    ("/threads/{thread_id}", "post"),
    ("/threads/{thread_id}/messages", "get"),
    ("/threads/{thread_id}/messages", "post"),
    ("/threads/{thread_id}/messages/{message_id}", "delete"),
    ("/threads/{thread_id}/messages/{message_id}", "get"),
    ("/threads/{thread_id}/messages/{message_id}", "post"),
    ("/threads/runs", "post"),
    ("/threads/{thread_id}/runs", "get"),
    ("/threads/{thread_id}/runs", "post"),
    ("/threads/{thread_id}/runs/{run_id}", "get"),
    ("/threads/{thread_id}/runs/{run_id}", "post"),
    ("/threads/{thread_id}/runs/{run_id}/cancel", "post"),
    ("/threads/{thread_id}/runs/{run_id}/steps", "get"),
    ("/threads/{thread_id}/runs/{run_id}/steps/{step_id}", "get"),
    ("/threads/{thread_id}/runs/{run_id}/submit_tool_outputs", "post"),
    ("/conversations", "post"),
    ("/conversations/{conversation_id}", "delete"),
    ("/conversations/{conversation_id}", "get"),
    ("/conversations/{conversation_id}", "post"),
    ("/conversations/{conversation_id}/items", "get"),
    ("/conversations/{conversation_id}/items", "post"),
    ("/conversations/{conversation_id}/items/{item_id}", "delete"),
    ("/conversations/{conversation_id}/items/{item_id}", "get"),
    ("/containers", "get"),
    ("/containers", "post"),
    ("/containers/{container_id}", "delete"),
    ("/containers/{container_id}", "get"),
    ("/containers/{container_id}/files", "get"),
    ("/containers/{container_id}/files", "post"),
    ("/containers/{container_id}/files/{file_id}", "delete"),
    ("/containers/{container_id}/files/{file_id}", "get"),
    ("/containers/{container_id}/files/{file_id}/content", "get"),
    ("/vector_stores", "get"),
    ("/vector_stores", "post"),
    ("/vector_stores/{vector_store_id}", "delete"),
    ("/vector_stores/{vector_store_id}", "get"),
    ("/vector_stores/{vector_store_id}", "post"),
    ("/vector_stores/{vector_store_id}/file_batches", "post"),
    ("/vector_stores/{vector_store_id}/file_batches/{batch_id}", "get"),
    ("/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel", "post"),
    ("/vector_stores/{vector_store_id}/file_batches/{batch_id}/files", "get"),
    ("/vector_stores/{vector_store_id}/files", "get"),
    ("/vector_stores/{vector_store_id}/files", "post"),
    ("/vector_stores/{vector_store_id}/files/{file_id}", "delete"),
    ("/vector_stores/{vector_store_id}/files/{file_id}", "get"),
    ("/vector_stores/{vector_store_id}/files/{file_id}", "post"),
    ("/vector_stores/{vector_store_id}/files/{file_id}/content", "get"),
    ("/vector_stores/{vector_store_id}/search", "post"),
]
# Reached by no response of those: what a stream is made of, errors, and requests (the dialects' canonical form).
ALSO = [
    "AssistantStreamEvent",
    "CreateChatCompletionStreamResponse",
    "CreateChatCompletionRequest",
    "CreateCompletionRequest",
    "CreateEmbeddingRequest",
    "ErrorResponse",
    "ResponseStreamEvent",
]
# The live API sends null here, which the specification forgets to say.
NULL_TOO = [
    ("CreateCompletionResponse", "choices", "finish_reason"),
    ("CreateCompletionResponse", "usage"),
    ("ContainerFileListResource", "first_id"),
    ("ContainerFileListResource", "last_id"),
    ("ContainerListResource", "first_id"),
    ("ContainerListResource", "last_id"),
    ("ConversationItemList", "first_id"),
    ("ConversationItemList", "last_id"),
    ("ListRunStepsResponse", "first_id"),
    ("ListRunStepsResponse", "last_id"),
    ("ListRunsResponse", "first_id"),
    ("ListRunsResponse", "last_id"),
    ("ListAssistantsResponse", "first_id"),
    ("ListAssistantsResponse", "last_id"),
    ("ListMessagesResponse", "first_id"),
    ("ListMessagesResponse", "last_id"),
    ("ListVectorStoreFilesResponse", "first_id"),
    ("ListVectorStoreFilesResponse", "last_id"),
    ("ListVectorStoresResponse", "first_id"),
    ("ListVectorStoresResponse", "last_id"),
    ("Response", "usage"),
]
# A value that the specification takes in one place and forgets in another.
ENUM_TOO = [("OpenAIFile", "purpose", "evals")]
LEFT_OUT = {"description", "example", "examples", "title", "x-oaiMeta", "x-oaiTypeLabel", "x-stainless-const", "format"}


def cleaned(node: Any) -> Any:
    """A schema without prose, its `nullable` spelt as JSON Schema does."""
    if isinstance(node, list):
        return [cleaned(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {
        name: {key: cleaned(value) for key, value in part.items()} if name == "properties" else cleaned(part)
        for name, part in node.items()
        if name not in LEFT_OUT and name != "nullable"
    }
    if node.get("nullable") is True:
        return {"anyOf": [result, {"type": "null"}]}
    return result


def references(node: Any) -> set[str]:
    """Names of the schemas that a schema refers to."""
    if isinstance(node, list):
        return set().union(*map(references, node))
    if not isinstance(node, dict):
        return set()
    own = {node["$ref"].rpartition("/")[2]} if isinstance(node.get("$ref"), str) else set()
    return own.union(*(references(part) for part in node.values()))


def subset(spec: dict[str, Any]) -> dict[str, Any]:
    """`{"version", "responses": {"POST /embeddings": {"200": schema}}, "components": {"schemas": {name: schema}}}`."""
    responses: dict[str, dict[str, Any]] = {}
    for path, method in OPERATIONS:
        responses[f"{method.upper()} {path}"] = {
            status: cleaned(response.get("content", {}).get("application/json", {}).get("schema", True))
            for status, response in spec["paths"][path][method]["responses"].items()
        }
    schemas: dict[str, Any] = {}
    wanted = references(responses) | set(ALSO)
    while wanted:
        name = wanted.pop()
        schemas[name] = cleaned(spec["components"]["schemas"][name])
        wanted |= references(schemas[name]) - schemas.keys()
    for name, *lists, nullable in NULL_TOO:
        schema = schemas[name]
        (properties,) = [
            part["properties"]
            for part in schema.get("allOf", [schema])
            if [*lists, nullable][0] in part.get("properties", {})
        ]
        for member in lists:
            properties = properties[member]["items"]["properties"]
        properties[nullable] = {"anyOf": [properties[nullable], {"type": "null"}]}
    for name, member, value in ENUM_TOO:
        schemas[name]["properties"][member]["enum"].append(value)
    return {
        "version": spec["info"]["version"],
        "responses": responses,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    spec = yaml.load(source.read_text(), Loader=loader)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(subset(spec), indent=1, default=str) + "\n")
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()

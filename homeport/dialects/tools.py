"""Tools, the choice among them, and the format of the answer: flat shapes as nested ones."""

from __future__ import annotations

from typing import Any

from homeport.errors import UnsupportedParameter

# What the documents and OpenAI's other endpoints know as tools that run on the server's side.
BUILT_IN = frozenset(
    {
        "agent_routing",
        "apply_patch",
        "computer_use",
        "computer_use_preview",
        "custom",
        "file_search",
        "image_generation",
        "local_shell",
        "mcp",
        "payment",
        "retrieval",
        "shell",
        "web_search",
        "web_search_preview",
        "webhook",
    }
)


def from_tools(tools: list[Any]) -> None:
    """A list of tools, in place. Raises UnsupportedParameter for a built-in tool that a chat completion can't have."""
    for index, tool in enumerate(tools):
        if type(tool) is dict:
            kind = tool.get("type")
            if kind == "function":
                tools[index] = from_function_tool(tool)
            elif kind == "code_interpreter":
                tools[index] = from_code_interpreter(tool)
            elif isinstance(kind, str) and kind in BUILT_IN:
                raise UnsupportedParameter(
                    f"Tools of type '{kind}' are not supported in chat completions. "
                    "Supported values are: 'function' and 'code_interpreter'.",
                    param=f"tools[{index}].type",
                )


def from_function_tool(tool: dict[str, Any]) -> dict[str, Any]:
    return _nested(tool, "function") if "function" not in tool and "name" in tool else tool


def from_code_interpreter(tool: dict[str, Any]) -> dict[str, Any]:
    """The code interpreter as a function tool: the model writes `code`, whoever sent the tool runs it."""
    function = {
        "name": "code_interpreter",
        "description": "Run Python code and return its output.",
        "parameters": {
            "type": "object",
            "properties": {"code": {"type": "string", "description": "Python source code"}},
            "required": ["code"],
            "additionalProperties": False,
        },
    }
    given = {name: value for name, value in tool.items() if name != "type" and value is not None}
    if given.get("enabled") is True:
        del given["enabled"]
    return {"type": "function", "function": function | given}


def from_tool_choice(choice: dict[str, Any], tools: Any) -> dict[str, Any]:
    """A `tool_choice` object; `tools` as they were sent, to find the name of a chosen code interpreter."""
    kind = choice.get("type")
    if kind == "function":
        return _nested(choice, "function") if "function" not in choice and "name" in choice else choice
    if kind == "code_interpreter":
        for tool in tools if isinstance(tools, list) else []:
            if isinstance(tool, dict) and tool.get("type") == "code_interpreter":
                return {"type": "function", "function": {"name": tool.get("name") or "code_interpreter"}}
    if kind == "allowed_tools":
        if "allowed_tools" not in choice and "tools" in choice:
            choice = _nested(choice, "allowed_tools")
        allowed = choice.get("allowed_tools")
        if isinstance(allowed, dict) and isinstance(allowed.get("tools"), list):
            from_tools(allowed["tools"])
    return choice


def from_response_format(response_format: dict[str, Any]) -> dict[str, Any]:
    """A `response_format` object. OpenAI wants a name for a schema; flat ones often have none."""
    if (
        response_format.get("type") == "json_schema"
        and "json_schema" not in response_format
        and "schema" in response_format
    ):
        nested = _nested(response_format, "json_schema")
        nested["json_schema"].setdefault("name", "response")
        return nested
    return response_format


def _nested(flat: dict[str, Any], name: str) -> dict[str, Any]:
    rest = dict(flat)
    return {"type": rest.pop("type"), name: rest}

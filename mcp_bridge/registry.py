"""The tools: each one typed function, known by name.

The low-level server of the SDK is used with this registry, and not its MCPServer, which turns a string argument that
looks like JSON into an object (what a tool put in must come back exactly), passes over unknown arguments in silence,
and hides pagination.
"""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, get_type_hints

from mcp.types import CallToolResult, TextContent, ToolAnnotations
from mcp.types import Tool as ToolShape
from pydantic import BaseModel, ConfigDict, TypeAdapter

from mcp_bridge.identity import Session
from specflow.errors import NotFound, PermissionDenied
from specflow.text import checked

TOOLSETS = ("specs", "workflow", "tasks")


class Arguments(BaseModel):
    """A tool's arguments: each as its type says, none turned into another type, no unknown ones."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool gives: text to read, and the same as data."""

    text: str
    data: Mapping[str, Any]


A = TypeVar("A", bound=Arguments)
Function = Callable[[Session, A], Answer]


@dataclass(frozen=True)
class Tool:
    """A tool as it is offered. `peer` says that it answers, and refuses, in the shape of 003."""

    name: str
    toolset: str
    title: str
    function: Function[Any]
    arguments: type[Arguments]
    output: Any
    annotations: ToolAnnotations
    peer: bool = False

    @cached_property
    def shape(self) -> ToolShape:
        """The tool as a client sees it, derived once."""
        return ToolShape(
            name=self.name,
            title=self.title,
            description=" ".join(inspect.getdoc(self.function).split()),  # type: ignore[union-attr]  # tool() checks
            input_schema=_plain(self.arguments.model_json_schema()),
            output_schema=_light(_plain(TypeAdapter(self.output).json_schema())),
            annotations=self.annotations,
        )

    def call(self, session: Session, arguments: Mapping[str, Any]) -> CallToolResult:
        """One call. Raises pydantic's ValidationError for arguments that do not fit, DomainError for a refusal."""
        answer = self.function(session, self.arguments.model_validate(arguments))
        return CallToolResult(
            content=[TextContent(type="text", text=answer.text)], structured_content=dict(answer.data)
        )


_tools: dict[str, Tool] = {}


def tool(
    name: str,
    *,
    toolset: str,
    title: str,
    output: Any,
    read_only: bool = False,
    destructive: bool = False,
    idempotent: bool = False,
    peer: bool = False,
) -> Callable[[Function[A]], Function[A]]:
    """Registers a function as a tool; its docstring is the description, its `arguments` annotation the schema."""

    def register(function: Function[A]) -> Function[A]:
        if name in _tools or toolset not in TOOLSETS or not function.__doc__:
            raise ValueError(f"the tool {name} needs a name of its own, a known toolset and a description")
        _tools[name] = Tool(
            name=name,
            toolset=toolset,
            title=title,
            function=function,
            arguments=get_type_hints(function)["arguments"],
            output=output,
            annotations=ToolAnnotations(
                read_only_hint=read_only,
                destructive_hint=destructive,
                idempotent_hint=read_only or idempotent,
                open_world_hint=False,
            ),
            peer=peer,
        )
        return function

    return register


@dataclass(frozen=True, slots=True)
class Offer:
    """Which tools a server offers."""

    toolsets: frozenset[str] = field(default_factory=lambda: frozenset(TOOLSETS))
    read_only: bool = False

    def tools(self) -> list[Tool]:
        """The offered tools, in the order of their registration."""
        return [one for one in _all().values() if self._has(one)]

    def find(self, name: str) -> Tool:
        """The offered tool. Raises NotFound `unknown_tool`, PermissionDenied `tool_not_offered`."""
        found = _all().get(name)
        if found is None:
            raise NotFound(
                "unknown_tool",
                f"There is no tool '{name[:100]}'.",
                {"tool": name[:100]},
                ("List the tools and choose one of them.",),
            )
        if not self._has(found):
            raise PermissionDenied(
                "tool_not_offered",
                f"This server was started without the tool {name}.",
                {"tool": name, "toolset": found.toolset, "read_only": self.read_only},
                ("Whoever starts the server chooses by --toolsets and --read-only.",),
            )
        return found

    def _has(self, one: Tool) -> bool:
        return one.toolset in self.toolsets and (not self.read_only or bool(one.annotations.read_only_hint))


def check_texts(arguments: Mapping[str, Any]) -> None:
    """Raises Invalid `invalid_text` for a character that no text may hold, wherever it stands: in an id that is only
    looked up, too, and in names. Limits of size are the actions' own."""
    left: list[tuple[str, Any]] = list(arguments.items())
    while left:
        field, value = left.pop()
        if isinstance(value, str):
            checked(value, field=field, limit=sys.maxsize)
        elif isinstance(value, Mapping):
            left += [(f"{field}.key", key) for key in value] + [(f"{field}.{key}", one) for key, one in value.items()]
        elif isinstance(value, list):
            left += [(f"{field}.{number}", one) for number, one in enumerate(value)]


def _all() -> dict[str, Tool]:
    import mcp_bridge.tools  # noqa: F401  # fills the registry

    return _tools


def _plain(schema: Any) -> Any:
    """The schema without pydantic's titles, which say nothing that names do not say; a property may itself be called
    `title`."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items() if key != "title" or not isinstance(value, str)}
    for group in ("properties", "$defs"):
        if group in schema:
            plain[group] = {name: _plain(value) for name, value in schema[group].items()}
    return plain


def _light(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the types of the outermost fields and the names of all. Clients hold every answer against it:
    with each inner type checked that took 1.8 ms for a middling spec, so 0.3."""
    inner = schema.get("$defs", {})
    light = {
        name: {**one, "properties": {key: _named(value) for key, value in one["properties"].items()}}
        for name, one in inner.items()
    }
    return {**schema, "$defs": light} if light else schema


def _named(field: dict[str, Any]) -> Any:
    """A field of an inner object: kept where it leads to another object, else taken as it is."""
    return field if "$ref" in str(field) else True

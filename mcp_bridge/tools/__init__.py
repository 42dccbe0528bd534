"""The tools, a module for each toolset; importing them fills the registry."""

from mcp_bridge.tools import (
    approvals,
    archiving,
    differences,
    generation,
    preflight,
    proposals,
    reviews,
    specs,
    tasks,
    tracing,
    validation,
    vectors,
    workflow,
)

__all__ = [
    "approvals",
    "archiving",
    "differences",
    "generation",
    "preflight",
    "proposals",
    "reviews",
    "specs",
    "tasks",
    "tracing",
    "validation",
    "vectors",
    "workflow",
]

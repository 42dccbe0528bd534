"""The tools, a module for each toolset; importing them fills the registry."""

from mcp_bridge.tools import approvals, specs, tasks, workflow

__all__ = ["approvals", "specs", "tasks", "workflow"]

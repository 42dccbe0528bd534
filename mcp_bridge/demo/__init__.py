"""The example agent: carries a spec from text to reviewed work through real MCP, and waits for people where it must."""

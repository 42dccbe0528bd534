#!/usr/bin/env python
"""Django's command line, for SpecFlow."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specflow.settings")
    if sys.argv[1:2] == ["mcp_serve"]:
        # An agent starts this command for each session: it gets only the apps that MCP needs (settings.LEAN).
        os.environ.setdefault("SPECFLOW_LEAN", "1")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)

"""`python -m benchmarks [part …]`: all parts where none is named; exit code 1 where a limit is passed."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

PARTS = ("start", "mcp", "feed", "formats", "changes", "citing", "tracing")


async def main(parts: list[str]) -> int:
    from benchmarks import changes, citing, feed, formats, mcp_calls, report, start, tracing

    figures: list[report.Figure] = []
    with tempfile.TemporaryDirectory(prefix="specflow-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("mcp", "embedded", "grown", "start", "formats", "changes", "citing", "tracing"):
            (folder / part).mkdir()
        if "start" in parts:
            figures += start.measure(folder / "start")
        if "mcp" in parts:
            figures += await mcp_calls.measure(folder / "mcp")
        if "feed" in parts:
            figures += await feed.embedded(folder / "embedded")
            figures += await feed.grown(folder / "grown")
        if "formats" in parts:
            figures += await formats.measure(folder / "formats")
        if "changes" in parts:
            figures += await changes.measure(folder / "changes")
        if "citing" in parts:
            figures += await citing.measure(folder / "citing")
        if "tracing" in parts:
            figures += await tracing.measure(folder / "tracing")
    report.show(figures)
    return 0 if all(one.holds for one in figures) else 1


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(PARTS)
    if unknown:
        sys.exit(f"There are the parts {', '.join(PARTS)}, not {', '.join(sorted(unknown))}.")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specflow.settings")
    sys.exit(asyncio.run(main(sys.argv[1:] or list(PARTS))))

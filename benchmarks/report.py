"""The figures as a table, and as `benchmarks/results.json`."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measure: what it is, its value beside its floor or limit, and whether the limit holds."""

    name: str
    value: float
    unit: str
    limit: float
    floor: str = ""

    @property
    def holds(self) -> bool:
        return self.value <= self.limit


def show(figures: list[Figure]) -> None:
    """Prints the table and writes the file."""
    width = max(len(one.name) for one in figures)
    for one in figures:
        mark = "ok  " if one.holds else "OVER"
        print(f"{mark} {one.name:<{width}} {one.value:>8.2f} {one.unit:<3} (at most {one.limit:g})  {one.floor}")
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    shape = {"machine": machine, "figures": [{**asdict(one), "holds": one.holds} for one in figures]}
    (Path(__file__).parent / "results.json").write_text(json.dumps(shape, indent=2) + "\n")

"""Checking of what a provider is told: unknown names, wrong kinds and values out of range are refused alike."""

from collections.abc import Mapping
from typing import Any

from specflow.errors import Invalid


def refused(option: str, problem: str) -> Invalid:
    """The error `invalid_provider_options` with the `option` that it is about."""
    return Invalid("invalid_provider_options", f"The option '{option[:100]}' {problem}.", {"option": option[:100]})


def check_names(options: Mapping[str, Any], known: tuple[str, ...], *, required: str) -> None:
    """Refuses an option outside `known` and the lack of `required`."""
    for name in options:
        if name not in known:
            raise refused(str(name), f"is not known here; known are {', '.join(known)}")
    if required not in options:
        raise refused(required, "is required")


def number(value: Any, option: str, *, least: float, most: float) -> float:
    """`value` where it is a number from `least` to `most`; a boolean is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise refused(option, f"must be a number from {least:g} to {most:g}")
    return value

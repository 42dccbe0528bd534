"""The few words that stand for the run's own facts in a provider's texts; everything else is data and stays."""

import re
from collections.abc import Callable

from specflow.errors import TooLarge
from specflow.text import MAX_VALUE_BYTES
from tasks.providers.base import Work

_VALUES: dict[str, Callable[[Work], str]] = {
    "run.id": lambda work: work.run,
    "task.id": lambda work: work.task,
    "task.title": lambda work: work.title,
    "task.prompt": lambda work: work.prompt,
}
NAMES = tuple(_VALUES)
_PLACEHOLDER = re.compile(r"\$\{(" + "|".join(map(re.escape, NAMES)) + r")\}")


def fill(text: str, work: Work, *, limit: int = MAX_VALUE_BYTES) -> str:
    """`text` with `${task.title}` and its kind replaced once; a `${…}` within a value is not looked at again.

    Raises TooLarge `too_large` over `limit` bytes, before the large text is made.
    """
    values = {name: value(work) for name, value in _VALUES.items()}
    sizes = {name: len(value.encode()) for name, value in values.items()}
    size = len(text.encode()) + sum(sizes[found[1]] - len(found[0]) for found in _PLACEHOLDER.finditer(text))
    if size > limit:
        raise TooLarge(
            "too_large",
            f"A text of the run would be {size} bytes, over the limit of {limit}.",
            {"field": "text", "size": size, "limit": limit},
        )
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)

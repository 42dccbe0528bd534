"""Where apps above take part in what happens here. Filled in their `AppConfig.ready()`; nothing is imported upward.

`completing` are asked before a task that has an implementation log is completed; each refuses by a DomainError.
"""

from collections.abc import Callable

from tasks.models import Task

completing: list[Callable[[Task], None]] = []

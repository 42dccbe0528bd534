"""How long reading takes, on a machine that others use as well: the processor's time, the least of a few."""

import time
from collections.abc import Callable


def seconds(call: Callable[[], object]) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    return min(taken)

"""`python -m specflow_client`: the command `specflow`."""

import sys

from specflow_client.commands import run

sys.exit(run())

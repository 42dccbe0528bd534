"""`manage.py audit_verify`: walks the chains; exit code 1 and the first bad entries if the log was touched."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from specflow.audit.verification import verify
from specflow.counting import counted


class Command(BaseCommand):
    help = "Checks the audit log's hash chains and names the first bad entry of each."

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify()
        for fault in report.faults:
            self.stderr.write(f"{fault.chain} entry {fault.sequence}: {fault.reason}")
        if report.faults:
            self.stderr.write(f"The log was touched: {len(report.faults)} of {counted(report.chains, 'chain')} bad.")
            sys.exit(1)
        self.stdout.write(
            f"The log is whole: {counted(report.entries, 'entry', 'entries')} in {counted(report.chains, 'chain')}."
        )

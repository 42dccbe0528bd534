"""Documents to read: our own small ones always, real ones from the folder SPECFLOW_CORPUS where it is there."""

import os
import re
from pathlib import Path

import pytest

CHECKBOX = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+\[[ xX~\-]\]\*?\s")
FENCE = re.compile(r"^\s*(```|~~~)")

REQUIREMENTS = """\
# Requirements

## Requirements

### Requirement 1: Sign in

**User Story:** As a member, I want to sign in,
so that I see my own things.

#### Acceptance Criteria

1. WHEN the password is right THEN the system SHALL open the overview
2. IF it is wrong five times THEN the system SHALL lock the account:
   - for ten minutes
   - with a mail to the member

### Requirement 2: Sign out

#### Acceptance Criteria

1. The system SHALL forget the session

## Non-Functional Requirements

### Performance

- Fast
- **NFR-1**: Answers within 200 ms
"""

TASKS = """\
# Tasks

- [x] 1. Lay the ground
  - File: src/main.py, `src/settings_local.py` (new)
  - Make it start
  - Purpose: have something to run
  - _Leverage: src/old_main.py, lib/some_tool.py_
  - _Requirements: 1.1, FR-2, 1.1-1.4, All_
  - _Prompt: Role: developer | Task: do it
    carefully | Success: it starts_

- [-] 2. Sign in
  - [ ] 2.1 The form
    - _Leverage_: forms.py
  - [~] **2.2** The check
    - _Blocked: waits for the form_
* [X] T003 Sign out
+ [ ] Read it all again

```
- [ ] not a task
```
"""

DESIGN = """\
# Design

## Overview

Words.

## Architecture

One process.

### Parts

Two of them.

## Data Models

| a | b |
| - | - |

## API Endpoints

Only these:

| Method | Path | Purpose |
|---|---|---|
| GET | `/users` | lists a\\|b |

Nothing else.
"""


def folder() -> Path | None:
    """The folder of real documents, or None."""
    named = os.environ.get("SPECFLOW_CORPUS")
    found = Path(named) if named else Path(__file__).resolve().parents[4] / "shared" / "corpus"
    return found if found.is_dir() else None


def documents(name: str) -> list[Path]:
    """The real documents of that name (a pattern); skips where there are none."""
    where = folder()
    if where is None:
        pytest.skip("no folder of real documents: set SPECFLOW_CORPUS to one that holds .spec-workflow folders")
    return sorted(path for path in where.rglob(name) if path.is_file())


def text_of(path: Path) -> str:
    """A document's text with its own line ends."""
    return path.read_bytes().decode("utf-8", errors="replace")


def checkboxes(text: str) -> int:
    """Checkbox lines outside code fences, counted without any parser."""
    inside, count = False, 0
    for line in text.split("\n"):
        if FENCE.match(line):
            inside = not inside
        elif not inside and CHECKBOX.match(line):
            count += 1
    return count

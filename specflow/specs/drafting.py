"""What a person begins with who brings two texts together: what goes together by itself, and marks elsewhere."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from specflow.errors import Invalid

if TYPE_CHECKING:  # a server starts sooner without it
    from specflow.specs.changes.merge import MergeConflict, Merged

_END = ">>>>>>> Keep what is right, and take out these three lines."


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands around the two texts of a place that both sides changed; `other` is what the second one is."""

    other: str

    @property
    def lines(self) -> tuple[str, str, str]:
        """Before the first text, between both, after the second."""
        return "<<<<<<< The document says:", f"======= The {self.other} says:", _END


@dataclass(frozen=True, slots=True)
class Draft:
    """`unsettled` counts the places that both sides changed; each stands in `text` twice, between marks. `is_merged` is
    False where there was nothing to bring together, or it is not known from what."""

    text: str
    unsettled: int = 0
    is_merged: bool = False


def draft(merged: "Merged", marks: Marks) -> Draft:
    """Both sides' changes brought together, as far as that can be done without a person."""
    from specflow.specs.changes.merge import Given, resolved

    choices = [Given(_marked(one, marks)) for one in merged.conflicts]
    return Draft(resolved(merged, choices), len(choices), is_merged=True)


def require_unmarked(text: str, marks: Marks) -> None:
    """Raises Invalid `marks_left`."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.removesuffix("\r") in marks.lines:
            raise Invalid(
                "marks_left",
                f"Line {number} still marks a place that both sides changed.",
                {"line": number},
                ("Keep what is right there, and take out the three lines of marks.",),
            )


def _marked(place: "MergeConflict", marks: Marks) -> str:
    newline = "\r\n" if "\r\n" in place.ours.text + place.theirs.text else "\n"
    before, between, after = marks.lines
    parts = (before, place.ours.text, between, place.theirs.text, after)
    return "".join(part if part.endswith("\n") else part + newline for part in parts if part)

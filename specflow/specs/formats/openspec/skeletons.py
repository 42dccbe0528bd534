"""The first text of a document, to which the tools add."""

from collections.abc import Callable

from specflow.specs.formats.items import Items
from specflow.specs.formats.values import one_line_ways, quoted, ways


def begun(
    heading: str, introduction: str, sections: str, read: Callable[[str], Items], *, title: str, description: str
) -> str:
    """A text with its title, what is said of it below the heading `introduction`, and empty `sections`.

    A description that would read as an item stands quoted. `heading` has the title at `{}`.
    """
    written = [ways(description)[0], (quoted(description),)] if description else [()]
    head = heading.format(one_line_ways(title)[0])
    text = ""
    for way in written:
        blocks = [head, *([introduction, "\n".join(way)] if way else []), *([sections] if sections else [])]
        text = "\n\n".join(block for block in blocks if block) + "\n"
        items = read(text)
        if not (items.requirements or items.tasks):
            break
    return text

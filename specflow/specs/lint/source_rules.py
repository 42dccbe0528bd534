"""The rule on machine-readable specs: nobody can agree on what `parse_source` refuses, as nothing comes of it."""

from collections.abc import Iterator

from specflow.specs.lint.findings import Found
from specflow.specs.lint.workspace import Workspace


def invalid_spec_file(workspace: Workspace) -> Iterator[Found]:
    """Everything that is wrong with each spec file, with its own line and column."""
    # What holds nothing is told as such.
    documents = [document for document in workspace.documents if document.is_source and any(document.lines)]
    if not documents:
        return
    from specflow.specs.formats.source import check_source  # loaded where there is one: it brings readers of schemas

    for document in documents:
        for one in check_source(document.text, path=document.path):
            line = min(one.line, len(document.lines))
            column = min(one.column, len(document.lines[line - 1]) + 1)
            yield Found(document, f"{one.code}: {one.message}", line, column)

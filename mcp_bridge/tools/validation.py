"""The tool `validate_spec`: what the linter would have mended before people decide on a spec."""

from collections.abc import Mapping

from pydantic import Field

from mcp_bridge import shapes
from mcp_bridge.bounds import bounded, bounded_text
from mcp_bridge.identity import Session
from mcp_bridge.registry import Answer, Arguments, tool
from mcp_bridge.remembered import remembered
from mcp_bridge.tools.reading import spec_of

_REST = "REST has all of it (GET /api/v1/specs/{id}/lint)."


class ValidateSpec(Arguments):
    spec_id: str = Field(description="The spec (id or slug).")


@tool("validate_spec", toolset="specs", title="Validate a spec", output=shapes.Validation, read_only=True)
@remembered
def validate_spec(session: Session, arguments: ValidateSpec) -> Answer:
    """Says whether a spec is fit to be approved, and what to mend: placeholders, references to nothing, criteria that
    cannot be tested, tasks without a requirement, overlap with other specs, each with file, line, code and how to mend
    it. Call it before you request approval; an error makes a document unfit."""
    from specflow.specs import lint  # loaded with the first call: the linter is large
    from specflow.specs.lint.queries import findings_of_spec

    spec = spec_of(session, arguments.spec_id)
    findings = findings_of_spec(spec)
    data = lint.payload(findings)
    verdict = f"The spec '{spec.title}' (ID: {spec.public_id}) is {'' if data['fit'] else 'not '}fit to be approved"
    text = f"{verdict}: {_counted(data['counts'])}.\n{lint.as_text(findings)}".rstrip()
    return Answer(bounded_text(text, rest=_REST), bounded({"spec_id": spec.public_id, **data}, rest=_REST))


def _counted(counts: Mapping[str, int]) -> str:
    """`1 error, 3 warnings, 2 info`, without what there is none of."""
    said = [
        f"{count} {severity}{'s' if count > 1 and severity != 'info' else ''}"
        for severity, count in counts.items()
        if count
    ]
    return ", ".join(said) or "nothing to mend"

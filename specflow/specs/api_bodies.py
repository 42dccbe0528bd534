"""What REST takes and gives of specs and documents (002 for the bodies of specs)."""

from typing import Any

from rest_framework import serializers

from specflow.accounts.bodies import Body, Text
from specflow.specs.models import DocumentKind, Phase

REQUIREMENT_STATUS = (("draft", "Draft"), ("approved", "Approved"))
LINE_KINDS = (("same", "Same"), ("removed", "Removed"), ("added", "Added"))


class Flag(serializers.BooleanField):
    """JSON's true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class SpecCreate(Body):
    project_id = Text(help_text="A project's slug or id.")
    title = Text()
    description = Text(required=False, allow_null=True, default="")


class SpecFileQuery(serializers.Serializer[Any]):
    project = serializers.CharField(required=False, help_text="Of a spec file: a project's slug or id; else the key's.")


class SpecUpdate(Body):
    title = Text(required=False)
    description = Text(required=False)


class RequirementCreate(Body):
    title = Text()
    condition = Text(help_text="The WHEN clause of EARS.")
    action = Text(help_text="The THE SYSTEM SHALL clause of EARS.")


class CriterionCreate(Body):
    text = Text()


class Endpoint(Body):
    method = Text()
    endpoint = Text()
    description = Text(required=False, default="")


class DesignArtifact(Body):
    architecture = Text(required=False, allow_null=True, default=None, help_text="Left as it is where null.")
    data_model = Text(required=False, allow_null=True, default=None, help_text="Left as it is where null.")
    api_spec = Endpoint(many=True, required=False, allow_null=True, default=None)


class DocumentPut(Body):
    text = Text()
    base_sha256 = Text(required=False, default="", help_text="The `sha256` of the text that you had read.")


class FolderQuery(serializers.Serializer[Any]):
    dialect = serializers.CharField(required=False, help_text="Only documents of this dialect, by its name.")


class FolderFiles(Body):
    files = serializers.DictField(child=Text(), help_text="Texts by their paths from the folder, with `/`.")
    dialect = Text(required=False, help_text="As the parameter.")


class ImportQuery(FolderQuery):
    dry_run = serializers.BooleanField(required=False, help_text="Say what would be taken, and take nothing.")


class ImportFiles(FolderFiles):
    dry_run = Flag(required=False, help_text="As the parameter; either is enough.")


class ImportShape(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField(help_text="True where nothing was taken.")
    documents = serializers.IntegerField(help_text="Files that were read.")
    revised = serializers.IntegerField(help_text="Those that were new or had changed.")
    specs = serializers.IntegerField()
    requirements = serializers.IntegerField()
    criteria = serializers.IntegerField()
    tasks = serializers.IntegerField()
    checkboxes = serializers.IntegerField(help_text="Every checkbox line that was read.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What was left out or refused, and why.")


class ExportQuery(serializers.Serializer[Any]):
    dialect = serializers.CharField(required=False, help_text="Only documents of this dialect, by its name.")
    spec = serializers.CharField(required=False, help_text="Only documents of this spec, by its slug or id.")


class DiffQuery(serializers.Serializer[Any]):
    to = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1, help_text="The current one.")
    words = serializers.BooleanField(required=False, help_text="By word as well.")

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        before = serializers.IntegerField(
            required=False, min_value=0, max_value=2**31 - 1, help_text="The approved one, else the one before it."
        )
        return {"from": before, **super().get_fields()}


class CriterionShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    key = serializers.CharField()
    text = serializers.CharField()
    pattern = serializers.CharField()
    lines = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)


class RequirementShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField()
    user_story = serializers.CharField()
    condition = serializers.CharField()
    action = serializers.CharField()
    statement = serializers.CharField(help_text="What it says as running text, where it has no lines of its own.")
    change = serializers.CharField(help_text="In a document that changes another: added, modified, removed, renamed.")
    status = serializers.ChoiceField(REQUIREMENT_STATUS)
    criteria = CriterionShape(many=True)
    lines = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)


class EndpointShape(serializers.Serializer[Any]):
    method = serializers.CharField()
    endpoint = serializers.CharField()
    description = serializers.CharField()


class DesignShape(serializers.Serializer[Any]):
    architecture = serializers.CharField(allow_null=True)
    data_model = serializers.CharField(allow_null=True)
    api_spec = EndpointShape(many=True)


class SpecDocument(serializers.Serializer[Any]):
    id = serializers.CharField()
    path = serializers.CharField()
    revision = serializers.IntegerField(allow_null=True)
    approved = serializers.BooleanField()


class SpecLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    project_id = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    phase = serializers.ChoiceField(Phase.choices)
    status = serializers.CharField(help_text="draft, implementing, completed or archived.")
    archived = serializers.BooleanField()
    documents = serializers.DictField(child=SpecDocument(), help_text="By kind.")
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class SpecShape(SpecLine):
    progress = serializers.IntegerField(help_text="Per cent of the tasks that are completed.")
    requirements = RequirementShape(many=True)
    design = DesignShape(allow_null=True)
    tasks = serializers.ListField(child=serializers.DictField(), help_text="As in GET /specs/{spec}/tasks.")
    approvals = serializers.ListField(child=serializers.DictField(), help_text="As in GET /approvals.")


class DocumentLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    project_id = serializers.CharField()
    spec = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(DocumentKind.choices)
    path = serializers.CharField()
    revision = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_null=True)
    digest = serializers.CharField(allow_null=True, help_text="What an approval binds.")
    approved_revision = serializers.IntegerField(allow_null=True)
    approved = serializers.BooleanField()


class DocumentShape(DocumentLine):
    text = serializers.CharField()


class SavedShape(serializers.Serializer[Any]):
    document = DocumentShape()
    revised = serializers.BooleanField(help_text="False where nothing but progress changed.")
    refusals = serializers.ListField(child=serializers.CharField(), help_text="Changes of progress that were refused.")


class RevisionLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.IntegerField()
    sha256 = serializers.CharField()
    digest = serializers.CharField()
    author = serializers.CharField()
    format = serializers.CharField()
    created_at = serializers.DateTimeField()


class RevisionShape(RevisionLine):
    text = serializers.CharField()


class DiffLine(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(LINE_KINDS)
    old = serializers.IntegerField(allow_null=True)
    new = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()


class DiffHunk(serializers.Serializer[Any]):
    old_start = serializers.IntegerField()
    old_lines = serializers.IntegerField()
    new_start = serializers.IntegerField()
    new_lines = serializers.IntegerField()
    lines = DiffLine(many=True)


class ItemPair(serializers.Serializer[Any]):
    before = serializers.DictField(help_text="Key, title or text, what it says, `start` and `end`.")
    after = serializers.DictField()
    changed = serializers.ListField(child=serializers.CharField(), help_text="The fields that say something else.")
    moved = serializers.BooleanField()


class ItemsUnclear(serializers.Serializer[Any]):
    before = serializers.ListField(child=serializers.DictField())
    after = serializers.ListField(child=serializers.DictField())


class ItemChanges(serializers.Serializer[Any]):
    added = serializers.ListField(child=serializers.DictField())
    removed = serializers.ListField(child=serializers.DictField())
    renamed = ItemPair(many=True, help_text="Of another key or title.")
    reworded = ItemPair(many=True)
    moved = ItemPair(many=True)
    ambiguous = ItemsUnclear(many=True, help_text="Which is which cannot be told.")


class ItemDiffShape(serializers.Serializer[Any]):
    requirements = ItemChanges()
    criteria = ItemChanges()
    tasks = ItemChanges()


class TouchedTask(serializers.Serializer[Any]):
    id = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField()
    status = serializers.CharField()
    why = serializers.ChoiceField(
        (("cites", "Cites what changed"), ("changed", "Its text changed"), ("removed", "Its text is gone"))
    )


class TouchedLog(serializers.Serializer[Any]):
    id = serializers.CharField()
    task = serializers.CharField()
    summary = serializers.CharField()


class TouchedRun(serializers.Serializer[Any]):
    id = serializers.CharField()
    task = serializers.CharField()
    status = serializers.CharField()
    provider = serializers.CharField()
    attempt = serializers.IntegerField()


class TouchedOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    run = serializers.CharField()
    name = serializers.CharField()


class TouchedVector(serializers.Serializer[Any]):
    id = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()


class CitationShape(serializers.Serializer[Any]):
    spec = serializers.CharField(help_text="The other spec's slug; empty for a document of none.")
    phase = serializers.CharField(help_text="Where that spec stands; empty for none.")
    document = serializers.CharField()
    path = serializers.CharField()
    kind = serializers.CharField(help_text="The document's.")
    line = serializers.IntegerField()
    text = serializers.CharField(help_text="The line, or of a long one the part that cites.")
    how = serializers.ChoiceField(
        (("cites", "Names an item that changed"), ("mentions", "Names the document as a whole"))
    )
    names = serializers.ListField(child=serializers.CharField(), help_text="Keys of what changed.")


class ImpactTotals(serializers.Serializer[Any]):
    tasks = serializers.IntegerField()
    logs = serializers.IntegerField()
    runs = serializers.IntegerField()
    outputs = serializers.IntegerField()
    vectors = serializers.IntegerField()
    citations = serializers.IntegerField()


class ImpactShape(serializers.Serializer[Any]):
    requirements = serializers.ListField(child=serializers.CharField(), help_text="Keys of what means something else.")
    criteria = serializers.ListField(child=serializers.CharField())
    tasks = TouchedTask(many=True, help_text="The first 100, as of each further list; `totals` has how many there are.")
    logs = TouchedLog(many=True, help_text="Implementation logs of these tasks.")
    runs = TouchedRun(many=True, help_text="Runs of these tasks, the newest first.")
    outputs = TouchedOutput(many=True, help_text="What these runs produced.")
    vectors = TouchedVector(many=True, help_text="Test vectors of the requirements and criteria.")
    citations = CitationShape(many=True, help_text="Lines elsewhere in the project that cite what changed.")
    totals = ImpactTotals()
    complete = serializers.BooleanField(help_text="False where more documents have the spec's name than are read.")


class WordSegment(serializers.Serializer[Any]):
    kind = serializers.ChoiceField((("equal", "Equal"), ("deleted", "Deleted"), ("inserted", "Inserted")))
    text = serializers.CharField()


class WordRow(serializers.Serializer[Any]):
    kind = serializers.ChoiceField((*LINE_KINDS, ("changed", "Changed")))
    old = serializers.IntegerField(allow_null=True)
    new = serializers.IntegerField(allow_null=True)
    segments = WordSegment(many=True)


class WordHunk(serializers.Serializer[Any]):
    old_start = serializers.IntegerField()
    old_lines = serializers.IntegerField()
    new_start = serializers.IntegerField()
    new_lines = serializers.IntegerField()
    whole = serializers.BooleanField(help_text="Too long to be shown by line; there are no rows then.")
    rows = WordRow(many=True)


class DiffShape(serializers.Serializer[Any]):
    document = serializers.CharField()
    to = serializers.IntegerField()
    summary = serializers.CharField(help_text="What changed by item, in a sentence; empty where no item did.")
    items = ItemDiffShape()
    impact = ImpactShape()
    words = WordHunk(many=True, required=False, help_text="Where it was asked for.")
    unified = serializers.CharField(help_text="As `diff -u` writes it.")
    hunks = DiffHunk(many=True)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's."""
        return {"from": serializers.IntegerField(), **super().get_fields()}

"""What REST gives of traces and matrices."""

from typing import Any

from rest_framework import serializers


class MatrixQuery(serializers.Serializer[Any]):
    uncovered = serializers.BooleanField(required=False, help_text="Only the criteria that nothing shows to be met.")


class NodeShape(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="requirement, criterion, task, log, run, output, approval …")
    id = serializers.CharField()
    title = serializers.CharField()
    key = serializers.CharField(help_text="Its number in the document, where it has one.")
    state = serializers.CharField(help_text="As of its kind; removed where its text is gone.")
    spec = serializers.CharField(help_text="The spec's slug.")
    path = serializers.CharField(help_text="The document that says it, where one does.")
    revision = serializers.IntegerField(allow_null=True, help_text="The revision that the lines are of.")
    lines = serializers.ListField(
        child=serializers.IntegerField(), min_length=2, max_length=2, allow_null=True, help_text="The first, the last."
    )


class TraceShape(serializers.Serializer[Any]):
    node = NodeShape()
    above = NodeShape(many=True, help_text="Why it is there, nearest first.")
    below = NodeShape(many=True, help_text="What came of it, nearest first.")
    edges = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(), min_length=2, max_length=2),
        help_text="Pairs of ids: what is above, what is below it.",
    )
    complete = serializers.BooleanField(help_text="False where there is more than an answer holds.")


class RowShape(serializers.Serializer[Any]):
    requirement = NodeShape()
    criterion = NodeShape(allow_null=True, help_text="Null in the row of the requirement itself.")
    below = serializers.DictField(child=NodeShape(many=True), help_text="What is below it, by kind.")
    covered = serializers.BooleanField(
        allow_null=True, help_text="Whether something shows that the criterion is met; null for a requirement."
    )


class MatrixShape(serializers.Serializer[Any]):
    rows = RowShape(many=True)
    criteria = serializers.IntegerField()
    covered = serializers.IntegerField(help_text="How many of the criteria.")
    uncovered = serializers.ListField(child=serializers.CharField(), help_text="Ids of the other criteria.")
    complete = serializers.BooleanField(help_text="False where there is more than an answer holds.")

"""REST of reviews of tasks (003, review-task and get-task-review)."""

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.review_models import Category, Classification, ReviewVerdict, Severity
from approvals.reviewing import Found, prepare, record_review
from approvals.reviews import payloads
from approvals.reviews.queries import STATES, review_for, review_of, reviews_of, standing_of, state_of
from specflow.accounts.bodies import Body, Text, Whole
from specflow.accounts.door import Door
from specflow.accounts.schema import route
from tasks.api_bodies import LogShape, OutputShape
from tasks.queries import task_for


class ReviewFindingCreate(Body):
    severity = Text(help_text="critical, warning or info.")
    title = Text(help_text="In one line.")
    description = Text(required=False, default="")
    file = Text(required=False, default="", help_text="Of the code.")
    line = Whole(required=False, allow_null=True, default=None)
    task_requirement = Text(required=False, default="", help_text="The words of the task that it concerns.")
    category = Text(required=False, default=Category.SPEC_COMPLIANCE, help_text="spec-compliance or hygiene.")
    classification = Text(required=False, default="", help_text="novel, compounding or recurring.")
    criterion = Text(required=False, default="", help_text="The number or id of one that the task is for.")


class ReviewCreate(Body):
    verdict = Text(help_text="pass without findings, fail with a critical one, findings with others.")
    summary = Text()
    findings = ReviewFindingCreate(many=True, required=False, default=list)
    criteria = serializers.ListField(
        child=Text(), required=False, default=list, help_text="Those that are met, by number or id."
    )
    digest = Text(required=False, default="", help_text="That of the material that you looked at.")


class ReviewFindingShape(serializers.Serializer[Any]):
    severity = serializers.ChoiceField(Severity.choices)
    title = serializers.CharField()
    description = serializers.CharField()
    file = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    task_requirement = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    classification = serializers.ChoiceField([("", "None"), *Classification.choices])
    criterion = serializers.CharField(allow_null=True)


class ReviewShape(serializers.Serializer[Any]):
    id = serializers.CharField()
    task = serializers.CharField()
    spec = serializers.CharField()
    version = serializers.IntegerField(help_text="From 1, of each task.")
    verdict = serializers.ChoiceField(ReviewVerdict.choices)
    state = serializers.ChoiceField(STATES, help_text="A pass counts as passed, until it is stale.")
    summary = serializers.CharField()
    reviewer = serializers.CharField()
    criteria = serializers.ListField(child=serializers.CharField(), help_text="Ids of those that were seen met.")
    findings = ReviewFindingShape(many=True)
    log = serializers.CharField(allow_null=True, help_text="The latest when it was given.")
    output = serializers.CharField(allow_null=True, help_text="The latest when it was given.")
    requirements_revision = serializers.IntegerField(allow_null=True)
    digest = serializers.CharField(help_text="Of all that it was held against.")
    created_at = serializers.DateTimeField()


class MaterialShape(serializers.Serializer[Any]):
    task = serializers.DictField()
    requirements = serializers.ListField(child=serializers.DictField(), help_text="What the task is for.")
    criteria = serializers.ListField(
        child=serializers.DictField(), help_text="`named` where the task names it, and not only its requirement."
    )
    logs = LogShape(many=True, help_text="What was implemented, newest first.")
    files = serializers.ListField(child=serializers.CharField(), help_text="Those that the task or a log names.")
    outputs = OutputShape(many=True, help_text="Of the last run that has some; texts to 4,000 characters.")
    previous = ReviewShape(allow_null=True)
    version = serializers.IntegerField(help_text="What the next review will be.")
    digest = serializers.CharField()


class ReviewsOfTask(Door):
    @route("list_reviews_of_task", "A task's reviews, newest first", gives=ReviewShape, lists=True)
    def get(self, request: Request, task: str) -> Response:
        """A page of reviews with their findings, and how each stands now."""
        row = task_for(self.actor, task)
        standing = standing_of(row)
        return self.listed(reviews_of(row), lambda one: payloads.review(one, standing[one.pk]))

    @route("review_task", "Review a task's work", takes=ReviewCreate, gives=ReviewShape, status=201)
    def post(self, request: Request, task: str) -> Response:
        """By someone who had no part in it."""
        row, body = task_for(self.actor, task), self.body(ReviewCreate)
        body["findings"] = [Found(**one) for one in body["findings"]]
        made = review_of(row, record_review(row, actor=self.actor, **body).version)
        return self.shown(payloads.review(made, state_of(made)), 201)


class ReviewMaterial(Door):
    @route("prepare_review", "What a reviewer of a task looks at", gives=MaterialShape)
    def get(self, request: Request, task: str) -> Response:
        """For who may review it. Send the digest with the review."""
        row = task_for(self.actor, task)
        return self.shown(payloads.material(row, prepare(row, actor=self.actor)))


class OneReview(Door):
    @route("get_review", "A review with its findings", gives=ReviewShape)
    def get(self, request: Request, review: str) -> Response:
        """And how it stands now."""
        row = review_for(self.actor, review)
        return self.shown(payloads.review(row, state_of(row)))


urlpatterns = [
    path("tasks/<str:task>/reviews", ReviewsOfTask.as_view()),
    path("tasks/<str:task>/review-material", ReviewMaterial.as_view()),
    path("reviews/<str:review>", OneReview.as_view()),
]

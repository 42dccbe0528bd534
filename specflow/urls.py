"""Wiring: the doors over HTTP, named by string. Each app's api.py and pages.py hold their own routes."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

API = (
    "specflow.accounts.api",
    "specflow.dashboard.api",
    "specflow.specs.api",
    "specflow.specs.restoring_api",
    "specflow.specs.archiving_api",
    "specflow.specs.sync.api",
    "specflow.specs.tracing.api",
    "specflow.specs.lint.api",
    "specflow.specs.schema_api",
    "specflow.specs.dialects_api",
    "tasks.api",
    "approvals.api",
    "approvals.reviews.api",
    "approvals.proposals.api",
)
PAGES = (
    "specflow.dashboard.pages",
    "specflow.specs.pages",
    "specflow.specs.sync.pages",
    "specflow.specs.tracing.pages",
    "specflow.specs.lint.pages",
    "tasks.pages",
    "approvals.pages",
    "approvals.reviews.pages",
    "approvals.proposals.pages",
)

api = [path("", include(module)) for module in API]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema/", require_safe(SpectacularAPIView.as_view()), name="schema"),
    path("api/docs/", require_safe(SpectacularSwaggerView.as_view(url_name="schema")), name="docs"),
    path("api/v1/", include((api, "api"))),
    path("api/", include((api, "api"), namespace="api-short")),
    *[path("", include(module)) for module in PAGES],
]

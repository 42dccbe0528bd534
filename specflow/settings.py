"""Wiring: one file that runs with nothing set, and grows by environment variables (docs/configuration.md)."""

import os
from pathlib import Path
from typing import Any

import environ

from specflow.home import secret_key, served_address, settings_error, writable_folder

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

SPECFLOW_HOME = writable_folder(Path(env.str("SPECFLOW_HOME", default=str(BASE_DIR / ".specflow"))).expanduser())
# Where people open SpecFlow: as set, or where `serve` last listened.
SPECFLOW_URL = (env.str("SPECFLOW_URL", default="") or served_address(SPECFLOW_HOME)).rstrip("/")
# Set by manage.py for `mcp_serve`: leaves out the admin, REST and pages, which an agent's process never serves.
LEAN = bool(os.environ.get("SPECFLOW_LEAN"))

with settings_error("DEBUG"):
    DEBUG = env.bool("DEBUG", default=False)
with settings_error("SECRET_KEY"):
    SECRET_KEY = env.str("SECRET_KEY", default="") or secret_key(SPECFLOW_HOME)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

WEB_APPS = [
    "unfold",
    "django.contrib.admin",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]
INSTALLED_APPS = [
    *([] if LEAN else WEB_APPS),
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "specflow.audit",
    "specflow.accounts",
    "specflow.dashboard",
    "specflow.specs",
    "tasks",
    "approvals",
    "mcp_bridge",
]

MIDDLEWARE = [
    "specflow.accounts.rest.ApiErrors",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "specflow.dashboard.security.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "specflow.dashboard.errors.PageErrors",
]
ROOT_URLCONF = "specflow.urls"
ASGI_APPLICATION = "specflow.asgi.application"
# What specflow/asgi.py serves beside Django: ASGI applications by path, and the WebSocket routes.
SPECFLOW_MOUNTS = {
    "/mcp": "mcp_bridge.http.application",
    "/.well-known/oauth-protected-resource": "mcp_bridge.http.application",
}
SPECFLOW_SOCKETS = "specflow.dashboard.routing.websocket_urlpatterns"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "specflow.dashboard.shell.context",
            ]
        },
    }
]

# Database: SQLite in the data folder, or what DATABASE_URL names.
with settings_error("DATABASE_URL"):
    DATABASES: dict[str, dict[str, Any]] = {
        "default": env.db_url("DATABASE_URL", default=f"sqlite:///{SPECFLOW_HOME / 'specflow.sqlite3'}")
    }
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: the default mode answered "database is locked" to every other writer; recursive_triggers: without it
    # INSERT OR REPLACE passes the append-only triggers (QUALITY, facts).
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA recursive_triggers=ON;",
    }
    _database["CONN_MAX_AGE"] = None
    _database["TEST"] = {"NAME": str(SPECFLOW_HOME / "test.sqlite3")}
else:
    # A lock is waited for 5 seconds at most, then the call says what is busy (QUALITY 17).
    _database["OPTIONS"] = {**_database.get("OPTIONS", {}), "options": "-c lock_timeout=5000", "connect_timeout": 5}
    _database["CONN_MAX_AGE"] = None
    _database["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# Jobs: Redis where there is one, else messages as files in the data folder. JSON only (QUALITY 44).
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    with settings_error("REDIS_URL"):
        raise ValueError("it must start with redis://, rediss:// or unix://")
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 5}
    if REDIS_URL
    else {
        "data_folder_in": str(SPECFLOW_HOME / "broker"),
        "data_folder_out": str(SPECFLOW_HOME / "broker"),
        "control_folder": str(SPECFLOW_HOME / "broker-control"),
        "polling_interval": 0.1,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_PUBLISH_RETRY = False  # the database is the truth: a lost message is found by the sweep
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "tasks.jobs.sweep", "schedule": 1.0, "options": {"expires": 5}}}
SPECFLOW_CELERY = "specflow.celery.app"
SPECFLOW_LEASE_SECONDS = env.float("SPECFLOW_LEASE_SECONDS", default=15.0)

# REST
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "specflow.accounts.rest.KeyAuthentication",
        "specflow.accounts.rest.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["specflow.accounts.rest.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "specflow.accounts.rest.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "specflow.accounts.rest.problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "SpecFlow",
    "DESCRIPTION": "Agree on what to build before it is built, and prove it afterwards.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "PREPROCESSING_HOOKS": ["specflow.accounts.schema.only_v1"],
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {
        "UserKind": "specflow.accounts.models.Kind",
        "Role": "specflow.accounts.capabilities.Role",
        "Scope": "specflow.accounts.capabilities.Scope",
        "Phase": "specflow.specs.models.Phase",
        "DocumentKind": "specflow.specs.models.DocumentKind",
        "DiffLineKind": "specflow.specs.api_bodies.LINE_KINDS",
        "RequirementStatus": "specflow.specs.api_bodies.REQUIREMENT_STATUS",
        "TaskStatus": "tasks.models.Status",
        "TicketPriority": "tasks.models.Ticket.Priority",
        "RunStatus": "tasks.models.RunStatus",
        "ApprovalState": "approvals.models.State",
        "Verdict": "approvals.models.Verdict",
    },
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # no request to another host
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# Web
STATIC_URL = "/static/"
STATIC_ROOT = SPECFLOW_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "specflow" / "dashboard" / "assets"]
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
X_FRAME_OPTIONS = "DENY"
CSRF_COOKIE_HTTPONLY = False
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
if SPECFLOW_URL.startswith("https://"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = [SPECFLOW_URL]

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
UNFOLD = {
    "SITE_TITLE": "SpecFlow",
    "SITE_HEADER": "SpecFlow",
    "SITE_URL": "/",
    "SITE_SYMBOL": "fact_check",
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_HISTORY": False,  # the log is the history
    "SHOW_BACK_BUTTON": True,
    "SIDEBAR": {"navigation": "approvals.admin_places.navigation"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    # Standard error only: on stdio the MCP server owns standard output.
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "specflow": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "kombu.connection": {"level": "ERROR"},  # it warns that files need no host name
    },
}

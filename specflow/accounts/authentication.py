"""From a key's text to the key: known, in time, not revoked (QUALITY 32). Doors call this for each request."""

from datetime import timedelta
from secrets import compare_digest

from django.utils import timezone

from specflow.accounts.keys import digest_of, prefix_of
from specflow.accounts.models import ApiKey
from specflow.errors import Unauthenticated

_USE_IS_NOTED_EVERY = timedelta(minutes=1)


def authenticate(text: str) -> ApiKey:
    """The key behind `text`, with its user and project.

    Raises Unauthenticated `key_unknown`, `key_revoked` or `key_expired`.
    """
    prefix = prefix_of(text)
    key = ApiKey.objects.select_related("user", "project").filter(prefix=prefix).first() if prefix else None
    if key is None or not compare_digest(key.digest, digest_of(text)):
        raise Unauthenticated("key_unknown", "This API key is not known.")
    _require_valid(key)
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > _USE_IS_NOTED_EVERY:
        # Telemetry, not state: who may do what does not hang on it, so it is no action and not on the log.
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


def reauthenticate(key: ApiKey) -> ApiKey:
    """The same key as it stands now, for a connection that lives on (QUALITY 32, 38). Raises as `authenticate`."""
    fresh = ApiKey.objects.select_related("user", "project").filter(pk=key.pk).first()
    if fresh is None:
        raise Unauthenticated("key_unknown", "This API key is not known.")
    _require_valid(fresh)
    return fresh


def _require_valid(key: ApiKey) -> None:
    if not key.user.is_active:
        raise Unauthenticated("key_unknown", "This API key is not known.")
    if key.revoked_at is not None:
        raise Unauthenticated("key_revoked", "This API key was revoked.", {"revoked_at": key.revoked_at.isoformat()})
    if key.expires_at is not None and key.expires_at <= timezone.now():
        raise Unauthenticated("key_expired", "This API key has expired.", {"expires_at": key.expires_at.isoformat()})


def token_of(authorization: str, x_api_key: str) -> str:
    """The key's text in `Authorization: Bearer …` or `X-API-Key: …`; empty where there is none."""
    scheme, _, rest = authorization.strip().partition(" ")
    return rest.strip() if scheme.lower() == "bearer" else x_api_key.strip()

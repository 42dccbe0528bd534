"""API keys as text: `sf_<prefix>_<secret><checksum>`, 190 bits of secret; only a SHA-256 is kept (QUALITY 32)."""

import hashlib
import re
import secrets
import string
import zlib

_ALPHABET = string.digits + string.ascii_letters
_SECRET, _CHECK = 32, 6
_FORM = re.compile(rf"sf_(?P<prefix>[0-9a-zA-Z]{{8}})_[0-9a-zA-Z]{{{_SECRET + _CHECK}}}")


def new_key() -> tuple[str, str, str]:
    """A fresh key: (the whole text, shown once; its public prefix; the digest to keep)."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    body = f"sf_{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET))
    text = body + _checksum(body)
    return text, prefix, digest_of(text)


def digest_of(text: str) -> str:
    """What is kept of a key. A plain hash is enough: the secret has 190 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()


def prefix_of(text: str) -> str | None:
    """The prefix of a well-formed key whose checksum holds; None for anything else, without a look in the database."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    return form["prefix"] if secrets.compare_digest(_checksum(text[:-_CHECK]), text[-_CHECK:]) else None


def _checksum(body: str) -> str:
    number, letters = zlib.crc32(body.encode()), ""
    for _ in range(_CHECK):
        number, rest = divmod(number, 62)
        letters += _ALPHABET[rest]
    return letters

"""Ids shown outside: prefixed and opaque (CONTRACT, REST)."""

import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # without i, l, o and u, which are misread


def new_id(prefix: str) -> str:
    """`<prefix>-` and 16 random characters (80 bits), such as `spec-7m2k0t9xw4c1n8zd`."""
    return f"{prefix}-{''.join([_ALPHABET[byte % 32] for byte in secrets.token_bytes(16)])}"

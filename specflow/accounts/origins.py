"""Origins of addresses: scheme, host and port, by which a project says whom it lets its runs call."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from specflow.errors import Invalid

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,252})|[0-9a-f:.]{2,45}")
_PLAIN = re.compile(r"[\x21-\x7e]{1,2000}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Two addresses of the same origin are of the same server (RFC 6454); `host` without the brackets of IPv6."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port != _PORTS[self.scheme] else "")

    def is_all_of(self, address: str) -> bool:
        """Whether the address says no more than this origin."""
        parts = urlsplit(address)
        return parts.path in ("", "/") and not parts.query and "#" not in address and "?" not in address


def origin_of(address: str) -> Origin:
    """The origin of an http or https address. Raises Invalid `invalid_address` for what is none, or names a user."""
    if _PLAIN.fullmatch(address) and "\\" not in address:
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port
        except ValueError:  # brackets that do not match, a port that is no number
            host, port = "", None
        if host and parts.scheme in _PORTS and "@" not in parts.netloc and port != 0 and _HOST.fullmatch(host):
            return Origin(parts.scheme, host, port or _PORTS[parts.scheme])
    raise Invalid(
        "invalid_address",
        "An address is http:// or https://, a host, and a port if wanted, without a user.",
        {"address": ascii(address)[1:-1][:200]},
    )

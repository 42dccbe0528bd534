"""What an agent writes to one stream: decoded, made storable, kept up to a limit, cut into events."""

import codecs

from tasks.providers.base import Event, EventKind

EVENT_CHARACTERS = 4096

# Control characters show as their pictures (U+2400 and on): seen, and fit for what specflow/text.py lets be stored.
_VISIBLE = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}


class Stream:
    """Takes a stream's bytes as they come and costs no more memory than its limit, however much comes.

    `text` is what was kept: at most `limit` bytes when encoded. `discarded` counts the bytes that came after that.
    """

    def __init__(self, kind: EventKind, limit: int) -> None:
        self.kind = kind
        self.discarded = 0
        self._limit = limit
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._kept = bytearray()  # many small pieces as one, so that a byte kept costs a byte
        self._waiting = ""

    @property
    def text(self) -> str:
        """All that was kept."""
        return self._kept.decode()

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """Takes `data`; `last` says that nothing follows, which ends a character that was begun."""
        if self.discarded:
            self.discarded += len(data)
            return
        encoded = self._decoder.decode(data, final=last).translate(_VISIBLE).encode()
        # A cut inside a character drops its first bytes as well.
        text = encoded[: self._limit - len(self._kept)].decode(errors="ignore")
        kept = text.encode()
        self.discarded = len(encoded) - len(kept)
        self._kept += kept
        self._waiting += text

    def events(self, at: float, *, everything: bool = False) -> list[Event]:
        """The full batches of lines that wait, with `everything` also what is not full yet."""
        found = []
        while len(self._waiting) >= EVENT_CHARACTERS or (everything and self._waiting):
            end = EVENT_CHARACTERS
            if len(self._waiting) > EVENT_CHARACTERS:
                end = self._waiting.rfind("\n", 0, EVENT_CHARACTERS) + 1 or EVENT_CHARACTERS
            found.append(Event(self.kind, {"text": self._waiting[:end]}, at))
            self._waiting = self._waiting[end:]
        return found

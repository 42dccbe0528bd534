"""How an event of a run is shown: the words of a log, the name of a tool, the size of a model's call."""

import json
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tasks.models import RunEvent

register = template.Library()
_LONGEST = 6_000
_SHORT = 160


@register.simple_tag
def event_body(event: RunEvent) -> SafeString:
    """The event's data, escaped: its main words, and the rest as JSON to unfold."""
    data = event.data if isinstance(event.data, dict) else {"value": event.data}
    words, rest = _told(event.kind, dict(data))
    shown = format_html('<pre class="event-text">{}</pre>', _cut(words)) if words else ""
    return format_html("{}{}", shown, _rest(rest))


def _told(kind: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """(what to say, what is left of the data)."""
    match kind:
        case "log" | "stdout" | "stderr":
            return str(data.pop("text", "")).rstrip("\n"), data
        case "tool_call":
            name, arguments = data.pop("name", "?"), data.pop("arguments", None)
            return f"{name}({_inline(arguments)})", data
        case "model_call":
            prompt, model = str(data.pop("prompt", "")), data.pop("model", "")
            tokens = [f"{data.pop(name)} {name.removesuffix('_tokens')}" for name in _TOKENS if name in data]
            head = " · ".join([str(model), *(["tokens " + ", ".join(tokens)] if tokens else [])]).strip(" ·")
            return f"{head}\n{prompt}".strip(), data
        case "progress" if "of" in data:
            done, of = data.pop("done", 0), data.pop("of")
            return f"{done} of {of}", data
        case "output":
            return str(data.pop("name", "")), data
    return "", data


_TOKENS = ("input_tokens", "output_tokens")


def _inline(value: Any) -> str:
    if not isinstance(value, dict):
        return "" if value is None else _json(value)
    return ", ".join(f"{name}={_short(_json(one))}" for name, one in value.items())


def _rest(data: dict[str, Any]) -> SafeString | str:
    """Short values as pairs; anything long folded away."""
    if not data:
        return ""
    text = _json(data)
    if len(text) <= _SHORT:
        pairs = format_html_join(" ", "<span><b>{}</b> {}</span>", ((name, _plain(one)) for name, one in data.items()))
        return format_html('<span class="event-pairs">{}</span>', pairs)
    full = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    return format_html(
        '<details class="event-more"><summary>{}</summary><pre class="event-text">{}</pre></details>',
        _short(text),
        _cut(full),
    )


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + f"\n… {len(text) - _LONGEST} more characters"

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
    head, prompt = _split(event.kind, words)
    shown = format_html('<pre class="event-text">{}</pre>', _cut(head)) if head else ""
    asked = format_html('<pre class="event-text event-prompt">{}</pre>', _cut(prompt)) if prompt else ""
    return format_html("{}{}{}", shown, asked, _rest(rest))


def _split(kind: str, words: str) -> tuple[str, str]:
    """A model's call says what it is for in its first line; below stands the prompt."""
    head, _, prompt = words.partition("\n") if kind == "model_call" else (words, "", "")
    return head, prompt


def _told(kind: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """(what to say, what is left of the data)."""
    words = ""
    match kind:
        case "log" | "stdout" | "stderr":
            words = str(data.pop("text", "")).rstrip("\n")
        case "tool_call":
            words = f"{data.pop('name', '?')}({_inline(data.pop('arguments', None))})"
        case "tool_result" if isinstance(data.get("ok"), bool):
            verdict, code = "ok" if data.pop("ok") else "failed", data.pop("exit_code", None)
            words = _joined(verdict, f"exit code {code}" if code else "", data.pop("text", ""))
        case "model_call":
            tokens = [f"{data.pop(name)} tokens {way}" for name, way in _TOKENS.items() if name in data]
            head = _joined(data.pop("purpose", ""), data.pop("model", ""), ", ".join(tokens))
            words = f"{head}\n{data.pop('prompt', '')}"
        case "progress" if "of" in data:
            words = _joined(f"{data.pop('done', 0)} of {data.pop('of')}", data.pop("now", ""))
        case "output":
            words = str(data.pop("name", ""))
    return words, data


_TOKENS = {"input_tokens": "in", "output_tokens": "out"}


def _joined(*words: Any) -> str:
    return " · ".join(str(word) for word in words if word not in ("", None))


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

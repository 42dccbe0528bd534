"""What templates of pages say in one word: a chip, an icon, a time as people say it."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from specflow.dashboard import shell
from specflow.dashboard.chips import chip_of, sign_of

register = template.Library()
_STEPS = ((60, 1, " s"), (3600, 60, " min"), (86_400, 3600, " h"), (30 * 86_400, 86_400, " d"))


@register.simple_tag
def icon(name: str, tone: str = "") -> SafeString:
    """A sign of Material Symbols; decoration, so screen readers pass it by."""
    return format_html('<span class="icon {}" aria-hidden="true">{}</span>', f"tone-{tone}" if tone else "", name)


@register.simple_tag
def chip(kind: str, state: str, label: str = "") -> SafeString:
    """A state as a chip: sign and word in its colour (chips.py)."""
    label_, tone, sign = chip_of(kind, state)
    return format_html(
        '<span class="chip tone-{}"><span class="icon" aria-hidden="true">{}</span>{}</span>',
        tone,
        sign,
        label or label_,
    )


@register.simple_tag
def verb_icon(verb: str) -> SafeString:
    """The sign of an entry of the log."""
    tone, sign = sign_of(verb)
    return format_html('<span class="sign tone-{}"><span class="icon" aria-hidden="true">{}</span></span>', tone, sign)


@register.filter
def ago(at: datetime | None) -> SafeString | str:
    """How long ago, with the exact time on hover. Kept fresh by live.js."""
    if at is None:
        return ""
    exact = at.astimezone(timezone.get_current_timezone())
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>',
        at.isoformat(timespec="seconds"),
        exact.strftime("%Y-%m-%d %H:%M:%S %Z"),
        in_words(timezone.now() - at),
    )


def in_words(age: timedelta) -> str:
    """ "just now", "5 min ago", "3 h ago", "12 d ago", "4 months ago"."""
    seconds = int(age.total_seconds())
    if seconds < 10:
        return "just now"
    for limit, unit, word in _STEPS:
        if seconds < limit:
            return f"{seconds // unit}{word} ago"
    months = seconds // (30 * 86_400)
    return f"{months} month{'s' if months > 1 else ''} ago" if months < 24 else f"{months // 12} years ago"


@register.filter
def lasted(seconds: float | None) -> str:
    """A length of time: "0.4 s", "12 s", "3 min 05 s", "2 h 10 min"."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


@register.filter
def short(digest: str) -> str:
    """The first characters of a hash."""
    return digest[:10]


@register.filter
def initials(name: str) -> str:
    """Two letters for a person's disc."""
    words = [word for word in name.replace("-", " ").replace("_", " ").replace(".", " ").split() if word]
    return ("".join(word[0] for word in words[:2]) or "?").upper()


@register.inclusion_tag("specflow/parts/colours.html", takes_context=True)
def colours(context: dict[str, Any]) -> dict[str, Any]:
    """The admin's colours as custom properties."""
    return {"colours": shell.colours(), "csp_nonce": context.get("csp_nonce", "")}


@register.inclusion_tag("specflow/parts/empty.html")
def empty(sign: str, title: str, hint: str = "") -> dict[str, str]:
    """What stands where there is nothing yet, and what to do about it."""
    return {"sign": sign, "title": title, "hint": hint}


@register.inclusion_tag("specflow/parts/fragment.html", takes_context=True)
def fragment(context: dict[str, Any], drawn: Any) -> dict[str, Any]:
    """A part of the page that draws itself again when one of its topics is heard (fragments.py)."""
    return {"drawn": drawn}

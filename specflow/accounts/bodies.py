"""What a body of REST is made of: JSON values taken as they are, or refused; nothing is trimmed, cast or ignored."""

from datetime import datetime
from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """A JSON string, exactly. What it may hold is judged by the action, with the same code at every door."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, "allow_blank": True, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON number without a fraction."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Number(serializers.FloatField):
    """A JSON number that fits a double."""

    def to_internal_value(self, data: Any) -> float:
        if not isinstance(data, int | float) or isinstance(data, bool) or abs(data) > 1e15:
            self.fail("invalid")
        return float(data)


class Moment(serializers.DateTimeField):
    """A time of RFC 3339; one at the calendar's edge would not survive the change to UTC."""

    def to_internal_value(self, value: Any) -> datetime:
        moment: datetime = super().to_internal_value(value)
        if not 1900 < moment.year < 9999:
            self.fail("overflow")
        return moment


class Body(serializers.Serializer[Any]):
    """An object of which only the declared members may be sent: what the server owns cannot be set (QUALITY 34)."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name[:100]: ["There is no such field."] for name in unknown[:20]})
        return super().to_internal_value(data)


class Nothing(Body):
    """An action that needs no body."""


def problems(errors: Any, path: str = "") -> list[dict[str, str]]:
    """A serializer's errors as `[{field, problem}]`, the field by its path (`api_spec.0.method`)."""
    if isinstance(errors, dict):
        pairs = [(str(name), value) for name, value in errors.items()]
    elif isinstance(errors, list) and any(isinstance(one, dict | list) for one in errors):
        pairs = [(str(index), value) for index, value in enumerate(errors)]
    else:
        found = errors if isinstance(errors, list) else [errors]
        return [{"field": path, "problem": str(one)} for one in found]
    parts = [(name if name != "non_field_errors" else "", value) for name, value in pairs]
    return [one for name, value in parts for one in problems(value, ".".join(filter(None, (path, name)))) if value]

"""A number with its noun, as sentences have it."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 spec`, `2 specs`, `0 criteria`; `plural` where it is not made with an s."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"

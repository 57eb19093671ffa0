"""Filters for mails: moments in the reader's language and time zone, as plain text."""

from textwrap import wrap

from django import template

from onboarding import moments

register = template.Library()
_WIDTH = 72


@register.filter
def quoted(text: str) -> str:
    """As somebody else's words in a plain mail, each line behind a “>”."""
    lines = (wrap(line, _WIDTH, break_long_words=False) or [""] for line in text.splitlines())
    return "\n".join(f"> {part}".rstrip() for line in lines for part in line)


register.filter("exact", moments.exact)
register.filter("day", moments.day)
register.filter("days_until", moments.days_until)
register.filter("relative", moments.relative)
register.filter("is_past", moments.is_past)

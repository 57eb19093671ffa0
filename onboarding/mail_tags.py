"""Filters for mails: moments in the reader's language and time zone, as plain text."""

from django import template

from onboarding import moments

register = template.Library()
register.filter("exact", moments.exact)
register.filter("day", moments.day)
register.filter("relative", moments.relative)

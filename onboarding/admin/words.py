"""Rows found by words of theirs: in PostgreSQL by an index over them, in SQLite by looking at all.

The indexes are a migration's own, for a model's would have to be one that SQLite knows, too. What
is indexed and what is asked must be the same expression, to the letter.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.sql.compiler import SQLCompiler

# What all topics have in common says nothing, and would be found in every row.
TOPIC = "com.apple.mgmt.External."
_TOPIC = re.compile(r"com\.apple\.mgmt\.(External\.?)?", re.IGNORECASE)
# These separate the words of a name, an address and a topic alike.
_SEPARATORS = "@.-_+/:,;&()'\"\\"
_SPLIT = re.compile(rf"[\s\0{re.escape(_SEPARATORS)}]+")
# Fewer letters begin too many words.
_LEAST = 3


def containing(rows: QuerySet[Any], term: str, *columns: str) -> Q:
    """Which of `rows` have each word of `term` in their columns; if none has, the last half typed.

    In SQLite each may be any part of a word. No row, if there is no word. Any: rows of any noun.
    """
    words = [word for word in _SPLIT.split(_TOPIC.sub(" ", term)) if word]
    if not words:
        return Q(pk__in=[])
    if connection.vendor != "postgresql":
        return Q(*(_anywhere(word, columns) for word in words))
    whole = Q(_HasWords(*columns, query=_whole(words)))
    # What begins with a common word may be nearly all, and is gathered before the rest is asked.
    if len(words[-1]) < _LEAST or _any_of(rows.filter(whole)):
        return whole
    return Q(_HasWords(*columns, query=f"{_whole(words)}:*"))


def _any_of(rows: QuerySet[Any]) -> bool:
    """By the index: for one row alone PostgreSQL would read the table until it comes by."""
    found, values = rows.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        # Django's own statement (S608); what was typed is among the values.
        cursor.execute(
            f"WITH found AS MATERIALIZED ({found}) SELECT EXISTS (SELECT FROM found)",  # noqa: S608
            values,
        )
        return bool(cursor.fetchone()[0])


def _anywhere(word: str, columns: Sequence[str]) -> Q:
    return Q(*((f"{column}__icontains", word) for column in columns), _connector=Q.OR)


class _HasWords(Func):
    output_field = BooleanField()

    def __init__(self, *columns: str, query: str) -> None:
        super().__init__(*map(F, columns))
        self._query = query

    def as_postgresql(self, compiler: SQLCompiler, _: Any) -> tuple[str, list[str]]:
        """Any: Django's connection."""
        columns = [compiler.compile(column)[0] for column in self.get_source_expressions()]
        text = " || ' ' || ".join(columns)
        separators, blanks = _SEPARATORS.replace("'", "''"), " " * len(_SEPARATORS)
        plain = f"translate(replace({text}, '{TOPIC}', ' '), '{separators}', '{blanks}')"
        return f"to_tsvector('simple', {plain}) @@ to_tsquery('simple', %s)", [self._query]


def _whole(words: Sequence[str]) -> str:
    """What `to_tsquery` reads; no word holds a quote or a backslash, for they separate words."""
    return " & ".join(f"'{word}'" for word in words)

"""Tables that a notebook shows of a project, a batch or a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]], note: str = "") -> str:
    """Return a table as HTML; its first column is text, the others stand to the right.

    Parameters
    ----------
    title
        Text above the table.
    headings
        One per column.
    rows
        Cells in the order of the headings.
    note
        Text below the table.
    """
    head = "".join(_cell("th", number, text) for number, text in enumerate(headings))
    body = "".join(f"<tr>{''.join(_cell('td', n, text) for n, text in enumerate(row))}</tr>" for row in rows)
    foot = f"<p><small>{escape(note)}</small></p>" if note else ""
    return f"<p><b>{escape(title)}</b></p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{foot}"


def _cell(kind: str, column: int, text: object) -> str:
    """Return one cell."""
    return f'<{kind} style="text-align:{"right" if column else "left"}">{escape(str(text))}</{kind}>'

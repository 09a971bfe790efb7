"""What a page's address asks the search for: words, filters, a place in the list; and addresses that ask a little differently. Pure.

Comes in: query parameters. Goes out: an `Asked`, of which `parse_query` takes text and filters, and links for facets, chips and pages.
Parameters are named as what people type before a colon (``lang country entity topic …``); unknown ones and empty values don't count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from pipeline.search.fields import FIELDS

MOST_LETTERS = 500
"""Of a query; nobody types more, and whoever sends more means harm."""
_MOST_VALUES = 20


@dataclass(frozen=True)
class Asked:
    """A search as an address asks for it. ``after``: the token of a further page."""

    text: str = ""
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    after: str | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing is asked for: the whole wire."""
        return not self.text and not self.filters

    @property
    def key(self) -> str:
        """The same for the same search."""
        return urlencode(sorted(self._pairs()))

    def chips(self) -> Iterator[tuple[str, str, str]]:
        """Each filter in force: its field, its value, the address without it."""
        for name, values in self.filters.items():
            for value in values:
                yield name, value, self.without(name, value).path()

    def having(self, name: str, value: str) -> Asked:
        """The same with one more filter; of times the new one alone counts."""
        before = () if name in ("since", "until") else self.filters.get(name, ())
        return replace(self, filters=self.filters | {name: tuple(dict.fromkeys((*before, value)))}, after=None)

    def without(self, name: str, value: str) -> Asked:
        """The same without a filter."""
        left = tuple(it for it in self.filters.get(name, ()) if it != value)
        others = {key: values for key, values in self.filters.items() if key != name}
        return replace(self, filters=others | ({name: left} if left else {}), after=None)

    def saying(self, instead_of: str, text: str) -> Asked:
        """The same with a piece of the words said otherwise."""
        return replace(self, text=self.text.replace(instead_of, text, 1), after=None)

    def timeless(self) -> Asked:
        """The same without times: for what is to hold from now on."""
        return replace(self, filters={k: v for k, v in self.filters.items() if k not in ("since", "until")}, after=None)

    def has(self, name: str, value: str) -> bool:
        """Whether the filter is in force."""
        return value in self.filters.get(name, ())

    def path(self, page: str = "/", **more: str) -> str:
        """The address that asks for this; ``more``: further parameters."""
        pairs = [*self._pairs(), *more.items()]
        return page + (f"?{urlencode(pairs)}" if pairs else "")

    def _pairs(self) -> list[tuple[str, str]]:
        text = [("q", self.text)] if self.text else []
        return text + [(name, value) for name, values in self.filters.items() for value in values]


def asked_of(parameters: QueryParams) -> Asked:
    """What the parameters ask for."""
    filters: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys(parameters):
        if name in FIELDS:
            values = [value.strip()[:MOST_LETTERS] for value in parameters.getlist(name)]
            if values := [value for value in values if value][:_MOST_VALUES]:
                filters[name] = tuple(dict.fromkeys(values))
    text = " ".join(parameters.get("q", "")[:MOST_LETTERS].split())
    return Asked(text, filters, parameters.get("after") or None)

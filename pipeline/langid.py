"""py3langid's model, whose unpacking takes half a second of processor beside which others can work.

Stands outside of `pipeline.enrich`, so that it can begin before that is imported.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_loading = threading.Lock()


def begin_loading() -> None:
    """Loads the model in a thread; who asks for it meanwhile waits for that."""
    threading.Thread(target=identifier, name="langid", daemon=True).start()


def identifier() -> LanguageIdentifier:
    """The model, loaded once."""
    with _loading:
        return _load()


@cache
def _load() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

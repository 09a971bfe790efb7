"""Entities of a story, from every source in the list below.

Comes in: a story whose language is known. Goes out: its entities, each once with all its mentions, offsets into the field.
"""

from __future__ import annotations

from pipeline.enrich.entities.linking import match_entities

__all__ = ["match_entities"]

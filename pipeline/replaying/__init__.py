"""Sending what came in through the pipeline again, with alerts muted unless asked: after a change of rules, words or lists.

`streams` sends what Kafka still holds, `stories` what the index or an archive holds, read anew, `files` raw copy from a folder. A repeat is
harmless: a story changes only where it is read otherwise now.
"""

from __future__ import annotations

from pipeline.replaying.streams import REPLAYED, read_stream, replay_stream

__all__ = ["REPLAYED", "read_stream", "replay_stream"]

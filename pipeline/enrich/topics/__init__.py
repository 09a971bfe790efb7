"""Topics of a story, by the rule files beside this module: one topic a file, the folder is the list.

Comes in: a story whose language is known. Goes out: its topics. `rules` reads the files, `judging` weighs their terms;
`schemas/topic.json` describes a file; a walk: docs/adding/topic.md.
"""

from __future__ import annotations

from functools import cache

from pipeline.enrich.loading import undisturbed
from pipeline.enrich.topics.judging import TopicMatcher
from pipeline.enrich.topics.rules import TopicRule, load_rules, load_words
from pipeline.story import Story, Topic


@cache
@undisturbed()
def _rules() -> tuple[TopicRule, ...]:
    return load_rules()


@cache
def _matcher() -> TopicMatcher:
    return TopicMatcher(_rules(), load_words())


def match_topics(story: Story) -> tuple[Topic, ...]:
    """The story's topics, best first; none where the language is unknown."""
    return _matcher().match(story)

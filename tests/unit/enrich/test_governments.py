"""Capitals that stand for their government, and those that are only places."""

from __future__ import annotations

import pytest

from pipeline.enrich.entities import match_entities
from pipeline.enrich.entities.governments import with_roles
from pipeline.story import Language, Story


def roles(language: str, body: str) -> dict[str, str]:
    """The role of each entity, by name."""
    story = Story(id="a:1", guid="1", provider="a", body=body, language=Language(code=language))
    return {entity.name: entity.role for entity in with_roles(match_entities(story, thorough=False).entities, story)}


@pytest.mark.parametrize(
    ("language", "body", "city"),
    [
        ("en", "Moscow said it would answer.", "Moscow"),
        ("en", "Beijing has condemned the move.", "Beijing"),
        ("de", "Peking warf Washington Erpressung vor.", "Beijing"),
        ("fr", "Moscou a dénoncé une provocation.", "Moscow"),
        ("es", "Moscú acusó a la OTAN.", "Moscow"),
        ("it", "Mosca accusa la Nato.", "Moscow"),
        ("pt", "Pequim rejeitou a acusação.", "Beijing"),
        ("nl", "Peking noemde dat onzin.", "Beijing"),
        ("pl", "Moskwa oskarżyła Zachód.", "Moscow"),
        ("ru", "Вашингтон обвинил компанию в шпионаже.", "Washington"),
        ("uk", "Вашингтон заявив про нові мита.", "Washington"),
        ("ar", "وقالت موسكو إنها سترد.", "Moscow"),
        ("tr", "Pekin yönetimi kararı kınadı.", "Beijing"),
        ("zh", "莫斯科方面对此表示遗憾。", "Moscow"),
        ("ja", "モスクワ側は関与を否定した。", "Moscow"),
    ],
)
def test_a_capital_that_acts_is_a_government(language: str, body: str, city: str) -> None:
    assert roles(language, body)[city] == "government"


@pytest.mark.parametrize(
    ("language", "body", "city"),
    [
        ("en", "The fair in Moscow opened on Monday.", "Moscow"),
        ("de", "In Peking regnete es am Montag.", "Beijing"),
        ("fr", "Il vit à Moscou depuis deux ans.", "Moscow"),
        ("ru", "В Вашингтоне прошёл дождь.", "Washington"),
        ("zh", "他住在莫斯科，喜欢滑冰。", "Moscow"),
    ],
)
def test_a_capital_where_something_happens_is_a_place(language: str, body: str, city: str) -> None:
    assert roles(language, body)[city] == ""

"""What each condition holds for and what it does not, and what it says of it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alerts.rules import Match, Reason, RuleBook, Verdict, explain, match, parse_rule
from pipeline.story import Entity, Language, ListHit, Mention, SanctionEvent, Story, Topic

HEADLINE = "EU setzt russische Banken auf die Sanktionsliste"
BODY = (
    "ByteDance und TikTok äußerten sich nicht. TikTok's Sprecher schwieg.\nDas Einfrieren von Vermögen gilt ab Montag."
)


def mention(text: str, nth: int = 0) -> Mention:
    start = -1
    for _ in range(nth + 1):
        start = BODY.index(text, start + 1)
    return Mention(field="body", start=start, end=start + len(text), text=text)


RUSSIA = Entity(id="Q159", name="Russia", type="place", source="gazetteer", countries=("RU",))
TIKTOK = Entity(
    id="Q48938223",
    name="TikTok",
    type="product",
    source="gazetteer",
    mentions=(mention("TikTok"), mention("TikTok", 1)),
)
BYTEDANCE = Entity(
    id="Q55606242",
    name="ByteDance",
    type="organisation",
    source="gazetteer",
    countries=("CN",),
    mentions=(mention("ByteDance"),),
)
BANK = Entity(id="x:nordbank", name="Nordbank Holding", type="organisation", source="names")
EVENT = SanctionEvent(
    key="EU:RU:impose",
    action="impose",
    status="announced",
    by=("Q8880",),
    targets=("Q159", "x:nordbank"),
    measures=("asset-freeze",),
    new=True,
    evidence=(mention("Einfrieren"),),
)
OLD = SanctionEvent(key="US:IR:impose", action="impose", status="in-force", background=True, new=False)
STORY = Story(
    id="aurora:1",
    guid="1",
    provider="aurora",
    headline=HEADLINE,
    body=BODY,
    genre="Analysis",
    keywords=("Sanktionen", "Banken"),
    urgency=3,
    received=datetime(2026, 11, 13, 21, 30, tzinfo=UTC),  # a Friday; 22:30 in Berlin
    language=Language(code="de", confidence=0.9),
    entities=(RUSSIA, TIKTOK, BYTEDANCE, BANK),
    topics=(
        Topic(id="tiktok", name="TikTok", score=0.8, source="rules", evidence=(mention("TikTok"),)),
        Topic(id="medtop:20000642", name="economic sanction", score=0.9, source="rules"),
    ),
    countries=("RU", "CN"),
    sanctions=(EVENT, OLD),
    listed=(
        ListHit(list="eu", list_id="7", name="Nordbank", score=0.9, programmes=("UKR",), mention=mention("ByteDance")),
    ),
)
BARE = Story(id="a:1", guid="1", provider="a")


def matched(when: str, story: Story = STORY) -> Match | None:
    """The match of a rule, which is the same in a book."""
    rule = parse_rule("a-rule", f"title: A rule\nwhen:\n  {when}\n")
    alone = match(rule, story)
    assert RuleBook([rule]).match(story) == ([alone] if alone else [])
    verdicts = explain(rule, story)
    assert all(verdict.holds for verdict in verdicts if verdict.depth == 0) == (alone is not None)
    assert all(verdict.why for verdict in verdicts)
    return alone


@pytest.mark.parametrize(
    ("when", "keys"),
    [
        ("topics: [tariff, TikTok]", {"topic:tiktok"}),
        ("topics: [medtop:20000642]", {"topic:medtop:20000642"}),
        ("entities: [Q1, ByteDance]", {"entity:Q55606242"}),
        ('entities: ["~nordbank  holding"]', {"entity:x:nordbank"}),
        ("entities: [TikTok, ByteDance]\n  mentions: {at_least: 2}", {"entity:Q48938223", "entity:Q55606242"}),
        ("countries: [US, CN]", {"country:CN"}),
        ("languages: [en, de]", {"language:de"}),
        ("providers: [aurora]", {"provider:aurora"}),
        ("genre: [analysis]", {"genre:analysis"}),
        ("keywords: [BANKEN, oil]", {"keyword:banken"}),
        ("urgency: 3", {"urgency:3"}),
        ('urgency: "<=3"', {"urgency:3"}),
        ('urgency: "<4"', {"urgency:3"}),
        ('urgency: ">=3"', {"urgency:3"}),
        ("confidence: 0.8", {"confidence:0.8"}),
        ("sanction: {}", {"event:EU:RU:impose"}),
        ("sanction: {background: true}", {"event:US:IR:impose"}),
        ("sanction: {action: impose, status: [announced], measures: [asset-freeze, vessels], new: true}", {"event:EU:RU:impose"}),
        ("sanction: {by: [EU], targets: [RU]}", {"event:EU:RU:impose"}),
        ("sanction: {by: [European Union], targets: [Russia]}", {"event:EU:RU:impose"}),
        ("sanction: {by: [European Commission]}", {"event:EU:RU:impose"}),
        ('sanction: {targets: ["~Nordbank Holding"]}', {"event:EU:RU:impose"}),
        ("listed: {}", {"listed:eu:7"}),
        ("listed: {list: [un, eu], programmes: [ukr], score: 0.9}", {"listed:eu:7"}),
        ('hours: {from: "22:00", to: "06:00", days: [fri], zone: Europe/Berlin}', {"hours:22:00-06:00 fri Europe/Berlin"}),
        ('hours: {from: "21:30", to: "21:31"}', {"hours:21:30-21:31 mon,tue,wed,thu,fri,sat,sun UTC"}),
        ("all: [{countries: [RU]}, {countries: [CN]}]", {"country:RU", "country:CN"}),
        ("any: [{countries: [RU]}, {topics: [tariff]}, {topics: [tiktok], languages: [de]}]", {"country:RU", "topic:tiktok", "language:de"}),
        ("none: [{countries: [US]}, {topics: [tiktok], languages: [en]}]", set()),
    ],
)  # fmt: skip
def test_a_condition_holds(when: str, keys: set[str]) -> None:
    found = matched(when)
    assert found is not None
    assert found.keys == keys


@pytest.mark.parametrize(
    "when",
    [
        "topics: [tariff]",
        "entities: [Q1]",
        'entities: ["~Nordbank"]',
        "entities: [TikTok]\n  mentions: {at_least: 3}",
        "countries: [US]",
        "languages: [en]",
        "providers: [meridian]",
        "genre: [feature]",
        "keywords: [bank]",
        "urgency: 2",
        'urgency: "<3"',
        'urgency: ">3"',
        "confidence: 0.95",
        "sanction: {action: [lift]}",
        "sanction: {status: [in-force]}",
        "sanction: {measures: [vessels]}",
        "sanction: {new: false}",
        "sanction: {by: [US]}",
        "sanction: {targets: [IR]}",
        "sanction: {by: [EU], targets: [IR], background: true}",
        'sanction: {targets: ["~TikTok"]}',
        "listed: {list: [un]}",
        "listed: {programmes: [DPRK]}",
        "listed: {score: 0.95}",
        'hours: {from: "22:00", to: "06:00"}',
        'hours: {from: "22:00", to: "06:00", days: [sat], zone: Europe/Berlin}',
        'hours: {from: "08:00", to: "21:30"}',
        "all: [{countries: [RU]}, {countries: [US]}]",
        "any: [{countries: [US]}, {topics: [tiktok], languages: [en]}]",
        "none: [{countries: [US]}, {topics: [tiktok]}]",
    ],
)
def test_a_condition_does_not_hold(when: str) -> None:
    assert matched(when) is None


@pytest.mark.parametrize(
    "when", ['urgency: ">=1"', 'hours: {from: "00:00", to: "00:00"}', "sanction: {}", "listed: {}"]
)
def test_a_story_that_does_not_say_never_fits(when: str) -> None:
    assert matched(when, BARE) is None


def test_the_hours_after_midnight_belong_to_the_day_before() -> None:
    late = msgspec.structs.replace(STORY, received=datetime(2026, 11, 14, 3, tzinfo=UTC))  # Saturday, 3:00
    assert matched('hours: {from: "22:00", to: "06:00", days: [fri]}', late)
    assert not matched('hours: {from: "22:00", to: "06:00", days: [sat]}', late)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tiktok", ["TikTok"]),
        ("tik", None),
        ("tik*", ["Tik"]),
        ("BYTEDANCE schwieg", ["ByteDance", "schwieg"]),
        ("bytedance tencent", None),
        ("tencent OR tiktok OR schwieg", ["TikTok", "schwieg"]),
        ("tiktok AND NOT tencent", ["TikTok"]),
        ("tiktok AND NOT schwieg", None),
        ("+tiktok -schwieg", None),
        ("(tencent OR tiktok) AND schwieg", ["TikTok", "schwieg"]),
        ('"einfrieren von vermögen"', ["Einfrieren von Vermögen"]),
        ('"vermögen einfrieren"', None),
        ('"TikTok’s Sprecher"', ["TikTok's Sprecher"]),
        ("headline:sanktionsliste", ["Sanktionsliste"]),
        ("body:sanktionsliste", None),
        ("headline:(banken OR tiktok)", ["Banken"]),
        ("headline:(tiktok OR bytedance)", None),
        ("banken tiktok", ["Banken", "TikTok"]),
        ("NOT tencent", []),
    ],
)
def test_a_query_finds_words(query: str, found: list[str] | None) -> None:
    got = matched(f"text: '{query.replace(chr(39), chr(39) * 2)}'")
    assert (got is None) == (found is None)
    for reason in got.reasons if got else ():
        assert reason.mention is not None
        assert getattr(STORY, reason.mention.field)[reason.mention.start : reason.mention.end] == reason.what
    assert [reason.what for reason in got.reasons] == found if got else found is None


@pytest.mark.parametrize(
    ("language", "body", "query", "holds"),
    [
        ("zh", "美国对中国企业实施制裁措施", "制裁", True),
        ("ja", "政府は追加制裁を決めた", "制裁", True),
        ("ja", "新しいタイトルを発表", "タイ", False),
        ("ar", "فرضت واشنطن عقوبات والعقوبات جديدة", "العقوبات", True),
        ("ru", "Совет ввёл санкции", "ввел санкц*", True),
        ("ru", "Совет ввёл санкции", "санкция", False),
        ("tr", "İran'a yaptırım", "iran'a", True),
    ],
)
def test_a_query_reads_every_script(language: str, body: str, query: str, holds: bool) -> None:
    told = Story(id="a:1", guid="1", provider="a", body=body, language=Language(code=language))
    assert (matched(f'text: "{query}"', told) is not None) == holds


def test_a_match_says_why_in_words() -> None:
    found = matched("sanction: {new: true}\n  topics: [tiktok]\n  listed: {}")
    assert found is not None
    assert found.events == (EVENT,)
    assert found.hits == STORY.listed
    assert found.reasons == (
        Reason("sanction", "EU imposes on RU: asset-freeze", mention("Einfrieren"), "event:EU:RU:impose"),
        Reason("topics", "TikTok", mention("TikTok"), "topic:tiktok"),
        Reason("listed", "Nordbank on eu (0.90)", mention("ByteDance"), "listed:eu:7"),
    )


def test_only_new_events_are_what_an_event_rule_is_about() -> None:
    told = msgspec.structs.replace(
        STORY, sanctions=(EVENT, msgspec.structs.replace(EVENT, key="EU:BY:impose", new=False))
    )
    by_event = matched("all: [{sanction: {new: true}}, {sanction: {by: [EU]}}]", told)
    by_story = matched("sanction: {by: [EU]}", told)
    assert by_event is not None
    assert by_story is not None
    assert [event.key for event in by_event.events] == ["EU:RU:impose"]
    assert [event.key for event in by_story.events] == ["EU:RU:impose", "EU:BY:impose"]


def test_what_asks_for_other_stories_is_left_to_the_caller() -> None:
    burst = matched("topics: [tiktok]\n  burst: {stories: 5, within: 30m}")
    assert burst is not None
    assert (burst.needs, burst.terms) == (("burst",), ())
    new = matched("new_term: {of: organisations, with: tiktok}")
    assert new is not None
    assert new.needs == ("new_term",)
    assert [term.key for term in new.terms] == ["entity:Q55606242", "entity:x:nordbank"]
    assert [term.key for term in getattr(matched("new_term: {of: countries}"), "terms", ())] == [
        "country:RU",
        "country:CN",
    ]
    assert matched("topics: [tiktok]").needs == ()  # type: ignore[union-attr]  # it matches


@pytest.mark.parametrize("when", ["new_term: {of: people}", "new_term: {of: entities, with: tariff}"])
def test_a_story_that_names_none_of_the_kind_does_not_match(when: str) -> None:
    assert matched(when) is None


def test_an_explanation_goes_through_the_conditions() -> None:
    rule = parse_rule(
        "a-rule",
        """
title: A rule
when:
  topics: [tariff]
  any:
    - {countries: [RU]}
    - {languages: [en], urgency: 1}
  sanction: {action: [lift], targets: [RU]}
  text: tiktok AND NOT tencent
  burst: {stories: 3, within: 1h}
""",
    )
    assert explain(rule, STORY) == [
        Verdict("topics", False, "wanted tariff; the story has TikTok, economic sanction"),
        Verdict("any", True, "1 of 2 holds"),
        Verdict("countries", True, "RU", 1),
        Verdict("all", False, "0 of 2 hold", 1),
        Verdict("languages", False, "wanted en; the story has de", 2),
        Verdict("urgency", False, "wanted 1, the story has 3", 2),
        Verdict(
            "sanction",
            False,
            "no event fits: EU imposes on RU: asset-freeze (action); "
            "US imposes on IR (in-force) (action, background, targets)",
        ),
        Verdict("text", True, "TikTok"),
        Verdict("all", True, "2 of 2 hold", 1),
        Verdict("word", True, "tiktok in the body", 2),
        Verdict("none", True, "0 of 1 hold", 2),
        Verdict("word", False, "tencent is not there", 3),
        Verdict("burst", True, "once there are 3 matching stories within 1h"),
    ]


def test_a_book_keeps_the_order_and_leaves_out_what_is_disabled() -> None:
    def rule(name: str, when: str, rest: str = "") -> str:
        return f"title: {name}\nwhen: {{{when}}}\n{rest}"

    texts = {
        "z": rule("z", "topics: [tiktok]"),
        "off": rule("off", "topics: [tiktok]", "enabled: false"),
        "none": rule("none", "none: [{languages: [en]}]"),
        "a": rule("a", "countries: [RU]"),
        "no": rule("no", "countries: [US]"),
    }
    book = RuleBook(parse_rule(name, text) for name, text in texts.items())
    assert len(book) == 4
    assert [found.rule.name for found in book.match(STORY)] == ["z", "none", "a"]


EVERYTHING = [
    parse_rule(f"rule-{number}", f"title: A rule\nwhen: {when}")
    for number, when in enumerate(
        [
            "{topics: [tiktok]}",
            '{entities: [TikTok, "~Nordbank"], mentions: {at_least: 1}}',
            "{any: [{text: '制裁 OR sanction* OR \"asset freeze\"'}, {none: [{text: 'headline:a* OR NOT b'}]}]}".replace(
                "a*", "ab*"
            ),
            '{sanction: {by: [EU], targets: ["~x"]}, keywords: [a], genre: [b]}',
            "{new_term: {of: entities}, hours: {from: '08:00', to: '18:00'}}",
        ]
    )
]


@given(headline=st.text(max_size=60), body=st.text(max_size=300), name=st.text(max_size=20), key=st.text(max_size=20))
def test_any_text_can_be_matched(headline: str, body: str, name: str, key: str) -> None:
    told = msgspec.structs.replace(
        STORY,
        headline=headline,
        body=body,
        genre=name,
        keywords=(name,),
        entities=(Entity(id=name, name=name, type="other", source="x"),),
        sanctions=(msgspec.structs.replace(EVENT, key=key),),
    )
    found = RuleBook(EVERYTHING).match(told)
    assert found == [it for rule in EVERYTHING if (it := match(rule, told)) is not None]
    assert all(explain(rule, told) for rule in EVERYTHING)

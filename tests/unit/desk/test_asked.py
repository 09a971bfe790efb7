"""What an address asks for, and addresses that ask a little differently."""

from __future__ import annotations

from starlette.datastructures import QueryParams

from pipeline.desk.asked import Asked, asked_of


def test_words_and_filters_are_read_and_the_rest_left() -> None:
    asked = asked_of(QueryParams("q=Xi++Jinping&lang=zh&lang=ru&lang=&color=red&after=abc"))
    assert asked == Asked("Xi Jinping", {"lang": ("zh", "ru")}, "abc")
    assert asked_of(QueryParams(asked.path()[2:])) == Asked("Xi Jinping", {"lang": ("zh", "ru")})


def test_a_filter_is_added_and_taken_away_and_the_list_begins_anew() -> None:
    asked = Asked("sanctions", {"lang": ("de",)}, "page-two")
    assert asked.having("lang", "fr").path() == "/?q=sanctions&lang=de&lang=fr"
    assert asked.having("lang", "de").path() == "/?q=sanctions&lang=de"
    assert asked.without("lang", "de").path() == "/?q=sanctions"
    assert asked.without("lang", "de").after is None


def test_a_time_takes_the_place_of_the_one_before() -> None:
    assert Asked(filters={"since": ("24h",)}).having("since", "3h").filters == {"since": ("3h",)}


def test_a_choice_is_said_in_place_of_the_ambiguous_name() -> None:
    assert Asked("Georgia vote in Georgia").saying("Georgia", "entity:Q230").text == "entity:Q230 vote in Georgia"


def test_values_of_the_wire_are_quoted_in_addresses() -> None:
    assert Asked().having("topic", 'a&b="c').path() == "/?topic=a%26b%3D%22c"


def test_what_nobody_would_type_is_cut() -> None:
    asked = asked_of(QueryParams([("q", "x" * 9000), *(("lang", str(n)) for n in range(900))]))
    assert len(asked.text) == 500
    assert len(asked.filters["lang"]) == 20


def test_a_rule_holds_from_now_on() -> None:
    assert Asked("x", {"since": ("7d",), "lang": ("de",)}).timeless() == Asked("x", {"lang": ("de",)})

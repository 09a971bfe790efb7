"""NewsML-G2: what the standard allows, what agencies do, what breaks."""

from __future__ import annotations

import pytest

from pipeline.story import Skipped, Story

from .reading import crossheads, items, people, reject, story

NS = 'xmlns="http://iptc.org/std/nar/2006-10-01/"'


def item(
    body: str = "<p>Text ist hier.</p>", *, content: str = "", meta: str = "", name: str = 'guid="g" version="2"'
) -> str:
    provider = '<provider qcode="nprov:AURORA"/><versionCreated>2026-01-01T00:00:00Z</versionCreated>'
    return (
        f"<newsItem {NS} {name}><itemMeta>{provider}{meta}</itemMeta><contentMeta>{content}</contentMeta><contentSet>"
        f'<inlineXML><html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html></inlineXML></contentSet></newsItem>'
    )


def message(*inner: str) -> str:
    return f"<newsMessage {NS}><itemSet>{''.join(inner)}</itemSet></newsMessage>"


def test_plain_damage_is_repaired_with_a_note() -> None:
    declared = '<?xml version="1.0" encoding="UTF-8"?>'
    for damaged in (
        (declared + item("<p>Grüße aus Bonn sind da.</p>")).encode("cp1252"),
        item("<p>Grüße\x01 aus&nbsp;Bonn sind&#0; da.</p>").encode(),
    ):
        found = story(damaged)
        assert found.body == "Grüße aus Bonn sind da."
        assert any("repaired" in note for note in found.notes)


def test_items_without_a_guid_stay_apart() -> None:
    first, second = items(message(item(name=""), item("<p>Zwei ist da.</p>", name="")))
    assert isinstance(first, Story)
    assert isinstance(second, Story)
    assert first.id != second.id


def test_creators_wrote_and_contributors_edited_and_agencies_are_no_people() -> None:
    found = story(
        item(
            content='<creator><name>Anna Weber</name></creator><creator type="cpnat:organisation"><name>Aurora</name></creator>'
            '<contributor role="crol:translator"><name>Bo Li</name></contributor>'
        )
    )
    assert people(found) == ["writer Anna Weber", "translator Bo Li"]


def test_an_embargo_that_cannot_be_read_stays_closed() -> None:
    assert story(item(meta="<embargoed>morgen</embargoed>")).embargoed == ""
    assert story(item(meta="<embargoed>2026-01-01T12:00:00+01:00</embargoed>")).embargoed == "2026-01-01T11:00:00Z"
    assert story(item()).embargoed is None


def test_nitf_tells_headline_byline_and_dateline() -> None:
    nitf = (
        f'<newsItem {NS} guid="n"><contentSet><inlineXML><nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body><body.head>'
        "<hedline><hl1>Kopf</hl1></hedline><byline>Von A B</byline><dateline>BONN</dateline></body.head><body.content>"
        "<p>Text steht hier.</p><hl2>Lage</hl2><p>Mehr.</p></body.content></body></nitf></inlineXML></contentSet></newsItem>"
    )
    found = story(nitf)
    assert (found.headline, found.byline, found.dateline) == ("Kopf", "Von A B", "BONN")
    assert found.body == "Text steht hier.\n\nLage\n\nMehr."
    assert crossheads(found) == ["Lage"]


def test_a_bold_line_is_a_crosshead_and_the_same_words_in_the_text_are_not() -> None:
    found = story(item("<p>Eins ist da.</p><p><b>Lage</b></p><p>Zwei.</p><p>Lage</p>"))
    assert [mention.start for mention in found.crossheads] == [14]


def test_prefixes_mean_nothing() -> None:
    text = item().replace("<newsItem xmlns=", "<x:newsItem xmlns:x=")
    for name in ("itemMeta", "contentMeta", "contentSet", "inlineXML", "provider", "versionCreated"):
        text = text.replace(f"<{name}", f"<x:{name}").replace(f"</{name}", f"</x:{name}")
    assert story(text.replace("</newsItem", "</x:newsItem")).id == "aurora:g"


@pytest.mark.parametrize(
    "copy",
    [
        f'<packageItem {NS} guid="p"/>',
        item(meta='<itemClass qcode="ninat:picture"/>'),
        f'<newsItem {NS} guid="r"><contentSet><remoteContent href="x"/></contentSet></newsItem>',
        message(),
    ],
    ids=["package", "picture", "remote", "empty message"],
)
def test_what_carries_no_text_is_skipped(copy: str) -> None:
    (found,) = items(copy)
    assert isinstance(found, Skipped)


@pytest.mark.parametrize(
    ("copy", "kind"),
    [
        (item("<div>" * 200 + "x" + "</div>" * 200), "bad-xml"),
        (item(name='guid="g" version="1.0"'), "bad-field"),
        (item(meta='<pubStatus qcode="stat:gone"/>'), "bad-field"),
        (f'<newsItem {NS} guid="g">…</newsItem>', "no-text"),
        ("<!DOCTYPE newsItem>" + item(), "bad-xml"),
    ],
)
def test_what_cannot_be_a_story_is_refused(copy: str, kind: str) -> None:
    assert reject(copy).kind == kind

"""NewsML-G2: what the standard allows, what agencies do, what breaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Reject
from pipeline.story import Skipped, Story

from .reading import crossheads, items, people, reject, story

CORPUS = Path(__file__).parent.parent.parent / "corpus"
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


# --- what agencies send ------------------------------------------------------------------------------------------------


def corpus(name: str) -> Story:
    return story((CORPUS / "newsml-g2" / name).read_bytes())


def test_an_agencys_correction_is_read_with_all_it_says() -> None:
    found = corpus("correction.de.xml")
    assert (found.version, found.urgency, found.located) == (3, 3, "Hamburg")
    assert found.headline == "(Korrektur) Drei Banken auf der Sanktionsliste"
    assert [(item.role, item.text) for item in found.headlines] == [("subheadline", "Hafenbanken betroffen")]
    assert (
        found.correction == "Berichtigung: Im zweiten Absatz wurde die Zahl der Banken korrigiert: drei (statt: vier)."
    )
    assert found.signals == ("correction", "mersig:isplanned")
    assert [(service.name, service.sequence) for service in found.services] == [("bdt", 626), ("wir", 114)]
    assert [subject.code for subject in found.subjects] == ["medtop:20000642", "mersub:wi", "medtop:04000000"]
    assert found.version_created is not None
    assert found.version_created.isoformat() == "2026-11-12T08:41:00+00:00"


def test_what_is_for_editors_stands_in_the_note_and_not_in_the_text() -> None:
    found = corpus("correction.de.xml")
    assert found.body.startswith("Hamburg (Meridian) - Der Rat hat")
    assert crossheads(found) == ["Konten gesperrt"]
    assert found.body.endswith("Bank | Sitz\nKontor Nord | Hamburg")
    assert found.ed_note is not None
    assert "Orte: Hafenamt, Kai 7" in found.ed_note.split("\n")


def test_codes_are_the_iptcs_whatever_alias_or_uri_stands_for_them() -> None:
    alias = '<catalog><scheme alias="mt" uri="http://cv.iptc.org/newscodes/mediatopic/"/></catalog>'
    content = '<subject qcode="mt:20000642"/><subject uri="http://cv.iptc.org/newscodes/mediatopic/20000639"/>'
    value = item(content=content).replace("<itemMeta>", f"{alias}<itemMeta>")
    assert [subject.code for subject in story(value).subjects] == ["medtop:20000642", "medtop:20000639"]


def test_a_status_under_another_alias_still_kills() -> None:
    alias = '<catalog><scheme alias="ps" uri="http://cv.iptc.org/newscodes/pubstatusg2/"/></catalog>'
    value = item(meta='<pubStatus qcode="ps:canceled"/>').replace("<itemMeta>", f"{alias}<itemMeta>")
    assert story(value).pubstatus == "canceled"


def test_items_of_a_message_come_on_its_channels() -> None:
    header = "<header><channel>UKI</channel><channel>TVS</channel></header>"
    value = message(item()).replace("<itemSet>", f"{header}<itemSet>")
    assert [service.name for service in story(value).services] == ["uki", "tvs"]


def test_items_that_a_package_brings_along_are_read() -> None:
    package = f'<packageItem {NS} guid="p" version="1"><groupSet root="g"><group id="g"><itemRef residref="g1"/></group></groupSet></packageItem>'
    skipped, found = items(message(package, item()))
    assert isinstance(skipped, Skipped)
    assert isinstance(found, Story)


def test_a_partners_copy_under_an_agencys_guid_is_the_agencys() -> None:
    value = item(name='guid="tag:ap.org,2026:abc" version="1"').replace("nprov:AURORA", "approviderid:z01122")
    assert story(value).provider == "ap"


def test_a_source_is_no_provider_where_the_guid_names_its_issuer() -> None:
    value = item(name='guid="urn:newsml:dpa.com:20260101:1" version="1"', content='<infoSource literal="Polizei"/>')
    assert story(value.replace('<provider qcode="nprov:AURORA"/>', "")).provider == "dpa"


def test_a_time_in_place_of_a_dateline_is_none() -> None:
    body = "<p>DAMASCUS (Aurora) - The ministers of two countries met there on Thursday.</p>"
    found = story(item(body, content="<dateline>2026-07-16 15:53:10 GMT+00:00</dateline>"))
    assert found.dateline == "DAMASCUS"


def test_a_byline_that_opens_the_text_is_not_told_twice() -> None:
    body = "<p>By Jane Doe</p><p>The ministers met.</p><h2>What they said</h2><p>They said nothing at all.</p>"
    found = story(item(body, content="<by>By Jane Doe</by>"))
    assert found.body.startswith("The ministers met.")
    assert crossheads(found) == ["What they said"]


def test_empty_elements_say_nothing() -> None:
    found = story(item(meta="<firstCreated/>", content="<urgency/>"))
    assert (found.first_created, found.urgency, found.notes) == (None, None, ())


def test_documents_one_behind_the_other_in_one_file_are_all_read() -> None:
    declared = '<?xml version="1.0" encoding="UTF-8"?>'
    last_item = item(name='guid="h"')
    first, broken, last = items(f"{declared}\n{item()}\n{declared}<newsItem {NS}>\n{declared}\n{last_item}")
    assert isinstance(first, Story)
    assert isinstance(broken, Reject)
    assert isinstance(last, Story)
    assert (first.guid, last.guid) == ("g", "h")


def test_an_xml_declaration_within_the_text_parts_nothing() -> None:
    quoted = "<p>Write <![CDATA[<?xml version='1.0'?>]]> above it, the editors of the agency said.</p>"
    assert story(f'<?xml version="1.0"?>{item(quoted)}').body.startswith("Write <?xml")

"""NITF: what the standard allows, what agencies put into its head, what breaks."""

from __future__ import annotations

import pytest

from pipeline.story import Story

from .reading import crossheads, items, reject, story

ISSUED = '<date.issue norm="20261104T080000Z"/>'


def document(
    docdata: str = "", *, status: str = "", head: str = "", top: str = "", body: str = "<p>Text is here.</p>"
) -> str:
    return (
        f'<nitf baselang="en"><head>{head}<docdata {status}><doc-id id-string="a.1" regsrc="AURORA"/>{docdata or ISSUED}'
        f"</docdata></head><body><body.head>{top}</body.head><body.content>{body}</body.content></body></nitf>"
    )


def test_identity_and_version() -> None:
    found = story(document('<du-key key="flood-north" version="3"/>'))
    assert (found.id, found.version, found.slugline) == ("aurora:a.1", 3, "flood-north")
    assert "version" in story(document()).derived


@pytest.mark.parametrize(
    ("given", "version", "guid", "number"),
    [
        ("NB5df9281a-a270-4dc5-a618-869bbc3bbca7_00", "1", "NB5df9281a-a270-4dc5-a618-869bbc3bbca7", 1),
        ("NB5df9281a-a270-4dc5-a618-869bbc3bbca7_01", "", "NB5df9281a-a270-4dc5-a618-869bbc3bbca7", 2),
        ("item-41-v7", "", "item-41", 7),
        ("20261104-0007", "7", "20261104-0007", 7),  # the number of the day, and by chance that of the version
    ],
)
def test_versions_of_a_document_are_one_story(given: str, version: str, guid: str, number: int) -> None:
    found = story(document(f'<du-key key="x" version="{version}"/>').replace("a.1", given))
    assert (found.guid, found.version) == (guid, number)


def test_the_head_of_the_body() -> None:
    found = story(
        document(
            top="<hedline><hl1>Ferry back in port</hl1><hl2>Nobody hurt</hl2></hedline>"
            "<byline>By<person>Ada Finn</person><byttl>Harbour Writer</byttl></byline>"
            "<dateline><location><city>Port Amsel</city><state>North</state></location>"
            '<story.date norm="20261104T080000Z">November 4</story.date></dateline>'
            '<note type="npa"><body.content><p>Picture follows.</p></body.content></note>'
        )
    )
    assert (found.headline, found.headlines[0].text, found.headlines[0].role) == (
        "Ferry back in port",
        "Nobody hurt",
        "sub",
    )
    assert found.byline == "By Ada Finn, Harbour Writer"
    assert (found.dateline, found.located, found.dateline_date) == (
        "Port Amsel, North, November 4",
        "Port Amsel",
        "2026-11-04",
    )
    assert found.ed_note == "Picture follows."


def test_a_date_for_machines_is_no_dateline() -> None:
    top = '<dateline><story.date norm="20261104T080000+0000">20261104T080000+0000</story.date></dateline>'
    assert story(document(top=top)).dateline is None


def test_the_text_keeps_crossheads_and_tables_and_loses_captions_and_notes_to_editors() -> None:
    found = story(
        document(
            body="<block><p>The ferry <num>2</num> is back.</p><note type='npa'><p>Figures follow.</p></note><hl2>Third fire</hl2>"
            "<p>Nobody was hurt.</p></block><table><tr><td>Amsel</td><td>1</td></tr><tr><td>Drossel</td><td>2</td></tr></table>"
            "<media><media-caption>The ferry.</media-caption></media>"
        )
    )
    assert found.body == "The ferry 2 is back.\n\nThird fire\n\nNobody was hurt.\n\nAmsel | 1\nDrossel | 2"
    assert crossheads(found) == ["Third fire"]
    assert found.ed_note == "Figures follow."


def test_lines_that_a_teleprinter_broke_are_joined_and_verses_are_not() -> None:
    wrapped = "The ministry said on Wednesday that the northern harbour,<br/>which had been closed for weeks, would open on Friday morning<br/>again."
    assert "harbour, which" in story(document(body=f"<p>{wrapped}</p>")).body
    assert story(document(body="<p>Roses are red<br/>Violets are blue</p>")).body == "Roses are red\nViolets are blue"


def test_an_item_of_an_abstract_alone_has_its_text_there() -> None:
    assert story(document(top="<abstract><p>All of it.</p></abstract>", body="")).body == "All of it."


def test_subjects_and_keywords() -> None:
    found = story(
        document(
            f'{ISSUED}<key-list><keyword key="ferry"/><keyword>Port</keyword></key-list><identified-content>'
            '<classifier type="desk" value="sea"/><person>Kari Lund</person></identified-content>',
            head='<tobject><tobject.property tobject.property.type="Current"/><tobject.subject tobject.subject.refnum="11002000" '
            'tobject.subject.type="politics" tobject.subject.matter="diplomacy"/><tobject.subject tobject.subject.ipr="AUR" '
            'tobject.subject.refnum="A1"/></tobject>',
        )
    )
    assert [(it.code, it.name) for it in found.subjects] == [
        ("subj:11002000", "diplomacy"),
        ("AUR:A1", None),
        ("desk:sea", "sea"),
        ("Kari Lund", "Kari Lund"),
        ("medtop:20000639", None),
    ]
    assert (found.keywords, found.genre, found.language.declared) == (("ferry", "Port"), "Current", "en")


def test_what_agencies_say_in_meta() -> None:
    meta = {"anpa-keyword": "Ferry", "anpa-service": "a", "anpa-sequence": "1747", "keywords": "sea, fire"}
    found = story(document(head="".join(f'<meta name="{name}" content="{value}"/>' for name, value in meta.items())))
    assert (found.slugline, found.keywords) == ("Ferry", ("sea", "fire"))
    assert [(it.name, it.sequence) for it in found.services] == [("a", 1747)]


def test_notes_rights_and_corrections() -> None:
    found = story(
        document(
            f'{ISSUED}<ed-msg info="New in paragraph two"/><correction info="It was the Amsel"/>'
            '<doc.copyright year="2026" holder="Aurora"/><doc.rights limitations="no archives"/>'
        )
    )
    assert (found.ed_note, found.correction, found.signals) == (
        "New in paragraph two",
        "It was the Amsel",
        ("correction",),
    )
    assert (found.copyright, found.usage_terms) == ("© 2026 Aurora", "no archives")


@pytest.mark.parametrize(
    ("status", "release", "expected"),
    [
        ("embargoed", "20261105T060000+0100", "2026-11-05T05:00:00Z"),
        ("embargoed", "", ""),
        ("embargoed", "YYYYMMDD", ""),
        ("usable", "20261105T060000Z", "2026-11-05T06:00:00Z"),
        ("usable", "20261104T080000Z", None),
        ("usable", "YYYYMMDD", None),
    ],
)
def test_embargoes(status: str, release: str, expected: str | None) -> None:
    found = story(document(f'{ISSUED}<date.release norm="{release}"/>', status=f'management-status="{status}"'))
    assert (found.pubstatus, found.embargoed) == ("usable", expected)


def test_a_kill_of_itself_and_of_another() -> None:
    assert story(document(status='management-status="canceled"')).pubstatus == "canceled"
    other = 'management-doc-idref="a.0" management-idref-status="canceled"'
    own, kill = items(document(status=other))
    assert isinstance(own, Story)
    assert isinstance(kill, Story)
    assert (own.guid, own.pubstatus) == ("a.1", "usable")
    assert (kill.id, kill.pubstatus, kill.body) == ("aurora:a.0", "canceled", "")
    assert story(document(status=other, body="")).guid == "a.0"
    assert len(items(document(status='management-doc-idref="a.0" management-idref-status="usable"'))) == 1


@pytest.mark.parametrize(
    ("top", "docdata", "provider"),
    [
        ("", '<doc-id id-string="7" regsrc="Aurora"/>', "aurora"),
        ("<distributor><org>Agencia Solaria</org></distributor>", '<doc-id id-string="7"/>', "agencia-solaria"),
        ("", '<doc-id id-string="7"/><del-list><from-src src-name="PA" level-number="1"/></del-list>', "pa"),
        ("", '<doc-id id-string="7"/><doc.copyright holder="Aurora"/>', "aurora"),
        ("", f'<doc-id id-string="7"/><doc.copyright holder="{"All rights are reserved. " * 9}"/>', "unknown"),
    ],
)
def test_who_a_document_is_from(top: str, docdata: str, provider: str) -> None:
    copy = document(f"{ISSUED}{docdata}", top=top).replace('<doc-id id-string="a.1" regsrc="AURORA"/>', "")
    assert story(copy).provider == provider


@pytest.mark.parametrize(("given", "urgency"), [("1", 1), ("8", 8), ("0", None), ("high", None), ("", None)])
def test_urgency(given: str, urgency: int | None) -> None:
    found = story(document(f'{ISSUED}<urgency ed-urg="{given}"/>'))
    assert (found.urgency, bool(found.notes)) == (urgency, bool(given) and urgency is None)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE nitf SYSTEM "../dtd/nitf-3-2.dtd">',
        '<?xml version="1.0"?><!-- desk: <p> --><!DOCTYPE nitf PUBLIC "-//IPTC//DTD NITF 3.0//EN" "nitf.dtd">',
        '<!DOCTYPE nitf PUBLIC "-//IPTC//DTD NITF 3.0//EN">',
    ],
)
def test_the_standards_doctype_is_passed_over(doctype: str) -> None:
    assert story(f"{doctype}{document(body='<p>Gr&uuml;n is here.</p>')}").body == "Grün is here."
    assert story(f"{doctype}{document()}".encode("utf-16")).guid == "a.1"


@pytest.mark.parametrize(
    "subset",
    ['<!ENTITY x "y">', '<!ENTITY x SYSTEM "file:///etc/passwd">', '<!ENTITY % p "q">', '<!ATTLIST p id ID "1">'],
)
def test_a_doctype_with_declarations_of_its_own_is_refused(subset: str) -> None:
    assert reject(f"<!DOCTYPE nitf [{subset}]>{document()}").kind == "bad-xml"


def test_prefixes_and_namespaces_mean_nothing() -> None:
    namespaced = document().replace("<nitf ", '<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/" ')
    other = document().replace("<nitf ", '<nitf xmlns:iptc="http://iptc.org/std/nar/2006-10-01/" ')
    assert story(namespaced).guid == story(other).guid == "a.1"
    assert (story(namespaced).format, story(other).format) == ("nitf", "nitf")


def test_utf_8_that_says_latin_1_is_read_as_what_it_is() -> None:
    found = story('<?xml version="1.0" encoding="iso-8859-1"?>' + document(body="<p>Kjøpmann på øya.</p>"))
    assert found.body == "Kjøpmann på øya."
    assert found.notes == ("declared as iso-8859-1, read as UTF-8",)


@pytest.mark.parametrize(
    ("copy", "kind"),
    [
        (document(status='management-status="gone"'), "bad-field"),
        (document(body=""), "no-text"),
        (document()[:-30], "bad-xml"),
        (document(body="<block>" * 200 + "x" + "</block>" * 200), "bad-xml"),
    ],
)
def test_what_cannot_be_a_story_is_refused(copy: str, kind: str) -> None:
    assert reject(copy).kind == kind


@pytest.mark.parametrize(("note", "signals"), [("Eds: UPDATES: with scores", ("update",)), ("Updates follow", ())])
def test_what_a_note_to_editors_opens_with(note: str, signals: tuple[str, ...]) -> None:
    assert story(document(f'{ISSUED}<ed-msg info="{note}"/>')).signals == signals

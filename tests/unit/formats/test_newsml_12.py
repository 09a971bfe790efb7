"""NewsML 1.2: what the standard allows, what agencies do, what breaks."""

from __future__ import annotations

import pytest

from pipeline.story import Skipped, Story

from .reading import crossheads, items, people, reject, story

MANAGEMENT = (
    "<FirstCreated>20261104T080000+0000</FirstCreated><ThisRevisionCreated>20261104T090000+0000</ThisRevisionCreated>"
)
USABLE = '<Status FormalName="Usable"/>'


def identification(item: str = "I1", revision: str = "2", *, public: str = "", provider: str = "aurora.example") -> str:
    return (
        f"<Identification><NewsIdentifier><ProviderId>{provider}</ProviderId><DateId>20261104</DateId><NewsItemId>{item}"
        f'</NewsItemId><RevisionId PreviousRevision="1" Update="N">{revision}</RevisionId><PublicIdentifier>{public}'
        "</PublicIdentifier></NewsIdentifier><NameLabel>Norland-ferry</NameLabel></Identification>"
    )


def content(
    data: str = "<nitf><body><body.content><p>Text is here.</p></body.content></body></nitf>", about: str = ""
) -> str:
    return f"<ContentItem>{about}<DataContent>{data}</DataContent></ContentItem>"


def component(inner: str, role: str = "", attributes: str = "") -> str:
    named = f'<Role FormalName="{role}"/>' if role else ""
    return f"<NewsComponent {attributes}>{named}{inner}</NewsComponent>"


def item(components: str = "", *, management: str = USABLE, identity: str = "") -> str:
    return (
        f"<NewsItem>{identity or identification()}<NewsManagement>{MANAGEMENT}{management}</NewsManagement>"
        f"{components or component(content())}</NewsItem>"
    )


def newsml(*inner: str, envelope: str = "") -> str:
    return f'<NewsML Version="1.2"><NewsEnvelope>{envelope}</NewsEnvelope>{"".join(inner)}</NewsML>'


def lines(inner: str) -> str:
    return newsml(item(component(f"<NewsLines>{inner}</NewsLines>{content()}")))


def described(inner: str) -> str:
    return newsml(item(component(f"<DescriptiveMetadata>{inner}</DescriptiveMetadata>{content()}")))


# --- identity ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "guid", "version"),
    [
        (identification(), "urn:newsml:aurora.example:20261104:I1", 2),
        (identification(public="urn:newsml:aurora.example:20261104:I1:2N"), "urn:newsml:aurora.example:20261104:I1", 2),
        # the identifier without the revision, the constant identifier, and the item's id with its revision in it
        (identification(public="urn:newsml:aurora.example:20261104:I1"), "urn:newsml:aurora.example:20261104:I1", 2),
        (identification(public="urn:newsml:www.aurora.example"), "urn:newsml:aurora.example:20261104:I1", 2),
        (
            identification("I1-v2", public="urn:newsml:aurora.example:20261104:I1:2"),
            "urn:newsml:aurora.example:20261104:I1",
            2,
        ),
    ],
)
def test_the_guid_is_the_same_for_all_revisions(identity: str, guid: str, version: int) -> None:
    found = story(newsml(item(identity=identity)))
    assert (found.guid, found.version) == (guid, version)
    assert "version" not in found.derived


def test_items_without_an_id_stay_apart() -> None:
    envelope = "<TransmissionId>0007</TransmissionId><NewsService FormalName='W'/>"
    nameless = [item(component(content(f"Text {number} is here.")), identity=identification("0")) for number in (1, 2)]
    first, second = items(newsml(*nameless, envelope=envelope))
    assert isinstance(first, Story)
    assert isinstance(second, Story)
    assert first.id != second.id


@pytest.mark.parametrize("revision", ["", "0", "first"])
def test_a_revision_that_is_none_orders_nothing(revision: str) -> None:
    found = story(newsml(item(identity=identification(revision=revision))))
    assert found.version == 1
    assert "version" in found.derived


def test_services_and_the_number_of_the_transmission() -> None:
    envelope = (
        '<TransmissionId>0235</TransmissionId><NewsService FormalName="WIRE"/><NewsProduct FormalName="EUW"/>'
        '<NewsProduct FormalName=""/>'
    )
    found = story(newsml(item(), envelope=envelope))
    assert [(it.name, it.sequence) for it in found.services] == [("wire", 235), ("euw", None)]
    stamped = envelope.replace("0235", "20261104123731041")
    assert story(newsml(item(), envelope=stamped)).services[0].sequence is None


# --- the text ----------------------------------------------------------------------------------------------------------

PICTURE = component(
    '<ContentItem Href="a.jpg"><MediaType FormalName="Photo"/></ContentItem>'
    + content("The ferry in port.", '<MediaType FormalName="Text"/>'),
    "Caption",
)


@pytest.mark.parametrize(
    "components",
    [
        component(content()),
        component(component(content(), "Main") + PICTURE, ""),
        component(PICTURE + component(content(), "Body")),
        component(component(content("Short of it."), "Summary") + component(content(), "Body")),
        component(
            component(content(".a {b: c}", '<MimeType FormalName="text/css"/>'), "StyleSheet")
            + component(content(), "Body")
        ),
        component(component(content(), "Original")),
        component(component(content("Text is"), "Lead") + component(content("<p>here.</p>"), "Body")),
        component(component(content("<p>Text is here.</p>") + content("Another rendition."), "Main")),
    ],
    ids=["alone", "main", "body", "summary", "stylesheet", "own role", "lead", "renditions"],
)
def test_the_main_text_is_found_among_components(components: str) -> None:
    assert story(newsml(item(components))).body.replace("\n\n", " ") == "Text is here."


@pytest.mark.parametrize(
    "data",
    [
        "<html xmlns='http://www.w3.org/1999/xhtml'><body><p>One is here.</p><h2>Two</h2><p>Three is here.</p></body></html>",
        "<p>One is here.</p><p><b>Two</b></p><p>Three is here.</p>",
        "<![CDATA[<P>One is here.</P><P><B>Two</B></P><P>Three is here.</P>]]>",
        "&lt;p&gt;One is here.&lt;/p&gt;&lt;h2&gt;Two&lt;/h2&gt;&lt;p&gt;Three is here.&lt;/p&gt;",
        "<![CDATA[<nitf><body><body.content><p>One is here.</p><hl2>Two</hl2><p>Three is here.</p></body.content></body></nitf>]]>",
    ],
    ids=["xhtml", "paragraphs", "cdata", "escaped", "escaped nitf"],
)
def test_every_way_to_write_a_body(data: str) -> None:
    found = story(newsml(item(component(content(data)))))
    assert found.body == "One is here.\n\nTwo\n\nThree is here."
    assert crossheads(found) == ["Two"]


def test_text_with_stray_tags_keeps_its_paragraphs() -> None:
    found = story(newsml(item(component(content("Jan &lt;b&gt;Lund&lt;/b&gt; won.\n\n     He is 40.")))))
    assert found.body == "Jan Lund won.\n\nHe is 40."


def test_lines_set_in_begin_paragraphs() -> None:
    lines = (
        "<p>   The ministry said on Wednesday that the northern harbour would",
        "open again on Friday after weeks of work on its eastern pier.",
        "   Ferries had gone to the southern harbour since the storm of May,",
        "which had sunk two boats.</p>",
    )
    about = '<MimeType FormalName="text/plain"/>'
    found = story(newsml(item(component(content(f"<![CDATA[{chr(10).join(lines)}]]>", about)))))
    assert [paragraph.split()[0] for paragraph in found.body.split("\n\n")] == ["The", "Ferries"]
    assert "\n" not in found.body.replace("\n\n", "")


def test_text_said_to_be_plain_keeps_its_angle_brackets() -> None:
    about = '<MimeType FormalName="text/plain"/>'
    assert story(newsml(item(component(content("Write &lt;b&gt; for bold.", about))))).body == "Write <b> for bold."


# --- lines and metadata ------------------------------------------------------------------------------------------------


def test_lines() -> None:
    found = story(
        lines(
            "<HeadLine>Ferry back</HeadLine><HeadLine>The ferry is back in port</HeadLine><SubHeadLine>Nobody hurt</SubHeadLine>"
            "<ByLine>By Ada Finn</ByLine><DateLine>Port Amsel, Nov 4 (Aurora) -</DateLine><SlugLine>FERRY</SlugLine>"
            "<CopyrightLine>(c) Aurora</CopyrightLine><RightsLine>No archives</RightsLine><KeywordLine>sea;fire</KeywordLine>"
        )
    )
    assert (found.headline, found.slugline, found.byline) == ("Ferry back", "FERRY", "By Ada Finn")
    assert [(it.text, it.role) for it in found.headlines] == [
        ("The ferry is back in port", None),
        ("Nobody hurt", "sub"),
    ]
    assert (found.copyright, found.usage_terms, found.keywords) == ("(c) Aurora", "No archives", ("sea", "fire"))
    assert (found.dateline_date, found.located) == ("2026-11-04", "Port Amsel")


@pytest.mark.parametrize(
    ("advisory", "signals", "correction"),
    [
        ("CORRECTS tariff to 15, not 50", ("correction",), "CORRECTS tariff to 15, not 50"),
        ("RECASTS, adds reaction", ("update",), None),
        ("Correct spelling matters to them", (), None),
    ],
)
def test_lines_to_editors(advisory: str, signals: tuple[str, ...], correction: str | None) -> None:
    found = story(
        lines(
            f'<NewsLine><NewsLineType FormalName="AdvisoryLine"/><NewsLineText>{advisory}</NewsLineText></NewsLine>'
            '<NewsLine><NewsLineType FormalName="AdvisoryLine"/><NewsLineText>Picture follows</NewsLineText></NewsLine>'
        )
    )
    assert found.ed_note == f"{advisory}\nPicture follows"
    assert (found.signals, found.correction) == (signals, correction)


def test_the_name_label_stands_in_for_a_slugline() -> None:
    assert story(newsml(item())).slugline == "Norland-ferry"


def test_lines_around_the_text_count_where_it_has_none() -> None:
    inner = component("<NewsLines><HeadLine>Near</HeadLine></NewsLines>" + component(content(), "Body"))
    found = story(
        newsml(item(component(f"<NewsLines><HeadLine>Far</HeadLine><ByLine>A B</ByLine></NewsLines>{inner}")))
    )
    assert (found.headline, found.byline) == ("Near", "A B")


def test_descriptions() -> None:
    found = story(
        described(
            '<Language FormalName="fr"/><Genre FormalName="Article"/><Genre FormalName="Update"/>'
            '<SubjectCode><Subject FormalName="16000000" cat="UNR"/></SubjectCode><SubjectCode><SubjectMatter FormalName="16002000"/>'
            '<SubjectDetail FormalName="16002000"/><Subject FormalName="ECO"/><Subject FormalName=""/></SubjectCode>'
            '<Location HowPresent="Event"><Property FormalName="City" Value="Oslo"/></Location>'
            '<Location HowPresent="Origin"><Property FormalName="City" Value="Bergen"/></Location>'
            '<Property FormalName="Keyword" Value="sea"/><Property FormalName="GeneratorSoftware" Value="x"/>'
        )
    )
    codes = [subject.code for subject in found.subjects]
    assert codes == ["subj:16000000", "subj:16002000", "ECO", "medtop:16000000", "medtop:20000056"]
    assert (found.language.declared, found.genre, found.signals) == ("fr", "Article", ("update",))
    assert (found.located, found.keywords) == ("Bergen", ("sea",))


def test_creators_are_people_and_initials_and_agencies_are_none() -> None:
    names = ("Ada Finn", "af", "Aurora News")
    creators = "".join(f'<Creator><Party FormalName="{name}"/></Creator>' for name in names)
    metadata = f'<AdministrativeMetadata><Provider><Party FormalName="Aurora News"/></Provider>{creators}</AdministrativeMetadata>'
    assert people(story(newsml(item(component(metadata + content()))))) == ["writer Ada Finn"]


# --- status ------------------------------------------------------------------------------------------------------------

CHANGE = (
    '<Status FormalName="Embargoed"/><StatusWillChange><FutureStatus FormalName="{}"/><DateAndTime>{}</DateAndTime>'
    "</StatusWillChange>"
)


@pytest.mark.parametrize(
    ("management", "expected"),
    [
        (CHANGE.format("Usable", "20261105T060000+0100"), "2026-11-05T05:00:00Z"),
        (CHANGE.format("Usable", "tomorrow"), ""),
        (CHANGE.format("Canceled", "20261105T060000+0100"), ""),
        ('<Status FormalName="EMBARGOED"/>', ""),
        (USABLE, None),
        ("", None),
    ],
)
def test_embargoes(management: str, expected: str | None) -> None:
    found = story(newsml(item(management=management)))
    assert (found.pubstatus, found.embargoed) == ("usable", expected)


def test_a_kill_needs_no_text() -> None:
    kill = f'<NewsItem>{identification(revision="3")}<NewsManagement><Status FormalName="Canceled"/></NewsManagement></NewsItem>'
    before, after = story(newsml(item())), story(newsml(kill))
    assert (after.pubstatus, after.version) == ("canceled", 3)
    assert before.id == after.id
    assert story(newsml(item(management='<Status FormalName="Withheld"/>'))).pubstatus == "withheld"


@pytest.mark.parametrize("word", ["Correction", "Rectify"])
def test_an_instruction_to_correct(word: str) -> None:
    found = story(newsml(item(management=f'{USABLE}<Instruction FormalName="{word}"/>')))
    assert (found.signals, found.correction, found.ed_note) == (("correction",), "", None)
    assert (
        story(newsml(item(management=f'{USABLE}<Instruction FormalName="Photo follows"/>'))).ed_note == "Photo follows"
    )


@pytest.mark.parametrize(
    ("given", "urgency"), [('FormalName="4"', 4), ('FormalName="high"', None), ('FormalName=""', None)]
)
def test_urgency(given: str, urgency: int | None) -> None:
    assert story(newsml(item(management=f"{USABLE}<Urgency {given}/>"))).urgency == urgency


def test_times_without_a_zone_are_those_of_the_provider() -> None:
    stamped = item(identity=identification(provider="afp.com")).replace("+0000", "")
    assert str(story(newsml(stamped)).version_created) == "2026-11-04 08:00:00+00:00"


# --- several items, and none -------------------------------------------------------------------------------------------


def test_a_bad_item_costs_only_itself_and_a_package_gives_its_items() -> None:
    bad = item(management='<Status FormalName="Gone"/>')
    package = f"<NewsItem>{identification('P')}<NewsComponent>{item(identity=identification('I2'))}</NewsComponent></NewsItem>"
    found = items(newsml(item(), bad, package))
    assert [type(it).__name__ for it in found] == ["Story", "Reject", "Skipped", "Story"]


@pytest.mark.parametrize(
    "copy",
    [
        newsml(item(PICTURE)),
        newsml(item(component('<ContentItem Href="text.xml"/>'))),
        newsml(f"<NewsItem>{identification()}<TopicSet/></NewsItem>"),
        newsml(),
    ],
    ids=["picture", "remote", "topics", "empty"],
)
def test_what_carries_no_text_is_skipped(copy: str) -> None:
    (found,) = items(copy)
    assert isinstance(found, Skipped)


UPDATE = '<Update IDREF="p2"><Delete DuidRef="p3"/></Update>'


@pytest.mark.parametrize(
    ("copy", "kind"),
    [
        (newsml(item(management='<Status FormalName="Gone"/>')), "bad-field"),
        (newsml(item(UPDATE).replace('Update="N"', 'Update="U"')), "no-text"),
        (newsml(item("<Comment/>").replace('Update="N"', 'Update="A"')), "no-text"),
        (newsml(item("<Comment/>", management='<Status FormalName="Withheld"/>')), "no-text"),
        (newsml(item(component("<NewsComponent>" * 300 + "</NewsComponent>" * 300))), "bad-xml"),
        (newsml(item())[:-20], "bad-xml"),
        (f'<!DOCTYPE NewsML [<!ENTITY x "y">]>{newsml(item())}', "bad-xml"),
    ],
    ids=["status", "changes", "management", "withheld", "deep", "cut", "entity"],
)
def test_what_cannot_be_a_story_is_refused(copy: str, kind: str) -> None:
    assert reject(copy).kind == kind


def test_the_doctype_that_calls_in_nitfs_is_passed_over() -> None:
    doctype = (
        '<!DOCTYPE NewsML PUBLIC "urn:newsml:iptc.org:20031010:NewsMLv1.2.dtd:1" "NewsML-1.2.dtd"\n'
        '[<!ENTITY % nitf SYSTEM "nitf-3-0.dtd"> %nitf; ]>'
    )
    assert story(f"{doctype}{newsml(item())}").format == "newsml-1.2"


def test_namespaces_mean_nothing() -> None:
    copy = newsml(item()).replace("<NewsML ", '<NewsML xmlns="http://iptc.org/std/NewsML/2003-10-10/" ')
    assert story(copy).body == "Text is here."

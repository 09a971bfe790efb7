"""The official files, in their published shape with invented people, give listings."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Reject
from pipeline.screening.importers import read_publication
from pipeline.screening.listing import ListedName

LISTS = Path(__file__).parent.parent.parent / "lists"


@pytest.mark.parametrize(
    ("file", "list_", "list_id"),
    [
        ("ofac-sdn.xml", "ofac-sdn", "90001"),
        ("csv/sdn.csv", "ofac-sdn", "90001"),
        ("eu.xml", "eu", "EU.9001.1"),
        ("eu.csv", "eu", "EU.9001.1"),
        ("uk.xml", "uk", "RUS9001"),
        ("uk.csv", "uk", "RUS9001"),
        ("conlist.xml", "uk", "19001"),
        ("targets.simple.csv", "opensanctions", "NK-test1"),
        ("entities.ftm.json", "opensanctions", "NK-test1"),
    ],
)
def test_file_tells_who_is_listed(file: str, list_: str, list_id: str) -> None:
    publication = read_publication(LISTS / file)
    assert publication.list == list_
    person = next(listing for listing in publication.listings if listing.list_id == list_id)
    assert (person.list, person.kind, person.countries, person.born) == (list_, "person", ("RU",), (1961,))
    assert person.name.casefold() in ("ruslan testovsky", "ruslan ibragimovich testovsky")
    assert person.programmes


def test_un_list_gives_people_and_groups() -> None:
    publication = read_publication(LISTS / "un.xml")
    person, group = publication.listings
    assert publication.published == "2026-03-14"
    assert (person.name, person.countries, person.born) == ("SALIM TESTAWI", ("CD",), (1971,))
    assert ListedName("سليم تستاوي") in person.names
    assert ListedName("Commander Zero", weak=True) in person.names
    assert (group.kind, group.name, group.countries) == ("organisation", "MOVEMENT OF TESTING", ("YE",))


def test_ofac_csv_takes_aliases_from_the_file_beside_it() -> None:
    person, firm = read_publication(LISTS / "csv" / "sdn.csv").listings
    assert ListedName("Rouslan TESTOVSKI") in person.names
    assert firm.programmes == ("RUSSIA-EO14024", "IFSR")


def test_only_the_sanctioned_count_of_followthemoney_entities() -> None:
    assert [it.list_id for it in read_publication(LISTS / "entities.ftm.json").listings] == ["NK-test1"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"hello", "none of the known files"),
        (b"", "none of the known files"),
        (b"<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL>", "broken XML"),
        (b"<CONSOLIDATED_LIST></CONSOLIDATED_LIST>", "no listing"),
        (b'{"schema": "Person"}\n{"schema', "line 2"),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "list"
    file.write_bytes(content)
    with pytest.raises(Reject, match=reason):
        read_publication(file)


def test_entities_and_doctypes_are_not_followed(tmp_path: Path) -> None:
    file = tmp_path / "un.xml"
    file.write_bytes(
        b'<!DOCTYPE CONSOLIDATED_LIST [<!ENTITY x SYSTEM "file:///etc/passwd">]><CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL>'
        b"<DATAID>1</DATAID><FIRST_NAME>&x;</FIRST_NAME></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"
    )
    with pytest.raises(Reject, match="DOCTYPE"):
        read_publication(file)

"""A story as an editor reads it; and stories that mean harm."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageOf, feed, fresh, story, until
from tests.conftest import Pipeline

SANCTIONS = story(
    "eu-by",
    "EU imposes sanctions on Belarus potash firm",
    "The European Union imposed economic sanctions on Belaruskali on Monday and froze its assets.\n\n"
    "Minister Alexander Lukashenko condemned the move.",
    version=1,
    urgency=2,
)
MENDED = SANCTIONS | {"version": 2, "body": SANCTIONS["body"].replace("Minister", "President")}


@pytest.fixture(scope="module", autouse=True)
def stories(wire: Pipeline) -> None:
    """What is there when the desk opens."""
    feed(wire, SANCTIONS)
    wire.settle()
    feed(wire, MENDED)
    wire.settle()


def test_what_was_found_is_told_on_hover_and_focus(page: Page, desk_url: str) -> None:
    page.goto(f"{desk_url}/story/aurora:eu-by")
    page.locator(".text .m.person", has_text="Alexander Lukashenko").hover()
    expect(page.get_by_role("tooltip")).to_contain_text("Alexander Lukashenko · person")
    expect(page.get_by_role("tooltip")).to_contain_text("gazetteer")
    expect(page.locator(".card.lit")).to_contain_text("Alexander Lukashenko")
    page.mouse.move(2, 2)
    expect(page.get_by_role("tooltip")).to_be_hidden()
    page.keyboard.press("e")
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert page.evaluate("document.activeElement.matches('.m')")
    page.locator(".card", has_text="Belaruskali").last.hover()
    expect(page.locator(".text .m.lit", has_text="Belaruskali")).to_be_visible()


def test_layers_of_marks_are_switched_off_and_stay_off(page: Page, desk_url: str) -> None:
    page.goto(f"{desk_url}/story/aurora:eu-by")
    page.locator("[data-layer=entity]").uncheck()
    page.reload()
    expect(page.locator("[data-layer=entity]")).not_to_be_checked()
    line = page.locator(".text .m.person").first.evaluate("it => getComputedStyle(it).textDecorationLine")
    assert line == "none"


def test_sanctions_versions_and_the_way_are_shown(page: Page, desk_url: str) -> None:
    page.goto(f"{desk_url}/story/aurora:eu-by")
    card = page.locator(".card.sanction").first
    expect(card).to_contain_text("European Union")
    expect(card).to_contain_text("Belarus")
    expect(card).to_contain_text("impose")
    expect(page.locator(".versions del")).to_have_text("Minister")
    expect(page.locator(".versions ins")).to_have_text("President")
    for step in ("Received", "Read", "Enriched", "Indexed"):
        expect(page.locator(".trace")).to_contain_text(step)


def test_the_raw_copy_of_the_newest_version_is_found(page: Page, desk_url: str) -> None:
    page.goto(f"{desk_url}/story/aurora:eu-by")
    page.get_by_role("link", name="Raw copy").click()
    expect(page.locator("pre.bytes")).to_contain_text('"guid": "eu-by"')
    expect(page.locator("pre.bytes")).to_contain_text("President Alexander Lukashenko")


def test_a_killed_story_says_so_first(page: Page, desk_url: str, wire: Pipeline) -> None:
    guid = fresh("killed")
    feed(wire, story(guid, "Wrong story", version=1))
    feed(wire, story(guid, "Wrong story", version=2, pubstatus="canceled", ed_note="The minister did not resign"))
    wire.settle()
    page.goto(f"{desk_url}/story/aurora:{guid}")
    expect(page.locator(".status.bad")).to_contain_text("Killed.")
    expect(page.locator(".status.bad")).to_contain_text("The minister did not resign")


def test_a_story_that_is_not_there_is_told(page: Page, desk_url: str) -> None:
    answer = page.goto(f"{desk_url}/story/aurora:no-such-story")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator("main")).to_contain_text("There is no story aurora:no-such-story")


EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)>\u202ereversed\u202c " onmouseover="alert(3)" \'{{7*7}}'


def test_a_hostile_story_is_text_and_nothing_else(page: Page, desk_url: str, wire: Pipeline) -> None:
    guid = fresh("evil")
    hostile = story(
        guid,
        EVIL,
        f"{EVIL}\n\njavascript:alert(4) \u2066turned\u2069 {'A' * 1_000_000}",
        byline='<b onclick="alert(5)">Bob</b>',
        slugline="'\"><svg onload=alert(6)>",
        ed_note="<iframe src=javascript:alert(7)>",
    )
    page.goto(desk_url)
    until(page, "document.querySelector('[data-pause-text]')?.textContent === 'Live'")
    feed(wire, hostile)
    arrived = page.locator(f'.row[data-id="aurora:{guid}"]')
    expect(arrived).to_be_visible()
    assert "<script>alert(1)</script>" in arrived.locator(".headline").inner_text()
    assert "\u202e" not in arrived.inner_text()
    arrived.hover()
    arrived.locator(".headline a").click()
    expect(page.locator(".copy h1 .unseen").first).to_have_text("202E")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    assert page.locator("main script, main iframe, main svg, main img, main b").count() == 0
    assert page.locator("main a[href^='javascript:']").count() == 0
    length = page.evaluate("document.querySelector('#text').textContent.length")
    assert length < 30_000
    page.get_by_role("link", name="Show all").click()
    until(page, "document.querySelector('#text').textContent.length > 1000000", seconds=30)
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    page.goto(f"{desk_url}/raw/aurora:{guid}")
    expect(page.locator("pre.bytes")).to_contain_text("<script>alert(1)</script>")


def test_a_hostile_address_asks_for_nothing_but_text(page: Page, desk_url: str) -> None:
    for path in (
        '/?q="><script>alert(1)</script>',
        "/?lang=<svg onload=alert(2)>",
        "/story/<img src=x onerror=alert(3)>",
    ):
        page.goto(desk_url + path)
        assert page.locator("main script, main svg[onload], main img").count() == 0


def test_the_page_reads_on_a_phone(page_of: PageOf, desk_url: str) -> None:
    page = page_of(width=390, height=844, has_touch=True)
    page.goto(f"{desk_url}/story/aurora:eu-by")
    box = page.locator(".copy h1").bounding_box()
    assert box is not None
    assert box["width"] > 340

"""The wire as an editor uses it: searching, watching stories come in, moving by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PageOf, feed, fresh, story, until
from tests.conftest import Pipeline

LIVE = "document.querySelector('[data-pause-text]')?.textContent === 'Live'"
CHINESE = story("zh-1", "习近平谈制裁", "中国国家主席习近平星期二表示，坚决反对美国实施的经济制裁。", language="zh")
GERMAN = story(
    "de-1", "EU verhängt Sanktionen gegen Belarus", "Die EU verhängte Sanktionen gegen Minsk.", language="de"
)
PERSIAN = story(
    "fa-1", "اروپا تحریم‌های تازه‌ای علیه ایران اعمال کرد", "اتحادیه اروپا تحریم‌های تازه‌ای علیه ایران اعمال کرد."
)
FOOTBALL = story("en-1", "Minnows win the cup", "The minnows won the cup on Saturday after extra time.")


@pytest.fixture(scope="module", autouse=True)
def stories(wire: Pipeline) -> None:
    """What is there when the desk opens."""
    feed(wire, CHINESE, GERMAN, PERSIAN, FOOTBALL)
    wire.settle()


def row(page: Page, guid: str) -> str:
    return f'.row[data-id="aurora:{guid}"]'


def open_wire(page: Page, desk_url: str, path: str = "/") -> None:
    page.goto(desk_url + path)
    until(page, LIVE)


def test_a_name_and_a_topic_find_stories_in_other_languages(page: Page, desk_url: str) -> None:
    open_wire(page, desk_url)
    page.keyboard.press("/")
    page.keyboard.type("Xi Jinping sanctions")
    page.keyboard.press("Enter")
    expect(page.locator("#rows .headline").first).to_have_text("习近平谈制裁")
    expect(page.locator("#rows .row")).to_have_count(1)
    expect(page.locator(".chip.understood").first).to_contain_text("Xi Jinping")
    expect(page.locator(".snippet mark").first).to_be_visible()
    assert "q=Xi%20Jinping%20sanctions" in page.url
    page.go_back()
    expect(page.locator(row(page, "en-1"))).to_be_visible()


def test_suggestions_come_as_one_types_and_are_taken_by_keys(page: Page, desk_url: str) -> None:
    open_wire(page, desk_url)
    page.locator("#q").press_sequentially("xi ji", delay=20)
    expect(page.get_by_role("option").first).to_contain_text("Xi Jinping")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#q")).to_have_value(re.compile("Xi Jinping "))
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()


def test_a_story_arrives_is_unread_changes_in_its_place_and_is_struck_out(
    page: Page, desk_url: str, wire: Pipeline
) -> None:
    guid = fresh("live")
    open_wire(page, desk_url)
    feed(wire, story(guid, "Blast near embassy", version=1, urgency=1))
    arrived = page.locator(row(page, guid))
    expect(arrived).to_have_class(re.compile("unread"))
    expect(arrived.locator(".urgency")).to_have_text("1")
    assert page.title().startswith("(1) ")
    feed(wire, story(guid, "Blast near embassy hurts four", version=2, urgency=1))
    expect(arrived.locator(".headline")).to_have_text("Blast near embassy hurts four")
    expect(arrived.locator(".mark", has_text="v2")).to_be_visible()
    expect(arrived).to_have_count(1)
    page.keyboard.press("r")
    assert not page.title().startswith("(")
    feed(wire, story(guid, "KILL: Blast near embassy", version=3, pubstatus="canceled"))
    expect(arrived).to_have_class(re.compile("killed"))
    expect(arrived).to_have_count(1)


def test_a_search_is_live_for_what_fits_it_alone(page: Page, desk_url: str, wire: Pipeline) -> None:
    fits, other = fresh("fits"), fresh("other")
    open_wire(page, desk_url, "/?q=sorghum&lang=en")
    expect(page.locator("#empty")).to_be_visible()
    feed(
        wire,
        story(other, "Cup final goes to penalties"),
        story(fits, "Sorghum prices rise after a dry summer in the south", language="en"),
    )
    expect(page.locator(row(page, fits))).to_be_visible()
    expect(page.locator(row(page, other))).to_have_count(0)
    expect(page.locator("#empty")).to_have_count(0)


def test_a_pause_holds_what_comes_and_counts_it(page: Page, desk_url: str, wire: Pipeline) -> None:
    guid = fresh("held")
    open_wire(page, desk_url)
    page.keyboard.press("p")
    feed(wire, story(guid, "Minister resigns"))
    expect(page.locator("[data-pause-text]")).to_have_text("Paused · 1 waiting")
    expect(page.locator(row(page, guid))).to_have_count(0)
    page.keyboard.press("p")
    expect(page.locator(row(page, guid))).to_be_visible()


def test_the_desk_is_moved_through_by_keys(page: Page, desk_url: str) -> None:
    open_wire(page, desk_url)
    rows = page.locator("#rows .row")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_have_class(re.compile("current"))
    page.keyboard.press("j")
    expect(rows.nth(1)).to_have_class(re.compile("current"))
    page.keyboard.press("k")
    expect(rows.nth(0)).to_have_class(re.compile("current"))
    headline = rows.nth(0).locator(".headline").inner_text()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("o")
    expect(page.locator(".copy h1")).to_have_text(headline)
    page.keyboard.press("g")
    page.keyboard.press("w")
    expect(page.locator("#rows")).to_be_visible()


def test_filters_are_set_and_taken_off_by_clicks(page: Page, desk_url: str) -> None:
    open_wire(page, desk_url)
    page.locator(".facet a", has_text="German").click()
    expect(page.locator("#rows .row")).to_have_count(1)
    expect(page.locator(row(page, "de-1"))).to_be_visible()
    page.locator(".chips .chip.on").click()
    expect(page.locator(row(page, "zh-1"))).to_be_visible()


def test_a_search_becomes_an_alert_rule(page: Page, desk_url: str) -> None:
    open_wire(page, desk_url, "/?q=Belarus+sanctions&lang=de")
    page.get_by_text("Save as alert rule").click()
    expect(page.locator("#sheet .yaml")).to_contain_text("title: Belarus sanctions")
    page.keyboard.press("Escape")
    expect(page.locator("#sheet")).to_be_hidden()


def test_right_to_left_is_right(page: Page, desk_url: str) -> None:
    open_wire(page, desk_url)
    headline = page.locator(f"{row(page, 'fa-1')} .headline a")
    assert headline.evaluate("it => getComputedStyle(it).direction") == "rtl"
    assert headline.get_attribute("lang") == "fa"
    headline.click()
    assert page.locator(".text p").first.evaluate("it => getComputedStyle(it).direction") == "rtl"


def test_the_chosen_story_is_read_beside_the_list_on_a_wide_screen(page_of: PageOf, desk_url: str) -> None:
    page = page_of(width=1920, height=1080)
    open_wire(page, desk_url, "/?q=Minnows")
    page.locator(f"{row(page, 'en-1')} .headline a").click()
    expect(page.locator("#reader .copy h1")).to_have_text("Minnows win the cup")
    assert page.url.endswith("/?q=Minnows")


def test_the_theme_is_kept(page: Page, desk_url: str) -> None:
    open_wire(page, desk_url)
    page.locator("[data-theme-toggle]").click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("width", [390, 1366, 1920])
def test_nothing_is_wider_than_the_screen(page_of: PageOf, desk_url: str, width: int) -> None:
    page = page_of(width=width, height=800)
    for path in ("/", "/?q=sanctions", "/story/aurora:zh-1", "/story/aurora:fa-1", "/raw/aurora:zh-1", "/nothing"):
        page.goto(desk_url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_it_can_be_read_without_scripts(page_of: PageOf, desk_url: str) -> None:
    page = page_of(java_script_enabled=False)
    page.goto(f"{desk_url}/?q=sanctions")
    page.locator("#rows .headline a").first.click()
    expect(page.locator(".copy .text")).to_be_visible()
    page.locator("#q").fill("minnows")
    page.locator(".search button").click()
    expect(page.locator("#rows .headline")).to_have_text("Minnows win the cup")

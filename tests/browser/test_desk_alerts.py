"""Alerts, rules and dead letters as an editor handles them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from pipeline.feeds.files import Copy
from tests.browser.conftest import PageOf, feed, fresh, story, until
from tests.conftest import Pipeline

LIVE = "document.querySelector('[data-line-text]')?.textContent === 'Live' && !document.querySelector('[data-line]').hidden"
TIKTOK = "TikTok faces a ban on government phones in Canada"
BODY = "Canada banned TikTok on all government phones on Monday, its treasury minister said, citing national security."


def open_inbox(page: Page, desk_url: str, path: str = "/alerts?rule=tiktok") -> None:
    page.goto(desk_url + path)
    until(page, LIVE)


def alert_of(page: Page, headline: str) -> Locator:
    return page.locator(".row.alert", has_text=headline)


@pytest.fixture(scope="module", autouse=True)
def alerts(wire: Pipeline) -> None:
    """What the desk was told of before it opens."""
    feed(wire, *(story(f"before-{n}", f"{TIKTOK}, report {n}", BODY) for n in range(3)))
    wire.settle()


def test_an_alert_arrives_live_and_is_text_only(page: Page, desk_url: str, wire: Pipeline) -> None:
    open_inbox(page, desk_url)
    headline = f"TikTok <img src=x onerror=alert(1)> {fresh('live')}"
    feed(wire, story(fresh("live"), headline, BODY))
    expect(alert_of(page, headline)).to_be_visible()
    expect(alert_of(page, headline)).to_contain_text("first report")
    expect(page.locator(".row.alert img")).to_have_count(0)
    expect(page).to_have_title(re.compile(r"^\(\d+\) Alerts"))
    expect(page.locator("[data-open-alerts]")).to_be_visible()


def test_alerts_are_acknowledged_by_keys_and_others_see_it_live(page: Page, page_of: PageOf, desk_url: str) -> None:
    open_inbox(page, desk_url)
    other = page_of()
    open_inbox(other, desk_url)
    before = page.locator(".row.alert:not(.seen)").count()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-picked]")).to_have_text("2 selected")
    page.keyboard.press("n")
    page.keyboard.type("told Ottawa")
    page.keyboard.press("Enter")
    expect(page.locator(".row.seen")).to_have_count(2)
    expect(page.locator(".row.seen").first).to_contain_text("Seen by desk")
    expect(page.locator(".row.seen").first).to_contain_text("told Ottawa")
    expect(other.locator(".row.seen")).to_have_count(2)
    page.reload()
    expect(page.locator(".row.alert")).to_have_count(before - 2)


def test_an_alert_says_why_and_where_it_went(page: Page, desk_url: str) -> None:
    open_inbox(page, desk_url, "/alerts?rule=tiktok&show=all")
    alert_of(page, f"{TIKTOK}, report 0").locator(".headline a").click()
    expect(page.locator("h1")).to_have_text(f"{TIKTOK}, report 0")
    expect(page.locator(".quote .m").first).to_have_text("TikTok")
    expect(page.locator(".table.deliveries")).to_contain_text("log")
    expect(page.locator(".trace")).to_contain_text("Alert made")
    page.locator(".below").scroll_into_view_if_needed()
    expect(page.locator(".answer.yes", has_text="TikTok")).to_be_visible()
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile(r"/story/aurora"))


def test_a_recall_marks_the_alert_where_it_stands(page: Page, desk_url: str, wire: Pipeline) -> None:
    guid = fresh("killed")
    headline = f"{TIKTOK} by mistake {guid}"
    feed(wire, story(guid, headline, BODY))
    wire.settle()
    open_inbox(page, desk_url)
    expect(alert_of(page, headline)).to_have_count(1)
    kill = {"version": 2, "pubstatus": "canceled", "ed_note": "Withdrawn: no such ban."}
    feed(wire, story(guid, headline, "", **kill))
    expect(page.locator(".row.recall", has_text=headline)).to_contain_text("Withdrawn: no such ban.")
    recalled = page.locator(".row.recalled", has_text=headline)
    expect(recalled.locator("a.mark.bad")).to_have_text("recalled")
    recalled.locator("a.mark.bad").click()
    expect(page.locator(".status.bad")).to_contain_text("Recall of an alert before")


def test_a_draft_is_checked_and_rehearsed_and_nothing_is_kept(page: Page, desk_url: str) -> None:
    page.goto(f"{desk_url}/rules")
    expect(page.locator(".rule-row", has_text="New sanctions")).to_contain_text("about each new event")
    page.get_by_role("link", name="Try a new rule").click()
    page.fill("#text", "title: Canada\nwhen:\n  topics: [no such topic]\n")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#findings")).to_contain_text("Line 3")
    expect(page.locator(".numbers li.bad")).to_have_count(1)
    page.fill("#text", "title: Canada\nwhen:\n  topics: [tiktok]\nthrottle: {at_most: 5, every: 1h}\n")
    page.click("#rehearse")
    expect(page.locator("#findings")).to_contain_text("at most 5 in 1 hour")
    expect(page.locator(".rehearsed .row", has_text=f"{TIKTOK}, report 1")).to_be_visible()
    expect(page.locator("#findings svg rect.s1").first).to_be_attached()
    page.goto(f"{desk_url}/rules")
    expect(page.locator(".rule-row", has_text="Canada")).to_have_count(0)


def test_a_dead_letter_is_shown_and_sent_back(page: Page, desk_url: str, wire: Pipeline) -> None:
    source = f"{fresh('broken')}.xml"
    wire.feed(Copy(b"<newsItem><b onload=alert(1)>never closed", source, "application/xml"))
    wire.settle()
    page.goto(f"{desk_url}/pipeline/dead")
    letters = page.locator(".letters tbody tr", has_text=source)
    expect(letters).to_have_count(1)
    letters.locator("a").click()
    expect(page.locator("pre.bytes")).to_have_text("<newsItem><b onload=alert(1)>never closed")
    page.get_by_role("link", name="As hex").click()
    expect(page.locator("pre.hex")).to_contain_text("3c 6e 65 77 73")
    page.get_by_role("button", name="Replay").click()
    expect(page.locator(".status.good")).to_contain_text("Sent back 1 message")
    wire.settle()
    page.reload()
    expect(letters).to_have_count(2)  # still broken, it came back


def test_the_pipeline_shows_what_came_and_refreshes_without_closing(page: Page, desk_url: str) -> None:
    page.goto(f"{desk_url}/pipeline")
    expect(page.locator("#throughput")).to_contain_text("Stories a minute")
    expect(page.locator("#lag tbody tr")).to_have_count(3)
    page.click("#minutes-table summary")
    page.evaluate("document.getElementById('figures').dataset.old = '1'")
    until(page, "!document.getElementById('figures').dataset.old", seconds=30)  # it asks every ten
    until(page, "document.getElementById('minutes-table').open")


@pytest.mark.parametrize(
    "path", ["/alerts?show=all", "/rules", "/rules/tiktok", "/draft", "/pipeline", "/pipeline/dead"]
)
def test_no_page_is_wider_than_a_phone(page_of: PageOf, desk_url: str, path: str) -> None:
    page = page_of(width=390, height=844)
    page.goto(desk_url + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_alerts_are_acknowledged_and_drafts_rehearsed(page_of: PageOf, desk_url: str) -> None:
    page = page_of(java_script_enabled=False)
    page.goto(f"{desk_url}/alerts?rule=tiktok")
    before = page.locator(".row.alert").count()
    page.locator(".row.alert").first.hover()
    page.locator(".row.alert .ack").first.click()
    expect(page.locator(".row.alert")).to_have_count(before - 1)
    page.goto(f"{desk_url}/draft?rule=tiktok")
    page.click("#rehearse")
    expect(page.locator(".figures-line")).to_contain_text("stories that could match")

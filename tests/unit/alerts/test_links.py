"""Links of alerts: to the story's page, and to Discover with the story's data view, time and id."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from pipeline.alerts.alerting import link_to, links_of

KIBANA = "https://kibana.example/s/desk"


def test_without_addresses_there_are_no_links() -> None:
    assert links_of(None, None, "dateline-stories") == {}


def test_discover_opens_the_stories_in_all_their_time_with_the_one_story() -> None:
    link = link_to(links_of(None, KIBANA, "dateline-stories")["kibana"], "reuters:tag:reuters.com,2024:L1N")
    assert unquote(link) == (
        "https://kibana.example/s/desk/app/discover#/?_g=(time:(from:now-10y,to:now))"
        "&_a=(dataSource:(dataViewId:'dateline-stories',type:dataView),"
        "query:(language:kuery,query:'id:\"reuters:tag:reuters.com,2024:L1N\"'))"
    )
    assert '"' not in link, "mail and chat programs end a link at a quote"


@pytest.mark.parametrize(
    ("story", "desk", "discover"),
    [
        ("a:b c", "a:b%20c", "a:b%20c"),
        ("a:b&c#d?e", "a:b%26c%23d%3Fe", "a:b%26c%23d%3Fe"),
        ("a:100%", "a:100%25", "a:100%25"),
        ("a:it's!", "a:it%27s%21", "a:it%21%27s%21%21"),
        ('a:"b"\\', "a:%22b%22%5C", "a:%5C%22b%5C%22%5C%5C"),
        ("a:{quoted}", "a:%7Bquoted%7D", "a:%7Bquoted%7D"),
        ("a:حظر", "a:%D8%AD%D8%B8%D8%B1", "a:%D8%AD%D8%B8%D8%B1"),
    ],
)
def test_no_id_breaks_out_of_its_link(story: str, desk: str, discover: str) -> None:
    links = links_of("https://desk.example", KIBANA, "dateline-stories")
    assert link_to(links["desk"], story) == f"https://desk.example/story/{desk}"
    assert f"query:'id:%22{discover}%22'))" in link_to(links["kibana"], story)

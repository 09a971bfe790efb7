"""What the page Pipeline knows and what it calls to attention."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.alerts.delivery import Delivery
from pipeline.dead import DeadLetter
from pipeline.desk.bytes_view import SHOWN_HEX, bytes_view, is_text
from pipeline.desk.cached import Answer, Cached
from pipeline.desk.overview import Concern, Known, concerns_of
from pipeline.errors import Retry
from pipeline.figures import FIVE_MINUTES, HOUR, MINUTE, Counts, Delay, DeliveryFigures, WireFigures
from pipeline.streams import Lag

NOW = datetime(2026, 4, 25, 8, 0, tzinfo=UTC)


def wire(most: float = 900.0) -> WireFigures:
    counts = Counts(NOW, MINUTE, {"stories": [60] * 60})
    hours = Counts(NOW, HOUR, {})
    return WireFigures(counts, hours, hours, hours, Delay(400.0, most), NOW - 12 * FIVE_MINUTES, [])


def letter(died: datetime | str) -> DeadLetter:
    time = died if isinstance(died, str) else died.isoformat()
    return DeadLetter(1, "bad-xml", "no element found", "wire.raw/0/1/0", time, "a.xml", None, b"<", {})


def concerns(**answers: Any) -> list[Concern]:
    known = {
        "wire": wire(),
        "lags": [Lag("read", "wire.raw", "dateline-read", 10, 10, 12)],
        "status": {"gaps": [], "feeds": []},
        "deliveries": DeliveryFigures({}, []),
        "dead": [],
        "outcomes": {},
    } | answers
    kept = {name: it if isinstance(it, Answer) else Answer(it) for name, it in known.items()}
    return list(concerns_of(Known(**kept), now=NOW))


def test_all_is_well_where_nothing_is_wrong() -> None:
    assert concerns() == []
    assert wire().per_minute == 60


def test_a_server_that_is_away_is_the_worst() -> None:
    found = concerns(lags=Answer(None, "Kafka does not answer"), dead=Answer(None, "Kafka does not answer"))
    assert found == [Concern("bad", "Kafka does not answer", "lag")]


def test_what_waits_is_slow_fails_or_died_is_said() -> None:
    pending = Delivery(alert="a", channel="hook", rule="r", type="alert", at=NOW, tries=2)
    found = concerns(
        wire=wire(most=12_000),
        lags=[Lag("keep", "wire.stories", "dateline-keep", 0, 5000, 12)],
        deliveries=DeliveryFigures({"hook": {"pending": 1, "dead": 2}}, [pending]),
        dead=[letter(NOW - timedelta(hours=1)), letter(NOW - timedelta(days=2)), letter("never")],
        status={"gaps": [{"text": "aurora EN 0004 missing"}], "feeds": [{"text": "quiet", "silent": True}]},
    )
    assert [it.text for it in found] == [
        "keep is 5,000 messages behind on wire.stories",
        "one in a hundred stories of the last hour could be found only after 12.0 s or more",
        "2 deliveries were given up",
        "deliveries by hook fail and are tried again",
        "1 dead letter in the last day",
        "aurora EN 0004 missing",
        "quiet",
    ]


def test_an_answer_is_kept_for_a_while_and_so_is_trouble() -> None:
    asked: list[float] = []
    now = [0.0]

    def ask() -> int:
        asked.append(now[0])
        if now[0] >= 10:
            raise Retry("away")
        return len(asked)

    kept = Cached("Kafka", ask, 5, clock=lambda: now[0])
    assert [kept.get().value, kept.get().value] == [1, 1]
    now[0] = 6
    assert kept.get().value == 2
    now[0] = 12
    assert [kept.get().trouble, kept.get().trouble] == ["away", "away"]
    assert asked == [0, 6, 12]
    kept.forget()
    kept.get()
    assert len(asked) == 4


def test_a_page_does_not_wait_for_who_does_not_answer() -> None:
    answering = threading.Event()
    kept = Cached("Kafka", answering.wait, 5)
    assert kept.get(patience_s=0).trouble == "Kafka has not answered yet."
    answering.set()
    assert kept.get(patience_s=10).value is True


def test_bytes_are_shown_as_text_or_as_hex_within_bounds() -> None:
    assert is_text("Größe\n".encode())
    assert is_text(("ä" * 600).encode()[:1024])  # a letter cut at the end
    assert not is_text(b"\x01HEADLINE")
    assert not is_text(b"\xff\xfe<\x00" + b"x" * 50)
    view = bytes_view(b"\x01<b>\xff" * 4000, as_hex=True)
    assert view.text.splitlines()[0] == "000000  01 3c 62 3e ff 01 3c 62 3e ff 01 3c 62 3e ff 01  .<b>..<b>..<b>.."
    assert (view.shown, view.size, view.is_cut) == (SHOWN_HEX, 20_000, True)
    assert bytes_view(b"a\xffb", as_hex=False).text == "a\ufffdb"

"""Bulk writing: every operation gets its own verdict, whatever Elasticsearch answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, BadRequestError

from pipeline.errors import Fatal, Retry
from pipeline.sinks import bulk
from pipeline.sinks.bulk import Change, Operation, Removal, write_bulk


def refuse(status: int) -> ApiError:
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.0, NodeConfig("http", "x", 1))
    reason = "security_exception" if status == 403 else "refused"
    return (BadRequestError if status == 400 else ApiError)(reason, meta, {})


class Client:
    """Answers bulk requests: the given status for an id, 201 for others; a poisonous id fails the whole request."""

    def __init__(self, statuses: dict[str, int] | None = None, *, poison: str = "", request_status: int = 400) -> None:
        self.statuses = statuses or {}
        self.poison = poison
        self.request_status = request_status
        self.requests: list[list[str]] = []

    async def bulk(self, *, operations: list[bytes], **_: Any) -> dict[str, Any]:
        actions = [next(iter(json.loads(line).items())) for line in operations[::2]]
        ids = [target["_id"] for _, target in actions]
        self.requests.append(ids)
        if self.poison in ids:
            raise refuse(self.request_status)
        return {"items": [{kind: self._answer(target["_id"])} for kind, target in actions]}

    def _answer(self, id_: str) -> dict[str, Any]:
        status = self.statuses.get(id_, 201)
        return {"status": status} | ({"error": {"type": "some_exception", "reason": "why"}} if status > 299 else {})


def write(client: Client, *ids: str) -> list[str]:
    operations = [Operation("index", id_, b"{}") for id_ in ids]
    return [verdict.kind for verdict in asyncio.run(write_bulk(client, operations))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "done"),
        (201, "done"),
        (409, "conflict"),
        (429, "retry"),
        (500, "retry"),
        (503, "retry"),
        (404, "retry"),
        (403, "retry"),
        (400, "rejected"),
    ],
)
def test_each_status_is_one_verdict(status: int, kind: str) -> None:
    assert write(Client({"b": status}), "a", "b", "c") == ["done", kind, "done"]


@pytest.mark.parametrize("status", [400, 413])
@pytest.mark.parametrize("place", range(5))
def test_one_operation_that_fails_the_request_is_found_and_stands_alone(status: int, place: int) -> None:
    ids = list("abcde")
    client = Client(poison=ids[place], request_status=status)
    assert write(client, *ids) == ["rejected" if number == place else "done" for number in range(5)]


def test_many_operations_go_in_two_requests_and_keep_their_order() -> None:
    ids = [str(number) for number in range(bulk._MANY + 1)]
    client = Client({"7": 409, ids[-1]: 500}, poison="60")
    expected = ["done"] * len(ids)
    expected[7], expected[60], expected[-1] = "conflict", "rejected", "retry"
    assert write(client, *ids) == expected
    assert client.requests[0] + client.requests[1] == ids


def test_a_half_that_fails_fails_the_whole_once_both_have_ended() -> None:
    ids = [str(number) for number in range(bulk._MANY)]
    client = Client(poison="0", request_status=503)
    with pytest.raises(Retry):
        write(client, *ids)
    assert len(client.requests) == 2


@pytest.mark.parametrize(("status", "error"), [(401, Fatal), (403, Fatal), (404, Fatal), (429, Retry), (503, Retry)])
def test_a_refusal_of_the_whole_request_is_ours_to_wait_for_or_to_report(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        write(Client(poison="a", request_status=status), "a", "b")


def test_requests_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MAX_BULK_BYTES", 5)
    client = Client()
    assert write(client, *"abcdef") == ["done"] * 6
    assert client.requests == [["a", "b"], ["c", "d"], ["e", "f"]]


def test_an_update_goes_through_only_over_what_was_read() -> None:
    create, update = Operation("i", "1", b"{}"), Operation("i", "1", b"{}", seq_no=4, primary_term=2)
    assert json.loads(create.lines()[0]) == {"create": {"_index": "i", "_id": "1"}}
    assert json.loads(update.lines()[0]) == {"index": {"_index": "i", "_id": "1", "if_seq_no": 4, "if_primary_term": 2}}


def test_changes_and_removals_of_what_is_gone_are_done() -> None:
    class Answers:
        async def bulk(self, *, operations: list[bytes], **_: Any) -> dict[str, Any]:
            assert [json.loads(line) for line in operations] == [
                {"update": {"_index": "i", "_id": "1", "retry_on_conflict": 5}},
                {"doc": {"status": "sent"}},
                {"delete": {"_index": "i", "_id": "2"}},
            ]
            missing = {"type": "document_missing_exception", "reason": "gone"}
            return {"items": [{"update": {"status": 404, "error": missing}}, {"delete": {"status": 404}}]}

    writes = [Change("i", "1", {"status": "sent"}), Removal("i", "2")]
    verdicts = asyncio.run(write_bulk(Answers(), writes))  # type: ignore[arg-type]
    assert [verdict.kind for verdict in verdicts] == ["done", "done"]

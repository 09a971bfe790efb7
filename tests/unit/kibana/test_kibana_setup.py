"""`dateline kibana setup` against a server that answers as Kibana does: what it sends, what it tells, how it ends.

The answers are those of Kibana's routes `src/core/packages/saved-objects/server-internal/src/routes/import.ts`,
`src/core/packages/status/server-internal/src/routes/status.ts` and of
`import-export-server-internal/src/import/lib/create_saved_objects.ts`, which creates nothing while a conflict is open.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner, Result

from pipeline.errors import DatelineError, Fatal, Retry, WrongUse
from pipeline.kibana_cli import kibana

Reply = tuple[int, dict[str, Any]]


@dataclass
class FakeKibana:
    """What Kibana holds, and what was asked of it."""

    url: str = ""
    version: str = "9.2.0"
    starting: int = 0
    """How many more times it says that it is not ready."""
    spaces: tuple[str, ...] = ("default", "desk")
    login: str | None = None
    held: set[tuple[str, str]] = field(default_factory=set)
    broken: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Errors by object id."""
    refusal: Reply | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Reply:
        self.asked.append((method, target))
        path = urlsplit(target).path
        if path.endswith("/api/status"):
            if self.starting:
                self.starting -= 1
                return 503, {"status": {"overall": {"level": "unavailable"}}}
            return 200, {"version": {"number": self.version}, "status": {"overall": {"level": "available"}}}
        if self.login and headers["Authorization"] != self.login:
            return 401, {"statusCode": 401, "error": "Unauthorized", "message": "Unauthorized"}
        if path.startswith("/api/spaces/space/"):
            known = path.rpartition("/")[2] in self.spaces
            return (200, {"id": "desk"}) if known else (404, {"statusCode": 404, "error": "Not Found"})
        if self.refusal:
            return self.refusal
        if not path.endswith("/api/saved_objects/_import") or method != "POST":
            return 404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"}
        if not headers["kbn-xsrf"]:
            return 400, {
                "statusCode": 400,
                "error": "Bad Request",
                "message": "Request must contain a kbn-xsrf header.",
            }
        return self.take(parse_qs(urlsplit(target).query)["overwrite"] == ["true"], headers, body)

    def take(self, overwrite: bool, headers: Any, body: bytes) -> Reply:
        form = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + body
        )
        (part,) = form.iter_parts()
        assert part.get_param("name", header="content-disposition") == "file"
        name = part.get_filename() or ""
        if not name.endswith(".ndjson"):
            return 400, {"statusCode": 400, "error": "Bad Request", "message": f"Invalid file extension {name}"}
        objects = [json.loads(line) for line in part.get_content().decode().splitlines()]
        self.files.append((name, objects))
        errors, good = [], []
        for it in objects:
            key, about = (it["type"], it["id"]), {"type": it["type"], "id": it["id"], "meta": {}}
            if it["id"] in self.broken:
                errors.append(about | {"error": self.broken[it["id"]]})
            elif key in self.held and not overwrite:
                errors.append(about | {"error": {"type": "conflict"}})
            else:
                good.append(about | ({"overwrite": True} if key in self.held else {}))
        if not any("conflict" in it["error"]["type"] or "missing" in it["error"]["type"] for it in errors):
            self.held |= {(it["type"], it["id"]) for it in good}
        return 200, {
            "success": not errors,
            "successCount": len(good),
            "warnings": [],
            **({"successResults": good} if good else {}),
            **({"errors": errors} if errors else {}),
        }


@pytest.fixture
def server() -> Iterator[FakeKibana]:
    fake = FakeKibana()

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, answer = fake.answer(self.command, self.path, self.headers, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if 300 <= status < 400:
                self.send_header("Location", answer["location"])
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _reply  # noqa: N815 - the standard library's names

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        fake.url = f"http://127.0.0.1:{http.server_address[1]}"
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield fake
        http.shutdown()


def run(url: str | None, *arguments: str, **environment: str) -> Result:
    """Runs the command; what it raises on purpose is the exception of the result."""
    variables: dict[str, str | None] = {"DATELINE_KIBANA_URL": url} if url else {}
    variables |= {f"DATELINE_{name}": value for name, value in environment.items()}
    return CliRunner().invoke(kibana, ["setup", *arguments], env=variables)


def error(result: Result) -> str:
    assert isinstance(result.exception, DatelineError), result.output
    return str(result.exception)


def results(result: Result) -> dict[str, str]:
    return {it["id"]: it["result"] for it in json.loads(result.stdout)["objects"]}


def test_all_objects_are_created_then_overwritten(server: FakeKibana) -> None:
    first = run(server.url, "--json")
    assert (first.exit_code, set(results(first).values())) == (0, {"created"})
    again = run(server.url, "--json")
    assert (again.exit_code, set(results(again).values())) == (0, {"overwritten"})
    name, objects = server.files[0]
    assert name == "dateline.ndjson"
    assert {it["id"] for it in objects} == results(first).keys()
    assert server.asked[-1] == ("POST", "/api/saved_objects/_import?overwrite=true")


def test_the_prefix_reaches_the_indices(server: FakeKibana) -> None:
    assert run(server.url, PREFIX="ours-").exit_code == 0
    titles = {it["attributes"]["title"] for _, file in server.files for it in file if it["type"] == "index-pattern"}
    assert titles == {"ours-stories", "ours-stories-all", "ours-alerts", "ours-deliveries", "ours-events"}


def test_no_overwrite_keeps_what_is_there_and_adds_the_rest(server: FakeKibana) -> None:
    server.held.add(("dashboard", "dateline-dashboard-coverage"))
    result = run(server.url, "--no-overwrite", "--json")
    found = results(result)
    assert result.exit_code == 0
    assert found.pop("dateline-dashboard-coverage") == "kept"
    assert set(found.values()) == {"created"}
    assert found.keys() <= {id_ for _, id_ in server.held}
    assert set(results(run(server.url, "--no-overwrite", "--json")).values()) == {"kept"}


def test_one_that_kibana_does_not_take_is_told_with_what_to_do(server: FakeKibana) -> None:
    server.broken["dateline-search-wire"] = {"type": "unknown", "message": "Document is newer", "statusCode": 422}
    server.broken["dateline-search-tiktok"] = {"type": "unsupported_type"}
    result = run(server.url)
    assert result.exit_code == 1
    assert "Document is newer" in result.output
    assert "switched off in the space" in result.output
    assert "19 of 21 objects are in Kibana" in result.output


def test_a_missing_reference_means_that_nothing_was_imported(server: FakeKibana) -> None:
    missing = {"type": "missing_references", "references": [{"type": "index-pattern", "id": "gone"}]}
    server.broken["dateline-search-wire"] = missing
    result = run(server.url, "--json")
    assert result.exit_code == 1
    assert set(results(result).values()) == {"failed"}
    assert not server.held
    assert "index-pattern gone" in result.stdout


def test_an_object_that_another_space_holds_fails_despite_overwrite(server: FakeKibana) -> None:
    server.broken["dateline-stories"] = {"type": "conflict"}
    result = run(server.url)
    assert result.exit_code == 1
    assert "another space has it" in result.output


def test_a_space_is_looked_for_before_anything_is_sent(server: FakeKibana) -> None:
    assert run(server.url, "--space", "desk").exit_code == 0
    assert server.asked[-1] == ("POST", "/s/desk/api/saved_objects/_import?overwrite=true")
    server.files.clear()
    result = run(server.url, "--space", "no where")
    assert isinstance(result.exception, WrongUse)
    assert "no space 'no where'" in error(result)
    assert not server.files
    assert "names a space already" in error(run(f"{server.url}/s/desk", "--space", "desk"))


def test_an_address_with_a_space_is_taken_as_it_is(server: FakeKibana) -> None:
    assert run(f"{server.url}/s/desk").exit_code == 0
    assert server.asked[-1] == ("POST", "/s/desk/api/saved_objects/_import?overwrite=true")


@pytest.mark.parametrize(
    ("login", "environment"),
    [
        ("ApiKey a2V5", {"KIBANA_API_KEY": "a2V5"}),
        ("Basic ZGVzazpww6Rzcw==", {"KIBANA_USER": "desk", "KIBANA_PASSWORD": "päss"}),
    ],
)
def test_it_logs_in(server: FakeKibana, login: str, environment: dict[str, str]) -> None:
    server.login = login
    assert run(server.url, **environment).exit_code == 0
    refused = run(server.url)
    assert isinstance(refused.exception, Fatal)
    assert "DATELINE_KIBANA_API_KEY" in error(refused)


def test_secrets_come_from_files_too_and_are_never_shown(server: FakeKibana, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("a2V5\n")
    server.login = "ApiKey a2V5"
    assert run(server.url, KIBANA_API_KEY_FILE=str(secret)).exit_code == 0
    server.login = "ApiKey other"
    result = run(server.url, KIBANA_API_KEY_FILE=str(secret))
    assert "a2V5" not in result.output + error(result)
    secret.write_text("")
    assert "is empty" in error(run(server.url, KIBANA_API_KEY_FILE=str(secret)))
    assert "can't be read" in error(run(server.url, KIBANA_API_KEY_FILE=str(tmp_path / "none")))
    assert "DATELINE_KIBANA_PASSWORD" in error(run(server.url, KIBANA_USER="desk"))


def test_it_waits_until_kibana_is_ready(server: FakeKibana, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.kibana.importing._LOOK_AGAIN_S", 0.01)
    server.starting = 3
    result = run(server.url)
    assert result.exit_code == 0
    assert result.output.count("is not ready (unavailable); waiting up to 120 s") == 1


def test_it_says_when_kibana_is_not_there_or_never_ready(server: FakeKibana) -> None:
    server.starting = 1000
    result = run(server.url, "--wait", "0")
    assert isinstance(result.exception, Retry)
    assert "is not ready (unavailable), also after 0 s" in error(result)
    nobody = run("http://127.0.0.1:1", "--wait", "0")
    assert isinstance(nobody.exception, Retry)
    assert "does not answer at http://127.0.0.1:1" in error(nobody)
    assert "set DATELINE_KIBANA_URL" in error(run(None))
    assert not server.files


@pytest.mark.parametrize(
    ("refusal", "kind", "told"),
    [
        ((403, {"message": "Unable to bulk_create dashboard"}), Fatal, "privilege All"),
        ((404, {}), Fatal, "is no Kibana"),
        ((302, {"location": "/base/login"}), Fatal, "/base/login"),
        ((413, {"message": "Payload content length greater than maximum"}), Fatal, "maxImportPayloadBytes"),
        ((400, {"message": "Unexpected token"}), Fatal, "Unexpected token"),
        ((503, {"message": "License is not available."}), Retry, "License is not available"),
    ],
)
def test_a_refusal_says_what_to_do(server: FakeKibana, refusal: Reply, kind: type[Exception], told: str) -> None:
    server.refusal = refusal
    result = run(server.url)
    assert type(result.exception) is kind
    assert told in error(result)


def test_an_older_kibana_is_refused_before_anything_is_sent(server: FakeKibana) -> None:
    server.version = "8.19.3"
    assert "expected 9 or newer" in error(run(server.url))
    assert not server.files


def test_print_needs_no_kibana_and_gives_what_would_be_sent(server: FakeKibana) -> None:
    printed = run(None, "--print", DESK_URL="https://desk.example")
    assert printed.exit_code == 0
    run(server.url, DESK_URL="https://desk.example")
    assert [json.loads(line) for line in printed.stdout.splitlines()] == server.files[0][1]
    assert "https://desk.example/story/{{value}}" in printed.stdout

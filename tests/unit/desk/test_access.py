"""Who may look, and what may be changed from where."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from pipeline.desk.app import ROUTERS
from pipeline.desk.csrf import SAFE_METHODS
from pipeline.desk.pages import static
from tests.unit.desk.conftest import BEHIND_THE_GATE, EVERYWHERE, TOKEN, ClientOf

ORIGIN = {"Origin": "http://localhost:8620"}


def csrf_of(client: TestClient, path: str = "/login") -> str:
    found = re.search(r'data-csrf="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def log_in(client: TestClient, token: str = TOKEN, **fields: str) -> int:
    form = {"token": token, "csrf": csrf_of(client)} | fields
    return client.post("/login", data=form, headers=ORIGIN).status_code


def test_on_localhost_nobody_is_asked(client_of: ClientOf) -> None:
    assert client_of().get(BEHIND_THE_GATE).status_code == 200


def test_with_a_token_people_are_sent_to_the_login_and_back(client_of: ClientOf) -> None:
    client = client_of(desk_token=TOKEN)
    answer = client.get("/story/a:1?all=1")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/story/a%3A1%3Fall%3D1"
    page = client.get("/login?next=/story/a:1").text
    assert 'name="next" value="/story/a:1"' in page
    assert TOKEN not in page
    answer = client.post("/login", data={"token": TOKEN, "next": "/story/a:1", "csrf": csrf_of(client)}, headers=ORIGIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/story/a:1")
    assert client.get(BEHIND_THE_GATE).status_code == 200


def test_a_login_leads_nowhere_else(client_of: ClientOf) -> None:
    client = client_of(desk_token=TOKEN)
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\nx"):
        form = {"token": TOKEN, "next": elsewhere, "csrf": csrf_of(client)}
        answer = client.post("/login", data=form, headers=ORIGIN)
        assert answer.headers["location"] == "/"
        client.cookies.clear()


def test_a_wrong_token_is_told_and_five_are_enough(client_of: ClientOf) -> None:
    client = client_of(desk_token=TOKEN)
    assert [log_in(client, "a-guess-of-many-letters") for _ in range(6)] == [403, 403, 403, 403, 403, 429]
    assert log_in(client) == 429


def test_the_session_cookie_is_out_of_reach_of_scripts_and_ends_with_the_logout(client_of: ClientOf) -> None:
    client = client_of(desk_token=TOKEN)
    log_in(client)
    answer = client.get("/login")
    cookie = client.post("/logout", data={"csrf": csrf_of(client)}, headers=ORIGIN).headers["set-cookie"]
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert answer.status_code == 200
    assert client.get(BEHIND_THE_GATE).status_code == 401


def test_the_cookie_is_secure_where_people_come_by_https(client_of: ClientOf) -> None:
    client = client_of("https://desk.example", desk_host=EVERYWHERE, desk_token=TOKEN, desk_url="https://desk.example")
    assert "; secure" in client.get("/login").headers["set-cookie"].lower()


def test_a_forged_session_is_none(client_of: ClientOf) -> None:
    client = client_of(desk_token=TOKEN)
    client.cookies.set("dateline", "eyJ1c2VyIjoiZGVzayJ9.aaaa.bbbb")
    assert client.get(BEHIND_THE_GATE).status_code == 401


def test_programs_send_the_token(client_of: ClientOf) -> None:
    client = client_of(desk_token=TOKEN)
    answer = client.get(BEHIND_THE_GATE)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Bearer" in answer.json()["message"]
    assert client.get(BEHIND_THE_GATE, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.get(BEHIND_THE_GATE, headers={"Authorization": "Bearer wrong-wrong-wrong"}).status_code == 401
    assert client.get(static("desk.css")).status_code == 200


def test_a_proxy_names_the_user(client_of: ClientOf) -> None:
    client = client_of("http://any.example", desk_host=EVERYWHERE, desk_proxy_header="x-forwarded-user")
    assert client.get(BEHIND_THE_GATE).status_code == 401
    assert client.get(BEHIND_THE_GATE, headers={"X-Forwarded-User": "ann"}).status_code == 200


def test_another_name_for_localhost_is_refused(client_of: ClientOf) -> None:
    for host in ("localhost:8620", "127.0.0.1:8620", "[::1]:8620"):
        assert client_of().get("/login", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "evil.example:8620", "127.0.0.1.evil.example", ""):
        assert client_of().get("/login", headers={"Host": host}).status_code == 400


def test_probes_need_no_name_and_no_login(client_of: ClientOf) -> None:
    client = client_of("http://10.1.2.3:8620", desk_token=TOKEN)
    assert client.get("/healthz").json()["status"] == "ok"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_forms_of_other_pages_change_nothing(client_of: ClientOf, headers: dict[str, str]) -> None:
    client = client_of(desk_token=TOKEN)
    answer = client.post("/login", data={"token": TOKEN, "csrf": csrf_of(client)}, headers=headers)
    assert answer.status_code == 403
    assert client.get(BEHIND_THE_GATE).status_code == 401


def changing() -> list[tuple[str, str]]:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return [(method, route.path) for route in routes for method in sorted(route.methods - set(SAFE_METHODS))]


def test_there_are_routes_that_change_something() -> None:
    assert ("POST", "/logout") in changing()


@pytest.mark.parametrize(("method", "path"), changing())
def test_every_route_that_changes_something_asks_for_the_word_of_the_session(
    client_of: ClientOf, method: str, path: str
) -> None:
    client = client_of()
    for headers in (ORIGIN, ORIGIN | {"X-CSRF-Token": "guess"}):
        answer = client.request(method, re.sub(r"{[^}]+}", "1", path), headers=headers)
        assert answer.status_code == 403


def test_scripts_send_the_word_as_a_header(client_of: ClientOf) -> None:
    client = client_of(desk_token=TOKEN)
    log_in(client)
    answer = client.post("/logout", headers=ORIGIN | {"X-CSRF-Token": csrf_of(client)})
    assert answer.status_code == 303

"""Kibana's edge: waits for it, imports saved objects, and says of each what became of it.

Comes in: settings, objects. Goes out: one `Outcome` per object; `Retry` where Kibana is away or unwell, `Fatal` where only a
person can help. Talks to Kibana's public HTTP API alone (status, spaces, saved objects' import).
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import quote, urlencode

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from pipeline.errors import Fatal, Retry, WrongUse
from pipeline.kibana import to_ndjson
from pipeline.kibana.objects import SavedObject
from pipeline.settings import Settings

LEAST_MAJOR = 9
_LOOK_AGAIN_S = 2.0
_TIMEOUT = urllib3.Timeout(connect=5, read=60)
_IN_KIBANA = "Stack Management"

Key = tuple[str, str]
"""Type and id of an object."""


@dataclass(frozen=True)
class Outcome:
    """What became of one object, and what to do about it where it failed."""

    type: str
    id: str
    title: str
    result: Literal["created", "overwritten", "kept", "failed"]
    remedy: str = ""

    def to_dict(self) -> dict[str, str]:
        """For programs."""
        return asdict(self)


class Kibana:
    """One Kibana, and the space in it that is meant; None is the default one, or that of the address."""

    def __init__(self, settings: Settings, space: str | None = None) -> None:
        if not settings.kibana_url:
            raise Fatal("no Kibana is named: set DATELINE_KIBANA_URL, such as https://kibana.example:5601")
        if space and "/s/" in settings.kibana_url:
            raise WrongUse(f"--space {space}: DATELINE_KIBANA_URL={settings.kibana_url} names a space already")
        self.url = settings.kibana_url
        self.space = space
        self._headers = {"kbn-xsrf": "dateline", "Accept": "application/json"} | _login(settings)
        if settings.kibana_ca and not settings.kibana_ca.is_file():
            raise Fatal(f"DATELINE_KIBANA_CA={settings.kibana_ca}: there is no such file")
        self._http = urllib3.PoolManager(
            timeout=_TIMEOUT, retries=False, ca_certs=str(settings.kibana_ca) if settings.kibana_ca else None
        )

    def wait_until_ready(self, seconds: float, say: Callable[[str], None]) -> None:
        """Returns once Kibana can work; asks again until the time is over."""
        end, said = time.monotonic() + seconds, ""
        while True:
            why = self._why_not_ready()
            if why is None:
                return
            if time.monotonic() >= end:
                raise Retry(f"{why}, also after {seconds:.0f} s: is it running, and is DATELINE_KIBANA_URL right?")
            if why != said:
                say(f"{why}; waiting up to {seconds:.0f} s.")
                said = why
            time.sleep(min(_LOOK_AGAIN_S, max(0.05, end - time.monotonic())))

    def check_space(self) -> None:
        """Raises `WrongUse` for a space that is not there: Kibana itself would import into it all the same."""
        if self.space is None:
            return
        status, answer = self._ask("GET", f"/api/spaces/space/{quote(self.space, safe='')}")
        if status == 404:
            raise WrongUse(
                f"Kibana has no space {self.space!r}: create it under {_IN_KIBANA} > Spaces, or name another"
            )
        _expect_ok(status, answer, self.url)

    def import_objects(self, objects: list[SavedObject], *, overwrite: bool) -> list[Outcome]:
        """Imports the objects. Without ``overwrite`` what is there already is kept, and only the rest is imported."""
        answer = self._import(objects, overwrite=overwrite)
        failures = _failures(answer)
        kept = {key for key, error in failures.items() if "conflict" in error["type"] and not overwrite}
        if kept:
            # One conflict keeps Kibana from creating anything, so what is missing goes by itself.
            missing = [it for it in objects if _key(it) not in kept]
            answer = self._import(missing, overwrite=False) if missing else {}
            failures = _failures(answer)
        nothing_done = any(error["type"] in _NOTHING_IMPORTED for error in failures.values())
        overwritten = {_key(it) for it in answer.get("successResults", ()) if it.get("overwrite")}
        return [_outcome(it, failures, kept, overwritten, nothing_done=nothing_done) for it in objects]

    def _import(self, objects: Iterable[SavedObject], *, overwrite: bool) -> dict[str, Any]:
        prefix = f"/s/{quote(self.space, safe='')}" if self.space else ""
        query = urlencode({"overwrite": str(overwrite).lower()})
        # Kibana looks at the ending of the name.
        file = ("dateline.ndjson", to_ndjson(objects).encode(), "application/ndjson")
        status, answer = self._ask("POST", f"{prefix}/api/saved_objects/_import?{query}", fields={"file": file})
        _expect_ok(status, answer, self.url)
        return answer

    def _why_not_ready(self) -> str | None:
        try:
            status, answer = self._ask("GET", "/api/status")
        except Retry as error:
            return str(error)
        if status in (502, 503, 504):
            level = answer.get("status", {}).get("overall", {}).get("level", "unavailable")
            return f"Kibana at {self.url} is not ready ({level})"
        _expect_ok(status, answer, self.url)
        version = str(answer.get("version", {}).get("number", ""))  # not told to those who are not logged in
        if version and int(version.split(".")[0]) < LEAST_MAJOR:
            raise Fatal(f"Kibana at {self.url} is version {version}: expected {LEAST_MAJOR} or newer")
        return None

    def _ask(self, method: str, path: str, **options: Any) -> tuple[int, dict[str, Any]]:
        try:
            response = self._http.request(method, self.url + path, headers=self._headers, redirect=False, **options)
        except SSLError as error:
            raise Fatal(
                f"Kibana's certificate at {self.url} is not trusted ({error}): set DATELINE_KIBANA_CA"
            ) from error
        except (HTTPError, OSError) as error:
            raise Retry(f"Kibana does not answer at {self.url} ({type(error).__name__})") from error
        try:
            answer = json.loads(response.data)
        except ValueError:
            answer = {"message": response.data[:200].decode("utf-8", "replace")}
        if 300 <= response.status < 400:
            answer = {"message": response.headers.get("Location", "")}
        return response.status, answer if isinstance(answer, dict) else {}


def _login(settings: Settings) -> dict[str, str]:
    """The header that says who asks."""
    key = settings.secret("kibana_api_key")
    if key:
        return {"Authorization": f"ApiKey {key}"}
    if settings.kibana_user is None:
        return {}
    password = settings.secret("kibana_password")
    if password is None:
        raise Fatal("DATELINE_KIBANA_USER is set: set DATELINE_KIBANA_PASSWORD or DATELINE_KIBANA_PASSWORD_FILE too")
    return {"Authorization": f"Basic {b64encode(f'{settings.kibana_user}:{password}'.encode()).decode()}"}


def _expect_ok(status: int, answer: dict[str, Any], url: str) -> None:
    message = answer.get("message") or answer.get("error") or ""
    if status == 200:
        return
    if status == 401:
        raise Fatal(
            "Kibana wants a login that it knows (401): check DATELINE_KIBANA_API_KEY, or DATELINE_KIBANA_USER and "
            "DATELINE_KIBANA_PASSWORD"
        )
    if status == 403:
        raise Fatal(f"Kibana refuses (403: {message}): the user needs the Kibana privilege All in this space")
    if 300 <= status < 400:
        raise Fatal(
            f"Kibana at {url} sends us on to {message}: DATELINE_KIBANA_URL must have its base path (server.basePath)"
        )
    if status == 404:
        raise Fatal(f"{url} is no Kibana, or its base path is missing (404): check DATELINE_KIBANA_URL")
    if status == 413:
        raise Fatal("the objects are larger than Kibana takes (413): raise savedObjects.maxImportPayloadBytes")
    if status == 429 or status >= 500:
        raise Retry(f"Kibana is unwell ({status}: {message}): try again")
    raise Fatal(f"Kibana did not understand the import ({status}: {message})")


_NOTHING_IMPORTED = ("conflict", "ambiguous_conflict", "missing_references")
"""Of these failures one is enough for Kibana to create nothing at all, though it lists the others as successes."""


def _failures(answer: dict[str, Any]) -> dict[Key, dict[str, Any]]:
    return {_key(it): it["error"] for it in answer.get("errors", ())}


def _key(it: dict[str, Any]) -> Key:
    return it["type"], it["id"]


def _outcome(
    it: SavedObject, failures: dict[Key, dict[str, Any]], kept: set[Key], overwritten: set[Key], *, nothing_done: bool
) -> Outcome:
    key = _key(it)
    title = it["attributes"].get("name") or it["attributes"]["title"]
    if key in kept:
        return Outcome(*key, title, "kept")
    if error := failures.get(key):
        return Outcome(*key, title, "failed", _remedy(error))
    if nothing_done:
        return Outcome(*key, title, "failed", "not imported because of the others: mend those first")
    return Outcome(*key, title, "overwritten" if key in overwritten else "created")


def _remedy(error: dict[str, Any]) -> str:
    """What to do about a failure, by Kibana's word for it."""
    kind = error["type"]
    if kind == "missing_references":
        missing = ", ".join(f"{it['type']} {it['id']}" for it in error.get("references", ()))
        return f"Kibana lacks what it refers to ({missing}): import all objects together"
    if kind == "conflict":
        return f"another space has it and does not share it: delete or share it under {_IN_KIBANA} > Saved Objects"
    if kind == "ambiguous_conflict":
        found = ", ".join(it["id"] for it in error.get("destinations", ()))
        return f"there are several copies of it ({found}): delete them under {_IN_KIBANA} > Saved Objects"
    if kind == "unsupported_type":
        return "this Kibana has no such objects: is the feature switched off in the space?"
    if kind == "access_control_conflict":
        return "somebody else owns it and made it read-only: let them change that, or delete it"
    if kind == "unknown":
        return f"Kibana says ({error.get('statusCode')}): {error.get('message')}"
    return f"Kibana says: {kind.replace('_', ' ')}"

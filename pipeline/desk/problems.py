"""What people and programs see when something is wrong: what it is and what to do, never a stack trace.

Comes in: our errors and HTTP's. Goes out: a page; a fragment for the banner where htmx asked; JSON under /api. Elasticsearch being away is
503, and the page looks again by itself.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from pipeline.desk.headers import SAFE_HEADERS
from pipeline.desk.pages import render
from pipeline.errors import DatelineError, Retry, WrongUse

_RETRY_S = 10
_TITLES = {
    400: "That can't be asked",
    403: "Not allowed",
    404: "There is nothing here",
    405: "That can't be done here",
    413: "Too large",
    422: "That can't be asked",
    429: "Slow down",
}


class NotFound(HTTPException):
    """What was asked for is not there; ``message`` says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(404, message)


def answer_problems(app: FastAPI) -> None:
    """Sets the answers to every kind of error."""
    app.add_exception_handler(DatelineError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(Exception, _fault)


def _ours(request: Request, error: Exception) -> Response:
    if isinstance(error, WrongUse):
        return _answer(request, 400, "wrong-use", _TITLES[400], str(error))
    if isinstance(error, Retry):
        response = _answer(request, 503, "away", "A server can't be reached", str(error), again=True)
        response.headers["Retry-After"] = str(_RETRY_S)
        return response
    return _answer(request, 503, "misconfigured", "Something must be set up first", str(error), again=True)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    title = _TITLES.get(error.status_code, "That did not work")
    kind = title.lower().replace(" ", "-").replace("'", "")
    message = error.detail if error.detail != "Not Found" else f"There is no page {request.url.path[:200]}."
    response = _answer(request, error.status_code, kind, title, message)
    response.headers.update(error.headers or {})
    return response


def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"][1:])
    return _answer(request, 422, "not-valid", _TITLES[422], f"{name}: {first['msg']}")


def _fault(request: Request, error: Exception) -> Response:
    message = "A fault of ours, not of what you asked; it is in the log of the desk page."
    response = _answer(request, 500, "fault", "That did not work", message)
    response.headers.update(SAFE_HEADERS)  # this answer is made outside the middleware
    return response


def _answer(request: Request, status: int, kind: str, title: str, message: str, *, again: bool = False) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": kind, "message": message}, status)
    template = "problem_banner.html" if request.headers.get("hx-request") else "problem.html"
    return render(request, template, status=status, title=title, message=message, retry_s=_RETRY_S if again else None)

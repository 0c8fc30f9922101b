"""What can go wrong between us and a server: which faults pass by themselves, and what to tell the user of the rest."""

from __future__ import annotations

import email.utils
import re
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from behaviorvlm.chat.binding import KEY_VARIABLE
from behaviorvlm.chat.plain_http import LineError, NoConnectionError

LONGEST_SAYING = 300
"""Letters of a server's message that are shown."""

Kind = Literal["final", "unreachable", "passing", "overload", "malformed", "unreadable"]
"""``final``: asking again would not help; ``unreachable``: nobody listens; ``passing``: the server or the line broke;
``overload``: too much was asked of it; ``malformed``: what came back is no reply; ``unreadable``: the model replied,
and the server could make nothing of it."""

_DOCTOR = "`behaviorvlm doctor --model URL#NAME` tells what the server has and can do"
_REMEDIES = {
    400: f"the server cannot take this request; {_DOCTOR}",
    401: f"put the right key into the environment variable {KEY_VARIABLE}",
    403: f"put a key that may use this model into the environment variable {KEY_VARIABLE}",
    404: f"check the model's name and the address (most end in /v1); {_DOCTOR}",
    413: "the request is too large for the server: lower max_pixels",
    429: "wait, lower max_in_flight, or raise the server's limits",
}
# llama-server, of what a model wrote in JSON mode or around a tool: it answers HTTP 500 instead of passing it on.
_UNREADABLE = re.compile(r"produced output that does not match the expected [\w-]+ format", re.IGNORECASE)
_FORM = re.compile(
    r"response_?format|json[ _]?(schema|object|mode)|grammar|guided|structured[ _-]?output", re.IGNORECASE
)
_FORM_STATUSES = {400, 404, 415, 422, 500}
_KINDS: dict[int, Kind] = {408: "overload", 429: "overload", 501: "final", 503: "overload", 505: "final"}


@dataclass(frozen=True)
class Fault:
    """One failed request.

    Attributes:
        kind: What follows from it.
        words: What happened, with all that the server said: a key must be taken out before it is shortened and shown.
        remedy: What the user can do.
        retry_after_s: How long the server asks to wait.
        on_form: Whether it is about how JSON was asked for: ``yes`` where the server names that or knows no such thing,
            ``perhaps`` where it broke without a word, as some do.
    """

    kind: Kind
    words: str
    remedy: str = ""
    retry_after_s: float = 0.0
    on_form: Literal["yes", "perhaps", "no"] = "no"


class MalformedReplyError(ValueError):
    """What came back is not a chat completion."""


class RefusedRequestError(Exception):
    """A server nearby answered with a status that is no success."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.body, self.headers = status, body, headers


def fault_of(error: Exception, *, timeout_s: float) -> Fault:
    """Return what an error of a request means; an error of other making is raised again."""
    if isinstance(error, TimeoutError):
        return Fault("overload", f"no reply within {timeout_s:g} s", "raise timeout_s, or lower max_in_flight")
    if isinstance(error, LineError):
        return _line_fault(str(error), unreachable=isinstance(error, NoConnectionError))
    if isinstance(error, RefusedRequestError):
        return _status_fault(error.status, error.body, headers=error.headers)
    if isinstance(error, ValueError):
        return Fault("malformed", f"the reply is no chat completion: {error}", _DOCTOR)
    return _sdk_fault(error, timeout_s=timeout_s)


def shortened(text: str) -> str:
    """Return a server's message on one line and not too long."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SAYING else text[:LONGEST_SAYING] + " …"


def retry_after_s(headers: Mapping[str, str]) -> float:
    """Return the seconds a ``Retry-After`` header asks for, given as seconds or as a date; 0 if there is none."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return 0.0


def _sdk_fault(error: Exception, *, timeout_s: float) -> Fault:
    if sys.modules.get("openai") is None:  # not loaded, so it was not the SDK that raised it; it may not be installed
        raise error
    import openai

    if isinstance(error, openai.APITimeoutError):
        return fault_of(TimeoutError(), timeout_s=timeout_s)
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        words = f"{type(cause).__name__}: {cause}" if cause is not None else str(error)
        return _line_fault(words, unreachable="Connect" in type(cause).__name__)
    if isinstance(error, openai.APIStatusError):
        return _status_fault(error.status_code, error.body, headers=error.response.headers)
    if isinstance(error, openai.APIResponseValidationError):
        return fault_of(MalformedReplyError(str(error)), timeout_s=timeout_s)
    raise error


def _line_fault(words: str, *, unreachable: bool) -> Fault:
    if "CERTIFICATE" in words:
        return Fault("final", words, "the server's certificate is not trusted here: install it")
    remedy = f"start the server, or check the address; {_DOCTOR}"
    return Fault("unreachable" if unreachable else "passing", words, remedy)


def _status_fault(status: int, body: object, *, headers: Mapping[str, str]) -> Fault:
    said, code = _said(body)
    words = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    kind = _KINDS.get(status, "passing" if status >= 500 else "final")
    if code == "insufficient_quota":  # a 429 that no waiting mends
        return Fault("final", words, "the account has no money left")
    if status < 400:
        words += f", to {headers.get('location', 'nowhere')}"
        return Fault("final", words, "redirects are not followed: give the address that it points to")
    remedy = _REMEDIES.get(status, _DOCTOR)
    if _UNREADABLE.search(said):
        return Fault("unreadable", words, remedy, on_form="perhaps")
    return Fault(kind, words, remedy, retry_after_s(headers), _on_form(status, said))


def _on_form(status: int, said: str) -> Literal["yes", "perhaps", "no"]:
    if status == 501 or (status in _FORM_STATUSES and _FORM.search(said)):
        return "yes"
    return "perhaps" if status == 500 else "no"


def _said(body: object) -> tuple[str, str]:
    """Return the message and the code in the body of an error, however the server wraps them."""
    if not isinstance(body, Mapping):
        return ("" if body is None else str(body)), ""
    inner: Any = body.get("error", body)
    if not isinstance(inner, Mapping):
        return str(inner), ""
    message = inner.get("message") or inner.get("detail") or inner.get("msg") or dict(inner)
    return str(message), str(inner.get("code") or "")

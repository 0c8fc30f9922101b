"""In which form a server is asked for JSON: a schema where it takes one, else JSON mode, else plain text.

A server that has no schemas may say so, answer HTTP 500 to every request that holds one, or drop the schema without a
word. The first is believed at once. The others also happen to servers that have schemas, so they count as a refusal
only while no good answer has come in that form, and only around a sign that the server is sound: some failures in a
row, then an answer to a question that was put plainly, then one more failure. One good answer in a form settles it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from behaviorvlm.chat.model import ChatReply
from behaviorvlm.chat.openai_compatible_faults import Fault
from behaviorvlm.chat.openai_compatible_text import Structured
from behaviorvlm.chat.structured import parse_json
from behaviorvlm.errors import RefusedAnswerError

FORMS: tuple[Structured, ...] = ("json_schema", "json_object", "text")
"""From the one that holds a model most tightly to the one that every server takes."""
FAILURES_IN_A_ROW = 3
"""So many in a form that has given no good answer yet, and a question is put plainly."""


class AnswerForm:
    """The form that fits one model at one server, found by all its questions together. For one event loop.

    Args:
        wanted: ``auto`` to find it; a form to stay with it.
    """

    def __init__(self, wanted: Structured | Literal["auto"]) -> None:
        self.found: Structured = FORMS[0] if wanted == "auto" else wanted
        self.is_fixed = wanted != "auto"
        self.is_settled = self.is_fixed
        self._failures = 0
        self._answers_plainly = False

    def next(self) -> Structured:
        """Return the form of the next request: plain while nothing but failures came in the one that is tried."""
        doubted = not self.is_settled and self._failures >= FAILURES_IN_A_ROW and not self._answers_plainly
        return "text" if doubted else self.found

    def answered(self, form: Structured) -> None:
        """Take note of a good answer to a request in this form."""
        if FORMS.index(form) <= FORMS.index(self.found):  # above it: left behind too early, while this was on its way
            self.found, self.is_settled = form, True
        elif form == "text":
            self._answers_plainly = True

    def failed(self, form: Structured, *, surely: bool = False) -> None:
        """Take note of a failure that is, surely or perhaps, of the form."""
        if self.is_settled:
            return
        if form == self.found:
            self._failures += 1
            if surely or self._answers_plainly:
                self._go_down()
        elif form == "text":  # what fails when asked plainly is not the form's fault
            self._failures = 0

    def _go_down(self) -> None:
        self.found = below(self.found)
        self.is_settled = self.found == "text"
        self._failures, self._answers_plainly = 0, False


class RequestForm:
    """The form of one request and its repetitions.

    Args:
        shared: What is known of the model.
        schema: Of the answer; None = free text.
    """

    def __init__(self, shared: AnswerForm, schema: Mapping[str, Any] | None) -> None:
        self._shared = shared if schema is not None else AnswerForm("text")
        self._schema = schema or {}
        self._highest: Structured = FORMS[0]
        self._sent: Structured = FORMS[0]

    def begin(self) -> Structured:
        """Return the form for the request that goes out now."""
        self._sent = max(self._highest, self._shared.next(), key=FORMS.index)
        return self._sent

    def answered(self, reply: ChatReply) -> None:
        """Take note of the answer; one that was cut off tells nothing."""
        if self._shared.is_settled and self._sent == self._shared.found:
            return
        if self._sent != "json_schema" or _has_form(reply, self._schema):
            self._shared.answered(self._sent)
        elif reply.finish_reason == "stop":
            self._shared.failed(self._sent)

    def failed(self, fault: Fault) -> bool:
        """Take note of a failure; return whether to send the request again at once, in another form."""
        if fault.on_form != "no":
            self._shared.failed(self._sent, surely=fault.on_form == "yes")
        if self._shared.is_fixed or self._sent == "text":
            return False
        if fault.on_form == "yes":  # a server may refuse one schema and take others
            self._highest = below(self._sent)
            return True
        return fault.on_form == "perhaps" and self._shared.next() != self._sent


def below(form: Structured) -> Structured:
    """Return the next form, after plain text itself."""
    return FORMS[min(FORMS.index(form) + 1, len(FORMS) - 1)]


def _has_form(reply: ChatReply, schema: Mapping[str, Any]) -> bool:
    """Return whether a reply holds what a schema requires; its ranges are the model's business, not the server's."""
    try:
        value = parse_json(reply.text)
    except RefusedAnswerError:
        return False
    required = schema.get("required", ())
    return not required or (isinstance(value, Mapping) and all(name in value for name in required))

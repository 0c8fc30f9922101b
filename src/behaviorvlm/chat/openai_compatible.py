"""Models behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, hosted ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

from behaviorvlm.chat.binding import OPENAI_HOST, ModelBinding, api_key_for
from behaviorvlm.chat.model import ChatModel, ChatReply, ChatRequest
from behaviorvlm.chat.openai_compatible_faults import shortened
from behaviorvlm.chat.openai_compatible_form import RequestForm
from behaviorvlm.chat.openai_compatible_server import ModelServer
from behaviorvlm.chat.openai_compatible_text import Structured, request_body, same_model
from behaviorvlm.errors import ModelServerError


class OpenAICompatibleModel:
    """A model at a server; a `ChatModel`.

    Args:
        binding: Where it is and how it is asked.
        api_key: What to show to the server; None = nothing. It reaches no file, log or error.
        server: Shared with the other models of that address; none = its own.
    """

    def __init__(self, binding: ModelBinding, *, api_key: str | None, server: ModelServer | None = None) -> None:
        self.name = binding.name
        self._binding = binding
        self._server = server or ModelServer(
            binding.url, api_key=api_key, max_in_flight=binding.max_in_flight, timeout_s=binding.timeout_s
        )
        # OpenAI's own models refuse the word that every other server knows.
        official = urlsplit(binding.url).hostname == OPENAI_HOST
        self._limit_name = "max_completion_tokens" if official else "max_tokens"
        self._form = self._server.answer_form(binding)
        self._served = {""}

    def __repr__(self) -> str:
        return f"OpenAICompatibleModel({self._binding.url!r}, {self.name!r})"

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Return the model's reply, faults of the line already ridden out.

        Raises:
            ModelServerError: If no reply can be had, or another model than asked sent it.
        """
        compose = partial(self._composed, request)
        form = RequestForm(self._form, request.schema)
        reply = await self._server.complete(compose, binding=self._binding, form=form)
        if reply.model not in self._served:
            await self._refuse_other_model(reply.model)
            self._served.add(reply.model)
        return reply

    @property
    def structured(self) -> Structured:
        """The form in which JSON is asked for now; with ``auto`` the best that this server has not refused."""
        return self._form.found

    async def close(self) -> None:
        """Let go of the connections."""
        await self._server.close()

    def _composed(self, request: ChatRequest, structured: Structured) -> bytes:
        return request_body(request, model=self.name, structured=structured, limit_name=self._limit_name)

    async def _refuse_other_model(self, served: str) -> None:
        if same_model(self.name, served):
            return
        roots = await self._server.roots()
        if roots.get(self.name) and roots.get(self.name) == roots.get(served):
            return  # two names of one model
        named = shortened(self._server.redacted(served))
        raise ModelServerError(
            "the server answers with another model than asked",
            where=self._server.url,
            expected=self.name,
            actual=named,
            remedy=f"start the server with {self.name}, or ask for {named}",
        )


def models_at_servers(bindings: Mapping[str, ModelBinding], environment: Mapping[str, str]) -> dict[str, ChatModel]:
    """Return the model of every role that is bound to a server; models of one address share connections and queue.

    Args:
        bindings: By role; those bound to a folder are left out.
        environment: Where keys are looked for.

    Raises:
        SettingsError: If a key cannot be sent.
    """
    remote = {role: binding for role, binding in bindings.items() if binding.folder is None}
    servers = {url: _server(url, remote, environment) for url in {binding.url for binding in remote.values()}}
    return {
        role: OpenAICompatibleModel(binding, api_key=None, server=servers[binding.url])
        for role, binding in remote.items()
    }


def _server(url: str, bindings: Mapping[str, ModelBinding], environment: Mapping[str, str]) -> ModelServer:
    here = [binding for binding in bindings.values() if binding.url == url]
    return ModelServer(
        url,
        api_key=api_key_for(url, environment),
        max_in_flight=min(binding.max_in_flight for binding in here),
        timeout_s=min(binding.timeout_s for binding in here),
    )

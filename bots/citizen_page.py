"""The citizen's page: one for each city, for old phones on bad lines, usable without script.

``/`` and ``/<city>`` show it, ``/in-web/<account>/form`` takes what is written without script,
``/in-web/<account>/forget`` takes the chat off a phone, ``/in-web/<account>/gone`` says so.
What its script calls is in ``bots.web_doors``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final
from urllib.parse import parse_qs
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bots.channel import Account
from bots.citizen_view import FOR_GOOD, HEADERS, View
from bots.door import clean_text
from bots.inbox import NotStored
from bots.message import Parsed
from bots.pictures import Pictures
from bots.web_chats import Chat, Chats
from bots.web_doors import COOKIE, Doors, refusal, remember, token_of
from bots.web_guard import Guard, is_foreign, read_body
from bots.web_messages import read_message
from bots.web_ports import Ports
from bots.web_tokens import chat_of, new_token
from knowledge_base.city import City

__all__ = ["Ports", "routes"]

LARGEST_FORM: Final = 64 * 1024  # bytes
ANSWER_WAIT: Final = 5.0  # seconds that a page without script waits for the first answer


def routes(ports: Ports) -> list[BaseRoute]:
    """Everything that a citizen's browser calls.

    It stands before ``/in/{channel}/{account}``, so that nobody who posts to ``/in/web/<account>`` passes the guard by.
    """
    chats = Chats(ports.database, ports.clock, ports.closing)
    guard = Guard(ports.clock, ports.urgent)
    return [*Doors(ports, chats, guard).router().routes, *Pages(ports, chats, guard).routes()]


class Pages:
    """The pages, and the two forms on them."""

    def __init__(self, ports: Ports, chats: Chats, guard: Guard) -> None:
        self._ports = ports
        self._chats = chats
        self._guard = guard
        self._view = View()
        self._pictures = Pictures(ports.database, ports.media_folder)
        self._accounts: Mapping[str, Account] = _first_of_each_city(ports)

    def routes(self) -> list[BaseRoute]:
        """The addresses of the pages."""
        pages: list[BaseRoute] = [Route(f"/{slug}", partial(self.page, slug=slug)) for slug in self._accounts]
        if len(self._accounts) == 1:
            pages.append(Route("/", partial(self.page, slug=next(iter(self._accounts)))))
        else:
            pages.append(Route("/", self.choice))
        return [
            *pages,
            Route("/in-web/chat.css", partial(self.asset, name="chat.css")),
            Route("/in-web/chat.js", partial(self.asset, name="chat.js")),
            Route("/in-web/{account}/form", self.write, methods=["POST"]),
            Route("/in-web/{account}/forget", self.forget, methods=["POST"]),
            Route("/in-web/{account}/gone", self.gone),
            Route("/in-web/{account}/picture/{key}", self.picture),
        ]

    async def choice(self, request: Request) -> Response:
        """Which city?"""
        return self._view.choice(request, [self._ports.cities[slug] for slug in self._accounts])

    async def asset(self, request: Request, name: str) -> Response:
        """The style sheet or the script."""
        return self._view.asset(request, name)

    async def picture(self, request: Request) -> Response:
        """The picture of an answer: it never changes, so that a phone on a bad line loads it once."""
        account = self._ports.accounts.get(("web", request.path_params["account"]))
        file = await self._pictures.file(account.city, request.path_params["key"]) if account else None
        return FileResponse(file, headers={**HEADERS, "Cache-Control": FOR_GOOD}) if file else refusal(404)

    async def page(self, request: Request, slug: str) -> Response:
        """A city's chat, with what was said so far where the browser shows its token."""
        return await self._show(request, self._accounts[slug], _token(request))

    async def write(self, request: Request) -> Response:
        """A message without script: kept, answered if that goes fast, and the page anew."""
        account = self._ports.accounts.get(("web", request.path_params["account"]))
        if account is None or is_foreign(request):
            return refusal(404)
        body = await read_body(request, LARGEST_FORM)
        if body is None:
            return refusal(413)
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        text, own_id = clean_text(form.get("text", "")).replace("\r\n", "\n"), form.get("id", "")
        token = _token(request) or new_token()
        if text.strip():
            show = partial(self._show, request, account, token, unsent=text, own_id=own_id)
            if wait := self._guard.message(request, token, text):
                return await show(problem="later", status=429, wait=wait)
            try:
                await self._keep(account, token, {"id": own_id, "type": "text", "text": text}, body)
                await self._note_shown(account, token, form.get("have", ""))
            except NotStored:
                return await show(problem="broken", status=503)
        response = RedirectResponse(f"/{account.city}#end", 303)
        remember(request, response, token)
        return response

    async def forget(self, request: Request) -> Response:
        """Take the chat off this phone. The case file stays. Whoever had to be silent is not led back to our page."""
        account = self._ports.accounts.get(("web", request.path_params["account"]))
        if account is None or is_foreign(request):
            return refusal(404)
        address = chat_of(token_of(request)) or chat_of(_token(request))
        silent = address is not None and (await self._chats.read(account, address)).mode == "silent"
        response = RedirectResponse(f"/in-web/{account.name}/gone" if silent else f"/{account.city}", 303)
        response.delete_cookie(COOKIE, path="/")
        return response

    async def gone(self, request: Request) -> Response:
        """After a silent chat was taken off the phone."""
        return self._view.gone(request)

    async def _keep(self, account: Account, token: str, content: dict[str, str], body: bytes) -> None:
        """Make it durable, and give the answer a moment to come."""
        chat, now = chat_of(token) or "", self._ports.clock.now()
        one = read_message(content, body, now, token=token, chat=chat, city=account.city)
        await self._ports.inbox.keep(account, Parsed((one,)), body)
        known = {line.id for line in (await self._chats.read(account, chat)).lines}
        await self._chats.wait(account, chat, known, ANSWER_WAIT)

    async def _note_shown(self, account: Account, token: str, have: str) -> None:
        """What stood on the page that was sent back to us had arrived."""
        chat = await self._chats.read(account, chat_of(token) or "")
        if reports := chat.proven(have.split(","), self._ports.clock.now()):
            await self._ports.inbox.keep(account, Parsed(reports=reports), b"")

    async def _show(
        self,
        request: Request,
        account: Account,
        token: str,
        *,
        unsent: str = "",
        own_id: str = "",
        problem: str = "",
        status: int = 200,
        wait: float = 0.0,
    ) -> Response:
        address = chat_of(token)
        chat = await self._chats.read(account, address) if address else Chat()
        response = self._view.chat(
            request,
            self._city(account),
            account.name,
            chat,
            now=self._ports.clock.now(),
            token=token if address else "",
            fresh_id=own_id or uuid4().hex,
            unsent=unsent,
            problem=problem,
            status=status,
        )
        if wait:
            response.headers["Retry-After"] = str(int(wait) + 1)
        return response

    def _city(self, account: Account) -> City:
        return self._ports.cities[account.city]


def _first_of_each_city(ports: Ports) -> dict[str, Account]:
    found: dict[str, Account] = {}
    for account in ports.accounts.values():
        if account.city in ports.cities:
            found.setdefault(account.city, account)
    return {slug: found[slug] for slug in ports.cities if slug in found}


def _token(request: Request) -> str:
    token = request.cookies.get(COOKIE, "")
    return token if chat_of(token) else ""

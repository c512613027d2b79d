"""A stand-in for the console's API that keeps everything in memory, for looking at the staff app alone.

    python -m tests.browser.fake_api [PORT]      any name, password "rahasia-sekali"

Its tests reach inside (`desk.push`, `desk.drop_everyone`, `desk.broken`) instead of pretending to be a second operator.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from tests.browser import fake_desk, fake_knowledge, fake_learning
from tests.browser.fake_desk import AMBON, CARDS, COLLEAGUE, KENDARI, ME, Json, ago

STATIC = Path(__file__).resolve().parents[2] / "handoff" / "console" / "static"
PASSWORD = "rahasia-sekali"
CSRF = "fake-csrf"
POLICY = (
    "default-src 'none'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "media-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><path fill="#b33" d="M0 0h4v3H0z"/></svg>'
PING_SECONDS = 10.0


class Desk:
    """All that the fake knows, and whoever listens."""

    def __init__(self, crowd: int = 0) -> None:
        self.me: Json = {**ME, "username": "sari", "role": "operator", "must_change_password": False}
        self.cases: dict[str, Json] = {one["id"]: one for one in fake_desk.cases()}
        for number in range(crowd):
            one = fake_desk.incident(5000 + number, "medis", number % 4 + 1, "tolong", 40 + number)
            self.cases[one["id"]] = one
        self.talks: dict[str, Json] = {}
        self.lines: dict[str, list[Json]] = {}
        for case in self.cases.values():
            if case["conversation_id"]:
                self._converse(case)
        for number, channel in ((31, "telegram"), (32, "web")):
            talk = fake_desk.conversation(None, number, channel, "jam berapa puskesmas buka?")
            self.talks[talk["id"]] = talk
            self.lines[talk["id"]] = [fake_desk.message(number, talk, "in", "citizen", talk["last_text"], 40)]
        self.sockets: set[web.WebSocketResponse] = set()
        self.broken = False  # every call answers 503, every socket closes
        self.replies: list[Json] = []  # every reply that arrived, repeated ones too
        self.calls: list[Json] = []  # every case opened by hand that arrived, repeated ones too
        self.opened: dict[str, str] = {}  # by their client_id
        self.library = fake_knowledge.Library(fake_learning.MORE_ENTRIES)
        self.school = fake_learning.School()
        self.deaf = False  # the next case opened by hand arrives, and its answer gets lost

    def _converse(self, case: Json) -> None:
        talk = fake_desk.conversation(case, case["number"], case["channel"], case["last_text"])
        self.talks[talk["id"]] = talk
        self.lines[talk["id"]] = fake_desk.transcript(case, talk)

    async def push(self, frame: Json) -> None:
        """Tell every open page."""
        for socket in list(self.sockets):
            await socket.send_str(json.dumps(frame))

    async def put(self, case: Json, **news: Any) -> Json:
        """Change a case as the server would, and tell."""
        case.update(news, version=case["version"] + 1)
        self.cases[case["id"]] = case
        if case["conversation_id"] and case["conversation_id"] not in self.talks:
            self._converse(case)
        await self.push({"type": "incident", "incident": case})
        return case

    async def hold(self, talk: Json, holder: Json | None) -> None:
        """Let an operator, or the bot, speak."""
        talk.update(holder="operator" if holder else "bot", operator=holder)
        await self.push({"type": "conversation", "conversation": talk})

    async def say(self, talk: Json, line: Json) -> None:
        """Add a line, or change one."""
        lines = self.lines[talk["id"]]
        lines[:] = [one for one in lines if one["id"] != line["id"]] + [line]
        about = {"city": talk["city"], "conversation_id": talk["id"], "message": line}
        await self.push({"type": "message"} | about)

    async def drop_everyone(self) -> None:
        """As a restarted server does."""
        for socket in list(self.sockets):
            await socket.close(code=1012)


class Refused(web.HTTPException):
    """An error in the API's form."""

    def __init__(self, status: int, error: str, detail: str, **more: Any) -> None:
        self.status_code = status
        body = json.dumps({"error": error, "detail": detail, **more})
        super().__init__(text=body, content_type="application/json")


def make_app(desk: Desk) -> web.Application:
    """The whole console, with `desk` behind it."""
    app = web.Application(middlewares=[_guarding(desk)], client_max_size=4 * 1024**2)
    calls = _Calls(desk)
    app.router.add_get("/api/live", calls.live)
    app.router.add_get("/api/media/{city}/{id}", calls.media)
    learning = fake_learning.routes(desk.school, desk.library.write)
    for method, path, handler in [*calls.table(), *learning, *fake_knowledge.routes(desk.library)]:
        app.router.add_route(method, f"/api{path}", handler)
    app.router.add_get("/", calls.page)
    app.router.add_static("/", STATIC)
    return app


def _guarding(desk: Desk) -> Any:
    @web.middleware
    async def guard(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if desk.broken and request.path.startswith("/api"):
            raise Refused(503, "down", "Server sedang dimulai ulang.")
        free = request.path in ("/api/login",) or not request.path.startswith("/api")
        if not free and request.cookies.get("sigap_session") != "ok":
            raise Refused(401, "login", "Masuk lagi.")
        if request.method == "POST" and not free and request.headers.get("X-CSRF-Token") != CSRF:
            raise Refused(403, "csrf", "Muat ulang halaman.")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = POLICY
        return answer

    return guard


class _Calls:
    """The API's calls, each as short as it can be."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def table(self) -> list[tuple[str, str, Any]]:
        talk, case = "/conversations/{city}/{id}", "/incidents/{city}/{id}"
        return [
            ("POST", "/login", self.login),
            ("POST", "/logout", self.logout),
            ("POST", "/password", self.password),
            ("GET", "/me", self.who),
            ("GET", "/queue", self.queue),
            ("GET", talk, self.opened),
            ("GET", f"{talk}/messages", self.older),
            ("POST", f"{talk}/take", self.take),
            ("POST", f"{talk}/handback", self.hand_back),
            ("POST", f"{talk}/reply", self.reply),
            ("POST", f"{talk}/contact", self.contact),
            ("POST", "/incidents", self.by_hand),
            ("GET", case, self.case),
            ("POST", f"{case}/claim", self.claim),
            ("POST", f"{case}/release", self.release),
            ("POST", f"{case}/update", self.update),
            ("POST", f"{case}/close", self.close),
            ("GET", "/places", self.places),
            ("GET", "/cards", self.cards),
        ]

    def _case(self, request: web.Request) -> Json:
        return self.desk.cases[request.match_info["id"]]

    def _talk(self, request: web.Request) -> Json:
        if request.match_info["id"] not in self.desk.talks:
            raise Refused(404, "not_found", "Data tidak ditemukan atau bukan wilayah Anda.")
        return self.desk.talks[request.match_info["id"]]

    def _me(self) -> Json:
        about = {"operator": self.desk.me, "csrf": CSRF, "server_time": ago(0), "cities": [KENDARI, AMBON]}
        about |= {"telltales": fake_desk.TELLTALES, "templates": [{"channel": "whatsapp", "account": "resmi"}]}
        return about | {"map": {"tile_url": None, "attribution": ""}}

    async def page(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(STATIC / "index.html")

    async def login(self, request: web.Request) -> web.Response:
        given = await request.json()
        if given["username"] == "terkunci":
            raise Refused(423, "locked", "Terkunci.", retry_after=90)
        if given["password"] != PASSWORD:
            raise Refused(401, "bad_login", "Salah.")
        answer = web.json_response(self._me())
        answer.set_cookie("sigap_session", "ok", httponly=True, samesite="Strict")
        return answer

    async def logout(self, request: web.Request) -> web.Response:
        answer = web.Response(status=204)
        answer.del_cookie("sigap_session")
        return answer

    async def password(self, request: web.Request) -> web.Response:
        self.desk.me["must_change_password"] = False
        return web.Response(status=204)

    async def who(self, request: web.Request) -> web.Response:
        return web.json_response(self._me())

    async def queue(self, request: web.Request) -> web.Response:
        talks = [one for one in self.desk.talks.values() if one["holder"] == "bot" and not one["incident_id"]]
        return web.json_response({"incidents": [*self.desk.cases.values()], "conversations": talks, "at": ago(0)})

    async def opened(self, request: web.Request) -> web.Response:
        talk = self._talk(request)
        case = next((one for one in self.desk.cases.values() if one["conversation_id"] == talk["id"]), None)
        past = {"code": "K-0101", "category": "medis", "opened_at": ago(900_000), "close_reason": "ditangani"}
        about = {"conversation": talk, "messages": self.desk.lines[talk["id"]], "more": False, "incident": case}
        return web.json_response(about | {"history": [past], "viewers": [ME, COLLEAGUE]})

    async def older(self, request: web.Request) -> web.Response:
        return web.json_response({"messages": [], "more": False})

    async def take(self, request: web.Request) -> web.Response:
        talk = self._talk(request)
        case = fake_desk.incident(900 + len(self.desk.cases), "lainnya", 3, talk["last_text"], 40, reason="operator")
        case |= {"conversation_id": talk["id"], "status": "claimed", "claimed_by": ME, "contact": talk["contact"]}
        talk["incident_id"] = case["id"]
        await self.desk.hold(talk, ME)
        return web.json_response({"conversation": talk, "incident": await self.desk.put(case)})

    async def hand_back(self, request: web.Request) -> web.Response:
        talk = self._talk(request)
        await self.desk.hold(talk, None)
        case = self.desk.cases.get(talk["incident_id"] or "")
        if case:
            await self.desk.put(case, status="waiting", claimed_by=None)
        return web.json_response({"conversation": talk, "incident": case})

    async def reply(self, request: web.Request) -> web.Response:
        talk, words = self._talk(request), await request.json()
        self.desk.replies.append(words)
        known = [one for one in self.desk.lines[talk["id"]] if one["client_id"] == words["client_id"]]
        if known:
            return web.json_response(known[0])
        if talk["operator"] != ME:
            raise Refused(409, "not_yours", "Ambil percakapan ini dulu sebelum membalas.")
        if talk["silent"] and "polisi" in words["text"].lower() and not words.get("anyway"):
            raise Refused(422, "telltale", "Mode senyap: kata “polisi” bisa membahayakan orang ini.", words=["polisi"])
        number = 50_000_000 + len(self.desk.replies)
        line = fake_desk.message(number, talk, "out", "operator", words["text"], 0, operator=ME, state="queued")
        line["client_id"] = words["client_id"]
        await self.desk.say(talk, line)
        await self.desk.say(talk, line | {"state": "sent"})
        return web.json_response(line, status=201)

    async def contact(self, request: web.Request) -> web.Response:
        talk, change = self._talk(request), await request.json()
        talk["silent"] = change.pop("silent", talk["silent"])
        talk["contact"].update(change)
        await self.desk.push({"type": "conversation", "conversation": talk})
        return web.json_response(talk)

    async def by_hand(self, request: web.Request) -> web.Response:
        said = await request.json()
        self.desk.calls.append(said)
        if said["client_id"] in self.desk.opened:
            return web.json_response(self.desk.cases[self.desk.opened[said["client_id"]]])
        if "x" in said.get("caller_phone", ""):
            raise Refused(422, "bad_phone", "Nomor pelapor tidak sah.")
        case = fake_desk.incident(800 + len(self.desk.cases), said["category"], said["severity"], said["note"], 1)
        case |= {"source": said["source"], "reason": "by_hand", "conversation_id": None, "channel": None}
        case |= {"place": said["place"], "note": said["note"], "status": "claimed", "claimed_by": ME}
        self.desk.opened[said["client_id"]] = case["id"]
        if self.desk.deaf:
            self.desk.deaf = False
            await self.desk.put(case)
            raise Refused(503, "down", "Server sedang dimulai ulang.")
        return web.json_response(await self.desk.put(case), status=201)

    async def case(self, request: web.Request) -> web.Response:
        event = {"at": ago(70), "who": "bot", "verb": "open", "detail": {"reason": "emergency", "severity": 1}}
        return web.json_response({"incident": self._case(request), "events": [event]})

    async def claim(self, request: web.Request) -> web.Response:
        case = self._case(request)
        if case["status"] == "claimed" and case["claimed_by"] != ME:
            raise Refused(409, "claimed", "Laporan ini sedang ditangani.", by=case["claimed_by"])
        if case["conversation_id"]:
            await self.desk.hold(self.desk.talks[case["conversation_id"]], ME)
        return web.json_response(await self.desk.put(case, status="claimed", claimed_by=ME, claimed_at=ago(0)))

    async def release(self, request: web.Request) -> web.Response:
        return web.json_response(await self.desk.put(self._case(request), status="waiting", claimed_by=None))

    async def update(self, request: web.Request) -> web.Response:
        case, change = self._case(request), await request.json()
        if change.pop("version") != case["version"]:
            raise Refused(409, "stale", "Laporan ini baru saja diubah orang lain.", incident=case)
        if change.pop("alarm_seen", False):
            change["alarm"] = None
        change["facts"] = {**case["facts"], **change.get("facts", {})}
        return web.json_response(await self.desk.put(case, **change))

    async def close(self, request: web.Request) -> web.Response:
        case, said = self._case(request), await request.json()
        if not said["reason"]:
            raise Refused(422, "reason", "Pilih alasan penutupan dari daftar.")
        if case["conversation_id"]:
            talk = self.desk.talks[case["conversation_id"]]
            talk["incident_id"] = None
            await self.desk.hold(talk, None)
        done = {"status": "closed", "close_reason": said["reason"], "closed_at": ago(0), "alarm": None}
        return web.json_response(await self.desk.put(case, **done))

    async def places(self, request: web.Request) -> web.Response:
        query = request.query["q"].lower()
        fitting = [one for one in KENDARI["areas"] if one["parent"] and query in one["name"].lower()]
        return web.json_response({"places": [self._found(one) for one in fitting]})

    def _found(self, area: Json) -> Json:
        about = {"kecamatan": "Kendari Barat", "kelurahan": area["name"], "landmark": None}
        return about | {"lat": area["lat"], "lon": area["lon"], "label": f"{area['name']}, Kec. Kendari Barat"}

    async def cards(self, request: web.Request) -> web.Response:
        return web.json_response({"cards": CARDS})

    async def media(self, request: web.Request) -> web.Response:
        return web.Response(text=PICTURE, content_type="image/svg+xml")

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str(json.dumps({"type": "hello", "server_time": ago(0)}))
        await socket.send_str(json.dumps({"type": "health", "parts": [{"name": "SMS", "ok": True, "detail": ""}]}))
        self.desk.sockets.add(socket)
        pinging = asyncio.create_task(self._ping(socket))
        try:
            async for frame in socket:
                if frame.type is WSMsgType.ERROR:
                    break
        finally:
            pinging.cancel()
            self.desk.sockets.discard(socket)
        return socket

    async def _ping(self, socket: web.WebSocketResponse) -> None:
        while not socket.closed:
            await asyncio.sleep(PING_SECONDS)
            await socket.send_str(json.dumps({"type": "ping", "server_time": ago(0)}))


if __name__ == "__main__":
    web.run_app(make_app(Desk()), host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8112)

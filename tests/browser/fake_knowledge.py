"""A stand-in for the calls by which staff keep what the city knows: entries of every kind, in memory."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from knowledge_base.entries.differences import diff
from tests.browser.fake_desk import Json, ago

KINDS = {
    "article": ("Jawaban", True),
    "card": ("Kartu dan SOP", True),
    "wording": ("Kalimat bot", True),
    "category": ("Kategori darurat", True),
    "agency": ("Instansi", False),
    "landmark": ("Patokan", False),
    "quick_reply": ("Balasan cepat", False),
    "holiday": ("Hari libur", False),
}
OWNERS = [{"username": "sari", "name": "Sari Wulandari"}, {"username": "budi", "name": "Budi Latuconsina"}]
PLACEHOLDERS = {"city": "Kota Kendari", "short": "Kendari", "voice": "112", "sms_number": "0811-5550-112"}
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def article(title: str, answer: str, **more: Any) -> Json:
    """An answer's body."""
    return {
        "title": title,
        "answer": answer,
        "sms": answer[:120],
        "ask": "Disdukcapil {city}",
        "confirmed_on": "2026-10-02",
        "source": None,
        "variants": [title.lower()],
        "tests": [],
        "ambonese": None,
        "kendari": None,
        "local": [],
        "links": [],
        "phones": [],
        "hours": [],
        "hours_note": None,
        "closed_on_holidays": True,
        "picture": None,
        "owner": None,
        "review_on": None,
    } | more


def _articles() -> dict[str, Json]:
    hours = [{"days": [1, 2, 3, 4, 5], "opens": "08:00", "closes": "15:00"}]
    phone = {"number": "0401-555-0131", "label": "loket Disdukcapil", "confirmed_on": "2026-10-02"}
    site = {"label": "Situs Disdukcapil", "url": "https://disdukcapil.example.go.id"}
    variants = ["bikin ktp hilang gmn", "ktp sy hilang", "cara urus ktp hilang", "syarat ktp baru"]
    known = {"variants": variants, "hours": hours, "phones": [phone], "links": [site], "owner": "sari"}
    words = "Bawa KK dan surat kehilangan dari polisi ke Disdukcapil {city}. Gratis, selesai di hari yang sama."
    return {
        "ktp_hilang": article("KTP hilang", words, **known, review_on="2026-11-28"),
        "akta_lahir": article("Akta kelahiran", "Akta kelahiran diurus di Disdukcapil, gratis.", owner="budi"),
        "jadwal_sampah": article("Jadwal angkut sampah", "Sampah diangkut setiap pagi.", review_on="2027-02-01"),
        "puskesmas_mandonga": article("Jam Puskesmas Mandonga", "Puskesmas Mandonga melayani pagi hari.", hours=hours),
        "pajak_motor": article("Bayar pajak motor", "Pajak motor dibayar di Samsat."),
        "retribusi_pasar": article("Retribusi pasar", "Retribusi dibayar di kantor pasar."),
    }


def _shelf(bodies: dict[str, Json]) -> dict[str, Json]:
    return {slug: _published(slug, body) for slug, body in bodies.items()}


def _published(slug: str, body: Json) -> Json:
    title = str(body.get("title") or body.get("name") or body.get("text") or slug)
    row = {"version": 1, "verb": "seeded", "who": "berkas", "approved_by": None, "at": ago(864_000), "note": ""}
    published = {"title": title, "body": body, "version": 1, "updated_at": ago(864_000), "updated_by": "berkas"}
    published |= {"withdrawn": False, "edited": False}
    return {"slug": slug, "published": published, "draft": None, "faults": [], "versions": [row | {"body": body}]}


class Library:
    """All entries by kind, and what the tests want to happen."""

    def __init__(self, more: dict[str, dict[str, Json]]) -> None:
        self.shelves: dict[str, dict[str, Json]] = {kind: _shelf(more.get(kind, {})) for kind in KINDS}
        self.shelves["article"] = _shelf(_articles())
        self.who = "sari"
        self.may_publish = True
        self.report: Json | None = None  # what the next check finds
        self.broken = False  # saving gets no answer
        self.saves: list[Json] = []
        self.imports: list[tuple[str, bool]] = []
        self.import_errors: list[Json] = []

    def of(self, kind: str, slug: str) -> Json:
        if slug not in self.shelves[kind]:
            raise web.HTTPNotFound(text='{"error": "not_found", "detail": "Tidak ditemukan."}')
        return self.shelves[kind][slug]

    def write(self, kind: str, slug: str, body: Json, who: str) -> Json:
        """Save a draft as anybody: a colleague's save is one call."""
        one = self.shelves[kind].setdefault(
            slug, {"slug": slug, "published": None, "draft": None, "faults": [], "versions": []}
        )
        before = one["draft"]
        authors = [*dict.fromkeys([*(before["authors"] if before else []), who])]
        one["draft"] = {
            "title": str(body.get("title") or body.get("name") or body.get("text") or slug),
            "body": body,
            "revision": (before["revision"] if before else 0) + 1,
            "state": "draft",
            "authors": authors,
            "remark": before["remark"] if before else "",
            "updated_at": ago(0),
            "updated_by": who,
            "base_version": one["published"]["version"] if one["published"] else None,
        }
        one["faults"] = [{"field": "answer", "text": "Isi jawabannya dulu."}] if body.get("answer") == "" else []
        return one

    def publish(self, one: Json, body: Json, verb: str, who: str, approved_by: str | None = None) -> None:
        """What citizens get from now on."""
        version = len(one["versions"]) + 1
        row = {"version": version, "verb": verb, "who": who, "approved_by": approved_by, "at": ago(0), "note": ""}
        one["versions"].append(row | {"body": body})
        title = str(body.get("title") or body.get("name") or body.get("text") or one["slug"])
        one["published"] = {"title": title, "body": body, "version": version, "updated_at": ago(0), "updated_by": who}
        one["published"] |= {"withdrawn": verb == "withdrawn", "edited": True}


def refuse(status: int, error: str, detail: str, **more: Any) -> web.HTTPException:
    """An error in the API's form."""

    class Refused(web.HTTPException):
        status_code = status

    return Refused(text=json.dumps({"error": error, "detail": detail, **more}), content_type="application/json")


def shape(one: Json) -> Json:
    """An entry as GET gives it."""
    rows = [{key: value for key, value in row.items() if key != "body"} for row in reversed(one["versions"])]
    return {key: one[key] for key in ("slug", "published", "draft", "faults")} | {"history": rows, "feedback": None}


def line(one: Json) -> Json:
    """An entry as a list shows it."""
    published, draft = one["published"], one["draft"]
    shown = draft or published
    body = (published or draft)["body"]
    review = body.get("review_on")
    state = ("withdrawn" if published["withdrawn"] else "published") if published else draft["state"]
    return {
        "slug": one["slug"],
        "title": (published or draft)["title"],
        "state": state,
        "has_draft": draft is not None,
        "draft_state": draft["state"] if draft else None,
        "version": published["version"] if published else None,
        "owner": body.get("owner"),
        "review_on": review,
        "due": bool(review and review < "2026-12-06"),
        "updated_at": shown["updated_at"],
        "updated_by": shown["updated_by"],
        "asked_7_days": 12 if one["slug"] == "ktp_hilang" else 0,
    }


class _Calls:
    def __init__(self, library: Library) -> None:
        self.library = library

    def _one(self, request: web.Request) -> Json:
        return self.library.of(request.match_info["kind"], request.match_info["slug"])

    async def about(self, request: web.Request) -> web.Response:
        library, kinds = self.library, []
        for slug, (name, two) in KINDS.items():
            lines = [line(one) for one in library.shelves[slug].values()]
            drafts = sum(one["draft_state"] == "draft" for one in lines)
            reviews = sum(one["draft_state"] == "review" for one in lines)
            about = {"slug": slug, "name": name, "two_people": two, "count": len(lines), "drafts": drafts}
            kinds.append(about | {"in_review": reviews, "due": sum(one["due"] for one in lines)})
        me = {"may_publish": library.may_publish, "may_write": True}
        areas = ["Mandonga", "Kendari Barat", "Wua-Wua", "Poasia", "Abeli"]
        return web.json_response(
            {"kinds": kinds, "me": me, "kecamatan": areas, "owners": OWNERS, "placeholders": PLACEHOLDERS}
        )

    async def list(self, request: web.Request) -> web.Response:
        asked = request.query
        state, owner, words = asked.get("state", "all"), asked.get("owner", ""), asked.get("q", "").lower()
        entries = [line(one) for one in self.library.shelves[request.match_info["kind"]].values()]
        entries = [one for one in entries if words in f"{one['slug']} {one['title']}".lower()]
        entries = [one for one in entries if owner in (one["owner"] or "")]
        if state != "all":
            entries = [
                one for one in entries if state in (one["state"], one["draft_state"], "due" if one["due"] else "")
            ]
        entries.sort(key=lambda one: one["title"])
        offset = int(asked.get("offset", "0"))
        return web.json_response({"entries": entries[offset : offset + 50], "total": len(entries)})

    async def get(self, request: web.Request) -> web.Response:
        return web.json_response(shape(self._one(request)))

    async def create(self, request: web.Request) -> web.Response:
        kind, said = request.match_info["kind"], await request.json()
        slug = said["title"].lower().replace(" ", "_")
        if slug in self.library.shelves[kind]:
            raise refuse(409, "exists", "Sudah ada.")
        body = said.get("body") or {"title": said["title"]}
        if kind == "article":
            body = article(said["title"], "", sms="", variants=[]) | body
        return web.json_response(shape(self.library.write(kind, slug, body, self.library.who)), status=201)

    async def draft(self, request: web.Request) -> web.Response:
        library, said = self.library, await request.json()
        library.saves.append(said)
        if library.broken:
            raise refuse(503, "down", "Server sedang dimulai ulang.")
        kind, slug = request.match_info["kind"], request.match_info["slug"]
        if kind == "holiday" and slug not in library.shelves[kind]:  # a new day is named by whoever writes it
            return web.json_response(shape(library.write(kind, slug, said["body"], library.who)))
        one = self._one(request)
        there = one["draft"]
        if (there["revision"] if there else None) != said["revision"]:
            raise refuse(409, "stale", "Orang lain baru menyimpan.", draft=there)
        return web.json_response(
            shape(library.write(request.match_info["kind"], one["slug"], said["body"], library.who))
        )

    def _turn(self, one: Json, state: str, remark: str = "") -> None:
        one["draft"] |= {"state": state, "remark": remark, "revision": one["draft"]["revision"] + 1}

    async def act(self, request: web.Request) -> web.Response:
        library, said, one = self.library, await request.json(), self._one(request)
        verb, draft, published = request.match_info["verb"], one["draft"], one["published"]
        if verb in ("drop", "submit", "send_back", "publish") and said["revision"] != draft["revision"]:
            raise refuse(409, "stale", "Orang lain baru menyimpan.", draft=draft)
        if verb in ("submit", "publish") and one["faults"]:
            raise refuse(422, "faults", "Ada isian yang perlu diperbaiki.", faults=one["faults"])
        if verb == "submit":
            self._turn(one, "review")
        elif verb == "send_back":
            self._turn(one, "draft", said["remark"])
        elif verb == "drop":
            one["draft"] = None
            if not published:
                del library.shelves[request.match_info["kind"]][one["slug"]]
        elif verb == "publish":
            if KINDS[request.match_info["kind"]][1] and library.who in draft["authors"]:
                raise refuse(409, "second_person", "Orang lain yang menerbitkan.")
            if library.report and (library.report["blocked"] or not said["seen_report"]):
                raise refuse(409, "checked", "Periksa dulu laporannya.", report=library.report)
            one["draft"] = None
            library.publish(one, draft["body"], "published", draft["authors"][0], library.who)
        elif verb in ("withdraw", "restore"):
            library.publish(one, published["body"], {"withdraw": "withdrawn", "restore": "restored"}[verb], library.who)
            one["versions"][-1]["note"] = said.get("note", "")
        elif verb == "roll_back":
            body = one["versions"][said["version"] - 1]["body"]
            library.publish(one, body, "rolled_back", library.who)
        return web.json_response(shape(one))

    async def version(self, request: web.Request) -> web.Response:
        one, number = self._one(request), int(request.match_info["number"])
        body = one["versions"][number - 1]["body"]
        before = one["versions"][number - 2]["body"] if number > 1 else None
        return web.json_response({"version": number, "title": one["slug"], "body": body, "diff": diff(before, body)})

    async def diff(self, request: web.Request) -> web.Response:
        one = self._one(request)
        before = one["published"]["body"] if one["published"] else None
        return web.json_response({"diff": diff(before, one["draft"]["body"])})

    async def bulk(self, request: web.Request) -> web.Response:
        said, kind = await request.json(), request.match_info["kind"]
        done, refused = [], []
        for slug in said["slugs"]:
            one = self.library.of(kind, slug)
            if said["do"] == "submit" and not one["draft"]:
                refused.append({"slug": slug, "text": "Belum ada konsep."})
                continue
            if said["do"] == "submit":
                self._turn(one, "review")
            elif said["do"] in ("withdraw", "restore"):
                verb = {"withdraw": "withdrawn", "restore": "restored"}[said["do"]]
                self.library.publish(one, one["published"]["body"], verb, self.library.who)
            else:
                body = one["published"]["body"] | {said["do"]: said["value"]}
                self.library.publish(one, body, "published", self.library.who)
            done.append(slug)
        return web.json_response({"done": done, "refused": refused})

    async def rehearse(self, request: web.Request) -> web.Response:
        said = await request.json()
        return web.json_response(rehearsed(said["text"], said["channel"], said["drafts"]))

    async def check(self, request: web.Request) -> web.Response:
        return web.json_response(self.library.report or clean())

    async def export(self, request: web.Request) -> web.Response:
        return web.Response(text="topic,title\n", headers={"Content-Disposition": "attachment; filename=jawaban.csv"})

    async def take_in(self, request: web.Request) -> web.Response:
        await request.read()
        dry = request.query["dry"] == "true"
        self.library.imports.append((request.query["format"], dry))
        errors = self.library.import_errors
        found = {"rows": 500, "new": 480 - len(errors), "changed": 13, "same": 7, "errors": errors}
        return web.json_response(found | {"done": not dry and not errors})

    async def add_picture(self, request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"id": "71"}, status=201)

    async def picture(self, request: web.Request) -> web.Response:
        return web.Response(body=DOT, content_type="image/png")


def clean() -> Json:
    """A check that finds nothing."""
    looked = {"emergencies": 412, "recorded": 500, "tests": 86}
    nothing: Json = {"emergencies": [], "newly_answered": [], "changed": [], "tests": [], "faults": []}
    return nothing | {"blocked": False, "checked": looked}


def rehearsed(text: str, channel: str, drafts: list[Json]) -> Json:
    """What the turn would do: fire goes to a human, a variant of the draft gets its answer."""
    understood: Json = {
        "kind": "question",
        "action": "answer",
        "categories": [],
        "reasons": ["mirip pertanyaan yang ditulis"],
    }
    found: Json = {"understanding": understood, "decision": "", "human": False, "replies": [], "topic": None}
    if "kebakaran" in text or "api" in text.split():
        understood |= {"kind": "emergency", "action": "escalate", "reasons": ["kata bahaya: kebakaran"]}
        reply = {"text": "Pesan masuk. Petugas sedang dipanggil. Di mana tempatnya?", "buttons": [], "sms_parts": 1}
        return found | {"human": True, "decision": "Jenis: kebakaran, P1", "replies": [reply]}
    draft = drafts[0]["body"]
    if any(text.lower() in one.lower() or one.lower() in text.lower() for one in draft.get("variants", []) if one):
        words = draft["sms"] if channel == "sms" else draft["answer"]
        reply = {"text": words, "buttons": [] if channel == "sms" else ["Bukan itu"], "sms_parts": 1}
        topic = {"slug": drafts[0]["slug"], "title": draft["title"], "from": "draft"}
        return found | {"replies": [reply], "topic": topic, "decision": "Menjawab langsung"}
    words = "Maaf, kami belum punya jawaban untuk itu."
    return found | {
        "replies": [{"text": words, "buttons": [], "sms_parts": 1}],
        "decision": "Tidak ada yang cukup mirip",
    }


def routes(library: Library) -> list[tuple[str, str, Callable[..., Any]]]:
    """The calls of this part; those with fixed words before those whose words are slugs."""
    calls, city, kind = _Calls(library), "/knowledge/{city}", "/knowledge/{city}/{kind}"
    return [
        ("GET", city, calls.about),
        ("POST", f"{city}/rehearse", calls.rehearse),
        ("POST", f"{city}/check", calls.check),
        ("POST", f"{city}/pictures", calls.add_picture),
        ("GET", f"{city}/pictures/{{id}}", calls.picture),
        ("GET", kind, calls.list),
        ("POST", kind, calls.create),
        ("POST", f"{kind}/bulk", calls.bulk),
        ("GET", f"{kind}/export", calls.export),
        ("POST", f"{kind}/import", calls.take_in),
        ("GET", f"{kind}/{{slug}}", calls.get),
        ("POST", f"{kind}/{{slug}}/draft", calls.draft),
        ("GET", f"{kind}/{{slug}}/diff", calls.diff),
        ("GET", f"{kind}/{{slug}}/versions/{{number}}", calls.version),
        ("POST", f"{kind}/{{slug}}/{{verb}}", calls.act),
    ]

"""What the pages beside the answers ask for: entries of the other kinds, learning, judging, models, accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.browser.fake_desk import Json, ago

PHONE: Json = {"number": "0401-555-0113", "label": "piket", "confirmed_on": "2026-11-01", "source": "Dinas Damkar"}
PHONE |= {"via": "voice", "tested": True}
POST: Json = {"name": "Pos Damkar Pusat", "address": "Jalan Contoh 1", "kelurahan_kode": "74.71.05.1001"}
MORE_ENTRIES: dict[str, dict[str, Json]] = {
    "agency": {
        "damkar": {
            "name": "Dinas Pemadam Kebakaran",
            "kind": "fire",
            "phones": [PHONE],
            "posts": [POST | {"lat": -3.969, "lon": 122.538, "phones": [PHONE]}],
            "note": "Pos terdekat dihitung lewat jalan.",
        },
        "psc": {"name": "PSC 119", "kind": "medical", "phones": [], "posts": [], "note": ""},
    },
    "landmark": {
        "masjid_raya": {
            "name": "Masjid Raya Al-Kautsar",
            "kind": "masjid",
            "aliases": ["alkautsar", "mesjid raya"],
            "area_code": "74.71.05.1001",
            "lat": -3.969,
            "lon": 122.538,
            "radius_m": 120,
            "outside": False,
        },
        "pasar_baru": {
            "name": "Pasar Baru",
            "kind": "pasar",
            "aliases": [],
            "area_code": None,
            "lat": None,
            "lon": None,
            "radius_m": None,
            "outside": False,
        },
    },
    "card": {
        "kartu_kebakaran": {
            "title": "Kebakaran",
            "kind": "card",
            "owner": "Kepala Dinas Pemadam Kebakaran",
            "approved_by": "Budi Latuconsina",
            "approved_on": "2026-11-01",
            "expires": "2027-11-01",
            "version": 1,
            "example": False,
            "categories": ["kebakaran"],
            "send_when": ["kebakaran:hazard_gas"],
            "steps": ["Keluar sekarang. Jangan kembali mengambil barang.", "Tutup pintu di belakang Anda."],
            "body": "1. Keluar sekarang. Jangan kembali mengambil barang.\n2. Tutup pintu di belakang Anda.",
        },
        "sop_kebakaran": {
            "title": "SOP operator kebakaran",
            "kind": "sop",
            "owner": "Kepala Dinas Pemadam Kebakaran",
            "approved_by": None,
            "approved_on": None,
            "expires": None,
            "version": 1,
            "example": False,
            "categories": ["kebakaran"],
            "send_when": [],
            "steps": [],
            "body": "**Tanya**\n1. Di mana? Minta pin.\n2. Ada orang di dalam?\n\n**Jangan**\n- Jangan menunggu.",
        },
    },
    "wording": {
        "calling_no_call": {
            "text": "Petugas sedang dipanggil. Tidak perlu menelepon {voice}, kita lanjut lewat tulisan."
        },
        "ask_people_inside": {"text": "Apakah masih ada orang di dalam?"},
        "ask_gas_present": {"text": "Apakah ada bau gas?"},
        "greeting_sms": {"text": "Ini layanan darurat {city}. Tulis apa yang terjadi dan di mana."},
    },
    "category": {
        "kebakaran": {
            "name": "Kebakaran",
            "description": "Api, asap, ledakan, bau gas.",
            "default_severity": 1,
            "agencies": {"first": ["damkar"], "also": ["psc"], "operator_only": []},
            "restricted": False,
            "silent": False,
            "bot_prenotice": True,
            "cards": ["kartu_kebakaran", "sop_kebakaran"],
            "questions": [
                {"fact": "trapped", "wording": "ask_people_inside", "answer": "yes_no", "yes_is": 1},
                {"fact": "hazard_gas", "wording": "ask_gas_present", "answer": "yes_no", "yes_is": None},
            ],
        },
        "kdrt": {
            "name": "KDRT",
            "description": "Kekerasan di rumah.",
            "default_severity": 1,
            "agencies": {"first": ["damkar"], "also": [], "operator_only": []},
            "restricted": True,
            "silent": True,
            "bot_prenotice": False,
            "cards": [],
            "questions": [],
        },
    },
    "quick_reply": {
        "tunggu": {"title": "Minta menunggu", "text": "Tunggu sebentar, sedang kami catat.", "keys": "t", "order": 10},
        "nomor": {"title": "Nomor laporan", "text": "Nomor Anda {code}, {short}.", "keys": "no", "order": 20},
    },
    "holiday": {"2026-12-25": {"name": "Hari Raya Natal"}, "--08-17": {"name": "Hari Kemerdekaan"}},
}


def _group(number: int, title: str, size: int, examples: list[str], **more: Any) -> Json:
    about = {"id": str(700 + number), "title": title, "size": size, "last_at": ago(3600 * number), "slug": None}
    return about | {"examples": examples, "state": "open", "topic": None} | more


def _example(number: int, text: str, intent: str | None, name: str | None, **more: Any) -> Json:
    about: Json = {"id": str(800 + number), "text": text, "intent": intent, "intent_name": name, "severity": None}
    about |= {"place": None, "was": {"kind": "question"}, "source": "case", "state": "proposed"}
    return about | {"proposed_by": "budi", "at": ago(7200)} | more


def _figure(slug: str, name: str, value: float, floor: float, at_most: bool, in_use: float, ok: bool = True) -> Json:
    about = {"slug": slug, "name": name, "value": value, "unit": "share", "floor": floor}
    return about | {"at_most": at_most, "in_use": in_use, "ok": ok}


INTENTS = [
    {"intent": "darurat_kebakaran", "name": "Darurat: kebakaran"},
    {"intent": "darurat_medis", "name": "Darurat: medis"},
    {"intent": "faq_ktp", "name": "Jawaban: KTP hilang"},
    {"intent": "iseng", "name": "Iseng"},
]
GOOD = [
    _figure("missed", "Darurat yang terlewat", 0.0, 0.005, True, 0.0),
    _figure("asked", "Darurat yang ditanya dulu", 0.06, 0.1, True, 0.07),
    _figure("topic", "Jawaban yang tepat", 0.931, 0.9, False, 0.925),
]
BAD = [_figure("missed", "Darurat yang terlewat", 0.021, 0.005, True, 0.0, ok=False), *GOOD[1:]]
BUILT_IN: Json = {
    "id": "0",
    "why": "",
    "asked_by": "",
    "asked_at": None,
    "ended_at": None,
    "state": "ready",
    "phrases": None,
}
BUILT_IN |= {
    "progress": 1.0,
    "step": "",
    "report": None,
    "detail": "",
    "active": False,
    "built_in": True,
    "gone": False,
}


def _model(number: int, state: str, figures: list[Json] | None, **more: Any) -> Json:
    report = None if figures is None else {"figures": figures, "missed": [], "changed": []}
    about = {"id": str(number), "state": state, "why": "Diminta di halaman ini", "asked_by": "sari", "phrases": 8123}
    about |= {"asked_at": ago(86_400 * number), "ended_at": ago(86_000 * number), "progress": 1.0, "step": ""}
    return about | {"report": report, "detail": "", "active": False, "built_in": False, "gone": False} | more


class School:
    """Groups, examples, messages to judge, models and accounts; what was said about each is kept for the tests."""

    def __init__(self) -> None:
        ferries = ["jam berapa kapal feri ke wawonii", "jadwal feri wawonii bsk", "kapal wawonii jalan jam brp"]
        vaccines = ["vaksin rabies dimana", "suntik rabies gratis kah", "digigit anjing vaksin dmn"]
        self.groups = [
            _group(1, "jam berapa kapal feri ke wawonii", 41, ferries),
            _group(2, "vaksin rabies di mana", 27, vaccines),
            _group(3, "cara pindah sekolah anak", 9, ["cara pindah sekolah anak"]),
            _group(4, "apa arti mimpi", 4, ["apa arti mimpi ular"], state="ignored"),
        ]
        not_that = _group(5, "ktp anak bagaimana", 12, ["ktp anak gmn", "kia anak urus dmn"], topic="ktp_hilang")
        self.weekly = [
            {key: one[key] for key in ("id", "title", "size", "examples", "slug", "topic")} | {"week": one["size"] // 3}
            for one in (*self.groups[:3], not_that)
        ]
        place = {"landmark": "Pasar Baru", "kelurahan": None, "kecamatan": "Mandonga"}
        self.examples = [
            _example(1, "ada asap hitam di blakang toko", "darurat_kebakaran", "Darurat: kebakaran", severity=2),
            _example(2, "bpk sy jatuh ga bangun2", "darurat_medis", "Darurat: medis", was={"kind": "smalltalk"}),
            _example(3, "kumpul di dekat pasar baru sudah", None, None, place=place),
            _example(4, "halo halo", None, None, source="judgement", was={"kind": "prank"}),
        ]
        self.to_judge: list[Json] = [
            {
                "id": str(901 + n),
                "text": text,
                "taken_for": kind,
                "topic": topic,
                "at": ago(600 * n + 60),
                "before": talk,
            }
            | {"conversation_id": "2000000000000000031"}
            for n, (text, kind, topic, talk) in enumerate(
                [
                    ("wkwk rumah sebelah kebakar tapi bohong", "prank", None, ["halo", "ada orang?"]),
                    ("jam berapa puskesmas buka? anak saya kejang", "question", "Jam Puskesmas Mandonga", []),
                    ("terima kasih", "smalltalk", None, []),
                ]
            )
        ]
        self.verdicts: list[tuple[str, str]] = []
        self.models = [
            _model(1, "ready", GOOD, active=True),
            _model(2, "refused", BAD, detail="Darurat yang terlewat melebihi batas."),
            _model(3, "ready", GOOD),
            dict(BUILT_IN),
        ]
        self.people = [
            self._person("sari", "Sari Wulandari", "admin", ["kendari", "ambon"]),
            self._person("budi", "Budi Latuconsina", "supervisor", ["kendari"]),
            self._person("rahma", "Wa Ode Rahma", "author", ["kendari"], must_change_password=True),
            self._person("yusuf", "Yusuf Tuasikal", "operator", ["ambon"], disabled_at=ago(900_000)),
        ]

    @staticmethod
    def _person(username: str, name: str, role: str, cities: list[str], **more: Any) -> Json:
        about = {"username": username, "name": name, "role": role, "cities": cities}
        return about | {"must_change_password": False, "disabled_at": None} | more


def _refused(error: str, detail: str) -> web.HTTPConflict:
    return web.HTTPConflict(text=f'{{"error": "{error}", "detail": "{detail}"}}', content_type="application/json")


class _Calls:
    def __init__(self, school: School, write: Callable[[str, str, Json, str], Json]) -> None:
        self.school = school
        self.write = write

    async def learning(self, request: web.Request) -> web.Response:
        school = self.school
        groups = [one for one in school.groups if one["state"] == request.query.get("state", "open")]
        share = {"rate": 2 / 160, "low": 0.0034, "high": 0.0443, "judged": 160, "emergencies": 2}
        prank = {"taken_for": "prank", "rate": 1 / 40, "low": 0.0044, "high": 0.129, "judged": 40, "emergencies": 1}
        question = prank | {"taken_for": "question", "rate": 1 / 120, "judged": 120}
        feedback = [
            {"topic": "ktp_hilang", "title": "KTP hilang", "answered": 1240, "not_that": 31, "helped": 88},
            {"topic": "akta_lahir", "title": "Akta kelahiran", "answered": 12, "not_that": 4, "helped": 1},
        ]
        missed = share | {"waiting": len(school.to_judge), "unclear": 3, "by": [prank, question]}
        lists = {"weekly": school.weekly, "groups": groups, "total": len(groups)}
        return web.json_response(lists | {"feedback": feedback, "missed": missed})

    async def group(self, request: web.Request) -> web.Response:
        key, verb = request.match_info["key"], request.match_info["verb"]
        one = next(one for one in self.school.groups if one["id"] == key)
        if verb != "draft":
            one["state"] = {"ignore": "ignored", "reopen": "open"}[verb]
            return web.Response(status=204)
        slug = one["title"].replace(" ", "_")
        one |= {"state": "drafted", "slug": slug}
        self.school.weekly = [two | {"slug": slug} if two["id"] == key else two for two in self.school.weekly]
        body = {"title": one["title"].capitalize(), "answer": "", "sms": "", "ask": "", "variants": one["examples"]}
        body |= {"tests": [], "local": [], "links": [], "phones": [], "hours": [], "closed_on_holidays": True}
        self.write("article", slug, body, "sari")
        return web.json_response({"slug": slug})

    async def examples(self, request: web.Request) -> web.Response:
        state = request.query.get("state", "proposed")
        found = [one for one in self.school.examples if one["state"] == state]
        return web.json_response({"examples": found, "total": len(found), "intents": INTENTS})

    async def decide(self, request: web.Request) -> web.Response:
        said = await request.json()
        one = next(one for one in self.school.examples if one["id"] == request.match_info["key"])
        names = {known["intent"]: known["name"] for known in INTENTS}
        if said.get("intent"):
            one |= {"intent": said["intent"], "intent_name": names[said["intent"]]}
        one["state"] = "accepted" if said["accept"] else "rejected"
        return web.json_response(one)

    async def teach(self, request: web.Request) -> web.Response:
        said = await request.json()
        one = _example(50 + len(self.school.examples), said["text"], said["intent"], said["intent"], state="accepted")
        self.school.examples.append(one)
        return web.json_response(one, status=201)

    async def next(self, request: web.Request) -> web.Response:
        waiting = self.school.to_judge
        return web.json_response({"item": waiting[0] if waiting else None, "waiting": len(waiting)})

    async def judge(self, request: web.Request) -> web.Response:
        verdict = (await request.json())["verdict"]
        item = self.school.to_judge.pop(0)
        self.school.verdicts.append((item["text"], verdict))
        talk = {"city": request.match_info["city"], "conversation_id": item["conversation_id"]}
        return web.json_response({"open": talk if verdict == "emergency" else None})

    def _models(self) -> web.Response:
        return web.json_response({"models": self.school.models, "changed_since": 14})

    async def models(self, request: web.Request) -> web.Response:
        return self._models()

    async def train(self, request: web.Request) -> web.Response:
        step = {"progress": 0.42, "step": "menghitung kata", "phrases": None, "asked_at": ago(20), "ended_at": None}
        self.school.models.insert(0, _model(9, "training", None, **step))
        return self._models()

    async def activate(self, request: web.Request) -> web.Response:
        for one in self.school.models:
            one["active"] = one["id"] == request.match_info["key"]
        return self._models()

    async def people(self, request: web.Request) -> web.Response:
        return web.json_response({"people": self.school.people})

    async def add_person(self, request: web.Request) -> web.Response:
        said = await request.json()
        if any(one["username"] == said["username"] for one in self.school.people):
            raise _refused("username_taken", "Nama pengguna itu sudah dipakai.")
        about = (said["username"], said["name"], said["role"], said["cities"])
        person = School._person(*about, must_change_password=True)
        self.school.people.append(person)
        return web.json_response({"person": person, "password": "laut-teduh-4821"}, status=201)

    async def change_person(self, request: web.Request) -> web.Response:
        one = next(one for one in self.school.people if one["username"] == request.match_info["username"])
        verb = request.match_info["verb"]
        if verb == "change":
            one |= await request.json()
        elif verb == "password":
            one["must_change_password"] = True
            return web.json_response({"person": one, "password": "bukit-cerah-9034"})
        else:
            one["disabled_at"] = ago(0) if verb == "disable" else None
        return web.json_response(one)


def routes(school: School, write: Callable[[str, str, Json, str], Json]) -> list[tuple[str, str, Callable[..., Any]]]:
    """Method, path below /api, handler. ``write(kind, slug, body, who)`` puts a draft on the shelf of answers."""
    calls, city = _Calls(school, write), "/learning/{city}"
    return [
        ("GET", city, calls.learning),
        ("POST", f"{city}/groups/{{key}}/{{verb}}", calls.group),
        ("GET", f"{city}/examples", calls.examples),
        ("POST", f"{city}/examples", calls.teach),
        ("POST", f"{city}/examples/{{key}}", calls.decide),
        ("GET", f"{city}/judge", calls.next),
        ("POST", f"{city}/judge/{{key}}", calls.judge),
        ("GET", "/models", calls.models),
        ("POST", "/models", calls.train),
        ("POST", "/models/{key}/activate", calls.activate),
        ("GET", "/people", calls.people),
        ("POST", "/people", calls.add_person),
        ("POST", "/people/{username}/{verb}", calls.change_person),
    ]

"""What the city knows, kept from the staff app: drafts that nobody loses, two people, one who withdraws, a check."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from config.clock import VirtualClock
from config.database import Database
from config.ids import new_id
from handoff.console.ports import ConsolePorts
from handoff.console.route import MEGABYTE
from handoff.tables import audit_event
from knowledge_base import entries
from knowledge_base.kinds import KINDS
from knowledge_base.tables import heard_question
from tests.handoff.browser import Browser
from tests.handoff.conftest import LogIn
from tests.handoff.rehearsing import Rehearsing

ANSWERS = "/knowledge/ujung/article"
BODY = {
    "title": "Mengurus KTP",
    "answer": "KTP diurus di Disdukcapil {city}. Darurat? Telepon {voice}.",
    "sms": "KTP: Disdukcapil {short}.",
    "ask": "Disdukcapil",
    "variants": ["bikin ktp di mana", "urus ktp"],
}
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    + (120).to_bytes(4, "big")
    + (80).to_bytes(4, "big")
    + b"\x08\x02\x00\x00\x00"
)


async def _new(browser: Browser, **more: Any) -> dict[str, Any]:
    answer = await browser.post(ANSWERS, {"title": "Mengurus KTP", "body": BODY | more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _act(browser: Browser, slug: str, act: str, **body: Any) -> dict[str, Any]:
    answer = await browser.post(f"{ANSWERS}/{slug}/{act}", body)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def _published(author: Browser, reviewer: Browser, **more: Any) -> dict[str, Any]:
    made = await _new(author, **more)
    sent = await _act(author, made["slug"], "submit", revision=made["draft"]["revision"])
    return await _act(reviewer, made["slug"], "publish", revision=sent["draft"]["revision"])


async def _verbs(database: Database) -> list[tuple[str, str]]:
    query = select(audit_event.c.who, audit_event.c.verb).where(audit_event.c.verb.startswith("kb_"))
    return await database.read(lambda connection: [(r.who, r.verb) for r in connection.execute(query.order_by("id"))])


async def test_an_answer_is_written_by_one_and_published_by_another(log_in: LogIn, database: Database) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    made = await _new(author)
    assert made["slug"] == "mengurus_ktp"
    assert (made["published"], made["faults"], made["draft"]["authors"]) == (None, [], ["ani"])
    sent = await _act(author, made["slug"], "submit", revision=made["draft"]["revision"])
    assert sent["draft"]["state"] == "review"
    refused = await author.post(f"{ANSWERS}/{made['slug']}/publish", {"revision": sent["draft"]["revision"]})
    assert (refused.status_code, refused.json()["error"]) == (403, "not_allowed")
    told = await _act(admin, made["slug"], "publish", revision=sent["draft"]["revision"])
    assert (told["draft"], told["published"]["version"], told["published"]["withdrawn"]) == (None, 1, False)
    assert told["published"]["body"]["answer"] == BODY["answer"]
    (past,) = told["history"]
    assert (past["verb"], past["who"], past["approved_by"]) == ("published", "ani", "rina")
    assert await _verbs(database) == [("ani", "kb_draft"), ("ani", "kb_submit"), ("rina", "kb_publish")]


async def test_whoever_wrote_a_part_of_it_does_not_publish_it(log_in: LogIn) -> None:
    admin, other = await log_in("rina", "admin"), await log_in("tono", "supervisor")
    made = await _new(admin)
    again = await _act(other, made["slug"], "draft", revision=made["draft"]["revision"], body=BODY | {"sms": "KTP."})
    sent = await _act(admin, made["slug"], "submit", revision=again["draft"]["revision"])
    for writer in (admin, other):
        refused = await writer.post(f"{ANSWERS}/{made['slug']}/publish", {"revision": sent["draft"]["revision"]})
        assert (refused.status_code, refused.json()["error"]) == (409, "second_person")
    third = await log_in("dewi", "supervisor")
    assert (await _act(third, made["slug"], "publish", revision=sent["draft"]["revision"]))["published"]


async def test_two_editors_on_one_draft_lose_nothing(log_in: LogIn, database: Database) -> None:
    ani, budi = await log_in("ani", "author"), await log_in("budi", "author")
    made = await _new(ani)
    path, seen = f"{ANSWERS}/{made['slug']}/draft", made["draft"]["revision"]
    mine, theirs = BODY | {"answer": "Kata Ani."}, BODY | {"answer": "Kata Budi."}
    answers = await asyncio.gather(
        ani.post(path, {"revision": seen, "body": mine}), budi.post(path, {"revision": seen, "body": theirs})
    )
    assert sorted(one.status_code for one in answers) == [200, 409]
    won, lost = sorted(answers, key=lambda one: one.status_code)
    refused = lost.json()
    assert refused["error"] == "stale"
    assert refused["draft"]["body"]["answer"] == won.json()["draft"]["body"]["answer"], "the other's words come along"
    loser, body = (budi, theirs) if lost is answers[1] else (ani, mine)
    merged = await loser.post(path, {"revision": refused["draft"]["revision"], "body": body})
    assert merged.json()["draft"]["body"]["answer"] == body["answer"]
    assert set(merged.json()["draft"]["authors"]) == {"ani", "budi"}
    kept = await database.read(lambda connection: entries.get_draft(connection, "ujung", "article", made["slug"]))
    assert kept is not None


async def test_a_page_that_slept_through_a_publish_does_not_write_over_the_next_draft(
    log_in: LogIn, clock: VirtualClock
) -> None:
    ani, rina = await log_in("ani", "author"), await log_in("rina", "admin")
    made = await _new(ani)
    slug, slept = made["slug"], made["draft"]["revision"]
    sent = await _act(ani, slug, "submit", revision=slept)
    await _act(rina, slug, "publish", revision=sent["draft"]["revision"])
    clock.advance(60)
    begun = await _act(rina, slug, "start")
    late = await ani.post(f"{ANSWERS}/{slug}/draft", {"revision": slept, "body": BODY | {"answer": "Lama."}})
    assert (late.status_code, late.json()["error"]) == (409, "stale")
    assert late.json()["draft"]["revision"] == begun["draft"]["revision"]


async def test_two_who_begin_at_once_make_one_draft(log_in: LogIn) -> None:
    ani, budi, rina = await log_in("ani", "author"), await log_in("budi", "author"), await log_in("rina", "admin")
    slug = (await _published(ani, rina))["slug"]
    answers = await asyncio.gather(ani.post(f"{ANSWERS}/{slug}/start"), budi.post(f"{ANSWERS}/{slug}/start"))
    assert sorted(one.status_code for one in answers) == [200, 409]


async def test_faults_are_kept_and_named_and_not_submitted(log_in: LogIn) -> None:
    author = await log_in("ani", "author")
    made = await _new(author, sms="Émoji 😀 tidak bisa", answer="Halo {siapa}")
    assert {one["field"] for one in made["faults"]} == {"sms", "answer"}
    refused = await author.post(f"{ANSWERS}/{made['slug']}/submit", {"revision": made["draft"]["revision"]})
    assert (refused.status_code, refused.json()["error"]) == (422, "faults")
    assert refused.json()["faults"] == made["faults"]


async def test_an_author_withdraws_alone_and_at_once(log_in: LogIn, database: Database) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slug = (await _published(author, admin))["slug"]
    gone = await _act(author, slug, "withdraw", note="Alamatnya salah")
    assert gone["published"]["withdrawn"] is True
    assert gone["history"][0]["note"] == "Alamatnya salah"
    again = await author.post(f"{ANSWERS}/{slug}/withdraw", {})
    assert (again.status_code, again.json()["error"]) == (409, "nothing")
    assert (await author.post(f"{ANSWERS}/{slug}/restore")).json()["error"] == "not_allowed"
    assert (await _act(admin, slug, "restore"))["published"]["withdrawn"] is False
    assert ("ani", "kb_withdraw") in await _verbs(database)


async def test_an_answer_that_would_catch_an_emergency_is_stopped(
    log_in: LogIn, rehearsing: Rehearsing, database: Database
) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    made = await _new(author, variants=["ada kebakaran di mana"])
    slug = made["slug"]
    sent = await _act(author, slug, "submit", revision=made["draft"]["revision"])
    for seen in (False, True):
        body = {"revision": sent["draft"]["revision"], "seen_report": seen}
        refused = await admin.post(f"{ANSWERS}/{slug}/publish", body)
        assert (refused.status_code, refused.json()["error"]) == (409, "checked")
        assert refused.json()["report"]["emergencies"][0]["variant"] == "ada kebakaran di mana"
    assert ("rina", "kb_blocked") in await _verbs(database)
    back = await _act(admin, slug, "send_back", revision=sent["draft"]["revision"], remark="Ubah pertanyaannya")
    assert (back["draft"]["state"], back["draft"]["remark"]) == ("draft", "Ubah pertanyaannya")
    mended = await _act(author, slug, "draft", revision=back["draft"]["revision"], body=BODY)
    sent = await _act(author, slug, "submit", revision=mended["draft"]["revision"])
    assert (await _act(admin, slug, "publish", revision=sent["draft"]["revision"]))["published"]["version"] == 1
    assert rehearsing.checked == 3


async def test_what_changes_is_read_before_it_is_published(log_in: LogIn, rehearsing: Rehearsing) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    made = await _new(author)
    sent = await _act(author, made["slug"], "submit", revision=made["draft"]["revision"])
    rehearsing.changes = [{"text": "urus kk", "from": "kk", "to": "mengurus_ktp"}]
    body = {"revision": sent["draft"]["revision"]}
    unread = await admin.post(f"{ANSWERS}/{made['slug']}/publish", body)
    assert (unread.status_code, unread.json()["report"]["changed"]) == (409, rehearsing.changes)
    assert (await _act(admin, made["slug"], "publish", **body, seen_report=True))["published"]
    assert rehearsing.checked == 2


async def test_nothing_that_the_bot_says_is_published_unchecked(log_in: LogIn, desk: ConsolePorts) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    made = await _new(author)
    sent = await _act(author, made["slug"], "submit", revision=made["draft"]["revision"])
    object.__setattr__(desk, "rehearsal", None)
    refused = await admin.post(f"{ANSWERS}/{made['slug']}/publish", {"revision": sent["draft"]["revision"]})
    assert (refused.status_code, refused.json()["error"]) == (503, "no_check")
    assert (await admin.post("/knowledge/ujung/rehearse", {"text": "halo"})).status_code == 503


async def test_history_difference_and_roll_back(log_in: LogIn) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slug = (await _published(author, admin))["slug"]
    begun = await _act(author, slug, "start")
    body = begun["draft"]["body"] | {"answer": "KTP diurus di MPP {city}. Darurat? Telepon {voice}."}
    saved = await _act(author, slug, "draft", revision=begun["draft"]["revision"], body=body)
    (change,) = (await author.get(f"{ANSWERS}/{slug}/diff")).json()["diff"]
    assert change["field"] == "answer"
    assert ["-", "Disdukcapil"] in change["parts"]
    assert ["+", "MPP"] in change["parts"]
    sent = await _act(author, slug, "submit", revision=saved["draft"]["revision"])
    await _act(admin, slug, "publish", revision=sent["draft"]["revision"])
    second = (await author.get(f"{ANSWERS}/{slug}/versions/2")).json()
    assert [one["field"] for one in second["diff"]] == ["answer"]
    assert (await author.get(f"{ANSWERS}/{slug}/versions/9")).status_code == 404
    assert (await author.post(f"{ANSWERS}/{slug}/roll_back", {"version": 1})).status_code == 403
    back = await _act(admin, slug, "roll_back", version=1)
    assert (back["published"]["version"], back["published"]["body"]["answer"]) == (3, BODY["answer"])
    assert [one["verb"] for one in back["history"]] == ["rolled_back", "published", "published"]


async def test_what_comes_back_passes_the_check_of_today(
    log_in: LogIn, database: Database, rehearsing: Rehearsing
) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slug = (await _published(author, admin))["slug"]
    begun = await _act(author, slug, "start")
    body = begun["draft"]["body"] | {"variants": ["urus kartu"]}
    saved = await _act(author, slug, "draft", revision=begun["draft"]["revision"], body=body)
    sent = await _act(author, slug, "submit", revision=saved["draft"]["revision"])
    await _act(admin, slug, "publish", revision=sent["draft"]["revision"])
    rehearsing.cry = "ktp"  # the first version's variants by now stand too near an emergency
    back = await admin.post(f"{ANSWERS}/{slug}/roll_back", {"version": 1})
    assert (back.status_code, back.json()["error"]) == (409, "checked")
    assert back.json()["report"]["emergencies"][0]["variant"] == "bikin ktp di mana"
    await _act(author, slug, "withdraw")
    rehearsing.cry = "kartu"
    again = await admin.post(f"{ANSWERS}/{slug}/restore")
    assert (again.status_code, again.json()["error"]) == (409, "checked")
    assert [verb for _, verb in await _verbs(database)].count("kb_blocked") == 2
    rehearsing.cry = "kebakaran"
    told = await _act(admin, slug, "restore")
    assert told["published"]["withdrawn"] is False
    kept = await database.read(lambda connection: entries.versions(connection, "ujung", "article", slug)[0])
    assert (kept.verb, (kept.report or {})["blocked"]) == ("restored", False)


async def test_nothing_comes_back_unchecked(log_in: LogIn, desk: ConsolePorts) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slug = (await _published(author, admin))["slug"]
    await _act(author, slug, "withdraw")
    object.__setattr__(desk, "rehearsal", None)
    for act, body in (("restore", {}), ("roll_back", {"version": 1})):
        refused = await admin.post(f"{ANSWERS}/{slug}/{act}", body)
        assert (refused.status_code, refused.json()["error"]) == (503, "no_check")


async def test_a_draft_is_thrown_away_by_its_own_only(log_in: LogIn) -> None:
    ani, budi = await log_in("ani", "author"), await log_in("budi", "author")
    made = await _new(ani)
    body = {"revision": made["draft"]["revision"]}
    refused = await budi.post(f"{ANSWERS}/{made['slug']}/drop", body)
    assert refused.status_code == 403
    dropped = await ani.post(f"{ANSWERS}/{made['slug']}/drop", body)
    assert (dropped.status_code, dropped.json()["draft"], dropped.json()["published"]) == (200, None, None)
    assert (await ani.get(f"{ANSWERS}/{made['slug']}")).status_code == 404


async def test_lists_find_and_count(log_in: LogIn, database: Database, clock: VirtualClock) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slug = (await _published(author, admin, owner="ani", review_on="2026-01-10"))["slug"]
    await author.post(ANSWERS, {"title": "Kartu Keluarga", "body": BODY | {"title": "Kartu Keluarga", "variants": []}})
    heard = {
        "city": "ujung",
        "conversation_id": 1,
        "at": clock.now(),
        "text": "urus ktp",
        "kind": "question",
        "topic": slug,
    }
    rows = [{**heard, "id": new_id(), "outcome": outcome} for outcome in ("answered", "answered", "not_that")]
    await database.write(lambda connection: connection.execute(insert(heard_question), rows) and None)
    listed = (await author.get(f"{ANSWERS}?sort=title")).json()
    assert [(one["title"], one["state"], one["asked_7_days"]) for one in listed["entries"]] == [
        ("Kartu Keluarga", "draft", 0),
        ("Mengurus KTP", "published", 3),
    ]
    assert (await author.get(f"{ANSWERS}?q=bikin+ktp")).json()["total"] == 1
    assert [one["slug"] for one in (await author.get(f"{ANSWERS}?state=due")).json()["entries"]] == [slug]
    assert (await author.get(f"{ANSWERS}?owner=ani")).json()["total"] == 1
    assert (await author.get(f"{ANSWERS}/{slug}")).json()["feedback"] == {"answered": 3, "not_that": 1, "helped": 0}
    seen = (await author.get("/knowledge/ujung")).json()
    (article,) = (one for one in seen["kinds"] if one["slug"] == "article")
    assert (article["count"], article["drafts"], article["due"]) == (1, 1, 1)
    assert seen["me"] == {"may_publish": False, "may_write": True}
    assert seen["kecamatan"] == ["Pantai"]
    assert [one["username"] for one in seen["owners"]] == ["ani", "rina"]
    assert seen["placeholders"]["voice"] == "112"


async def test_bulk_acts_stand_each_for_itself(log_in: LogIn) -> None:
    author, admin = await log_in("ani", "author"), await log_in("rina", "admin")
    slug = (await _published(author, admin))["slug"]
    both = {"slugs": [slug, "tidak_ada"]}
    tended = (await author.post(f"{ANSWERS}/bulk", {**both, "do": "owner", "value": "rina"})).json()
    assert tended["done"] == [slug]
    assert tended["refused"][0]["slug"] == "tidak_ada"
    assert (await author.get(f"{ANSWERS}/{slug}")).json()["published"]["body"]["owner"] == "rina"
    wrong = (await author.post(f"{ANSWERS}/bulk", {**both, "do": "review_on", "value": "besok"})).json()
    assert (wrong["done"], len(wrong["refused"])) == ([], 2)
    gone = (await author.post(f"{ANSWERS}/bulk", {**both, "do": "withdraw", "value": "salah"})).json()
    assert gone["done"] == [slug]
    refused = (await author.post(f"{ANSWERS}/bulk", {**both, "do": "restore"})).json()
    assert refused["done"] == [], "an author withdraws and does not restore"
    assert (await admin.post(f"{ANSWERS}/bulk", {**both, "do": "restore"})).json()["done"] == [slug]


async def test_a_quick_reply_needs_no_second_person(log_in: LogIn) -> None:
    admin = await log_in("rina", "admin")
    made = await admin.post("/knowledge/ujung/quick_reply", {"title": "Tanya tempat", "body": {"text": "Di mana?"}})
    slug, revision = made.json()["slug"], made.json()["draft"]["revision"]
    told = await admin.post(f"/knowledge/ujung/quick_reply/{slug}/publish", {"revision": revision})
    assert told.json()["published"]["body"]["title"] == "Tanya tempat"


async def test_operators_read_and_do_not_write(log_in: LogIn) -> None:
    author, sari = await log_in("ani", "author"), await log_in("sari")
    made = await _new(author)
    assert (await sari.get(f"{ANSWERS}/{made['slug']}")).status_code == 200
    assert (await sari.get("/knowledge/ujung")).json()["me"] == {"may_publish": False, "may_write": False}
    for answer in (
        await sari.post(ANSWERS, {"title": "x"}),
        await sari.post(f"{ANSWERS}/{made['slug']}/withdraw", {}),
        await sari.post("/knowledge/ujung/check", {"drafts": []}),
        await sari.post(f"{ANSWERS}/import?format=csv", {}),
    ):
        assert (answer.status_code, answer.json()["error"]) == (403, "not_allowed")


async def test_other_cities_and_unknown_kinds_are_not_there(log_in: LogIn) -> None:
    author = await log_in("ani", "author")
    for path in ("/knowledge/hilir", "/knowledge/antah", "/knowledge/ujung/raja", f"{ANSWERS}/tidak_ada"):
        assert (await author.get(path)).status_code == 404, path
    assert (await author.post("/knowledge/hilir/article", {"title": "x"})).status_code == 404


async def test_the_rehearsal_comes_from_the_port(log_in: LogIn) -> None:
    author = await log_in("ani", "author")
    drafts = [{"kind": "article", "slug": "ktp", "body": BODY}]
    said = (await author.post("/knowledge/ujung/rehearse", {"text": "ktp?", "channel": "sms", "drafts": drafts})).json()
    assert (said["replies"][0]["text"], said["channel"]) == (BODY["answer"], "sms")
    report = (await author.post("/knowledge/ujung/check", {"drafts": drafts})).json()
    assert report["blocked"] is False
    strange = [{"kind": "raja", "slug": "x", "body": {}}]
    assert (await author.post("/knowledge/ujung/check", {"drafts": strange})).status_code == 404


async def test_pictures_are_looked_at(log_in: LogIn) -> None:
    author = await log_in("ani", "author")
    headers = {"X-CSRF-Token": author.csrf}

    async def send(data: bytes) -> Any:
        return await author.http.post("/api/knowledge/ujung/pictures", content=data, headers=headers)

    kept = await send(PNG + bytes(100))
    assert kept.status_code == 201
    shown = await author.get(f"/knowledge/ujung/pictures/{kept.json()['id']}")
    assert (shown.headers["content-type"], shown.content) == ("image/png", PNG + bytes(100))
    assert "sandbox" in shown.headers["content-security-policy"]
    assert (await author.get("/knowledge/ujung/pictures/1")).status_code == 404
    huge = PNG.replace((120).to_bytes(4, "big"), (50_000).to_bytes(4, "big"))
    for data in (b"", b"<svg onload=alert(1)>", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff" + bytes(20), huge, PNG[:14]):
        refused = await send(data)
        assert (refused.status_code, refused.json()["error"]) == (422, "bad_picture"), data[:12]
    assert (await send(PNG + bytes(300 * 1024))).json()["error"] == "bad_picture"
    assert (await send(bytes(MEGABYTE + 1))).status_code == 413


async def test_bodies_have_their_own_limits(log_in: LogIn) -> None:
    author = await log_in("ani", "author")
    made = await _new(author)
    path = f"{ANSWERS}/{made['slug']}/draft"
    large = BODY | {"source": "x" * 200_000}
    assert (await author.post(path, {"revision": made["draft"]["revision"], "body": large})).status_code == 200
    too_large = BODY | {"source": "x" * MEGABYTE}
    assert (await author.post(path, {"revision": 1, "body": too_large})).status_code == 413
    assert (await author.post(f"{ANSWERS}/{made['slug']}/withdraw", {"note": "x" * 70_000})).status_code == 413


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = sorted({name for kind in KINDS.values() for name in kind.model.model_fields})
_HOSTILE = st.dictionaries(st.sampled_from(_FIELDS) | st.text(max_size=12), _JSON, max_size=6)


async def _post_raw(author: Browser, path: str, body: Any) -> httpx.Response:
    """As a hostile client sends it: with infinities and halves of characters."""
    headers = {"X-CSRF-Token": author.csrf, "Content-Type": "application/json"}
    return await author.http.post(f"/api{path}", content=json.dumps(body), headers=headers)


async def _send(author: Browser, kind: str, title: str, body: dict[str, Any]) -> None:
    made = await _post_raw(author, f"/knowledge/ujung/{kind}", {"title": title, "body": body})
    assert made.status_code in (201, 404, 409, 422), made.text
    if made.status_code != 201:
        return
    shown = made.json()
    path = f"/knowledge/ujung/{kind}/{quote(shown['slug'], safe='')}"
    saved = await _post_raw(author, f"{path}/draft", {"revision": shown["draft"]["revision"], "body": body})
    assert saved.status_code in (200, 404), saved.text  # 404: a name with a slash has no address
    if saved.status_code == 404:
        return
    for look in (f"{path}/diff", path, f"/knowledge/ujung/{kind}?q={quote(title[:100].encode('utf-8', 'ignore'))}"):
        assert (await author.get(look)).status_code == 200, look
    sent = await author.post(f"{path}/submit", {"revision": saved.json()["draft"]["revision"]})
    assert sent.status_code in (200, 409, 422), sent.text
    drafts = [{"kind": kind, "slug": "x", "body": body}]
    said = await _post_raw(author, "/knowledge/ujung/rehearse", {"text": title, "drafts": drafts})
    assert said.status_code == 200, said.text


async def test_a_hostile_body_is_never_our_error(log_in: LogIn) -> None:
    author, loop = await log_in("ani", "author"), asyncio.get_running_loop()

    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(kind=st.sampled_from(sorted(KINDS)), title=st.text(max_size=210), body=_HOSTILE)
    def attempt(kind: str, title: str, body: dict[str, Any]) -> None:
        asyncio.run_coroutine_threadsafe(_send(author, kind, title, body), loop).result(30)

    await asyncio.to_thread(attempt)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[" * 50_000, b'{"revision":NaN,"body":{}}', b'{"revision":1e999,"body":{}}', b"\xff\xfe", b"null"],
)
async def test_what_is_no_json_is_refused(log_in: LogIn, raw: bytes) -> None:
    author = await log_in("ani", "author")
    headers = {"X-CSRF-Token": author.csrf, "Content-Type": "application/json"}
    answer = await author.http.post("/api/knowledge/ujung/article/x/draft", content=raw, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")

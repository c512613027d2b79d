"""Drafts, reviews and what is published: two people, one truth, nothing lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from config.database import Change
from knowledge_base import entries
from knowledge_base.entries import Draft, Refused
from tests.knowledge_base.store import BUDI, NOW, RINA, SARI, TOPIC, Store

LANDMARK = {
    "name": "Pasar Mardika",
    "kind": "pasar",
    "aliases": ["mardika"],
    "area_code": None,
    "lat": -3.6,
    "lon": 128.2,
}
POST = {"name": "Damkar Kota", "kind": "fire", "phones": [], "posts": [], "note": "Pos pindah."}


async def refusal(store: Store, act: Any, *args: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await store.do(act, *args, **more)
    return caught.value


async def test_an_answer_is_published_by_a_second_person(store: Store) -> None:
    one = await store.save(await store.body(answer="Gratis, juga tanpa pulsa."))
    assert (one.state, one.base_version, one.authors) == ("draft", 1, ("rina",))
    early = await refusal(store, entries.publish, store.city, "article", TOPIC, SARI, NOW, one.revision)
    assert early.code == "second_person"
    one = await store.do(entries.submit, store.city, "article", TOPIC, RINA, NOW, one.revision)
    no = await refusal(store, entries.publish, store.city, "article", TOPIC, RINA, NOW, one.revision)
    assert no.code == "not_allowed"
    kept = await store.do(entries.publish, store.city, "article", TOPIC, SARI, NOW, one.revision)
    assert (kept.version, kept.body["answer"], kept.edited_at) == (2, "Gratis, juga tanpa pulsa.", NOW)
    assert await store.published() == kept
    assert await store.do(entries.get_draft, "kota", "article", TOPIC) is None
    newest, oldest = await store.do(entries.versions, "kota", "article", TOPIC)
    assert (newest.verb, newest.who, newest.approved_by) == ("published", "rina", "sari")
    assert (oldest.verb, oldest.who) == ("seeded", "berkas")


async def test_whoever_mends_a_draft_in_review_wrote_it_too(store: Store) -> None:
    one = await store.save(await store.body(answer="Gratis ya."))
    one = await store.do(entries.submit, store.city, "article", TOPIC, RINA, NOW, one.revision)
    one = await store.save(await store.body(answer="Gratis."), one.revision, by=SARI)
    assert (one.state, one.authors) == ("draft", ("rina", "sari"))
    one = await store.do(entries.submit, store.city, "article", TOPIC, SARI, NOW, one.revision)
    no = await refusal(store, entries.publish, store.city, "article", TOPIC, SARI, NOW, one.revision)
    assert no.code == "second_person"
    kept = await store.do(entries.publish, store.city, "article", TOPIC, BUDI, NOW, one.revision)
    assert kept.body["answer"] == "Gratis."


async def test_the_second_of_two_editors_is_told_and_nothing_is_lost(store: Store) -> None:
    first = await store.save(await store.body(title="Satu"))
    for revision in (None, 7):
        with pytest.raises(Refused) as caught:
            await store.save(await store.body(title="Dua"), revision, by=SARI)
        assert caught.value.code == "stale"
        assert caught.value.more["draft"] == first
    both = await store.save(await store.body(title="Dua"), first.revision, by=SARI)
    assert both.revision != first.revision
    no = await refusal(store, entries.submit, store.city, "article", TOPIC, RINA, NOW, first.revision)
    assert no.code == "stale"
    gone = await refusal(store, entries.drop_draft, "kota", "article", "tak_ada", RINA, NOW, 1)
    assert (gone.code, gone.more) == ("stale", {"draft": None})


async def test_no_revision_comes_twice_whatever_is_dropped_begun_or_tended_in_one_moment(store: Store) -> None:
    seen = []
    for words in ("Satu", "Dua", "Tiga"):
        one = await store.save(await store.body(title=words))
        seen.append(one.revision)
        one = await store.save(await store.body(title=f"{words}!"), one.revision)
        seen.append(one.revision)
        one = await store.do(entries.submit, store.city, "article", TOPIC, RINA, NOW, one.revision)
        seen.append(one.revision)
        await store.do(entries.tend, "kota", "article", TOPIC, RINA, NOW, owner=f"rina {words}")
        tended = await store.do(entries.get_draft, "kota", "article", TOPIC)
        assert tended is not None
        seen.append(tended.revision)
        await store.do(entries.drop_draft, "kota", "article", TOPIC, RINA, NOW, tended.revision)
    assert len(set(seen)) == 12
    assert all(0 < one < 2**53 for one in seen), "JavaScript reads it exactly"
    assert max(seen) - min(seen) > 2**32, "drawn, not counted: nobody guesses what the next one will be"


async def test_words_of_the_consoles_own_addresses_name_nothing(store: Store) -> None:
    for slug in ("import", "export", "bulk"):
        with pytest.raises(Refused) as caught:
            await store.save(await store.body(), slug=slug)
        assert caught.value.code == "no_such"
        assert await store.do(entries.fresh_slug, "kota", "article", slug.title()) == f"{slug}_2"


async def test_a_draft_is_sent_back_with_a_word(store: Store) -> None:
    one = await store.save(await store.body(title="Biaya telepon"))
    no = await refusal(store, entries.send_back, "kota", "article", TOPIC, SARI, NOW, one.revision, "?")
    assert no.code == "nothing"
    one = await store.do(entries.submit, store.city, "article", TOPIC, RINA, NOW, one.revision)
    one = await store.do(entries.send_back, "kota", "article", TOPIC, SARI, NOW, one.revision, "Sebut pulsa.")
    assert (one.state, one.remark) == ("draft", "Sebut pulsa.")
    one = await store.save(dict(one.body), one.revision)
    assert one.remark == "Sebut pulsa.", "what is to be mended stays in sight while it is mended"


async def test_what_has_faults_is_kept_and_goes_no_further(store: Store) -> None:
    one = await store.save({"title": "Biaya", "answer": "Hubungi {nomor}.", "sms": "x" * 307})
    no = await refusal(store, entries.submit, store.city, "article", TOPIC, RINA, NOW, one.revision)
    assert no.code == "faults"
    assert [fault.field for fault in no.more["faults"]] == ["ask"]
    one = await store.save({**one.body, "ask": "Diskominfo"}, one.revision)
    no = await refusal(store, entries.submit, store.city, "article", TOPIC, RINA, NOW, one.revision)
    assert {fault.field for fault in no.more["faults"]} == {"answer", "sms"}


async def test_nothing_changed_is_nothing_to_publish(store: Store) -> None:
    one = await store.do(entries.start_draft, store.city, "article", TOPIC, RINA, NOW)
    same = await refusal(store, entries.submit, store.city, "article", TOPIC, RINA, NOW, one.revision)
    assert same.code == "nothing"
    assert (await refusal(store, entries.start_draft, store.city, "article", TOPIC, SARI, NOW)).code == "stale"
    await store.do(entries.drop_draft, "kota", "article", TOPIC, RINA, NOW, one.revision)
    assert await store.do(entries.get_draft, "kota", "article", TOPIC) is None


async def test_a_report_that_blocks_blocks_whoever_asks(store: Store) -> None:
    one = await store.save(await store.body(title="Baru"))
    one = await store.do(entries.submit, store.city, "article", TOPIC, RINA, NOW, one.revision)
    blocked, fine = {"blocked": True}, {"blocked": False, "emergencies": []}
    no = await refusal(store, entries.publish, store.city, "article", TOPIC, SARI, NOW, one.revision, blocked)
    assert (no.code, no.more["report"]) == ("checked", blocked)
    await store.do(entries.publish, store.city, "article", TOPIC, SARI, NOW, one.revision, fine)
    assert (await store.do(entries.versions, "kota", "article", TOPIC))[0].report == fine


async def test_one_person_withdraws_at_once_and_one_rolls_back(store: Store) -> None:
    await store.through(await store.body(answer="Salah."))
    gone = await store.do(entries.withdraw, "kota", "article", TOPIC, RINA, NOW, "Keliru.")
    assert gone.withdrawn_at == NOW
    assert (await refusal(store, entries.withdraw, "kota", "article", TOPIC, RINA, NOW)).code == "nothing"
    assert (await refusal(store, entries.restore, "kota", "article", TOPIC, RINA, NOW)).code == "not_allowed"
    no = await refusal(store, entries.roll_back, store.city, "article", TOPIC, 1, RINA, NOW)
    assert no.code == "not_allowed"
    assert (await refusal(store, entries.roll_back, store.city, "article", TOPIC, 9, SARI, NOW)).code == "no_such"
    back = await store.do(entries.roll_back, store.city, "article", TOPIC, 1, SARI, NOW)
    assert (back.version, back.withdrawn_at, back.body["answer"]) == (4, None, "Menelepon {voice} gratis.")
    verbs = [(one.version, one.verb) for one in await store.do(entries.versions, "kota", "article", TOPIC)]
    assert verbs == [(4, "rolled_back"), (3, "withdrawn"), (2, "published"), (1, "seeded")]
    await store.do(entries.withdraw, "kota", "article", TOPIC, RINA, NOW)
    assert (await store.do(entries.restore, "kota", "article", TOPIC, SARI, NOW)).version == 6


async def test_an_agency_that_a_category_names_stays(store: Store) -> None:
    no = await refusal(store, entries.withdraw, "kota", "agency", "damkar", SARI, NOW)
    assert no.code == "faults"
    assert "kategori Kebakaran" in no.more["faults"][0].text
    for kind, slug in (("category", "kebakaran"), ("wording", "ask_trapped")):
        assert (await refusal(store, entries.withdraw, "kota", kind, slug, SARI, NOW)).code == "faults"


async def test_a_category_cannot_name_an_agency_withdrawn_a_moment_ago(store: Store) -> None:
    """This process still thinks that it is there."""
    agency = await store.save({**POST, "name": "BPBD"}, kind="agency", slug="bpbd", by=SARI)
    await store.do(entries.publish, store.city, "agency", "bpbd", SARI, NOW, agency.revision)
    known = store.city.agencies
    object.__setattr__(store.city, "agencies", (*known, known[0].model_copy(update={"slug": "bpbd"})))
    await store.do(entries.withdraw, "kota", "agency", "bpbd", SARI, NOW)
    called = {"first": ["damkar"], "also": ["bpbd"], "operator_only": []}
    body = await store.body("category", "kebakaran", agencies=called)
    with pytest.raises(Refused) as caught:
        await store.through(body, "category", "kebakaran")
    assert "bpbd" in caught.value.more["faults"][0].text


async def test_what_one_person_may_publish_needs_no_second(store: Store) -> None:
    one = await store.save(POST, kind="agency", slug="damkar", by=SARI)
    kept = await store.do(entries.publish, store.city, "agency", "damkar", SARI, NOW, one.revision)
    assert (kept.version, kept.body["note"]) == (2, "Pos pindah.")
    newest = (await store.do(entries.versions, "kota", "agency", "damkar"))[0]
    assert (newest.who, newest.approved_by) == ("sari", None)


async def test_a_card_is_approved_by_whoever_publishes_it(store: Store) -> None:
    body = await store.body("card", "kartu_api", steps=["Keluar sekarang.", "Jangan kembali."], approved_by="Rina")
    kept = await store.through(body, "card", "kartu_api")
    said = {name: kept.body[name] for name in ("approved_by", "approved_on", "expires", "version", "example")}
    assert said == {
        "approved_by": "sari",
        "approved_on": "2026-11-22",
        "expires": "2026-12-31",
        "version": 2,
        "example": False,
    }
    assert kept.review_on == date(2026, 12, 31)
    assert kept.body["body"] == "1. Keluar sekarang.\n2. Jangan kembali."
    again = await store.through(await store.body("card", "kartu_api", expires=None), "card", "kartu_api")
    assert again.body["expires"] == "2027-11-22", "approved anew, for a year where nothing else is wished"
    back = await store.do(entries.roll_back, store.city, "card", "kartu_api", 1, SARI, NOW)
    assert (back.body["approved_by"], back.body["version"]) == ("Kepala Damkar", 4)


async def test_whom_to_remind_changes_without_a_second_person(store: Store) -> None:
    await store.do(entries.tend, "kota", "article", TOPIC, RINA, NOW, owner="rina", review_on="2026-12-01")
    kept = await store.published()
    assert (kept.owner, kept.review_on, kept.body["owner"]) == ("rina", date(2026, 12, 1), "rina")
    no = await refusal(store, entries.tend, "kota", "agency", "damkar", RINA, NOW, owner="rina")
    assert no.code == "no_such"
    no = await refusal(store, entries.tend, "kota", "article", TOPIC, RINA, NOW, review_on="besok")
    assert [one.field for one in no.more["faults"]] == ["review_on"]


async def test_search_finds_entries_and_drafts_on_one_line_each(store: Store) -> None:
    await store.save({"title": "Parkir liar", "answer": "Lapor ke Dishub."}, slug="parkir_liar")
    await store.save(await store.body(sms="Gratis sekali."))
    await store.do(entries.tend, "kota", "article", TOPIC, RINA, NOW, owner="rina", review_on="2026-12-06")

    async def found(**asked: Any) -> list[str]:
        rows, total = await store.do(entries.search, "kota", "article", today=date(2026, 11, 22), **asked)
        assert total >= len(rows)
        return [one.slug for one in rows]

    rows, total = await store.do(entries.search, "kota", "article")
    assert [(one.slug, one.state, one.draft_state, one.version) for one in rows] == [
        (TOPIC, "published", "draft", 1 + 1),
        ("parkir_liar", "draft", "draft", None),
    ]
    assert total == 2
    assert await found(words="LIAR dishub") == ["parkir_liar"]
    assert await found(words="sekali") == [TOPIC], "what is being written is found too"
    assert await found(words="100%") == []
    assert await found(state="due") == await found(owner="rina") == await found(state="published") == [TOPIC]
    assert sorted(await found(state="draft", sort="updated")) == sorted([TOPIC, "parkir_liar"])
    assert await found(state="review") == await found(state="withdrawn") == []
    assert await found(limit=1, offset=1) == ["parkir_liar"]
    told = await store.do(entries.counts, "kota", date(2026, 11, 22))
    assert (told["article"].count, told["article"].drafts, told["article"].due) == (1, 2, 1)


async def test_new_things_get_names_of_their_own(store: Store) -> None:
    await store.save({"title": "Parkir liar"}, slug="parkir_liar")
    assert await store.do(entries.fresh_slug, "kota", "article", "Parkir Liar!") == "parkir_liar_2"
    assert await store.do(entries.fresh_slug, "kota", "article", "2026 ???") == "e_2026"
    assert await store.do(entries.fresh_slug, "kota", "holiday", "2026-03-21") == "2026-03-21"
    assert (await refusal(store, entries.fresh_slug, "kota", "wording", "first")).code == "exists"


async def test_everybody_hears_of_a_change_and_nobody_of_a_draft(store: Store) -> None:
    heard: list[Change] = []
    store.database.on_commit(heard.extend)
    before = await store.do(entries.stamp, "kota")
    await store.save(await store.body(title="Baru"))
    assert (heard, await store.do(entries.stamp, "kota")) == ([], before)
    one = await store.save(LANDMARK, kind="landmark", slug="pasar_mardika", by=SARI)
    await store.do(entries.publish, store.city, "landmark", "pasar_mardika", SARI, NOW, one.revision)
    assert [(change.what, change.city) for change in heard] == [("knowledge", "kota")]
    assert await store.do(entries.stamp, "kota") == before + 1


async def test_what_no_database_keeps_is_left_out(store: Store) -> None:
    one: Draft = await store.save({"title": "a\x00b\ud800c", "local": [float("nan")], "odd\x00": 2**70})
    assert one.body == {"title": "abc", "local": [None], "odd": str(2**70)}

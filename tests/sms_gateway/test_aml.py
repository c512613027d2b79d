"""AML: what telephones write by themselves, in every dress, whole and broken. Places are in Kendari and Ambon."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sms_gateway.aml import AmlPlace, is_aml, parse_aml, parse_aml_data
from sms_gateway.aml_https import is_signed, parse_aml_post

FIX = datetime(2026, 9, 21, 14, 3, 21, tzinfo=UTC)
ANDROID = (
    'A"ML=1;lt=-3.97224;lg=+122.51497;rd=14;top=20260921140321;lc=68;pm=W;'
    "si=510100000000000;ei=350000000000017;mcc=510;mnc=10;ml=129"
)
PLACE = AmlPlace(-3.97224, 122.51497, 14, FIX, 68, "wifi")
NO_FIX = 'A"ML=1;lt=+00.00000;lg=+000.00000;rd=N;top=20260921140321;lc=0;pm=N;si=5;ei=3;mcc=510;mnc=10;ml=127'
UDH = bytes.fromhex("060504 1b39 0000".replace(" ", ""))  # application ports


def packed(text: str, filled: int = 0) -> bytes:
    """GSM 03.38 septets, another way than the code under test reads them."""
    bits = sum(ord(character) << 7 * place for place, character in enumerate(text)) << filled
    return bits.to_bytes((len(text) * 7 + filled + 7) // 8, "little")


def test_a_place_of_android() -> None:
    assert parse_aml(ANDROID) == PLACE


@pytest.mark.parametrize(
    "text",
    [
        ANDROID.replace("=129", "=7"),
        ANDROID.replace(";ml=129", ""),
        ANDROID.replace("-3.97224", "-3,97224").replace("122.51497", "122,51497"),
        ANDROID.replace('A"ML', "A”ML"),
        ANDROID.replace('A"ML', "AML"),
        ANDROID.replace('A"ML', "A&quot;ML"),
        ANDROID.replace("pm=W", "pm=w;xx=1;;y;=;lt=9"),
        ANDROID.replace(";", "; ").replace("=", " = "),
        f"\ufeff\r\n{ANDROID}\r\n",
        ANDROID.upper(),
    ],
)
def test_what_gateways_and_telephones_bend_is_read_all_the_same(text: str) -> None:
    assert parse_aml(text) == PLACE


@pytest.mark.parametrize(
    ("was", "now", "field", "value"),
    [
        ("rd=14", "rd=N", "radius_m", None),
        ("rd=14", "rd=0", "radius_m", None),
        ("rd=14", "rd=-5", "radius_m", None),
        ("rd=14", "rd=9999999", "radius_m", None),
        ("rd=14", "rd=20.5", "radius_m", 20.5),
        ("lc=68", "lc=168", "confidence", None),
        ("lc=68", "lc=", "confidence", None),
        ("pm=W", "pm=G", "method", "satellite"),
        ("pm=W", "pm=C", "method", "cell"),
        ("pm=W", "pm=Z", "method", "unknown"),
        ("pm=W;", "", "method", "unknown"),
        ("20260921140321", "20260931140321", "at", None),
        ("20260921140321", "2026092114", "at", None),
    ],
)
def test_one_bad_field_costs_only_itself(was: str, now: str, field: str, value: object) -> None:
    place = parse_aml(ANDROID.replace(was, now))
    assert place is not None
    assert getattr(place, field) == value
    assert (place.lat, place.lon) == (-3.97224, 122.51497)


@pytest.mark.parametrize(
    "text",
    [
        NO_FIX,
        NO_FIX.replace("rd=N", "rd=10"),
        ANDROID.replace("lt=-3.97224", "lt=-93.97224"),
        ANDROID.replace("lg=+122.51497", "lg=222"),
        ANDROID.replace("lt=-3.97224", "lt=NaN"),
        ANDROID.replace("lt=-3.97224", "lt=-3.9°"),
        ANDROID.replace("lt=-3.97224;", ""),
        'A"ML=1',
        'A"ML=1;',
        'A"ML=2;en=112;lo=;lc=68',
        'A"ML=9;xy=1',
    ],
)
def test_aml_without_a_place_is_aml_still(text: str) -> None:
    assert is_aml(text)
    assert parse_aml(text) is None


@pytest.mark.parametrize(
    "text", ["", "tolong kebakaran", 'saya dapat A"ML=1;lt=1;lg=2', "lt=-3.97;lg=122.5", "AML", 'A"ML', 'A"ML=x;lt=1']
)
def test_what_a_citizen_writes_is_no_aml(text: str) -> None:
    assert not is_aml(text)
    assert parse_aml(text) is None
    assert not is_aml(text.encode())


def test_a_place_of_googles_second_form() -> None:
    text = (
        f'A"ML=2;en=112;et={int(FIX.timestamp()) - 5};lo=-3.97224,122.51497,20.1;lt=5;lc=68;lz=-1.0,1.0;ls=F;'
        "ei=350000000000017;nc=51010;hc=51010;lg=id-ID"
    )
    assert parse_aml(text) == AmlPlace(-3.97224, 122.51497, 20.1, FIX, 68, "fused")
    old = parse_aml(text.replace("lt=5", "lt=-9999").replace("20.1", "0"))
    assert old is not None
    assert old.at == FIX - timedelta(seconds=10004)
    assert old.radius_m is None
    early = parse_aml(text.replace(f"et={int(FIX.timestamp()) - 5}", "et=999999999999999"))
    assert early is not None
    assert early.at is None


@pytest.mark.parametrize(
    "data",
    [
        packed(ANDROID),
        ANDROID.encode(),
        ANDROID.encode("utf-16-be"),
        base64.b64encode(packed(ANDROID)),
        base64.b64encode(ANDROID.encode()) + b"\n",
        packed(ANDROID).hex().encode(),
        packed(ANDROID).hex().upper().encode(),
        UDH + packed(ANDROID),
        UDH + ANDROID.encode(),
        UDH + packed(ANDROID, filled=-8 * len(UDH) % 7),
        bytes([5, 0, 3, 1, 1, 1]) + packed(ANDROID, filled=1),
        base64.b64encode(UDH + packed(ANDROID)),
    ],
    ids=[
        "septets",
        "octets",
        "ucs2",
        "b64-septets",
        "b64",
        "hex",
        "HEX",
        "udh",
        "udh-octets",
        "filled",
        "joint",
        "b64-udh",
    ],
)
def test_a_data_sms_in_every_dress(data: bytes) -> None:
    assert is_aml(data)
    assert parse_aml_data(data) == PLACE


def test_a_data_sms_without_a_place_or_of_something_else() -> None:
    assert is_aml(packed(NO_FIX))
    assert parse_aml_data(packed(NO_FIX)) is None
    for data in (b"", b"\0", b"\xff", packed("tolong"), "tolong".encode("utf-16-be"), bytes(range(256))):
        assert not is_aml(data)
        assert parse_aml_data(data) is None


@given(st.text(st.characters(exclude_categories=()), max_size=400))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_text_raises(text: str) -> None:
    for whole in (text, f'A"ML=1;{text}', f'A"ML=2;lo={text};et={text};lt={text}', f'A"ML=1;lt=1;lg=2;top={text}'):
        assert parse_aml(whole) is None or is_aml(whole)


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_no_data_raises(data: bytes) -> None:
    for whole in (data, packed('A"ML=1;lt=1;lg=2;') + data, UDH + data, base64.b64encode(data)):
        assert parse_aml_data(whole) is None or is_aml(whole)
    parse_aml_post(data)
    assert not is_signed(data, "kunci")


@given(
    st.integers(-90_00000, 90_00000),
    st.integers(-180_00000, 180_00000).filter(bool),
    st.integers(1, 1_000_000),
    st.datetimes(datetime(2000, 1, 1), datetime(2199, 1, 1)),  # noqa: DTZ001 - Hypothesis wants them so
    st.integers(0, 100),
    st.sampled_from([("G", "satellite"), ("W", "wifi"), ("C", "cell"), ("U", "unknown")]),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_there_and_back(lat: int, lon: int, radius: int, at: datetime, share: int, method: tuple[str, str]) -> None:
    at = at.replace(microsecond=0, tzinfo=UTC)
    text = (
        f'A"ML=1;lt={lat / 1e5:+.5f};lg={lon / 1e5:+.5f};rd={radius};top={at:%Y%m%d%H%M%S};lc={share};pm={method[0]};'
        "si=510100000000000;ei=350000000000017;mcc=510;mnc=10;ml=127"
    )
    place = AmlPlace(lat / 1e5, lon / 1e5, radius, at, share, method[1])
    assert parse_aml(text) == parse_aml_data(packed(text)) == place


POST = {
    "v": "3",
    "device_number": "+6281255501234",
    "location_latitude": "-3.97224",
    "location_longitude": "122.51497",
    "location_time": str(int(FIX.timestamp()) * 1000),
    "location_accuracy": "14",
    "location_source": "wifi",
    "location_confidence": "0.68",
    "device_imei": "350000000000017",
}


def test_a_post_of_android() -> None:
    post = parse_aml_post(urlencode(POST).encode())
    assert post.number == "+6281255501234"
    assert post.place == PLACE


def test_the_older_certainty_is_percent_and_missing_fields_cost_only_themselves() -> None:
    fields = {key: value for key, value in POST.items() if key != "location_confidence"}
    assert parse_aml_post(urlencode(fields | {"location_certainty": "68"}).encode()).place == PLACE
    bare = parse_aml_post(b"location_latitude=-3.97224&location_longitude=122.51497&location_time=soon")
    assert bare.number == ""
    assert bare.place == AmlPlace(-3.97224, 122.51497, None, None, None, "unknown")
    assert parse_aml_post(b"device_number=0812-5550-1234").number == "+6281255501234"
    assert parse_aml_post(b"location_latitude=0&location_longitude=0").place is None


def test_only_the_holder_of_the_key_is_believed() -> None:
    body = urlencode(POST).encode()
    seal = hmac.new(b"kunci", body, hashlib.sha1).hexdigest().encode()
    assert is_signed(body + b"&hmac=" + seal, "kunci")
    assert not is_signed(body + b"&hmac=" + seal, "lain")
    assert not is_signed(body.replace(b"-3.97", b"-3.98") + b"&hmac=" + seal, "kunci")
    assert not is_signed(body, "kunci")
    nobody = hmac.new(b"", body, hashlib.sha1).hexdigest().encode()
    assert not is_signed(body + b"&hmac=" + nobody, "")

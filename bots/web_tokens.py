"""Who writes in the web chat: a secret of 128 random bits that their page was given, and what is derived from it.

Whoever holds the token is the citizen of that chat. Its check only tells a whole token from one cut short; it proves
nothing. Whoever invents a token opens an empty chat of their own, as any visitor does, and reads nobody else's: those
they would have to guess. The chat's address, which staff and logs may see, is a hash of the token.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

PHOTOS: Final = "web-"  # begins the name of every photo that a page uploaded
RANDOM: Final = 16  # bytes: 128 bits
CHECK: Final = 5  # bytes that tell a whole token from one cut short or changed on its way


def new_token() -> str:
    """A new citizen: 28 characters of base64url."""
    return seal(secrets.token_bytes(RANDOM))


def seal(chance: bytes) -> str:
    """The token over 16 random bytes."""
    return base64.urlsafe_b64encode(chance + hashlib.sha256(b"sigap" + chance).digest()[:CHECK]).decode()


def chat_of(token: str) -> str | None:
    """The chat's address, 32 hex digits; None for what is no whole token."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) != RANDOM + CHECK or seal(raw[:RANDOM]) != token:
        return None
    return hashlib.sha256(b"chat" + raw).hexdigest()[:32]


def photo_ref(token: str, city: str, ending: str) -> str:
    """A new name for a photo of this citizen, relative to the media folder. Only they can name it in a message."""
    chance = secrets.token_hex(8)
    return f"{city}/{PHOTOS}{chance}-{_mark(token, chance)}{ending}"


def owns(token: str, city: str, ref: str) -> bool:
    """Whether ``ref`` was given out for a photo of this citizen in this city."""
    chance, _, rest = ref.removeprefix(f"{city}/{PHOTOS}").partition("-")
    mark, dot, ending = rest.partition(".")
    expected = f"{city}/{PHOTOS}{chance}-{_mark(token, chance)}{dot}{ending}"
    return bool(chance.isalnum() and mark and ending.isalnum()) and hmac.compare_digest(
        ref.encode("utf-8", "replace"), expected.encode("utf-8", "replace")
    )


def _mark(token: str, chance: str) -> str:
    return hmac.new(token.encode(), chance.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]

"""How long a text is as an SMS in the GSM 7-bit alphabet (3GPP TS 23.038, basic table and extension)."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # each costs two places

ONE_SEGMENT = 160
TWO_SEGMENTS = 306  # 2 x 153: a long SMS spends 7 places of each part on its header


def gsm7_length(text: str) -> int:
    """Places that the text takes in GSM 7-bit; raises ValueError naming the first sign that is not in it."""
    length = 0
    for sign in text:
        if sign in EXTENDED:
            length += 2
        elif sign in BASIC:
            length += 1
        else:
            raise ValueError(f"{sign!r} is not in the SMS alphabet: replace it")
    return length


def within_sms(text: str, limit: int) -> str:
    """The text itself; raises ValueError when it does not fit into `limit` places."""
    length = gsm7_length(text)
    if length > limit:
        raise ValueError(f"{length} places as an SMS, at most {limit} are allowed: shorten it")
    return text

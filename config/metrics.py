"""What is counted and timed, in Prometheus' form."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

heard = Counter("sigap_messages_heard_total", "Messages kept", ["city", "channel", "kind"], registry=REGISTRY)
unreadable = Counter("sigap_unreadable_total", "Deliveries kept raw", ["city", "channel"], registry=REGISTRY)
refused = Counter("sigap_refused_total", "Deliveries with a bad signature", ["channel"], registry=REGISTRY)
actions = Counter("sigap_understood_total", "What the turn made of messages", ["city", "action"], registry=REGISTRY)
bot_failed = Counter(
    "sigap_bot_failed_total", "Messages that went to a person because the bot broke", registry=REGISTRY
)
incidents = Counter("sigap_incidents_total", "Cases opened", ["city", "reason", "severity"], registry=REGISTRY)
sent = Counter("sigap_sent_total", "Replies by what became of them", ["city", "channel", "state"], registry=REGISTRY)
acknowledge_seconds = Histogram(
    "sigap_acknowledge_seconds", "Webhook in to durable", ["channel"], buckets=_SECONDS, registry=REGISTRY
)
turn_seconds = Histogram("sigap_turn_seconds", "A batch of turns", ["lane"], buckets=_SECONDS, registry=REGISTRY)
waiting = Gauge("sigap_waiting", "Messages kept and not yet dealt with", registry=REGISTRY)
queued = Gauge("sigap_outbox_queued", "Replies due and not yet sent", registry=REGISTRY)
shedding = Gauge(
    "sigap_shedding", "Whether this is put off for want of time: bots/pressure.py", ["what"], registry=REGISTRY
)
put_off = Counter("sigap_put_off_total", "Messages stored to be answered later", ["city"], registry=REGISTRY)
second_opinions = Counter("sigap_second_opinions_total", "Rasa asked, by what came of it", ["how"], registry=REGISTRY)
loop_lag_seconds = Gauge(
    "sigap_event_loop_lag_seconds", "Worst lag of the event loop, last ten seconds", registry=REGISTRY
)


def page() -> bytes:
    """The text that Prometheus scrapes."""
    return generate_latest(REGISTRY)

"""What this process counts about itself, for Prometheus. docs/operations.md says what each figure means.

Labels take few values, all known beforehand: never an id, an address or anything else that a client made up.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

# From what nobody notices to what has timed out.
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

SOCKETS = Gauge("parley_sockets", "Sockets that this process holds", ["kind"])
SOCKETS_CLOSED = Counter("parley_sockets_closed_total", "Sockets that the server has closed", ["code"])
FRAMES_SENT = Counter("parley_frames_total", "Frames put into sockets' queues")
FRAME_SECONDS = Histogram(
    "parley_frame_seconds", "From a frame's arrival until it was answered", ["frame"], buckets=QUICK
)
RESYNCS = Counter("parley_resyncs_total", "Sockets that were told to ask anew, because frames were lost")
REFUSALS = Counter("parley_refusals_total", "Requests and frames that were refused", ["code"])
REDIS_SUBSCRIBED = Gauge("parley_redis_subscribed", "Whether frames of other processes reach this one")
HINTS_DROPPED = Counter("parley_hints_dropped_total", "What should have gone to Redis and could not")
LETTERS = Counter("parley_letters_total", "E-mails to customers, by what became of them", ["outcome"])
UPLOADS = Counter("parley_uploads_total", "Files that were let in, by what became of them", ["outcome"])

"""Ask the office how it is: `python config/healthy.py URL [PART]`, for health checks of containers.

Exits 0 when URL answers 200 and, where PART is named, the heartbeat of PART is fresh.
"""

from __future__ import annotations

import json
import sys
import urllib.request

PATIENCE_SECONDS = 5
# Beat sends a worker every 20 s to say that both live.
FRESH_SECONDS = 90


def main(url: str, part: str | None = None) -> int:
    """Return the exit code for `url` and the heartbeat of `part`."""
    with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - ours
        age = json.load(answer)["heartbeat_age_seconds"].get(part)
    return 0 if part is None or (age is not None and age <= FRESH_SECONDS) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""The Celery app of the workers, the office without its pages: `python -m tasks.workshop`.

It does what `celery worker` does, without the 10 MB of Celery's own console.
"""

from __future__ import annotations

import argparse
import sys

from config import settings
from kimweb import create_core, logs
from tasks import create_celery

_settings = settings.load()
logs.configure(_settings)
celery = create_celery(create_core(_settings), _settings)


def main() -> int:
    """Do the tasks of the queues that are named until told to stop; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tasks.workshop", description=__doc__)
    parser.add_argument("--queues", help="all but those with workers of their own unless named")
    parser.add_argument("--pool", choices=("prefork", "solo"), default="prefork")
    parser.add_argument("--concurrency", type=int, default=1, help="processes that do tasks")
    worker = celery.Worker(
        **vars(parser.parse_args()), loglevel="WARNING", without_gossip=True, without_mingle=True
    )
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())

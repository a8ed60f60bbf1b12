"""The Celery app of beat alone: `python -m tasks.clockwork`.

Beat only rings, as long as Redis answers (tasks/beat.py). Without the database, the pages, the
typesetter, the tasks and Celery's own console it takes a third of the memory.
"""

from __future__ import annotations

import argparse

from celery import Celery

from config import settings
from kimweb import logs, queues
from tasks import SETTINGS

_settings = settings.load()
logs.configure(_settings)
celery = Celery("kimweb", broker=queues.celery_url(_settings.redis_url))
celery.conf.update(SETTINGS | {"include": []})

if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m tasks.clockwork", description=__doc__).parse_args()
    celery.Beat(loglevel="WARNING").run()

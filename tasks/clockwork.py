"""The Celery app of beat alone: `celery --app tasks.clockwork beat`.

Beat only rings, as long as Redis answers (tasks/beat.py). Without the pages, the typesetter and
the tasks it takes half the memory.
"""

from __future__ import annotations

from celery import Celery

from config import settings
from kimweb import bell
from tasks import SETTINGS

celery = Celery("kimweb", broker=bell.celery_url(settings.load().redis_url))
celery.conf.update(SETTINGS | {"include": []})

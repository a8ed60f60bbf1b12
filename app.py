"""Composition root: the Flask app and the Celery app, nothing else."""

from config import settings
from kimweb import create_app
from tasks import create_celery

office = settings.load()
app = create_app(office)
celery = create_celery(app, office)

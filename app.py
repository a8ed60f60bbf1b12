"""Composition root: the Flask app and the Celery app, nothing else."""

from config import settings
from kimweb import create_app
from tasks import create_celery

try:
    office = settings.load()
except settings.SettingsError as refusal:
    raise SystemExit(str(refusal)) from None
app = create_app(office)
celery = create_celery(app, office)

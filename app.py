"""Composition root: the Flask app and the Celery app, nothing else."""

from config import settings
from kimweb import create_app, logs
from tasks import create_celery

try:
    office = settings.load()
    logs.configure(office)
    app = create_app(office)
except settings.SettingsError as refusal:
    raise SystemExit(str(refusal)) from None
celery = create_celery(app, office)

"""How gunicorn serves the web: one process, so that one subscription feeds every open desk.

A thread is taken by each open stream of a desk: 1,000 of them fit in 29 MB, and the process waits
for the database and for readers, seldom for the processor.
"""

from config.settings import load

settings = load()

bind = f"{settings.host}:{settings.port}"
workers = 1
worker_class = "gthread"
threads = 64
keepalive = 10
# Open streams never end by themselves: waiting for them at the end would be in vain.
graceful_timeout = 2
# Anybody running as the same user could stop the server through the control socket.
control_socket_disable = True
# The lines of gunicorn itself look like all the others (kimweb/logs.py).
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "kimweb.logs.Lines"}},
    "handlers": {"error": {"class": "logging.StreamHandler", "formatter": "lines"}},
    # Gunicorn's own root would ask for a handler that is not among these.
    "root": {"handlers": ["error"]},
    "loggers": {
        "gunicorn.error": {"handlers": ["error"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "propagate": False},
    },
}

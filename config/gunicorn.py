"""How gunicorn serves the web: one process, so that one subscription feeds every open desk.

An open stream of a desk takes a socket along and leaves its thread (kimweb/pages/live.py): the
threads are for answers, and wait for the database and for readers, seldom for the processor.
"""

import gc
import resource

from config.settings import load

settings = load()
# 2,000 open desks, with files and lines to the database beside them, where the system allows it.
SOCKETS = 4_096
soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
allowed = SOCKETS if most == resource.RLIM_INFINITY else min(SOCKETS, most)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), most))

bind = f"{settings.host}:{settings.port}"
workers = 1
worker_class = "gthread"
threads = 32
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


def post_worker_init(_worker: object) -> None:
    """Keep the garbage collector off what was loaded: a page would wait while it looks at it."""
    gc.collect()
    gc.freeze()

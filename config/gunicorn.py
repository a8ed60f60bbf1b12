"""How gunicorn serves the web: a process for each core of the smallest machine, of a few threads.

The office is loaded once and then parts, so the second process costs little memory. An open stream
of a desk takes a socket along and leaves its thread (kimweb/pages/live.py): the threads are for
answers, and wait for the database and for readers, seldom for the processor.
"""

import gc
import resource
from typing import Any

from gunicorn import glogging

from config.settings import load


class Quiet(glogging.Logger):  # type: ignore[misc]
    """Writes no line for each request: kimweb/pages/journal.py writes those worth one."""

    def access(self, *_request: object) -> None:
        """Spend nothing on words that nobody reads."""


settings = load()
# 2,000 open desks, with files and lines to the database beside them, where the system allows it.
SOCKETS = 4_096
soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
allowed = SOCKETS if most == resource.RLIM_INFINITY else min(SOCKETS, most)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), most))

bind = f"{settings.host}:{settings.port}"
workers = 2
worker_class = "gthread"
threads = 12
keepalive = 10
# Open streams never end by themselves: waiting for them at the end would be in vain.
graceful_timeout = 2
# Anybody running as the same user could stop the server through the control socket.
control_socket_disable = True
logger_class = Quiet
# The lines of gunicorn itself look like all the others (kimweb/logs.py).
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "kimweb.logs.Lines"}},
    "handlers": {"error": {"class": "logging.StreamHandler", "formatter": "lines"}},
    # Gunicorn's own root would ask for a handler that is not among these.
    "root": {"handlers": ["error"]},
    "loggers": {"gunicorn.error": {"handlers": ["error"], "level": "INFO", "propagate": False}},
}


def when_ready(server: Any) -> None:
    """Load the office before the processes part; who comes meanwhile waits, for the door is open.

    The collector of garbage leaves alone what was loaded: it would write to all the memory that
    the processes share, and people would wait while it looks at it.
    """
    server.app.wsgi()
    gc.collect()
    gc.freeze()

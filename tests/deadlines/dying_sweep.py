"""`python -m tests.deadlines.dying_sweep URL AT MOMENT`: a sweep killed at its first commit.

MOMENT is before_commit or after_commit: the rows are written, and the kernel ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from datetime import datetime
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.orm import Session

from kimweb import bell, create_app, db
from kimweb.deadlines import sweep
from tests.conftest import settings_for


def die(session: Session) -> None:
    if not session.in_nested_transaction():
        os.kill(os.getpid(), signal.SIGKILL)


url, at, moment = sys.argv[1:]
app = create_app(settings_for(Path(tempfile.mkdtemp()), DATABASE_URL=url))
bell.connect(None)
event.listen(db.session.session_factory, moment, die)
with app.app_context():
    sweep.run(datetime.fromisoformat(at))

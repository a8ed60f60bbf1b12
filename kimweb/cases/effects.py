"""What a step sets off besides the move itself: one function for each effect of the SOP."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from kimweb import bell
from kimweb.cases import facts, fieldwork, notices
from kimweb.cases.situations import Situation
from kimweb.documents import drafts, files, versions
from kimweb.documents.models import LETTERS, REPORT

REPORT_KIND = "laporan"
RENDER = "tasks.documents.drain"


def order_pdfs(session: Session) -> None:
    """Wake the workers for the versions that were just made."""
    bell.after_commit(session, tasks=[RENDER])


def begin_report(session: Session, here: Situation) -> None:
    """Begin the report, pre-filled from what the fieldwork recorded, unless there is one."""
    if not drafts.of_case(session, here.case_id, REPORT):
        drafts.start(
            session,
            case_id=here.case_id,
            papers=REPORT,
            kind=REPORT_KIND,
            facts=facts.of_report(session, here.case),
            now=here.now,
        )


def _report_dispatch(session: Session, here: Situation) -> None:
    letters = drafts.of_case(session, here.case_id, LETTERS)
    notices.report_dispatch(session, here, letters)


def _finish_papers(session: Session, here: Situation) -> None:
    versions.finish(session, here.papers, stage_id=here.stage_id, by=here.by.id, now=here.now)
    order_pdfs(session)


def _invite_team(session: Session, here: Situation) -> None:
    """Send everybody of the team who has an address the journey, with a file for the calendar."""
    file = fieldwork.calendar_file(session, here.case)
    notices.invite_team(session, here, files.store().put(file))


EFFECTS: dict[str, Callable[[Session, Situation], None]] = {
    "report_dispatch": _report_dispatch,
    "finish_papers": _finish_papers,
    "invite_team": _invite_team,
}

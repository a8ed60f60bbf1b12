"""The rows of a move as prepared statements: the hot path runs these and no others on its tables.

Each names what it does to the database; moves.py says when.
"""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select, update

from kimweb.cases.models import Stage

# How often the case has been at a step, this time included.
_VISIT = (
    select(func.coalesce(func.max(Stage.visit), 0) + 1)
    .where(Stage.case_id == bindparam("case_id"), Stage.step == bindparam("step"))
    .scalar_subquery()
)

# The ladder looks at a new stage at once, to find out when its first rung is due.
OPEN_STAGE = (
    insert(Stage)
    .values(
        case_id=bindparam("case_id"),
        step=bindparam("step"),
        visit=_VISIT,
        lane=bindparam("lane"),
        opened_at=bindparam("now"),
        due_at=bindparam("due_at"),
        next_rung_at=bindparam("now"),
        note="",
        returned_from=bindparam("returned_from"),
    )
    .returning(Stage.id)
)

# Changes no row when somebody else has closed the stage meanwhile.
CLOSE_STAGE = (
    update(Stage)
    .where(Stage.id == bindparam("stage_id"), Stage.closed_at.is_(None))
    .values(
        closed_at=bindparam("now"),
        closed_by=bindparam("person_id"),
        verdict=bindparam("with_verdict"),
        note=bindparam("with_note"),
        next_rung_at=None,
    )
)

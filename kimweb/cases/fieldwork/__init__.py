"""What happens outside the office: the team (step 11), the village (12), the material (13)."""

from kimweb.cases.fieldwork.activity import (
    CONSENT,
    activity_gaps,
    activity_of,
    activity_warnings,
    attendance,
    attendees,
    drop_attendee,
    invited,
    record_attendee,
    save_notes,
    settle,
    twins,
)
from kimweb.cases.fieldwork.departing import calendar_file, team_warnings, travellers
from kimweb.cases.fieldwork.material import (
    MATERIAL_FIELDS,
    material_gaps,
    material_warnings,
    save_material,
)
from kimweb.cases.fieldwork.report import report_facts
from kimweb.cases.fieldwork.team import (
    ROLES,
    departure_of,
    equipment_of,
    save_team,
    team_gaps,
    team_of,
)

__all__ = [
    "CONSENT",
    "MATERIAL_FIELDS",
    "ROLES",
    "activity_gaps",
    "activity_of",
    "activity_warnings",
    "attendance",
    "attendees",
    "calendar_file",
    "departure_of",
    "drop_attendee",
    "equipment_of",
    "invited",
    "material_gaps",
    "material_warnings",
    "record_attendee",
    "report_facts",
    "save_material",
    "save_notes",
    "save_team",
    "settle",
    "team_gaps",
    "team_of",
    "team_warnings",
    "travellers",
    "twins",
]

"""Who looked at or changed what. Rows are only ever added; never any message text.

The hash chain over these rows will be built by a sealing job beside this module.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.request_id import current_request_id

ADD = text(
    "insert into audit (body_id, actor, staff_id, action, subject, subject_id, request_id)"
    " values (:body_id, current_setting('app.actor'), :staff_id, :action, :subject, :subject_id,"
    " :request_id)"
)
READERS = text(
    "select staff.name, now() - max(audit.at) as age"
    " from audit join staff on staff.id = audit.staff_id"
    " where audit.subject = :subject and audit.subject_id = :subject_id"
    " and audit.action = 'read' group by staff.name order by age"
)


@dataclass(frozen=True)
class ReadBy:
    name: str
    age: timedelta  # by the database's clock


async def record(
    db: AsyncSession,
    action: str,
    subject: str,
    subject_id: UUID | str,
    *,
    body_id: UUID | None = None,
    staff_id: UUID | None = None,
) -> None:
    """In the same transaction as the deed: a read whose row cannot be written does not happen."""
    await db.execute(
        ADD,
        {
            "body_id": body_id,
            "staff_id": staff_id,
            "action": action,
            "subject": subject,
            "subject_id": str(subject_id),
            "request_id": current_request_id.get(),
        },
    )


async def who_has_read(db: AsyncSession, subject: str, subject_id: UUID) -> list[ReadBy]:
    """Colleagues of the own body and when they last looked, newest first."""
    rows = await db.execute(READERS, {"subject": subject, "subject_id": str(subject_id)})
    return [ReadBy(row.name, row.age) for row in rows]

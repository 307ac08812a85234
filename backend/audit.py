"""Who looked at or changed what. Rows are only ever added; never any message text.

The hash chain over these rows will be built by a sealing job beside this module.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.request_id import current_request_id

ADD = text(
    "insert into audit (body_id, actor, staff_id, action, subject, subject_id, request_id)"
    " values (:body_id, current_setting('app.actor'), :staff_id, :action, :subject, :subject_id,"
    " :request_id)"
)


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

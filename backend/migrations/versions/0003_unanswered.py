"""Lines that the bot could not answer, for municipalities that turned it on, and the role of those
who decide what becomes of them."""

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: None = None
depends_on: None = None

# No conversation and no time of day: a line leads back to nobody, so nobody's erasure needs it.
STATEMENTS = (
    "alter table municipality add column keeps_unanswered boolean not null default false",
    """
    create table unanswered_line (
      municipality_id uuid not null default tenant() references municipality on delete cascade,
      id uuid not null default gen_random_uuid(),
      language text not null,
      text text not null check (length(text) between 1 and 200 and text !~ '[0-9]'),
      reason text not null check (reason in ('missed', 'corrected', 'feedback')),
      nearest text[] not null,
      meant text,                         -- the id that a resident chose afterwards
      times integer not null default 1,
      seen_on date not null default current_date,
      vector real[],                      -- of the redacted text; empty until it is needed
      intent text,                        -- approved as a training line of this id
      exported_on date,
      primary key (municipality_id, id),
      unique (municipality_id, language, text),
      check (exported_on is null or intent is not null)
    )
    """,
    # Whoever edits content may sit in any body. Where a municipality has not turned it on,
    # no statement can store a line.
    """
    create policy municipality_wall on unanswered_line
      using (municipality_id = tenant() and actor() in ('staff', 'system'))
      with check (municipality_id = tenant() and actor() in ('staff', 'system') and exists (
        select from municipality m where m.id = municipality_id and m.keeps_unanswered))
    """,
    "alter table unanswered_line enable row level security",
    "alter table unanswered_line force row level security",
    "grant select, insert, update, delete on unanswered_line to landa_app",
    "alter table staff_role drop constraint staff_role_role_check",
    """
    alter table staff_role add constraint staff_role_role_check
      check (role in ('receptionist', 'caseworker', 'admin', 'content_editor'))
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)

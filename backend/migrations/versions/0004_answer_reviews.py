"""Who has reviewed which text of an answer, by municipality; and earlier source texts, so that an
editor sees what has changed since a translation was made."""

from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None

STATEMENTS = (
    """
    create table answer_review (
      municipality_id uuid not null default tenant() references municipality on delete cascade,
      id uuid not null default gen_random_uuid(),
      country text not null,
      topic text not null,
      language text not null,
      text_hash text not null,            -- of all that a reader sees: a changed text has no review
      reviewer_id uuid not null,
      reviewed_at timestamptz not null,
      primary key (municipality_id, id),
      unique (municipality_id, country, topic, language, text_hash),
      foreign key (municipality_id, reviewer_id) references staff
    )
    """,
    # Residents are told whether a text was reviewed; only staff say so, of whichever body.
    """
    create policy municipality_wall on answer_review for select
      using (municipality_id = tenant())
    """,
    """
    create policy reviewers on answer_review for insert
      with check (municipality_id = tenant() and actor() in ('staff', 'system'))
    """,
    """
    create policy taking_back on answer_review for delete
      using (municipality_id = tenant() and actor() in ('staff', 'system'))
    """,
    "alter table answer_review enable row level security",
    "alter table answer_review force row level security",
    "grant select, insert, delete on answer_review to landa_app",
    # What the files of the content said: public, the same for all municipalities, never changed.
    """
    create table source_text (
      country text not null,
      topic text not null,
      section text not null,
      hash text not null,
      text text not null,
      seen_at timestamptz not null,
      primary key (country, topic, section, hash)
    )
    """,
    "grant select, insert on source_text to landa_app",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.get_bind().exec_driver_sql(statement)

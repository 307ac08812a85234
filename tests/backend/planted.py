"""Rows to look for: in every table of Lindby there is one that others must not see."""

from dataclasses import dataclass
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

STATEMENTS = """
    insert into conversation (id, channel, language)
      values (%(yusuf)s, 'web', 'so');
    insert into message (conversation_id, seq, author, language, text)
      values (%(yusuf)s, 1, 'resident', 'so', 'Yusuf asks');
    insert into conversation (id, body_id, channel, language, owner, last_seq)
      values (%(amina)s, %(integration)s, 'telegram', 'ar', 'queue', 4);
    insert into message (conversation_id, seq, author, language, text)
      select %(amina)s, seq, 'resident', 'ar', 'Amina asks' from generate_series(1, 4) seq;
    insert into consent (conversation_id, purpose, is_given, text_sha256, language, channel)
      values (%(amina)s, 'share', true, 'hash', 'ar', 'telegram');
    insert into inbox (channel, bot_id, external_id, conversation_id, payload, request_sha256)
      values ('telegram', '1', '1', %(amina)s, %(empty)s, 'hash');
    insert into outbox (conversation_id, seq, payload)
      values (%(amina)s, 2, %(empty)s);
    insert into handover (body_id, conversation_id, reason, language, is_shared, answer_by)
      values (%(integration)s, %(amina)s, 'asked', 'ar', true, now());
    insert into booking (body_id, conversation_id, service_id, slot_id, code, language)
      select slot.body_id, %(amina)s, service_id, slot.id, 'K7M4QX', 'ar'
      from slot join session on session.id = session_id limit 1;
    insert into ticket (body_id, session_id, lane_id, number, conversation_id, language)
      select body_id, session_id, id, 1, %(amina)s, 'ar' from lane where letter = 'B' limit 1;
    insert into sign_in (body_id, staff_id, token_sha256)
      select body_id, id, 'hash' from staff where name = 'Maria Lindqvist';
    insert into audit (body_id, actor, action, subject, subject_id)
      values (%(integration)s, 'staff', 'read', 'conversation', %(amina)s::text);
    insert into idempotency (actor, key, request_sha256, status, response)
      values ('Leyla', '1', 'hash', 200, %(empty)s);
    insert into rate_counter (key, window_start, count)
      values ('hold', now(), 1);
    insert into event (body_id, topic, reference)
      values (%(integration)s, 'queue', '1');
    insert into unanswered_line (language, text, reason, nearest)
      values ('ar', 'where is the market', 'missed', '{transport}');
    insert into answer_review (country, topic, language, text_hash, reviewer_id, reviewed_at)
      select 'se', 'id_card', 'ar', 'hash', id, now() from staff where name = 'Petra Nyman'
"""


@dataclass(frozen=True)
class Planted:
    """Ids, as text."""

    lindby: str
    strandby: str
    integration: str
    benefits: str
    amina: str  # has a conversation in the integration unit's queue
    yusuf: str  # has one that only the bot answers


def as_app(
    app: psycopg.Connection, municipality: str, actor: str, body: str = "", conversation: str = ""
) -> None:
    """Sets the context of the running transaction."""
    app.execute(
        "select set_config('app.municipality', %s, true), set_config('app.actor', %s, true),"
        " set_config('app.body', %s, true), set_config('app.conversation', %s, true)",
        [municipality, actor, body, conversation],
    )


def plant(app: psycopg.Connection) -> Planted:
    towns = {slug: str(town) for slug, town in app.execute("select slug, id from municipality")}
    as_app(app, towns["lindby"], "system")
    bodies = {key: str(body) for key, body in app.execute("select key, id from body")}
    planted = Planted(
        towns["lindby"],
        towns["strandby"],
        bodies["integration"],
        bodies["benefits"],
        amina=str(uuid4()),
        yusuf=str(uuid4()),
    )
    for statement in STATEMENTS.split(";"):
        done = app.execute(statement, {**vars(planted), "empty": Jsonb({})})
        assert done.rowcount, statement
    app.commit()
    return planted

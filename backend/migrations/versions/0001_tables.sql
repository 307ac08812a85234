create extension if not exists btree_gist;

-- The context of a transaction. Unset (or reset to '') makes the cast fail: closed by default.
create function tenant() returns uuid language sql stable parallel safe
  as $$ select current_setting('app.municipality')::uuid $$;
create function actor() returns text language sql stable parallel safe
  as $$ select current_setting('app.actor') $$;
create function own_body() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.body'), '')::uuid $$;
create function own_conversation() returns uuid language sql stable parallel safe
  as $$ select nullif(current_setting('app.conversation'), '')::uuid $$;

create table municipality (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z][a-z0-9-]{1,40}$'),
  name jsonb not null,
  name_in jsonb not null,             -- the whole phrase "in Lindby", where a language inflects the name
  country text not null check (country in ('se', 'dk', 'fi')),
  time_zone text not null,
  default_language text not null,
  theme text not null,
  is_demo boolean not null default false
);

create table route (
  token_sha256 bytea primary key check (length(token_sha256) = 32),
  municipality_id uuid not null references municipality on delete cascade,
  kind text not null check (kind in ('conversation', 'booking', 'ticket', 'sign_in', 'staff'))
);

create table body (
  municipality_id uuid not null default tenant() references municipality on delete cascade,
  id uuid not null default gen_random_uuid(),
  key text not null,
  name jsonb not null,
  primary key (municipality_id, id),
  unique (municipality_id, key)
);

create table office (
  municipality_id uuid not null default tenant() references municipality on delete cascade,
  id uuid not null default gen_random_uuid(),
  key text not null,
  name jsonb not null,
  address text not null,
  room jsonb not null,
  directions jsonb not null,
  time_zone text not null,
  primary key (municipality_id, id),
  unique (municipality_id, key)
);

create table service (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  office_id uuid not null,
  key text not null,
  kind text not null check (kind in ('interpreter_day', 'drop_in', 'queue')),
  name jsonb not null,
  slot_minutes integer check (slot_minutes > 0),
  average_minutes integer check (average_minutes > 0),
  answer_minutes integer check (answer_minutes > 0),
  chairs text[] not null default '{}',
  primary key (municipality_id, id),
  unique (municipality_id, key),
  foreign key (municipality_id, body_id) references body,
  foreign key (municipality_id, office_id) references office
);

-- Hours belong to an office, or to one service at it.
create table opening_hours (
  municipality_id uuid not null default tenant(),
  id uuid not null default gen_random_uuid(),
  office_id uuid not null,
  service_id uuid,
  rrule text not null check (rrule ~ '^FREQ=(DAILY|WEEKLY|MONTHLY)'),
  opens time not null,
  closes time not null check (closes > opens),
  primary key (municipality_id, id),
  foreign key (municipality_id, office_id) references office on delete cascade,
  foreign key (municipality_id, service_id) references service on delete cascade
);

create table closure (
  municipality_id uuid not null default tenant(),
  id uuid not null default gen_random_uuid(),
  office_id uuid not null,
  first_day date not null,
  last_day date not null check (last_day >= first_day),
  reason jsonb not null,
  primary key (municipality_id, id),
  foreign key (municipality_id, office_id) references office on delete cascade
);

create table staff (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  name text not null,
  sign_in_name text,
  password_hash text,
  languages text[] not null,
  console_language text not null default 'sv',
  is_active boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  primary key (municipality_id, id),
  unique (municipality_id, sign_in_name),
  foreign key (municipality_id, body_id) references body
);

create table working_time (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  staff_id uuid not null,
  rrule text not null check (rrule ~ '^FREQ=(DAILY|WEEKLY|MONTHLY)'),
  starts time not null,
  ends time not null check (ends > starts),
  primary key (municipality_id, id),
  foreign key (municipality_id, staff_id) references staff on delete cascade
);

create table staff_role (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  staff_id uuid not null,
  role text not null check (role in ('receptionist', 'caseworker', 'admin')),
  primary key (municipality_id, staff_id, role),
  foreign key (municipality_id, staff_id) references staff on delete cascade
);

create table sign_in (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  staff_id uuid not null,
  token_sha256 bytea not null,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (municipality_id, id),
  unique (municipality_id, token_sha256),
  foreign key (municipality_id, staff_id) references staff on delete cascade
);

create table conversation (
  municipality_id uuid not null default tenant() references municipality on delete cascade,
  body_id uuid,                       -- the body whose queue received it; empty while only the bot answers
  id uuid not null default gen_random_uuid(),
  channel text not null check (channel in ('web', 'api', 'telegram')),
  bot_id text not null default '',
  external_id text,                   -- Telegram chat
  token_sha256 bytea,
  language text not null,
  language_chosen boolean not null default false,
  owner text not null default 'bot' check (owner in ('bot', 'queue', 'caseworker')),
  staff_id uuid,
  flow text,
  flow_state jsonb not null default '{}',
  misses integer not null default 0,
  last_seq integer not null default 0,
  shared_from_seq integer not null default 1,  -- staff read from here on; moved up when the resident does not share
  shared_to_seq integer,                       -- and up to here once the matter is closed
  is_blocked boolean not null default false,   -- the channel refuses our messages
  lease_token uuid,
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  version integer not null default 1,
  primary key (municipality_id, id),
  unique (municipality_id, channel, bot_id, external_id),
  unique (municipality_id, token_sha256),
  check ((owner = 'caseworker') = (staff_id is not null)),
  check (owner = 'bot' or body_id is not null),
  foreign key (municipality_id, body_id) references body,
  foreign key (municipality_id, staff_id) references staff
);

create table message (
  municipality_id uuid not null default tenant(),
  id uuid not null default gen_random_uuid(),
  conversation_id uuid not null,
  seq integer not null,
  author text not null check (author in ('resident', 'bot', 'caseworker', 'event')),
  staff_id uuid,
  language text not null,
  text text not null,
  payload jsonb not null default '{}',
  client_msg_id text,
  created_at timestamptz not null default now(),
  primary key (municipality_id, id),
  unique (municipality_id, conversation_id, seq),
  unique (municipality_id, conversation_id, client_msg_id),
  foreign key (municipality_id, conversation_id) references conversation on delete cascade
);

create table consent (
  municipality_id uuid not null default tenant(),
  id uuid not null default gen_random_uuid(),
  conversation_id uuid not null,
  purpose text not null,
  is_given boolean not null,
  text_sha256 bytea not null,
  language text not null,
  channel text not null,
  created_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (municipality_id, id),
  foreign key (municipality_id, conversation_id) references conversation on delete cascade
);

create table inbox (
  municipality_id uuid not null default tenant(),
  channel text not null,
  bot_id text not null,
  external_id text not null,
  id bigint generated always as identity,
  conversation_id uuid not null,
  payload jsonb not null,
  request_sha256 bytea not null,
  state text not null default 'ready' check (state in ('ready', 'done', 'dead')),
  tries integer not null default 0,
  next_at timestamptz not null default now(),
  last_error text,
  received_at timestamptz not null default now(),
  done_at timestamptz,
  first_seq integer,                  -- the messages that this one caused: first_seq..last_seq
  last_seq integer,
  primary key (municipality_id, channel, bot_id, external_id),
  foreign key (municipality_id, conversation_id) references conversation on delete cascade
);
create index inbox_ready on inbox (municipality_id, conversation_id, id) where state = 'ready';

create table outbox (
  municipality_id uuid not null default tenant(),
  id bigint generated always as identity,
  conversation_id uuid not null,
  seq integer not null,
  payload jsonb not null,
  parts_sent integer not null default 0,  -- a long text or a document goes out in several parts
  is_plain boolean not null default false, -- sent once more without buttons after a refusal
  state text not null default 'ready' check (state in ('ready', 'leased', 'sent', 'dead', 'unknown')),
  attempts integer not null default 0,
  next_at timestamptz not null default now(),
  external_message_id text,
  last_error text,
  created_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (municipality_id, id),
  unique (municipality_id, conversation_id, seq),
  foreign key (municipality_id, conversation_id) references conversation on delete cascade
);
create index outbox_waiting on outbox (municipality_id, conversation_id, id) where state in ('ready', 'leased');

create table handover (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  conversation_id uuid not null,
  reason text not null,
  topic text,
  language text not null,
  is_shared boolean not null,
  priority integer not null default 0,
  state text not null default 'waiting' check (state in ('waiting', 'claimed', 'closed', 'withdrawn')),
  answer_by timestamptz not null,
  created_at timestamptz not null default now(),
  claimed_by uuid,
  claimed_at timestamptz,
  closed_at timestamptz,
  version integer not null default 1,
  primary key (municipality_id, id),
  foreign key (municipality_id, body_id) references body,
  foreign key (municipality_id, conversation_id) references conversation on delete cascade,
  foreign key (municipality_id, claimed_by) references staff
);
create unique index handover_open on handover (municipality_id, conversation_id)
  where state in ('waiting', 'claimed');

create table session (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  service_id uuid not null,
  office_id uuid not null,
  starts timestamptz not null,
  ends timestamptz not null check (ends > starts),
  is_closed boolean not null default false,  -- the day was closed after the session was made
  primary key (municipality_id, id),
  unique (municipality_id, service_id, starts),
  foreign key (municipality_id, service_id) references service,
  foreign key (municipality_id, office_id) references office
);

create table slot (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  session_id uuid not null,
  time_zone text not null,
  local_start timestamp not null,
  fold smallint not null default 0 check (fold in (0, 1)),
  starts timestamptz not null,
  ends timestamptz not null check (ends > starts),
  primary key (municipality_id, id),
  unique (municipality_id, session_id, starts),
  foreign key (municipality_id, session_id) references session on delete cascade
);

create table booking (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  conversation_id uuid,
  service_id uuid not null,
  slot_id uuid not null,
  code text not null check (code ~ '^[A-HJ-NP-Z2-9]{6}$'),
  language text not null,
  topic text,
  state text not null default 'held'
    check (state in ('held', 'confirmed', 'cancelled', 'expired', 'attended', 'no_show')),
  created_at timestamptz not null default now(),
  confirmed_at timestamptz,
  ended_at timestamptz,
  sequence integer not null default 0,   -- of the calendar entry
  version integer not null default 1,
  primary key (municipality_id, id),
  unique (municipality_id, code),
  foreign key (municipality_id, service_id) references service,
  foreign key (municipality_id, slot_id) references slot,
  foreign key (municipality_id, conversation_id) references conversation
    on delete set null (conversation_id)
);
create unique index booking_active on booking (municipality_id, conversation_id, service_id)
  where state in ('held', 'confirmed');

-- One unit of capacity. A hold consumes it; its end is judged in the statement that takes the seat.
create table seat (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  slot_id uuid not null,
  seat_no integer not null check (seat_no > 0),
  languages text[] not null,          -- in which its chairs can serve a resident
  staff_languages text[] not null,    -- those of them that need no interpreter
  is_ready boolean not null default true,  -- every required chair has a person
  booking_id uuid,
  hold_until timestamptz,             -- empty when the booking is confirmed
  reason text,                        -- of an extra seat, which staff added beside the series
  added_by uuid,
  primary key (municipality_id, id),
  unique (municipality_id, slot_id, seat_no),
  unique (municipality_id, booking_id),
  check (booking_id is not null or hold_until is null),
  check ((reason is null) = (added_by is null)),
  foreign key (municipality_id, slot_id) references slot on delete cascade,
  foreign key (municipality_id, added_by) references staff,
  foreign key (municipality_id, booking_id) references booking deferrable initially deferred
);

create table chair_assignment (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  seat_id uuid not null,
  chair text not null check (chair in ('social_worker', 'benefits_officer', 'interpreter')),
  staff_id uuid not null,
  during tstzrange not null check (not isempty(during)),
  primary key (municipality_id, id),
  unique (municipality_id, seat_id, chair),
  foreign key (municipality_id, seat_id) references seat on delete cascade,
  foreign key (municipality_id, staff_id) references staff,
  constraint one_person_one_place exclude using gist
    (municipality_id with =, staff_id with =, during with &&)
);

create table lane (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  session_id uuid not null,
  letter text not null check (letter ~ '^[A-Z]$'),
  languages text[] not null,
  last_number integer not null default 0,
  primary key (municipality_id, id),
  unique (municipality_id, session_id, letter),
  foreign key (municipality_id, session_id) references session on delete cascade
);

create table ticket (
  municipality_id uuid not null default tenant(),
  body_id uuid not null,
  id uuid not null default gen_random_uuid(),
  session_id uuid not null,
  lane_id uuid not null,
  number integer not null check (number > 0),
  conversation_id uuid,               -- empty for a paper number
  language text not null,
  state text not null default 'waiting'
    check (state in ('waiting', 'called', 'served', 'no_show', 'left')),
  created_at timestamptz not null default now(),
  called_at timestamptz,
  ended_at timestamptz,
  version integer not null default 1,
  primary key (municipality_id, id),
  unique (municipality_id, lane_id, number),
  foreign key (municipality_id, session_id) references session,
  foreign key (municipality_id, lane_id) references lane,
  foreign key (municipality_id, conversation_id) references conversation
    on delete set null (conversation_id)
);
create unique index ticket_active on ticket (municipality_id, conversation_id, session_id)
  where state in ('waiting', 'called');

create table audit (
  municipality_id uuid not null default tenant() references municipality on delete cascade,
  body_id uuid,
  id bigint generated always as identity,
  at timestamptz not null default now(),
  actor text not null,
  staff_id uuid,
  action text not null,
  subject text not null,
  subject_id text not null,
  request_id text,
  primary key (municipality_id, id)
);

create table idempotency (
  municipality_id uuid not null default tenant() references municipality on delete cascade,
  actor text not null,
  key text not null,
  request_sha256 bytea not null,
  status integer not null,
  response jsonb not null,
  created_at timestamptz not null default now(),
  primary key (municipality_id, actor, key)
);

-- Counters may be lost with a crash; they only slow down.
create unlogged table rate_counter (
  municipality_id uuid not null default tenant(),
  key text not null,
  window_start timestamptz not null,
  count integer not null,
  primary key (municipality_id, key, window_start)
);

-- bigserial is not commit order; readers stop at the oldest running transaction (xid).
create table event (
  municipality_id uuid not null default tenant() references municipality on delete cascade,
  body_id uuid,
  id bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  topic text not null,
  reference text not null,
  created_at timestamptz not null default now(),
  primary key (municipality_id, id)
);
create index event_topic on event (municipality_id, topic, id);

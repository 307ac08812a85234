-- Row-level security: `landa_app` is not the owner, so every statement passes these policies.
-- system: background work and token look-ups, one municipality at a time.
-- staff: its own body. resident: its own conversation.

do $$
declare
  t text;
begin
  -- Places and times: no personal data; residents choose among them across bodies.
  foreach t in array array['body', 'office', 'opening_hours', 'closure', 'idempotency', 'rate_counter'] loop
    execute format('create policy municipality_wall on %I using (municipality_id = tenant())', t);
  end loop;

  foreach t in array array['service', 'session', 'slot', 'seat', 'chair_assignment', 'lane'] loop
    execute format($p$create policy body_wall on %I using (
      municipality_id = tenant() and (actor() <> 'staff' or body_id = own_body()))$p$, t);
  end loop;

  -- Staff accounts: never for residents.
  foreach t in array array['staff', 'working_time', 'staff_role', 'sign_in'] loop
    execute format($p$create policy staff_wall on %I using (
      municipality_id = tenant() and (actor() = 'system' or (actor() = 'staff' and body_id = own_body())))$p$, t);
  end loop;

  -- A resident's own things.
  foreach t in array array['booking', 'ticket', 'handover'] loop
    execute format($p$create policy resident_wall on %I using (
      municipality_id = tenant() and case actor()
        when 'system' then true
        when 'staff' then body_id = own_body()
        when 'resident' then conversation_id = own_conversation()
        else false end)$p$, t);
  end loop;
end $$;

create policy resident_wall on conversation using (
  municipality_id = tenant() and case actor()
    when 'system' then true
    when 'staff' then body_id = own_body()
    when 'resident' then id = own_conversation()
    else false end);

-- A caseworker reads from where the resident shares: the consent is kept by the database.
create policy resident_wall on message using (
  municipality_id = tenant() and case actor()
    when 'system' then true
    when 'staff' then exists (
      select from conversation c
      where c.municipality_id = message.municipality_id and c.id = message.conversation_id
        and message.seq >= c.shared_from_seq
        and (c.shared_to_seq is null or message.seq <= c.shared_to_seq))
    when 'resident' then conversation_id = own_conversation()
    else false end);

do $$
declare
  t text;
begin
  foreach t in array array['consent', 'inbox', 'outbox'] loop
    execute format($p$create policy resident_wall on %1$I using (
      municipality_id = tenant() and case actor()
        when 'system' then true
        when 'staff' then exists (
          select from conversation c
          where c.municipality_id = %1$I.municipality_id and c.id = %1$I.conversation_id)
        when 'resident' then conversation_id = own_conversation()
        else false end)$p$, t);
  end loop;
end $$;

-- Anybody may add to these, nobody but the own body's staff reads them.
create policy append on audit for insert with check (municipality_id = tenant());
create policy body_wall on audit for select using (
  municipality_id = tenant() and (actor() = 'system' or (actor() = 'staff' and body_id = own_body())));
create policy append on event for insert with check (municipality_id = tenant());
create policy body_wall on event for select using (
  municipality_id = tenant() and (actor() = 'system' or (actor() = 'staff' and body_id = own_body())));
create policy tidy on event for delete using (municipality_id = tenant() and actor() = 'system');

do $$
declare
  t text;
begin
  for t in select tablename from pg_tables where schemaname = current_schema()
    and tablename not in ('municipality', 'route', 'alembic_version')
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('grant select, insert, update, delete on %I to landa_app', t);
  end loop;
end $$;
revoke update, delete on audit from landa_app;
revoke update on event from landa_app;
grant select, insert, update on municipality to landa_app;
grant select, insert, delete on route to landa_app;

-- Access tokens that are renewed with something that works once (architecture, law 8).

-- When the token is to be renewed, ahead of its end; null = shortly before it.
alter table access_token add column renew_at timestamptz;

-- A renewal that is under way, noted before it leaves. It stays where the answer was lost: what it was asked with is then
-- never sent again, and the note counts as long as the connection holds the same secrets.
create table token_renewal (
  connection_id integer primary key references connection on delete cascade,
  secrets_digest text not null,
  started_at timestamptz not null
);

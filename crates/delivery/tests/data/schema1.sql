-- Schema 1. Moments are milliseconds UTC; states are the names the code gives them.

-- Set once, when the store is created.
CREATE TABLE store (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  namespace BLOB NOT NULL
) STRICT;

-- Bytes, with the digest that is verified on every read: SQLite has no checksums of its own.
CREATE TABLE body (
  id     INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL,
  bytes  BLOB NOT NULL
) STRICT;

CREATE TABLE batch (
  id              INTEGER PRIMARY KEY,
  organisation    TEXT NOT NULL,
  stand           TEXT NOT NULL,
  kind            TEXT NOT NULL,
  source          TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  content         INTEGER NOT NULL REFERENCES body (id),
  accepted_at     INTEGER NOT NULL,
  UNIQUE (organisation, stand, idempotency_key)
) STRICT;

CREATE TABLE object (
  id           INTEGER PRIMARY KEY,
  batch        INTEGER NOT NULL REFERENCES batch (id),
  row          INTEGER NOT NULL,
  organisation TEXT NOT NULL,
  stand        TEXT NOT NULL,
  kind         TEXT NOT NULL,
  reference    TEXT NOT NULL,
  natural_key  TEXT NOT NULL,
  period       TEXT NOT NULL,
  content      BLOB NOT NULL,
  payload      INTEGER REFERENCES body (id),
  -- Holds its identity and its natural key: everything but refused rows and rows that repeat another.
  live         INTEGER NOT NULL CHECK (live IN (0, 1)),
  same_as      INTEGER REFERENCES object (id),
  state        TEXT NOT NULL,
  detail       TEXT NOT NULL,
  changed_at   INTEGER NOT NULL,
  UNIQUE (batch, row)
) STRICT;
CREATE UNIQUE INDEX object_identity ON object (organisation, stand, kind, reference, period) WHERE live = 1;
CREATE UNIQUE INDEX object_natural_key ON object (organisation, stand, kind, natural_key) WHERE live = 1;
CREATE INDEX object_same_as ON object (same_as) WHERE same_as IS NOT NULL;

CREATE TABLE message (
  id           INTEGER PRIMARY KEY,
  batch        INTEGER NOT NULL REFERENCES batch (id),
  organisation TEXT NOT NULL,
  stand        TEXT NOT NULL,
  kind         TEXT NOT NULL,
  operation    TEXT NOT NULL,
  lane         TEXT,
  resend       TEXT NOT NULL,
  state        TEXT NOT NULL,
  live         INTEGER NOT NULL CHECK (live IN (0, 1)),
  due          INTEGER NOT NULL,
  since        INTEGER NOT NULL,
  build        INTEGER NOT NULL,
  built_at     INTEGER,
  attempts     INTEGER NOT NULL,
  polls        INTEGER NOT NULL,
  left_by      INTEGER,
  ack          TEXT,
  acked_at     INTEGER,
  lookup       TEXT,
  failure      TEXT,
  guid         TEXT,
  request      INTEGER REFERENCES body (id),
  fence        INTEGER NOT NULL,
  lease        INTEGER
) STRICT;
CREATE INDEX message_due ON message (due, id) WHERE live = 1;
CREATE INDEX message_lease ON message (lease) WHERE lease IS NOT NULL;
CREATE INDEX message_lane ON message (organisation, stand, lane, id)
  WHERE lane IS NOT NULL AND state NOT IN ('done', 'rejected');
CREATE INDEX message_unfinished ON message (due, id) WHERE state NOT IN ('done', 'rejected');
CREATE INDEX message_batch ON message (batch);

CREATE TABLE message_object (
  message   INTEGER NOT NULL REFERENCES message (id),
  position  INTEGER NOT NULL,
  object    INTEGER NOT NULL REFERENCES object (id),
  transport TEXT NOT NULL,
  fate      TEXT NOT NULL,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_object_object ON message_object (object);

-- What went over the wire, in order: the evidence.
CREATE TABLE message_body (
  message INTEGER NOT NULL REFERENCES message (id),
  seq     INTEGER NOT NULL,
  role    TEXT NOT NULL,
  build   INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  body    INTEGER NOT NULL REFERENCES body (id),
  PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;

-- Schema 2. Moments are milliseconds UTC; states are the names the code gives them; digests are SHA-256.

-- Set once, when the store is created.
CREATE TABLE store (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  namespace BLOB NOT NULL
) STRICT;

-- Sealed bytes, with the digest that is verified on every read: SQLite has no checksums of its own. Nothing refers to them by a
-- foreign key: removing a body would search every table for it.
CREATE TABLE body (
  id     INTEGER PRIMARY KEY,
  key    INTEGER NOT NULL,
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
  content         INTEGER NOT NULL,
  -- Of the plain bytes: what a repeated key is compared with.
  plain           BLOB NOT NULL,
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
  payload      INTEGER,
  -- Holds its identity and its natural key: everything but refused rows and rows that repeat another.
  live         INTEGER NOT NULL CHECK (live IN (0, 1)),
  same_as      INTEGER REFERENCES object (id),
  follows      INTEGER REFERENCES object (id),
  state        TEXT NOT NULL,
  detail       TEXT NOT NULL,
  changed_at   INTEGER NOT NULL,
  UNIQUE (batch, row)
) STRICT;
CREATE UNIQUE INDEX object_identity ON object (organisation, stand, kind, reference, period) WHERE live = 1;
CREATE UNIQUE INDEX object_natural_key ON object (organisation, stand, kind, natural_key) WHERE live = 1;
CREATE INDEX object_same_as ON object (same_as) WHERE same_as IS NOT NULL;

-- One service of one organisation on one stand: claims and pauses go by it.
CREATE TABLE queue (
  id           INTEGER PRIMARY KEY,
  stand        TEXT NOT NULL,
  organisation TEXT NOT NULL,
  service      TEXT NOT NULL,
  UNIQUE (stand, organisation, service)
) STRICT;

CREATE TABLE pull (
  id           INTEGER PRIMARY KEY,
  organisation TEXT NOT NULL,
  stand        TEXT NOT NULL,
  name         TEXT NOT NULL,
  topic        TEXT NOT NULL,
  operation    TEXT NOT NULL,
  parameters   TEXT NOT NULL,
  interval     INTEGER NOT NULL,
  overlap      INTEGER NOT NULL,
  begins       INTEGER NOT NULL,
  -- Everything before has been read; the window being read ends at `until` and goes on from `cursor`.
  since        INTEGER NOT NULL,
  until        INTEGER,
  cursor       TEXT,
  ended_at     INTEGER,
  failure      TEXT,
  -- Named by the settings; another keeps how far it has read, and gets no further message.
  active       INTEGER NOT NULL CHECK (active IN (0, 1)),
  UNIQUE (organisation, stand, name)
) STRICT;

CREATE TABLE message (
  id           INTEGER PRIMARY KEY,
  batch        INTEGER REFERENCES batch (id),
  pull         INTEGER REFERENCES pull (id),
  queue        INTEGER NOT NULL REFERENCES queue (id),
  organisation TEXT NOT NULL,
  stand        TEXT NOT NULL,
  kind         TEXT NOT NULL,
  operation    TEXT NOT NULL,
  priority     INTEGER NOT NULL,
  resend       TEXT NOT NULL,
  bulk         INTEGER NOT NULL CHECK (bulk IN (0, 1)),
  accepted_at  INTEGER NOT NULL,
  state        TEXT NOT NULL,
  live         INTEGER NOT NULL CHECK (live IN (0, 1)),
  -- Behind an earlier unfinished message of one of its lanes.
  blocked      INTEGER NOT NULL CHECK (blocked IN (0, 1)),
  -- Its state is asked in bulk; not claimed until that says it is finished.
  awaiting     INTEGER NOT NULL CHECK (awaiting IN (0, 1)),
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
  request      INTEGER,
  fence        INTEGER NOT NULL,
  lease        INTEGER,
  CHECK ((batch IS NULL) <> (pull IS NULL))
) STRICT;
CREATE INDEX message_ready ON message (queue, priority, due, id)
  WHERE live = 1 AND blocked = 0 AND awaiting = 0 AND lease IS NULL;
CREATE INDEX message_awaiting ON message (queue, due, id) WHERE awaiting = 1;
CREATE INDEX message_lease ON message (lease) WHERE lease IS NOT NULL;
CREATE INDEX message_unfinished ON message (due, id) WHERE state NOT IN ('done', 'rejected');
CREATE INDEX message_batch ON message (batch) WHERE batch IS NOT NULL;
CREATE INDEX message_pull ON message (pull) WHERE pull IS NOT NULL AND live = 1;

-- Lanes of unfinished messages; the first of a lane may go.
CREATE TABLE lane (
  organisation TEXT NOT NULL,
  stand        TEXT NOT NULL,
  lane         TEXT NOT NULL,
  message      INTEGER NOT NULL REFERENCES message (id),
  PRIMARY KEY (organisation, stand, lane, message)
) STRICT, WITHOUT ROWID;
CREATE INDEX lane_message ON lane (message);

CREATE TABLE message_object (
  message   INTEGER NOT NULL REFERENCES message (id),
  position  INTEGER NOT NULL,
  object    INTEGER NOT NULL REFERENCES object (id),
  transport TEXT NOT NULL,
  fate      TEXT NOT NULL,
  PRIMARY KEY (message, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_object_object ON message_object (object);

-- What went over the wire, in order: the evidence. An entry stands by itself: it says everything its digest is taken over.
CREATE TABLE entry (
  id           INTEGER PRIMARY KEY,
  node         TEXT NOT NULL,
  number       INTEGER NOT NULL,
  message      INTEGER NOT NULL REFERENCES message (id),
  build        INTEGER NOT NULL,
  message_guid TEXT NOT NULL,
  role         TEXT NOT NULL,
  organisation TEXT NOT NULL,
  stand        TEXT NOT NULL,
  kind         TEXT NOT NULL,
  operation    TEXT NOT NULL,
  accepted     INTEGER NOT NULL,
  sent         INTEGER,
  answered     INTEGER,
  recorded     INTEGER NOT NULL,
  key          INTEGER NOT NULL,
  plain        BLOB NOT NULL,
  sealed       BLOB NOT NULL,
  -- NULL once the retention has removed the bytes.
  body         INTEGER,
  UNIQUE (node, number)
) STRICT;
CREATE INDEX entry_message ON entry (message, id);
CREATE INDEX entry_kept ON entry (kind, recorded) WHERE body IS NOT NULL;

CREATE TABLE link (
  node     TEXT NOT NULL,
  number   INTEGER NOT NULL,
  first    INTEGER NOT NULL,
  count    INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  content  BLOB NOT NULL,
  previous BLOB NOT NULL,
  hash     BLOB NOT NULL,
  PRIMARY KEY (node, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE head (
  node      TEXT NOT NULL,
  day       INTEGER NOT NULL,
  link      INTEGER NOT NULL,
  link_hash BLOB NOT NULL,
  entry     INTEGER NOT NULL,
  previous  BLOB NOT NULL,
  hash      BLOB NOT NULL,
  signer    TEXT NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (node, day)
) STRICT, WITHOUT ROWID;

-- Parts of the archive whose bytes stay, whatever the retention says. Numbers are never used twice.
CREATE TABLE hold (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  scope       TEXT NOT NULL,
  reason      TEXT NOT NULL,
  at          INTEGER NOT NULL,
  released_at INTEGER
) STRICT;

-- What the system has for us. One writer: positions become visible in their order.
CREATE TABLE inbox (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  organisation TEXT NOT NULL,
  stand        TEXT NOT NULL,
  topic        TEXT NOT NULL,
  key          TEXT NOT NULL,
  received_at  INTEGER NOT NULL,
  message      INTEGER NOT NULL REFERENCES message (id),
  body         INTEGER NOT NULL
) STRICT;
CREATE INDEX inbox_topic ON inbox (topic, seq);
-- What came of an object last.
CREATE INDEX inbox_object ON inbox (topic, key, seq);

-- The latest content of each object of the inbox.
CREATE TABLE inbox_latest (
  organisation TEXT NOT NULL,
  stand        TEXT NOT NULL,
  topic        TEXT NOT NULL,
  key          TEXT NOT NULL,
  content      BLOB NOT NULL,
  PRIMARY KEY (organisation, stand, topic, key)
) STRICT, WITHOUT ROWID;

-- An empty topic: reads all.
CREATE TABLE consumer (
  name         TEXT NOT NULL,
  topic        TEXT NOT NULL,
  acknowledged INTEGER NOT NULL,
  at           INTEGER NOT NULL,
  PRIMARY KEY (name, topic)
) STRICT, WITHOUT ROWID;

-- An empty part of a scope: all of them.
CREATE TABLE pause (
  stand        TEXT NOT NULL,
  organisation TEXT NOT NULL,
  service      TEXT NOT NULL,
  reason       TEXT NOT NULL,
  at           INTEGER NOT NULL,
  until        INTEGER,
  PRIMARY KEY (stand, organisation, service)
) STRICT, WITHOUT ROWID;

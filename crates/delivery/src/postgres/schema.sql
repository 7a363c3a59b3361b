-- Schema 1. Moments are milliseconds UTC as the callers' clocks give them; `lease_until` alone is by the database's own clock.
-- States are the names the code gives them. Sealed bytes stand beside their data key and the SHA-256 that is verified on every
-- read. Every write to a row is one of this crate's own statements, in one transaction with everything it refers to; foreign
-- keys would take a lock and an index probe for each of them.

-- Taken in a transaction by whoever accepts, ends a message with successors, or adds to the inbox: what these count is
-- visible in the order of its numbers, whichever node wrote it.
CREATE TABLE counter (
  one     bigint PRIMARY KEY CHECK (one = 1),
  batch   bigint NOT NULL,
  message bigint NOT NULL,
  object  bigint NOT NULL,
  item    bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO counter VALUES (1, 0, 0, 0, 0);

-- The session that writes under a node's name, and how many transactions of it took place: what a lost answer is found out by.
CREATE TABLE node (
  name    text PRIMARY KEY,
  session text NOT NULL,
  commits bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE batch (
  id              bigint PRIMARY KEY,
  organisation    text NOT NULL,
  stand           text NOT NULL,
  kind            text NOT NULL,
  source          text NOT NULL,
  idempotency_key text NOT NULL,
  -- Of the bytes as received.
  digest          bytea NOT NULL,
  content_key     bigint NOT NULL,
  content_sha256  bytea NOT NULL,
  content         bytea NOT NULL,
  accepted_at     bigint NOT NULL,
  UNIQUE (organisation, stand, idempotency_key)
);
ALTER TABLE batch ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE object (
  id             bigint PRIMARY KEY,
  batch          bigint NOT NULL,
  row            bigint NOT NULL,
  organisation   text NOT NULL,
  stand          text NOT NULL,
  kind           text NOT NULL,
  reference      text NOT NULL,
  natural_key    text NOT NULL,
  period         text NOT NULL,
  -- Of what matters in the content.
  content        bytea NOT NULL,
  payload_key    bigint,
  payload_sha256 bytea,
  payload        bytea,
  -- Holds its identity and its natural key: everything but refused rows and rows that repeat another.
  live           boolean NOT NULL,
  -- Digests of organisation, stand and kind with reference and period, and with the natural key: one column to find each by.
  identity       bytea NOT NULL,
  key_identity   bytea NOT NULL,
  same_as        bigint,
  follows        bigint,
  state          text NOT NULL,
  detail         text NOT NULL,
  changed_at     bigint NOT NULL,
  UNIQUE (batch, row)
) WITH (fillfactor = 80);
ALTER TABLE object ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX object_identity ON object (identity) WHERE live;
CREATE UNIQUE INDEX object_key ON object (key_identity) WHERE live;
CREATE INDEX object_reference ON object (reference);
CREATE INDEX object_same_as ON object (same_as) WHERE same_as IS NOT NULL;

CREATE TABLE queue (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stand        text NOT NULL,
  organisation text NOT NULL,
  service      text NOT NULL,
  UNIQUE (stand, organisation, service)
);

CREATE TABLE pull (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organisation text NOT NULL,
  stand        text NOT NULL,
  name         text NOT NULL,
  topic        text NOT NULL,
  operation    text NOT NULL,
  parameters   text NOT NULL,
  every        bigint NOT NULL,
  overlap      bigint NOT NULL,
  begins       bigint NOT NULL,
  since        bigint NOT NULL,
  until        bigint,
  cursor       text,
  ended_at     bigint,
  failure      text,
  -- Named by the settings; another keeps how far it has read, and gets no further message.
  active       boolean NOT NULL,
  UNIQUE (organisation, stand, name)
);

CREATE TABLE message (
  id          bigint PRIMARY KEY,
  batch       bigint,
  pull        bigint,
  queue       bigint NOT NULL,
  kind        text NOT NULL,
  operation   text NOT NULL,
  priority    bigint NOT NULL,
  resend      text NOT NULL,
  bulk        boolean NOT NULL,
  -- It has rows in `lane`, until it ends.
  laned       boolean NOT NULL,
  accepted_at bigint NOT NULL,
  state       text NOT NULL,
  live        boolean NOT NULL,
  -- Behind an earlier unfinished message of one of its lanes.
  blocked     boolean NOT NULL,
  -- Its state is asked in bulk, not by itself.
  awaiting    boolean NOT NULL,
  due         bigint NOT NULL,
  since       bigint NOT NULL,
  build       bigint NOT NULL,
  built_at    bigint,
  attempts    bigint NOT NULL,
  polls       bigint NOT NULL,
  left_by     bigint,
  ack         text,
  acked_at    bigint,
  lookup      text,
  failure     text,
  guid        text,
  fence       bigint NOT NULL,
  -- The node that holds the claim, until when by its own clock, and until when by the database's, which decides.
  node        text,
  lease       bigint,
  lease_until timestamptz
) WITH (fillfactor = 70);
CREATE INDEX message_free ON message (queue, priority, due, id)
  WHERE live AND NOT blocked AND NOT awaiting AND lease_until IS NULL;
CREATE INDEX message_awaiting ON message (queue, due, id) WHERE awaiting;
CREATE INDEX message_claimed ON message (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX message_unfinished ON message (due, id) WHERE state NOT IN ('done', 'rejected');
CREATE INDEX message_pull ON message (pull) WHERE pull IS NOT NULL AND live;
CREATE INDEX message_batch ON message (batch) WHERE batch IS NOT NULL;

-- What unfinished messages touch.
CREATE TABLE lane (
  organisation text NOT NULL,
  stand        text NOT NULL,
  lane         text NOT NULL,
  message      bigint NOT NULL,
  PRIMARY KEY (organisation, stand, lane, message)
);
CREATE INDEX lane_message ON lane (message);

CREATE TABLE message_object (
  message   bigint NOT NULL,
  position  bigint NOT NULL,
  object    bigint NOT NULL,
  transport text NOT NULL,
  fate      text NOT NULL,
  PRIMARY KEY (message, position)
) WITH (fillfactor = 80);
CREATE INDEX message_object_object ON message_object (object);

-- What went over the wire: the evidence, a chain for each node.
CREATE TABLE entry (
  node         text NOT NULL,
  number       bigint NOT NULL,
  -- Grows with every entry of a message, whichever node recorded it.
  id           bigint GENERATED ALWAYS AS IDENTITY,
  message      bigint NOT NULL,
  build        bigint NOT NULL,
  message_guid text NOT NULL,
  role         text NOT NULL,
  organisation text NOT NULL,
  stand        text NOT NULL,
  kind         text NOT NULL,
  operation    text NOT NULL,
  accepted     bigint NOT NULL,
  sent         bigint,
  answered     bigint,
  recorded     bigint NOT NULL,
  key          bigint NOT NULL,
  plain        bytea NOT NULL,
  sealed       bytea NOT NULL,
  bytes        bytea,
  PRIMARY KEY (node, number)
);
ALTER TABLE entry ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX entry_message ON entry (message, id);

CREATE INDEX entry_kept ON entry (kind, recorded) WHERE bytes IS NOT NULL;

CREATE TABLE link (
  node     text NOT NULL,
  number   bigint NOT NULL,
  first    bigint NOT NULL,
  count    bigint NOT NULL,
  at       bigint NOT NULL,
  content  bytea NOT NULL,
  previous bytea NOT NULL,
  hash     bytea NOT NULL,
  PRIMARY KEY (node, number)
);

CREATE TABLE head (
  node      text NOT NULL,
  day       bigint NOT NULL,
  link      bigint NOT NULL,
  link_hash bytea NOT NULL,
  entry     bigint NOT NULL,
  previous  bytea NOT NULL,
  hash      bytea NOT NULL,
  signer    text NOT NULL,
  signature bytea NOT NULL,
  PRIMARY KEY (node, day)
);

-- What the retention must not touch. `what` says which of the columns count.
CREATE TABLE hold (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope        text NOT NULL,
  what         text NOT NULL,
  number       bigint,
  reference    text,
  period       text,
  stand        text,
  organisation text,
  kind         text,
  begins       bigint,
  ends         bigint,
  reason       text NOT NULL,
  at           bigint NOT NULL,
  released_at  bigint
);

CREATE TABLE item (
  seq          bigint PRIMARY KEY,
  organisation text NOT NULL,
  stand        text NOT NULL,
  topic        text NOT NULL,
  key          text NOT NULL,
  content      bytea NOT NULL,
  received_at  bigint NOT NULL,
  message      bigint NOT NULL,
  body_key     bigint NOT NULL,
  body_sha256  bytea NOT NULL,
  body         bytea NOT NULL
);
ALTER TABLE item ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX item_topic ON item (topic, seq);
-- What came of an object last.
CREATE INDEX item_object ON item (topic, key, seq);

-- What every object of the inbox was last; by the digest of its organisation, stand, topic and key.
CREATE TABLE latest (
  object  bytea PRIMARY KEY,
  content bytea NOT NULL
);

CREATE TABLE consumer (
  name         text NOT NULL,
  -- Reads every topic; then `topic` is empty.
  whole        boolean NOT NULL,
  topic        text NOT NULL,
  acknowledged bigint NOT NULL,
  at           bigint NOT NULL,
  PRIMARY KEY (name, whole, topic)
);

CREATE TABLE pause (
  -- The scope, written so that equal ones are equal text.
  scope        text PRIMARY KEY,
  stand        text,
  organisation text,
  service      text,
  reason       text NOT NULL,
  at           bigint NOT NULL,
  until        bigint
);

-- Left by the first node: whose work this is, and something sealed that whoever writes must be able to open.
CREATE TABLE proof (
  one   bigint PRIMARY KEY CHECK (one = 1),
  whose text NOT NULL,
  key   bigint NOT NULL,
  bytes bytea NOT NULL
);

-- Version 1 of the coordinator's ledger. A released script is never edited: a change is the next script.
--
-- Column `checksum` is RowChecksum of the whole row: SQLite itself checks the shape of its pages, not what stands in
-- them. Tables that grow are WITHOUT ROWID, so that they are their own index: integrity_check proves their order, and
-- no damaged index can hide a row. The indexes that are left only enforce; nothing is looked up by them.

CREATE TABLE runs (
  number       INTEGER PRIMARY KEY,  -- what the other tables call it; in order of submission
  run_id       TEXT NOT NULL UNIQUE,
  name         TEXT NOT NULL UNIQUE,
  job          BLOB NOT NULL,        -- canonical JSON
  state        TEXT NOT NULL
    CHECK (state IN ('QUEUED', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'STOPPED')),
  reason       TEXT NOT NULL,
  pseudonym_key BLOB NOT NULL,       -- secret
  submitted_at TEXT NOT NULL,        -- ISO 8601, UTC
  checksum     INTEGER NOT NULL
) STRICT;

CREATE TRIGGER an_ended_run_never_moves BEFORE UPDATE ON runs
WHEN OLD.state IN ('COMPLETED', 'FAILED', 'STOPPED')
BEGIN SELECT RAISE(ABORT, 'an ended run never moves'); END;

CREATE TABLE models (
  run             INTEGER NOT NULL REFERENCES runs (number),
  round           INTEGER NOT NULL CHECK (round >= 0),
  digest          TEXT NOT NULL,
  optimizer_state TEXT,              -- digest of the server optimizer's state; none for plain averaging
  checksum        INTEGER NOT NULL,
  PRIMARY KEY (run, round)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  run            INTEGER NOT NULL REFERENCES runs (number),
  round          INTEGER NOT NULL CHECK (round >= 1),
  attempt        INTEGER NOT NULL CHECK (attempt >= 1),
  phase          TEXT NOT NULL CHECK (phase IN ('OPEN', 'CLOSED', 'PUBLISHED', 'ABORTED', 'FAILED')),
  base_digest    TEXT NOT NULL,
  elapsed_millis INTEGER NOT NULL CHECK (elapsed_millis >= 0),
  reason         TEXT NOT NULL,
  checksum       INTEGER NOT NULL,
  PRIMARY KEY (run, round, attempt)
) STRICT, WITHOUT ROWID;

-- The selection: one row for each site that an attempt asked, or whose update it kept.
CREATE TABLE tasks (
  run           INTEGER NOT NULL,
  round         INTEGER NOT NULL,
  attempt       INTEGER NOT NULL,
  site          TEXT NOT NULL,
  asked_attempt INTEGER NOT NULL,    -- a kept update's own
  state         TEXT NOT NULL,
  reason        TEXT NOT NULL,
  rejoins       INTEGER NOT NULL,
  checksum      INTEGER NOT NULL,
  PRIMARY KEY (run, round, attempt, site),
  FOREIGN KEY (run, round, attempt) REFERENCES attempts (run, round, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE uploads (
  run         INTEGER NOT NULL,
  round       INTEGER NOT NULL,
  site        TEXT NOT NULL,
  position    INTEGER NOT NULL,      -- in the round, from 0, in order of commit
  attempt     INTEGER NOT NULL,
  digest      TEXT NOT NULL,
  total_bytes INTEGER NOT NULL,
  chunk_bytes INTEGER NOT NULL,
  weight      INTEGER NOT NULL,
  metrics     TEXT NOT NULL,         -- JSON object
  state       TEXT NOT NULL CHECK (state IN ('COMMITTED', 'FOLDED', 'LATE', 'DISCARDED')),
  reason      TEXT NOT NULL,
  receipt     BLOB NOT NULL,         -- SignedStatement, sent as it is
  checksum    INTEGER NOT NULL,
  PRIMARY KEY (run, round, site, position),
  FOREIGN KEY (run, round, attempt) REFERENCES attempts (run, round, attempt)
) STRICT, WITHOUT ROWID;

-- Counted once: whatever else goes wrong, a second update of a site cannot stand in a round.
CREATE UNIQUE INDEX one_upload_counts ON uploads (run, round, site) WHERE state IN ('COMMITTED', 'FOLDED');

CREATE TRIGGER an_upload_is_settled_once BEFORE UPDATE ON uploads
WHEN OLD.state <> 'COMMITTED'
BEGIN SELECT RAISE(ABORT, 'an upload is settled once'); END;

CREATE TABLE records (
  run      INTEGER NOT NULL REFERENCES runs (number),
  round    INTEGER NOT NULL,
  attempt  INTEGER NOT NULL,
  json     TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  PRIMARY KEY (run, round, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE transparency_log (
  run      INTEGER NOT NULL REFERENCES runs (number),
  sequence INTEGER NOT NULL,
  entry    BLOB NOT NULL,            -- SignedStatement, sent as it is
  checksum INTEGER NOT NULL,
  PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER the_log_only_grows_at_its_end BEFORE INSERT ON transparency_log
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), -1) + 1 FROM transparency_log WHERE run = NEW.run)
BEGIN SELECT RAISE(ABORT, 'the transparency log only grows at its end'); END;

CREATE TRIGGER the_log_is_never_changed BEFORE UPDATE ON transparency_log
BEGIN SELECT RAISE(ABORT, 'the transparency log is append-only'); END;

CREATE TRIGGER the_log_is_never_shortened BEFORE DELETE ON transparency_log
BEGIN SELECT RAISE(ABORT, 'the transparency log is append-only'); END;

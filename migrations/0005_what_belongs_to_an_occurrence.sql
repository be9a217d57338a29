-- What belongs to an occurrence and comes beside it, and what a project does not want to hear of.

-- Files that applications send along. One partition a UTC day, as of `occurrences`.
CREATE TABLE attachments (
    project_id      bigint NOT NULL,
    received_at     timestamptz NOT NULL,
    id              bigint NOT NULL,
    -- The occurrence's, which may be stored later or never.
    occurrence_uuid uuid NOT NULL,
    -- As the SDK calls it; only shown.
    name            text NOT NULL,
    media_type      text,
    -- Sentry's attachment_type.
    purpose         text,
    -- Of `bytes`, so that lists need not read them.
    size            bigint NOT NULL,
    -- SHA-256 of `bytes`: the same file of the same occurrence is stored once.
    sha256          bytea NOT NULL,
    bytes           bytea NOT NULL,
    PRIMARY KEY (project_id, received_at, id)
) PARTITION BY RANGE (received_at);
-- The occurrence page; erasing.
CREATE INDEX attachments_by_occurrence ON attachments (project_id, occurrence_uuid);

CREATE SEQUENCE attachment_ids AS bigint;

-- What people who met a failure say. One partition a UTC day, as of `occurrences`.
CREATE TABLE feedback (
    project_id      bigint NOT NULL,
    received_at     timestamptz NOT NULL,
    -- The SDK's own, or ours where it sent none.
    uuid            uuid NOT NULL,
    -- None where it is about no occurrence.
    occurrence_uuid uuid,
    name            text,
    email           text,
    message         text NOT NULL,
    -- The page they were on.
    url             text,
    PRIMARY KEY (project_id, received_at, uuid)
) PARTITION BY RANGE (received_at);
-- The occurrence page; erasing.
CREATE INDEX feedback_by_occurrence ON feedback (project_id, occurrence_uuid)
    WHERE occurrence_uuid IS NOT NULL;
-- The same feedback sent again.
CREATE INDEX feedback_by_uuid ON feedback (project_id, uuid);

-- The keys of `projects.settings`: {"scrub_keys": ["iban"], "filters": {…}}, see `model::filters`.
COMMENT ON COLUMN projects.settings IS 'scrub_keys, filters';

-- The item page says which fingerprints lead to it; a deleted item takes them along.
CREATE INDEX fingerprints_by_item ON fingerprints (project_id, item_id);
-- When it began to lead there; none for those that are older than this column.
ALTER TABLE fingerprints ADD COLUMN since timestamptz;

-- What is reported: items, their fingerprints, occurrences, counts and history.
-- Every table leads its primary key with project_id.

CREATE SEQUENCE item_ids AS bigint;

CREATE TABLE items (
    project_id          bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    -- Drawn from item_ids before the row is inserted: a fingerprint names its item first.
    id                  bigint NOT NULL,
    -- The item's number within its project: item #142.
    counter             bigint NOT NULL,
    environment         text NOT NULL,
    title               text NOT NULL,
    -- Where it broke: file in function.
    culprit             text,
    -- The level of its first occurrence, or what a person set it to.
    level               text NOT NULL,
    platform            text,
    framework           text,
    status              text NOT NULL,
    -- The version that a person said it is resolved in.
    resolved_in         text,
    first_seen_at       timestamptz NOT NULL,
    -- Coarse: moves by 10 s or more at a time, so that most updates touch no index.
    last_seen_at        timestamptz NOT NULL,
    total               bigint NOT NULL,
    -- Occurrences since it last became active: what Reached(10^n) counts.
    active_total        bigint NOT NULL,
    status_changed_at   timestamptz NOT NULL,
    -- Where the newest occurrence lies: its key in `occurrences`.
    last_occurrence_id  bigint NOT NULL,
    last_occurrence_at  timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    UNIQUE (project_id, counter)
) WITH (fillfactor = 80);
-- The items page, sorted by last seen; the API's list.
CREATE INDEX items_by_last_seen ON items (project_id, status, last_seen_at DESC, id DESC);
-- GET /api/1/item/{id}: the API names an item without its project.
CREATE UNIQUE INDEX items_by_id ON items (id);

-- Which fingerprints lead to which item: several may lead to one.
CREATE TABLE fingerprints (
    project_id  bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    environment text NOT NULL,
    sha256      bytea NOT NULL,
    item_id     bigint NOT NULL,
    -- The version of the grouping that made it.
    version     smallint NOT NULL,
    PRIMARY KEY (project_id, environment, sha256)
);

-- Rises with time and stays below 2^53, so that API clients page by it and JavaScript reads it.
CREATE SEQUENCE occurrence_ids AS bigint;

-- One partition a UTC day, made ahead of time by the keeper; no default partition, because
-- detaching concurrently forbids one.
CREATE TABLE occurrences (
    project_id   bigint NOT NULL,
    received_at  timestamptz NOT NULL,
    id           bigint NOT NULL,
    -- The SDK's own, or ours where it sent none.
    uuid         uuid NOT NULL,
    item_id      bigint NOT NULL,
    -- When the SDK says it happened; only shown.
    happened_at  timestamptz,
    level        text NOT NULL,
    code_version text,
    host         text,
    person       text,
    url          text,
    -- The whole occurrence as JSON, compressed by us. The first byte names the dictionary: 0 for none.
    body         bytea NOT NULL,
    PRIMARY KEY (project_id, received_at, id)
) PARTITION BY RANGE (received_at);
-- Bodies are compressed already.
ALTER TABLE occurrences ALTER COLUMN body SET STORAGE EXTERNAL;
-- An item's occurrences, newest first.
CREATE INDEX occurrences_by_item ON occurrences (project_id, item_id, received_at DESC, id DESC);
-- Find by UUID, as SDKs print it; leave out duplicates.
CREATE INDEX occurrences_by_uuid ON occurrences (project_id, uuid);
-- The API's instance by id.
CREATE INDEX occurrences_by_id ON occurrences (id);

-- Occurrences per item and hour, UTC; one partition a month.
CREATE TABLE item_hours (
    project_id  bigint NOT NULL,
    item_id     bigint NOT NULL,
    hour        timestamptz NOT NULL,
    occurrences bigint NOT NULL,
    PRIMARY KEY (project_id, item_id, hour)
) PARTITION BY RANGE (hour);

-- Occurrences per project and hour, UTC: what the projects page reads.
CREATE TABLE project_hours (
    project_id  bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    environment text NOT NULL,
    level       text NOT NULL,
    hour        timestamptz NOT NULL,
    occurrences bigint NOT NULL,
    PRIMARY KEY (project_id, hour, environment, level)
);

-- An item's history: what happened to it, and who did it.
CREATE TABLE changes (
    project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    item_id    bigint NOT NULL,
    at         timestamptz NOT NULL,
    -- None where an occurrence or a token did it.
    actor_id   bigint REFERENCES users ON DELETE SET NULL,
    kind       text NOT NULL,
    detail     jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (project_id, id)
);
-- The item page's history.
CREATE INDEX changes_by_item ON changes (project_id, item_id, id DESC);

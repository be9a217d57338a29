-- What the running program keeps: mails to send, counts of outcomes, cursors, leases, dead letters.

-- Mails that a transaction decided on and that are still to be sent.
CREATE TABLE outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Made of the change and the recipient, so that one change mails one person once.
    dedupe_key   text NOT NULL UNIQUE,
    project_id   bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    -- new_item or reactivated_item.
    kind         text NOT NULL,
    recipient    text NOT NULL,
    -- What the mail is about: the item, and the occurrence to show.
    detail       jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    -- Until then one worker has it; `lease` is that worker's own secret for this turn.
    leased_until timestamptz,
    lease        uuid,
    attempts     integer NOT NULL DEFAULT 0,
    sent_at      timestamptz,
    failed_at    timestamptz,
    -- What the mail server said the last time.
    error        text
);
-- The mailer: what is due.
CREATE INDEX outbox_due ON outbox (due_at) WHERE sent_at IS NULL AND failed_at IS NULL;
-- Settings and admin pages: what failed, newest first.
CREATE INDEX outbox_failed ON outbox (project_id, failed_at DESC) WHERE failed_at IS NOT NULL;

-- Outcomes per project and UTC hour; project 0 where none is known.
CREATE TABLE usage_hours (
    project_id bigint NOT NULL,
    hour       timestamptz NOT NULL,
    outcome    text NOT NULL,
    count      bigint NOT NULL,
    PRIMARY KEY (project_id, hour, outcome)
);

-- How far each journal is digested. A journal is named by the UUID in its segments' headers.
CREATE TABLE cursors (
    journal    uuid PRIMARY KEY,
    segment    bigint NOT NULL,
    "offset"   bigint NOT NULL,
    -- Records digested, counted from the journal's first.
    sequence   bigint NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Work that one node does alone, until a time.
CREATE TABLE leases (
    name       text PRIMARY KEY,
    holder     uuid NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Records that could not be applied; the newest 10,000.
CREATE TABLE dead_letters (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    journal    uuid NOT NULL,
    at         timestamptz NOT NULL,
    project_id bigint,
    reason     text NOT NULL,
    record     bytea NOT NULL
);

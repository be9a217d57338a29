-- How long occurrences are kept, and how many of them.

ALTER TABLE projects
    -- Days for which its occurrences are kept, where that is shorter than the instance's.
    ADD COLUMN retention_days  integer CHECK (retention_days > 0),
    -- Occurrences of an item that are stored in a UTC hour; those beyond are only counted. None for
    -- all of them.
    ADD COLUMN stored_per_hour integer CHECK (stored_per_hour > 0),
    -- Whether there ever was such a limit: then what is sent again may be in `unstored`.
    ADD COLUMN was_limited     boolean NOT NULL DEFAULT false;

-- Occurrences that were counted and not stored, so that one that is sent again counts once, and so
-- that its UUID still leads to its item. One partition a UTC day, as of `occurrences`, but soon
-- dropped.
CREATE TABLE unstored (
    project_id  bigint NOT NULL,
    received_at timestamptz NOT NULL,
    uuid        uuid NOT NULL,
    item_id     bigint NOT NULL,
    PRIMARY KEY (project_id, uuid, received_at)
) PARTITION BY RANGE (received_at);

-- How many of the hour's occurrences were counted and not stored.
ALTER TABLE item_hours ADD COLUMN unstored bigint NOT NULL DEFAULT 0;

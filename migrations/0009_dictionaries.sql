-- What bodies of occurrences are compressed with.

-- A dictionary of zstd, trained on what a project's SDK sends. A body that was compressed with one
-- begins with a byte 1 and the dictionary's name; it serves no other project.
CREATE TABLE dictionaries (
    project_id   bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    -- The first eight bytes of its SHA-256.
    name         bytea NOT NULL CHECK (octet_length(name) = 8),
    -- The SDK's name: it decides what bodies look like. The newest of an SDK is the one in use.
    sdk          text NOT NULL,
    bytes        bytea NOT NULL,
    -- Bytes of JSON for one stored, of occurrences it was not trained on, with and without it.
    ratio        real NOT NULL,
    plain_ratio  real NOT NULL,
    trained_at   timestamptz NOT NULL,
    -- Coarse. What is older than the occurrences that are kept is wanted by none of them.
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, name)
);
ALTER TABLE dictionaries ALTER COLUMN bytes SET STORAGE EXTERNAL;

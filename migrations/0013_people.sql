-- How many people an item met.

-- A sketch of them for each item, of which the number is an estimate: `model::people`. It is kept when
-- facets and occurrences go.
CREATE TABLE item_people (
    project_id bigint NOT NULL,
    item_id    bigint NOT NULL,
    sketch     bytea NOT NULL,
    -- What the sketch comes to, so that lists need not read it.
    people     bigint NOT NULL,
    PRIMARY KEY (project_id, item_id),
    FOREIGN KEY (project_id, item_id) REFERENCES items ON DELETE CASCADE
) WITH (fillfactor = 80);

-- What occurrences have in common: how often each value of a facet came, per item and day.

-- What the item page shows as its breakdown. Of each key some fifty values are kept, and the value ''
-- counts all others; see `model::facet::counts`.
CREATE TABLE item_facets (
    project_id bigint NOT NULL,
    item_id    bigint NOT NULL,
    -- Of our clock, UTC.
    day        date NOT NULL,
    -- 'browser'; 'tags.plan' and 'custom.step' where the application chose it.
    key        text COLLATE "C" NOT NULL,
    value      text COLLATE "C" NOT NULL,
    count      bigint NOT NULL,
    PRIMARY KEY (project_id, item_id, day, key, value)
    -- Counts of today are updated in place.
) WITH (fillfactor = 80);
-- The keeper forgets days.
CREATE INDEX item_facets_by_day ON item_facets (day);
-- Erasing a person's data.
CREATE INDEX item_facets_by_person ON item_facets (project_id, value) WHERE key = 'person';

-- Facets of a batch of the digest that are not added to `item_facets` yet: a row for each batch,
-- written in its transaction, deleted some seconds later in the transaction that adds it. Adding
-- many batches at once writes a row that they share once.
CREATE TABLE facet_batches (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Bytes of `packed` once it is unpacked.
    size   bigint NOT NULL,
    -- `model::facet::counts::Counts`, compressed.
    packed bytea NOT NULL
);
ALTER TABLE facet_batches ALTER COLUMN packed SET STORAGE EXTERNAL;

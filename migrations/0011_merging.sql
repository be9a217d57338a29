-- Items that people merge: several fingerprints that are one problem.
--
-- A member keeps its fingerprints, occurrences, counts and history under its own id. The row of the
-- head shows the figures of the whole group, so that lists filter, sort and page by one row an item.

ALTER TABLE items
    -- The head of its group; none where it is a head or in no group. A head is in no group itself.
    ADD COLUMN merged_into            bigint,
    -- The ids of its members, the other side of `merged_into`, so that what reads a group needs no
    -- search for it. At most 100.
    ADD COLUMN members                bigint[] NOT NULL DEFAULT '{}',
    -- What `last_*` are of a head by itself, while it has members: so that taking out the member that
    -- failed last gives back what was there. Totals need none, for they can be subtracted.
    ADD COLUMN own_last_seen_at       timestamptz,
    ADD COLUMN own_last_occurrence_id bigint,
    ADD COLUMN own_last_occurrence_at timestamptz,
    ADD CONSTRAINT items_one_step CHECK (merged_into IS NULL OR members = '{}') NOT VALID;

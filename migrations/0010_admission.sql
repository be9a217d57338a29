-- What a project may send, so that no other suffers from it.

ALTER TABLE projects
    -- Occurrences a minute of all its tokens together, on each node; none for no limit.
    ADD COLUMN rate_per_minute      integer CHECK (rate_per_minute > 0),
    -- Items that may begin in a minute; what would begin further ones goes into one that overflows.
    -- None for the usual number. The digest looks at so many of the newest items.
    ADD COLUMN new_items_per_minute integer CHECK (new_items_per_minute BETWEEN 1 AND 10000);

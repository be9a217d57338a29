-- Alert rules: what a project's people are told of, and how often at most.

CREATE TABLE rules (
    project_id     bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    id             bigint GENERATED ALWAYS AS IDENTITY,
    name           text NOT NULL,
    trigger        text NOT NULL CHECK (trigger IN ('new', 'reactivated', 'reached', 'rate')),
    -- Occurrences: of 'reached' and 'rate'.
    count          bigint,
    -- Within which they have to come: of 'rate'.
    minutes        integer,
    -- Which items it is about: {"environments": ["production"], "level": "error", "words": ["cart"]}.
    filter         jsonb NOT NULL DEFAULT '{}',
    -- The members it tells; none for all who want the project's mails.
    recipients     bigint[],
    -- How often it tells in a UTC hour; what is beyond is told in one summary after it.
    mails_per_hour integer NOT NULL DEFAULT 20 CHECK (mails_per_hour BETWEEN 1 AND 1000),
    is_enabled     boolean NOT NULL DEFAULT true,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (project_id, id),
    CHECK ((count IS NOT NULL) = (trigger IN ('reached', 'rate'))),
    CHECK ((minutes IS NOT NULL) = (trigger = 'rate'))
);

-- What mails did before there were rules.
INSERT INTO rules (project_id, name, trigger, created_at)
SELECT projects.id, first.name, first.trigger, projects.created_at
FROM projects
CROSS JOIN (VALUES (1, 'New items', 'new'), (2, 'Items that come back', 'reactivated'))
    AS first (place, name, trigger)
ORDER BY projects.id, first.place;

-- How often a rule fired in a UTC hour: what its limit counts. No reference to the rule, here and
-- below: it may be deleted while a batch commits that it fired for.
CREATE TABLE rule_hours (
    project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    rule_id    bigint NOT NULL,
    hour       timestamptz NOT NULL,
    fired      bigint NOT NULL,
    -- How many of those somebody is told of only in a summary.
    held       bigint NOT NULL DEFAULT 0,
    -- Whether that summary is still to be made.
    is_waiting boolean NOT NULL DEFAULT false,
    PRIMARY KEY (project_id, rule_id, hour)
);
-- The mailer: which summaries are to be made.
CREATE INDEX rule_hours_waiting ON rule_hours (hour) WHERE is_waiting;

-- What the next summaries will say: gone once they are in the outbox.
CREATE TABLE held_alerts (
    project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    rule_id    bigint NOT NULL,
    hour       timestamptz NOT NULL,
    id         bigint GENERATED ALWAYS AS IDENTITY,
    item_id    bigint NOT NULL,
    -- The people who are to be told.
    recipients bigint[] NOT NULL,
    PRIMARY KEY (project_id, rule_id, hour, id)
);

-- When a rule of a rate fired for an item the last time: it rests for its minutes then.
CREATE TABLE rule_firings (
    project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    rule_id    bigint NOT NULL,
    item_id    bigint NOT NULL,
    -- The time of the occurrence that it fired for.
    fired_at   timestamptz NOT NULL,
    PRIMARY KEY (project_id, rule_id, item_id)
);

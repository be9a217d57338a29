-- Who uses the instance, and for what: projects, their access tokens, people and their sessions.

CREATE TABLE projects (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL,
    -- The project's name in URLs.
    slug         text NOT NULL UNIQUE,
    -- The number of the newest item: items are counted within their project.
    item_counter bigint NOT NULL DEFAULT 0,
    -- Further keys whose values are removed from occurrences: {"scrub_keys": ["iban"]}.
    settings     jsonb NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL
);

CREATE TABLE tokens (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id      bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    name            text NOT NULL,
    -- SHA-256 of the token: what requests are checked against.
    sha256          bytea NOT NULL UNIQUE,
    -- The token itself, for tokens that may only post: those sit in browsers anyway.
    plain           text,
    scope           text NOT NULL CHECK (scope IN ('post_server_item', 'post_client_item', 'read', 'write')),
    -- Occurrences a minute, on each node; none for no limit of its own.
    rate_per_minute integer CHECK (rate_per_minute > 0),
    enabled         boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL,
    CHECK (plain IS NULL OR scope IN ('post_server_item', 'post_client_item'))
);
CREATE INDEX tokens_by_project ON tokens (project_id, id);

CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email         text NOT NULL,
    -- Argon2id, in PHC format.
    password_hash text NOT NULL,
    -- Sees every project and the admin pages.
    is_admin      boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL,
    disabled_at   timestamptz
);
CREATE UNIQUE INDEX users_by_email ON users (lower(email));

CREATE TABLE memberships (
    project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    role       text NOT NULL CHECK (role IN ('viewer', 'member', 'owner')),
    PRIMARY KEY (project_id, user_id)
);
-- The projects page: what a person may see.
CREATE INDEX memberships_by_user ON memberships (user_id);

-- The cookie holds a secret, the row its SHA-256.
CREATE TABLE sessions (
    sha256     bytea PRIMARY KEY,
    user_id    bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- The browser's own name for itself, so that people recognize their sessions.
    agent      text NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- What the instance knows about itself, one row a fact.
CREATE TABLE instance (
    name  text PRIMARY KEY,
    value text NOT NULL
);
COMMENT ON TABLE instance IS 'setup_secret: the path of the set-up page, until the first account exists';

-- More than one person: invitations, resets, preferences; tokens that are rotated; what is erased.

ALTER TABLE users
    -- An IANA name: exact times on pages are in it.
    ADD COLUMN time_zone              text NOT NULL DEFAULT 'UTC',
    -- Which mails the person wants, of the projects whose mails they get.
    ADD COLUMN mail_new_items         boolean NOT NULL DEFAULT true,
    ADD COLUMN mail_reactivated_items boolean NOT NULL DEFAULT true,
    -- The SDK whose set-up they looked at last.
    ADD COLUMN snippet                text,
    -- None for never: resets that were asked for before it are void.
    ADD COLUMN password_changed_at    timestamptz;

-- Whether the member gets the project's mails.
ALTER TABLE memberships ADD COLUMN mails boolean NOT NULL DEFAULT true;

-- What the account page names a session by.
ALTER TABLE sessions ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE;

ALTER TABLE tokens
    -- Coarse: when it was last honoured, to some minutes.
    ADD COLUMN last_used_at timestamptz,
    -- A token that was rotated works until then, so that deploys can follow.
    ADD COLUMN expires_at   timestamptz;

-- Gone for people and SDKs; the rest of it is erased in the background.
ALTER TABLE projects ADD COLUMN deleted_at timestamptz;

-- Who is asked to join, a project or the whole instance; kept while it can be accepted.
CREATE TABLE invitations (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- None for the instance.
    project_id bigint REFERENCES projects ON DELETE CASCADE,
    email      text NOT NULL,
    -- None for the instance.
    role       text CHECK (role IN ('viewer', 'member', 'owner')),
    -- Whether the person becomes an admin; only for the instance.
    is_admin   boolean NOT NULL DEFAULT false,
    invited_by bigint REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK ((project_id IS NULL) = (role IS NULL)),
    CHECK (project_id IS NULL OR NOT is_admin)
);
-- One pending invitation per project and address: a second one replaces the first.
CREATE UNIQUE INDEX invitations_by_address ON invitations (COALESCE(project_id, 0), lower(email));

-- SHA-256 of secrets that went out by mail. A mail that had to be sent again carries another one;
-- each of them works until one is used.
CREATE TABLE mail_secrets (
    sha256        bytea PRIMARY KEY,
    -- A password reset of this person, or an invitation.
    user_id       bigint REFERENCES users ON DELETE CASCADE,
    invitation_id bigint REFERENCES invitations ON DELETE CASCADE,
    expires_at    timestamptz NOT NULL,
    CHECK ((user_id IS NULL) <> (invitation_id IS NULL))
);
-- Using, revoking and expiring.
CREATE INDEX mail_secrets_by_user ON mail_secrets (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX mail_secrets_by_invitation ON mail_secrets (invitation_id) WHERE invitation_id IS NOT NULL;

-- Mails about a person's account belong to no project.
ALTER TABLE outbox ALTER COLUMN project_id DROP NOT NULL;
-- The members page: how an invitation's newest mail does.
CREATE INDEX outbox_of_invitation ON outbox (((detail ->> 'invitation')::bigint), id DESC)
    WHERE kind = 'invitation';
-- How many mails somebody was sent within the hour.
CREATE INDEX outbox_by_recipient ON outbox (kind, lower(recipient), created_at)
    WHERE kind IN ('password_reset', 'invitation');
-- How many invitations a project sent within the hour.
CREATE INDEX outbox_invitations ON outbox (project_id, created_at) WHERE kind = 'invitation';

-- Occurrences that are to be erased, worked off in small steps by the keeper. Exactly one of: an
-- item, a person, or (both none) everything of the project. No reference to the project, which may
-- be gone first.
CREATE TABLE erasures (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id   bigint NOT NULL,
    item_id      bigint,
    -- What people called the item.
    item_counter bigint,
    person       text,
    asked_by     bigint REFERENCES users ON DELETE SET NULL,
    asked_at     timestamptz NOT NULL,
    -- Occurrences that were there to erase, and those that are erased.
    total        bigint NOT NULL,
    erased       bigint NOT NULL DEFAULT 0,
    done_at      timestamptz,
    CHECK (item_id IS NULL OR person IS NULL)
);
-- The keeper: what is to be done, oldest first.
CREATE INDEX erasures_open ON erasures (id) WHERE done_at IS NULL;
-- A project's page of its data.
CREATE INDEX erasures_by_project ON erasures (project_id, id DESC);

-- Erasing a person's data, and counting it before. On the parent alone: the keeper makes it on each
-- partition, concurrently, and attaches it; new partitions bring it.
CREATE INDEX occurrences_by_person ON ONLY occurrences (project_id, person, received_at DESC)
    WHERE person IS NOT NULL;

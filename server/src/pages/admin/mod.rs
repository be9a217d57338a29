//! What only admins see.

pub mod dead_letters;
mod disk;
pub mod system;
pub mod users;

use super::Pages;
use crate::routes::Routes;

/// The pages of the whole instance.
pub fn routes(routes: Routes<Pages>) -> Routes<Pages> {
    routes
        .get("/admin/system", system::show)
        .post("/admin/dead-letters/retry", dead_letters::retry_all)
        .post("/admin/dead-letters/{id}/retry", dead_letters::retry)
        .post("/admin/dead-letters/{id}/deletion", dead_letters::delete)
        .get("/admin/dead-letters/{id}/letter.json", dead_letters::save)
        .get("/admin/users", users::list)
        .post("/admin/users/{id}/admin", users::set_admin)
        .post("/admin/users/{id}/disabled", users::set_disabled)
        .post("/admin/invitations", users::invite)
        .post("/admin/invitations/{id}/revocation", users::revoke)
        .post("/admin/invitations/{id}/sending", users::send_again)
}

//! What only admins see.

pub mod system;
pub mod users;

use super::Pages;
use crate::routes::Routes;

/// The pages of the whole instance.
pub fn routes(routes: Routes<Pages>) -> Routes<Pages> {
    routes
        .get("/admin/system", system::show)
        .get("/admin/users", users::list)
        .post("/admin/users/{id}/admin", users::set_admin)
        .post("/admin/users/{id}/disabled", users::set_disabled)
        .post("/admin/invitations", users::invite)
        .post("/admin/invitations/{id}/revocation", users::revoke)
        .post("/admin/invitations/{id}/sending", users::send_again)
}

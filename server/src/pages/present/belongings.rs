//! What belongs to an occurrence: files, and what people say.

use rollcage_web::occurrence::{AttachmentView, FeedbackView};

use crate::{model::feedback::Feedback, store::attachments::AttachmentRow};

/// A file.
pub fn attachment(row: AttachmentRow) -> AttachmentView {
    AttachmentView {
        id: row.id.0,
        name: row.name,
        media_type: row.media_type,
        purpose: row.purpose,
        size_bytes: row.size,
    }
}

/// What a person says.
pub fn feedback(said: Feedback) -> FeedbackView {
    FeedbackView {
        received_at: said.received_at,
        name: said.name,
        email: said.email,
        message: said.message,
        url: said.url,
    }
}

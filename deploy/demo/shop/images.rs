//! Pictures of articles.

use rollcage::{Breadcrumb, Level};

/// Why a picture was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// It is of no kind that we know.
    #[error("no picture begins with {0:02x?}")]
    UnknownFormat(Vec<u8>),
}

/// Takes a picture that somebody uploaded.
pub fn upload(bytes: &[u8]) {
    if let Err(error) = kind(bytes) {
        rollcage::capture_error(&error);
    }
}

fn kind(bytes: &[u8]) -> Result<&'static str, ImageError> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Ok("png"),
        [0xff, 0xd8, ..] => Ok("jpeg"),
        _ => Err(ImageError::UnknownFormat(
            bytes.iter().take(4).copied().collect(),
        )),
    }
}

/// How high a thumbnail of a picture is.
pub fn thumbnail_height(width: u32, height: u32) -> u32 {
    rollcage::add_breadcrumb(
        Breadcrumb::log(Level::Info, "scaling")
            .with("width", width)
            .with("height", height),
    );
    scale(width, height, 320)
}

fn scale(width: u32, height: u32, to_width: u32) -> u32 {
    height * to_width / width
}

//! Styles, scripts and icons. Their URLs carry a hash of their content, so they never change.

use axum::{
    extract::Path,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};

use super::render::PageError;

/// `GET /assets/{hash}/{name}`
pub async fn show(Path(path): Path<String>) -> Result<Response, PageError> {
    let asset = rollcage_web::assets::find(&path).ok_or(PageError::NotFound)?;
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.bytes.into_owned()).into_response())
}

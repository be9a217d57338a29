//! A backtrace of std as it displays itself, which is the only way it shows its frames.
//!
//! ```text
//!    4: shop::cart::total
//!              at ./src/cart.rs:27:9
//! ```

use super::Frame;

/// The frames, innermost first. What is not understood is left out.
pub(super) fn read(text: &str) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if let Some(place) = line.strip_prefix("at ") {
            if let Some(frame) = frames.last_mut() {
                locate(frame, place);
            }
        } else if let Some((number, function)) = line.split_once(": ")
            && number.parse::<u32>().is_ok()
        {
            frames.push(Frame {
                function: Some(without_hash(function).to_owned()),
                ..Frame::default()
            });
        } else if !frames.is_empty() && !line.is_empty() {
            // An inlined call has no number.
            frames.push(Frame {
                function: Some(without_hash(line).to_owned()),
                ..Frame::default()
            });
        }
    }
    frames.truncate(super::FRAMES_MAX);
    frames
}

/// `./src/cart.rs:27:9`, where the last two may be missing.
fn locate(frame: &mut Frame, place: &str) {
    let mut parts = place.rsplitn(3, ':');
    let last = parts.next().and_then(|part| part.parse().ok());
    let before = parts.next().and_then(|part| part.parse().ok());
    match (parts.next(), before, last) {
        (Some(file), Some(line), column) => {
            frame.file = Some(file.to_owned());
            frame.line = Some(line);
            frame.column = column;
        }
        _ => match place.rsplit_once(':') {
            Some((file, line)) if line.parse::<u32>().is_ok() => {
                frame.file = Some(file.to_owned());
                frame.line = line.parse().ok();
            }
            _ => frame.file = Some(place.to_owned()),
        },
    }
}

/// `shop::main::h0123456789abcdef` without its end.
fn without_hash(function: &str) -> &str {
    match function.rsplit_once("::h") {
        Some((name, hash))
            if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
        {
            name
        }
        _ => function,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_as_std_displays_them() {
        let text = "   0: shop::cart::total::h0123456789abcdef
             at ./src/cart.rs:27:9
   1: shop::main
             at C:\\shop\\src\\main.rs:3
      shop::inlined
             at ./src/lib.rs:1:2
   2: _start
";
        let frames = read(text);
        let told: Vec<_> = frames
            .iter()
            .map(|frame| {
                (
                    frame.function.as_deref().unwrap_or_default(),
                    frame.file.as_deref().unwrap_or_default(),
                    frame.line,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("shop::cart::total", "./src/cart.rs", Some(27)),
                ("shop::main", "C:\\shop\\src\\main.rs", Some(3)),
                ("shop::inlined", "./src/lib.rs", Some(1)),
                ("_start", "", None),
            ]
        );
    }

    #[test]
    fn a_real_one_has_this_function() {
        let text = std::backtrace::Backtrace::force_capture().to_string();
        let frames = read(&text);
        let name = "rollcage::trace::displayed::tests::a_real_one_has_this_function";
        let found = frames
            .iter()
            .find(|frame| frame.function.as_deref() == Some(name));
        let found = found.expect("the stack has this function");
        assert!(
            found
                .file
                .as_deref()
                .is_some_and(|file| file.ends_with("displayed.rs"))
        );
        assert!(found.line.is_some());
    }

    #[test]
    fn anything_else_is_no_harm() {
        for text in [
            "",
            "disabled backtrace",
            "at x",
            "1: ",
            ":::",
            "0: a\nat :1:2:3",
        ] {
            read(text);
        }
    }
}

//! Random secrets, their hashes, and passwords.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use sha2::{Digest, Sha256};

/// A random secret: 32 bytes as 64 hex digits, for sessions and the set-up page.
pub fn secret() -> String {
    random_hex::<32>()
}

/// A random access token: 32 hex digits, as Rollbar's and Sentry's are.
pub fn access_token() -> String {
    random_hex::<16>()
}

/// SHA-256 of a secret: what is stored of it. Random secrets need no slow hash.
pub fn sha256(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Argon2id of a password, in PHC format. Takes some 20 ms of CPU: not for the runtime's threads.
pub fn hash_password(password: &str) -> String {
    Argon2::default()
        .hash_password(password.as_bytes())
        .expect("the default parameters hash anything that is shorter than 4 GiB")
        .to_string()
}

/// Whether `password` is the one that `hash` was made of. As slow as `hash_password`.
pub fn is_password(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

fn random_hex<const BYTES: usize>() -> String {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    hex(&bytes)
}

/// `bytes` as lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_one_it_was_made_of() {
        let hash = hash_password("correct horse");
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(is_password("correct horse", &hash));
        assert!(!is_password("wrong horse", &hash));
        assert!(!is_password("correct horse", "not a hash"));
    }

    #[test]
    fn secrets_differ() {
        assert_eq!(access_token().len(), 32);
        assert_ne!(secret(), secret());
    }
}

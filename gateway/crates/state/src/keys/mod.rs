//! Virtual keys: what an application presents instead of a provider's key.
//!
//! A key is `mk_<12 characters: public id>_<30 characters: secret><6 characters: checksum>`, so a scanner recognises
//! a leaked one offline and a mistyped one is refused without a look-up. Only the id and an HMAC under a pepper are
//! stored: whoever reads the file cannot call. The gateway and the command line may both change the keys; each sees
//! the other's changes by [`Keys::reload_if_changed`].

mod error;
mod file;
mod format;
mod info;
mod keyring;

pub use error::KeyError;
pub use info::{KeyInfo, NewKey};
pub use keyring::Keys;

#[cfg(test)]
pub(crate) mod tests;

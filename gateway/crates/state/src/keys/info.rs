//! What is known of a key, without its secret.

use std::sync::Arc;
use std::time::Duration;

use marshal_types::{KeyId, Principal, Timestamp};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::StateError;

/// What a new key is to be. Only `name` must be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// What a person calls it; up to 100 characters.
    pub name: String,
    /// The tenant: casbin's domain.
    pub tenant: String,
    /// The team, subject `t:TEAM`.
    pub team: Option<String>,
    /// The user, subject `u:USER`.
    pub user: Option<String>,
    /// The service, subject `s:SERVICE`.
    pub service: Option<String>,
    /// When it stops working.
    pub expires: Option<Timestamp>,
    /// Whether it may also use the admin interface.
    pub admin: bool,
    /// For an emergency: why. Such a key has the role `role:break-glass`, lives four hours at most, and each of its
    /// calls has a record of its own.
    pub break_glass: Option<String>,
}

/// The service that no key stands for: whoever signs in with a one-time login is `s:operator`.
const OPERATOR: &str = "operator";

/// How long a key for an emergency works at most.
pub(super) const MOST_BREAK_GLASS: Duration = Duration::from_secs(4 * 3_600);

impl Default for NewKey {
    fn default() -> Self {
        Self {
            name: String::new(),
            tenant: "default".into(),
            team: None,
            user: None,
            service: None,
            expires: None,
            admin: false,
            break_glass: None,
        }
    }
}

impl NewKey {
    /// A key of the tenant `default` that does not expire.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    pub(super) fn check(&self, now: Timestamp) -> Result<(), StateError> {
        let invalid = |field, why| Err(StateError::Invalid { field, why });
        let length = self.name.chars().count();
        if self.name.trim().is_empty() || length > 100 || self.name.chars().any(char::is_control) {
            return invalid(
                "name",
                "must be 1 to 100 characters without control characters",
            );
        }
        let names = [
            ("tenant", Some(&self.tenant)),
            ("team", self.team.as_ref()),
            ("user", self.user.as_ref()),
            ("service", self.service.as_ref()),
        ];
        for (field, name) in names {
            // These become names in policies, where a comma, a star or a space would mean something else.
            if name.is_some_and(|name| !is_policy_name(name)) {
                return invalid(
                    field,
                    "must be 1 to 64 letters, digits or any of . _ - @ and start with a letter or digit",
                );
            }
        }
        if self.service.as_deref() == Some(OPERATOR) {
            return invalid(
                "service",
                "`operator` is whoever signs in with a one-time login; choose another name",
            );
        }
        if self.expires.is_some_and(|expires| expires <= now) {
            return invalid("expiry", "lies in the past; choose a later time");
        }
        let Some(reason) = &self.break_glass else {
            return Ok(());
        };
        let length = reason.trim().chars().count();
        if !(10..=500).contains(&length) || reason.chars().any(char::is_control) {
            return invalid(
                "break-glass reason",
                "must say in 10 to 500 characters, on one line, what the emergency is",
            );
        }
        if self
            .expires
            .is_none_or(|expires| expires.since(now) > MOST_BREAK_GLASS)
        {
            return invalid(
                "expiry",
                "of a key for an emergency must lie within four hours; say when it ends",
            );
        }
        Ok(())
    }
}

fn is_policy_name(name: &str) -> bool {
    let starts = name
        .as_bytes()
        .first()
        .is_some_and(u8::is_ascii_alphanumeric);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte);
    starts && name.len() <= 64 && name.bytes().all(plain)
}

/// A key as everyone may see it. Serialises for the admin interface, with times as RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// The public id, part of the key's text.
    pub id: KeyId,
    /// What a person calls it.
    pub name: String,
    /// The tenant.
    pub tenant: String,
    /// The team.
    pub team: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it stops working.
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// Whether it may use the admin interface.
    pub admin: bool,
    /// The emergency that it was made for.
    pub break_glass: Option<String>,
    principal: Principal,
}

impl KeyInfo {
    /// A key that was made at `created`.
    #[must_use]
    pub fn new(id: KeyId, key: NewKey, created: Timestamp) -> Self {
        let subjects = [
            Some(("k:", id.as_str())),
            key.user.as_deref().map(|user| ("u:", user)),
            key.team.as_deref().map(|team| ("t:", team)),
            key.service.as_deref().map(|service| ("s:", service)),
            key.admin.then_some(("role:", "admin")),
            key.break_glass.as_ref().map(|_| ("role:", "break-glass")),
        ];
        let subjects: Arc<[Arc<str>]> = subjects
            .into_iter()
            .flatten()
            .map(|(kind, name)| Arc::from(format!("{kind}{name}")))
            .collect();
        Self {
            principal: Principal {
                subjects,
                domain: Arc::from(key.tenant.as_str()),
            },
            id,
            name: key.name,
            tenant: key.tenant,
            team: key.team,
            user: key.user,
            service: key.service,
            created,
            expires: key.expires,
            revoked: None,
            admin: key.admin,
            break_glass: key.break_glass,
        }
    }

    /// Who this key stands for in policies: `k:ID`, `u:USER`, `t:TEAM`, `s:SERVICE`, and the roles that the key itself has, in the
    /// tenant's domain. Costs two counters.
    #[must_use]
    pub fn principal(&self) -> Principal {
        self.principal.clone()
    }

    /// Whether it works at that time.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| expires > now)
    }

    /// `active`, `revoked` or `expired`, for people.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> &'static str {
        if self.revoked.is_some() {
            "revoked"
        } else if self.is_active(now) {
            "active"
        } else {
            "expired"
        }
    }

    /// The same key for a successor: everything but id and times.
    pub(super) fn as_new(&self) -> NewKey {
        NewKey {
            name: self.name.clone(),
            tenant: self.tenant.clone(),
            team: self.team.clone(),
            user: self.user.clone(),
            service: self.service.clone(),
            expires: None,
            admin: self.admin,
            break_glass: None,
        }
    }

    /// Lets it work no longer than `overlap` from now.
    pub(super) fn expire_within(&mut self, overlap: Duration, now: Timestamp) {
        let end = now.plus(overlap);
        self.expires = Some(self.expires.map_or(end, |expires| expires.min(end)));
    }
}

impl Serialize for KeyInfo {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let time = |at: &Option<Timestamp>| at.map(|at| at.to_string());
        let mut key = to.serialize_struct("KeyInfo", 11)?;
        key.serialize_field("id", &self.id)?;
        key.serialize_field("name", &self.name)?;
        key.serialize_field("tenant", &self.tenant)?;
        key.serialize_field("team", &self.team)?;
        key.serialize_field("user", &self.user)?;
        key.serialize_field("service", &self.service)?;
        key.serialize_field("admin", &self.admin)?;
        key.serialize_field("break_glass", &self.break_glass)?;
        key.serialize_field("created", &self.created.to_string())?;
        key.serialize_field("expires", &time(&self.expires))?;
        key.serialize_field("revoked", &time(&self.revoked))?;
        key.end()
    }
}

//! `marshal key …`: works beside a running gateway, which sees the change within a second, and without one.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use marshal_audit::KeyChangeKind;
use marshal_config::Config;
use marshal_state::{KeyInfo, Keys, NewKey};
use marshal_types::{Clock, KeyId, Secret, SystemClock};
use serde_json::{Value, json};

use crate::assemble::chain;
use crate::cli::{Global, Key, KeyCreate};
use crate::{housekeeping, output, paths, trail};

/// Makes, lists, revokes, rotates.
pub(super) fn run(global: &Global, command: Key) -> ExitCode {
    let config = match super::config(global) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let clock: Arc<dyn Clock> = SystemClock::new();
    let desk = Desk {
        config,
        clock,
        json: global.json,
    };
    desk.run(command)
        .unwrap_or_else(|problem| output::wrong(&problem, global.json))
}

struct Desk {
    config: Config,
    clock: Arc<dyn Clock>,
    json: bool,
}

impl Desk {
    fn run(&self, command: Key) -> Result<ExitCode, String> {
        let keys = Keys::open(&paths::state(&self.config.data_dir), self.clock.clone())
            .map_err(|error| chain(&error))?;
        match command {
            Key::Create(create) => {
                let (info, secret) = keys
                    .create(self.new_key(create))
                    .map_err(|error| chain(&error))?;
                self.record(&info, KeyChangeKind::Created)?;
                self.show(&info, &secret);
            }
            Key::Rotate { id, overlap_s } => {
                let (info, secret) = keys
                    .rotate(&KeyId::new(id), Duration::from_secs(overlap_s))
                    .map_err(|error| chain(&error))?;
                self.record(&info, KeyChangeKind::Rotated)?;
                self.show(&info, &secret);
            }
            Key::Revoke { id } => {
                let info = keys
                    .revoke(&KeyId::new(id))
                    .map_err(|error| chain(&error))?;
                self.record(&info, KeyChangeKind::Revoked)?;
                self.say(
                    &format!("Key {} ({}) is revoked.\n", info.id, info.name),
                    &json!({ "ok": true, "id": info.id.as_str() }),
                );
            }
            Key::List => self.list(&keys.list()),
        }
        Ok(ExitCode::from(output::WELL))
    }

    fn new_key(&self, create: KeyCreate) -> NewKey {
        NewKey {
            name: create.name,
            tenant: create.tenant,
            team: create.team,
            user: create.user,
            service: create.service,
            expires: create
                .expires_in_s
                .map(|seconds| self.clock.now().plus(Duration::from_secs(seconds))),
            admin: create.admin,
            break_glass: create.break_glass,
        }
    }

    /// A running gateway records the change in its own chain; without one, a short chain of this command's does.
    fn record(&self, key: &KeyInfo, change: KeyChangeKind) -> Result<(), String> {
        let change = housekeeping::key_change(key, change, "cli");
        trail::record_alone(&self.config, &self.clock, &change).map(drop)
    }

    fn show(&self, info: &KeyInfo, secret: &Secret) {
        let text = format!(
            "Key {} ({}), shown only now:\n\n  {}\n\n",
            info.id,
            info.name,
            secret.expose()
        );
        self.say(&text, &json!({ "ok": true, "id": info.id.as_str(), "name": info.name, "key": secret.expose() }));
    }

    fn list(&self, keys: &[Arc<KeyInfo>]) {
        let now = self.clock.now();
        let mut text = String::new();
        for key in keys {
            let named = |(kind, name): (&str, &Option<String>)| {
                name.as_ref().map(|name| format!(" {kind} {name}"))
            };
            let stands_for: String = [
                ("team", &key.team),
                ("user", &key.user),
                ("service", &key.service),
            ]
            .into_iter()
            .filter_map(named)
            .collect();
            text.push_str(&format!(
                "{}  {:8}  {}  tenant {}{stands_for}\n",
                key.id,
                key.status(now),
                key.name,
                key.tenant
            ));
        }
        if keys.is_empty() {
            text.push_str("No keys yet. Make one: marshal key create --name NAME\n");
        }
        let list: Vec<Value> = keys
            .iter()
            .map(|key| {
                json!({
                    "id": key.id.as_str(),
                    "name": key.name,
                    "tenant": &*key.tenant,
                    "team": key.team.as_deref(),
                    "user": key.user.as_deref(),
                    "service": key.service.as_deref(),
                    "status": key.status(now),
                    "admin": key.admin,
                    "break_glass": key.break_glass.as_deref(),
                    "created": key.created.to_string(),
                })
            })
            .collect();
        self.say(&text, &json!({ "keys": list }));
    }

    fn say(&self, text: &str, object: &Value) {
        if self.json {
            output::object(object)
        } else {
            output::print(text)
        }
    }
}

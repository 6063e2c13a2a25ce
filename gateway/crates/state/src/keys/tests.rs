use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use marshal_types::{Code, Failure, KeyId, ManualClock, Timestamp};

use super::{KeyError, Keys, NewKey};
use crate::StateError;

/// A folder of its own for one test, gone at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "marshal-state-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn clock() -> Arc<ManualClock> {
    ManualClock::at(Timestamp::from_micros(1_795_377_944_123_456))
}

fn open(dir: &Path, clock: &Arc<ManualClock>) -> Keys {
    Keys::open(dir, Arc::clone(clock) as _).unwrap()
}

#[test]
fn a_fresh_key_works_and_says_who_it_stands_for() {
    let folder = Folder::new();
    let keys = open(&folder.0, &clock());
    assert!(keys.is_empty());
    let (info, secret) = keys
        .create(NewKey {
            team: Some("research".into()),
            user: Some("ada@example.com".into()),
            service: Some("crawler".into()),
            ..NewKey::named("laptop")
        })
        .unwrap();
    let known = keys.verify(secret.expose()).unwrap();
    assert_eq!(known, info);
    let principal = known.principal();
    assert_eq!(&*principal.domain, "default");
    let subjects: Vec<&str> = principal.subjects.iter().map(AsRef::as_ref).collect();
    let own = format!("k:{}", info.id);
    assert_eq!(
        subjects,
        [own.as_str(), "u:ada@example.com", "t:research", "s:crawler"]
    );
    let operator = NewKey {
        service: Some("operator".into()),
        ..NewKey::named("no")
    };
    let error = keys.create(operator).unwrap_err();
    assert!(error.to_string().contains("one-time login"), "{error}");
}

#[test]
fn the_secret_is_nowhere_on_disk_and_files_are_their_owners_alone() {
    let folder = Folder::new();
    let keys = open(&folder.0, &clock());
    let (_, secret) = keys.create(NewKey::named("a")).unwrap();
    for name in ["keys.json", "pepper", "keys.lock"] {
        let path = folder.0.join(name);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(&secret.expose()[16..]), "{name}");
    }
    let listed = serde_json::to_string(&*keys.list()[0]).unwrap();
    assert!(!listed.contains("hmac") && !listed.contains(&secret.expose()[16..]));
}

#[test]
fn a_wrong_secret_is_unknown_and_a_mangled_key_is_malformed() {
    let folder = Folder::new();
    let keys = open(&folder.0, &clock());
    let (_, secret) = keys.create(NewKey::named("a")).unwrap();
    let other = super::format::fresh();
    assert_eq!(keys.verify(&other), Err(KeyError::Unknown));
    assert_eq!(
        keys.verify(&secret.expose()[..51]),
        Err(KeyError::Malformed)
    );
    assert_eq!(keys.verify(""), Err(KeyError::Malformed));
    assert_eq!(keys.verify("sk-abc"), Err(KeyError::Malformed));
}

#[test]
fn a_known_id_with_another_secret_is_unknown() {
    let folder = Folder::new();
    let clock = clock();
    let keys = open(&folder.0, &clock);
    let (info, secret) = keys.create(NewKey::named("a")).unwrap();
    // The same key under another pepper stands for an attacker who knows the id and guesses the rest.
    drop(keys);
    std::fs::write(folder.0.join("pepper"), [7; 32]).unwrap();
    let keys = open(&folder.0, &clock);
    assert_eq!(keys.list()[0].id, info.id);
    assert_eq!(keys.verify(secret.expose()), Err(KeyError::Unknown));
}

#[test]
fn a_revoked_key_is_refused_by_every_process_at_its_next_look() {
    let folder = Folder::new();
    let clock = clock();
    let gateway = open(&folder.0, &clock);
    let command = open(&folder.0, &clock);
    let (info, secret) = command.create(NewKey::named("a")).unwrap();
    assert_eq!(gateway.verify(secret.expose()), Err(KeyError::Unknown));
    assert!(gateway.reload_if_changed());
    assert!(!gateway.reload_if_changed());
    assert!(gateway.verify(secret.expose()).is_ok());
    command.revoke(&info.id).unwrap();
    assert!(gateway.reload_if_changed());
    let refused = gateway.verify(secret.expose()).unwrap_err();
    assert_eq!(refused, KeyError::Revoked);
    assert_eq!(refused.code(), Code::RevokedCredential);
}

#[test]
fn keys_made_by_two_processes_at_once_are_all_kept() {
    let folder = Folder::new();
    let clock = clock();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let keys = open(&folder.0, &clock);
            scope.spawn(move || {
                for m in 0..5 {
                    keys.create(NewKey::named(format!("{n}.{m}"))).unwrap();
                }
            });
        }
    });
    assert_eq!(open(&folder.0, &clock).list().len(), 20);
}

#[test]
fn an_expired_key_is_refused_from_that_moment_on() {
    let folder = Folder::new();
    let clock = clock();
    let keys = open(&folder.0, &clock);
    let expires = marshal_types::Clock::now(&*clock).plus(Duration::from_secs(60));
    let new = NewKey {
        expires: Some(expires),
        ..NewKey::named("a")
    };
    let (info, secret) = keys.create(new).unwrap();
    assert!(keys.verify(secret.expose()).is_ok());
    clock.advance(Duration::from_secs(60));
    assert_eq!(keys.verify(secret.expose()), Err(KeyError::Expired));
    assert_eq!(info.status(expires), "expired");
}

#[test]
fn a_rotated_key_works_beside_its_successor_for_the_overlap() {
    let folder = Folder::new();
    let clock = clock();
    let keys = open(&folder.0, &clock);
    let new = NewKey {
        team: Some("research".into()),
        ..NewKey::named("a")
    };
    let (old, old_secret) = keys.create(new).unwrap();
    let (next, secret) = keys.rotate(&old.id, Duration::from_secs(3_600)).unwrap();
    assert_eq!(next.team.as_deref(), Some("research"));
    assert!(keys.verify(old_secret.expose()).is_ok());
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(keys.verify(old_secret.expose()), Err(KeyError::Expired));
    assert!(keys.verify(secret.expose()).is_ok());
    assert!(matches!(
        keys.rotate(&old.id, Duration::ZERO),
        Err(StateError::Invalid { .. })
    ));
}

#[test]
fn keys_survive_a_restart() {
    let folder = Folder::new();
    let clock = clock();
    let (info, secret) = open(&folder.0, &clock).create(NewKey::named("a")).unwrap();
    let keys = open(&folder.0, &clock);
    assert_eq!(keys.verify(secret.expose()).unwrap(), info);
    assert_eq!(
        keys.revoke(&info.id).unwrap().status(info.created),
        "revoked"
    );
    assert!(matches!(
        keys.revoke(&KeyId::new("nobody")),
        Err(StateError::NoSuchKey { .. })
    ));
}

#[test]
fn names_that_would_mean_more_in_a_policy_are_refused() {
    let folder = Folder::new();
    let keys = open(&folder.0, &clock());
    for tenant in ["*", "a,b", "a b", "", "-a", "t\n", "ä"] {
        let new = NewKey {
            tenant: tenant.into(),
            ..NewKey::named("a")
        };
        assert!(keys.create(new).is_err(), "{tenant:?}");
    }
    assert!(keys.create(NewKey::named(" ")).is_err());
    assert!(keys.create(NewKey::named("a\u{7}")).is_err());
    let error = keys.create(NewKey::named("x".repeat(101))).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the key's name must be 1 to 100")
    );
    assert!(keys.is_empty());
}

#[test]
fn a_damaged_file_is_reported_and_the_known_keys_stay_in_force() {
    let folder = Folder::new();
    let clock = clock();
    let keys = open(&folder.0, &clock);
    let (_, secret) = keys.create(NewKey::named("a")).unwrap();
    std::fs::write(folder.0.join("keys.json"), "{").unwrap();
    assert!(!keys.reload_if_changed());
    assert!(keys.problem().unwrap().contains("keys.json is damaged"));
    assert!(keys.verify(secret.expose()).is_ok());
    assert!(Keys::open(&folder.0, clock as _).is_err());
}

#[test]
fn a_lost_pepper_is_refused_rather_than_replaced() {
    let folder = Folder::new();
    let clock = clock();
    open(&folder.0, &clock).create(NewKey::named("a")).unwrap();
    std::fs::remove_file(folder.0.join("pepper")).unwrap();
    let error = Keys::open(&folder.0, clock as _).unwrap_err();
    assert!(error.to_string().contains("it is missing"));
}

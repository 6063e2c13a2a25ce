use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use marshal_types::{CallId, ManualClock, Timestamp};

use crate::*;

struct Bench {
    data: PathBuf,
    clock: Arc<ManualClock>,
}

impl Bench {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::SeqCst);
        let name = format!("marshal-payloads-{}-{next}", std::process::id());
        let data = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&data).unwrap();
        Self {
            data,
            clock: ManualClock::at(Timestamp::parse("2026-11-10").unwrap()),
        }
    }

    fn open(&self, run: &str) -> Arc<Payloads> {
        Payloads::open(&self.data, run, self.clock.clone()).unwrap()
    }

    /// Everything that lies anywhere in the data folder.
    fn holds(&self, needle: &[u8]) -> bool {
        fn walk(folder: &std::path::Path, needle: &[u8]) -> bool {
            std::fs::read_dir(folder).unwrap().any(|entry| {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    return walk(&path, needle);
                }
                let bytes = std::fs::read(&path).unwrap();
                bytes.windows(needle.len()).any(|part| part == needle)
                    || path
                        .to_string_lossy()
                        .as_bytes()
                        .windows(needle.len())
                        .any(|part| part == needle)
            })
        }
        walk(&self.data, needle)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

fn ada() -> Subject {
    Subject {
        tenant: "acme".into(),
        name: "u:ada".into(),
    }
}

fn wait(kept: Kept) {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(kept)
        .unwrap();
}

fn keep(store: &Payloads, subject: &Subject, text: &str) -> (CallId, Sealed) {
    let call = CallId::fresh();
    let key = store
        .key_at_hand(subject, 30)
        .unwrap_or_else(|| store.key(subject, 30).unwrap());
    let mut sealed = store
        .keep(&key, (call, 1, Part::Request), text.as_bytes())
        .unwrap();
    let (_, none) = tokio::sync::oneshot::channel();
    wait(std::mem::replace(&mut sealed.kept, Kept::of(none)));
    (call, sealed)
}

fn erase(store: &Payloads, subject: &Subject) -> Ending {
    let ending = store.keys_of(subject).unwrap();
    store.destroy(&ending.keys).unwrap();
    ending
}

/// What ended, by bucket.
fn expire(store: &Payloads) -> Vec<Ending> {
    let end = |bucket| {
        let ending = store.keys_in(bucket).unwrap();
        store.destroy(&ending.keys).unwrap();
        store.clear(bucket).unwrap();
        ending
    };
    store.over().unwrap().into_iter().map(end).collect()
}

fn read(store: &Payloads, call: CallId, sealed: &Sealed) -> Option<String> {
    let part = (call, 1, Part::Request);
    let plain = store.read(sealed.bucket, &sealed.subject, part, sealed.sha256);
    plain
        .unwrap()
        .map(|plain| String::from_utf8(plain).unwrap())
}

#[test]
fn what_is_kept_reads_back_and_lies_nowhere_in_the_clear() {
    let bench = Bench::new();
    let store = bench.open("a");
    let texts: Vec<String> = (0..50).map(|n| format!("canary number {n}")).collect();
    let kept: Vec<_> = texts
        .iter()
        .map(|text| keep(&store, &ada(), text))
        .collect();
    let again = bench.open("b");
    for (text, (call, sealed)) in texts.iter().zip(&kept) {
        assert_eq!(read(&again, *call, sealed).as_deref(), Some(&**text));
    }
    // Words that no hexadecimal digits make by chance.
    for secret in ["canary", "u:ada", "acme"] {
        assert!(!bench.holds(secret.as_bytes()), "{secret}");
    }
    let (call, sealed) = &kept[0];
    let other = store.read(
        sealed.bucket,
        &sealed.subject,
        (*call, 1, Part::Response),
        sealed.sha256,
    );
    assert_eq!(other.unwrap(), None);
}

#[test]
fn a_payload_that_was_changed_or_moved_is_no_payload() {
    let bench = Bench::new();
    let store = bench.open("a");
    let (call, sealed) = keep(&store, &ada(), "canary");
    let folder = bench.data.join("payloads").join(sealed.bucket.to_string());
    let file = std::fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = std::fs::read(&file).unwrap();
    let mut changed = bytes.clone();
    let at = changed.len() - 5;
    changed[at] ^= 1;
    std::fs::write(&file, changed).unwrap();
    let part = (call, 1, Part::Request);
    assert!(
        store
            .read(sealed.bucket, &sealed.subject, part, sealed.sha256)
            .is_err()
    );
    // Under the name of another call.
    let other = CallId::fresh();
    let text = String::from_utf8_lossy(&bytes).contains(&call.to_string());
    assert!(text);
    let at = bytes
        .windows(36)
        .position(|part| part == call.to_string().as_bytes())
        .unwrap();
    let mut moved = bytes.clone();
    moved[at..at + 36].copy_from_slice(other.to_string().as_bytes());
    std::fs::write(&file, moved).unwrap();
    let part = (other, 1, Part::Request);
    assert!(
        store
            .read(sealed.bucket, &sealed.subject, part, sealed.sha256)
            .is_err()
    );
}

#[test]
fn erasing_a_person_ends_their_words_and_nobody_elses() {
    let bench = Bench::new();
    let store = bench.open("a");
    let bob = Subject {
        tenant: "acme".into(),
        name: "u:bob".into(),
    };
    let namesake = Subject {
        tenant: "other".into(),
        name: "u:ada".into(),
    };
    let kept = [ada(), bob.clone(), namesake].map(|subject| keep(&store, &subject, "canary"));
    let ended = erase(&store, &ada());
    assert_eq!((ended.keys.len(), ended.held_by.len()), (1, 0));
    let back: Vec<_> = kept
        .iter()
        .map(|(call, sealed)| read(&store, *call, sealed).is_some())
        .collect();
    assert_eq!(back, [false, true, true]);
    // A key made anew does not bring the old words back.
    keep(&store, &ada(), "later");
    let (call, sealed) = &kept[0];
    assert!(
        store
            .read(
                sealed.bucket,
                &sealed.subject,
                (*call, 1, Part::Request),
                sealed.sha256
            )
            .is_err()
    );
    assert_eq!(erase(&store, &bob).keys.len(), 1);
    assert_eq!(erase(&store, &bob).keys.len(), 0);
}

#[test]
fn a_hold_beats_an_erasure_and_a_retention_until_it_ends() {
    let bench = Bench::new();
    let store = bench.open("a");
    let (call, sealed) = keep(&store, &ada(), "canary");
    let hold = |scope, until: Option<&str>| Hold {
        name: "case 7".into(),
        scope,
        reason: "a court".into(),
        until_micros: until.map(|text| Timestamp::parse(text).unwrap().as_micros()),
    };
    for scope in [
        Scope::All,
        store.tenant("acme"),
        Scope::Subject(store.id(&ada()).to_string()),
    ] {
        store.hold(hold(scope, None)).unwrap();
        let ended = erase(&store, &ada());
        assert_eq!(
            (ended.keys.len(), &ended.held_by[..]),
            (0, &["case 7".to_owned()][..])
        );
        bench.clock.advance(Duration::from_secs(86_400 * 20));
        assert!(expire(&store).iter().all(|ended| ended.keys.is_empty()));
        assert!(read(&store, call, &sealed).is_some());
        assert_eq!(store.release("case 7").unwrap().unwrap().reason, "a court");
    }
    store.hold(hold(store.tenant("other"), None)).unwrap();
    store
        .hold(hold(store.tenant("acme"), Some("2027-06-01")))
        .unwrap();
    assert_eq!(erase(&store, &ada()).keys.len(), 0);
    bench.clock.advance(Duration::from_secs(86_400 * 365));
    let ended = expire(&store);
    assert_eq!((ended.len(), ended[0].keys.len()), (1, 1));
    assert!(read(&store, call, &sealed).is_none());
    assert!(
        !bench
            .data
            .join("payloads")
            .join(sealed.bucket.to_string())
            .exists()
    );
}

/// Two processes at a hand-over, each with the key in its memory.
#[test]
fn a_key_that_another_process_destroyed_is_not_used_again() {
    let bench = Bench::new();
    let (old, new) = (bench.open("a"), bench.open("b"));
    keep(&old, &ada(), "canary");
    keep(&new, &ada(), "canary");
    assert!(new.key_at_hand(&ada(), 30).is_some());
    erase(&old, &ada());
    assert!(new.key_at_hand(&ada(), 30).is_none());
    let (call, sealed) = keep(&new, &ada(), "later");
    assert_eq!(read(&old, call, &sealed).as_deref(), Some("later"));
    // A key that is made by two at once is one.
    let bob = Subject {
        tenant: "acme".into(),
        name: "u:bob".into(),
    };
    let made: Vec<_> = std::thread::scope(|scope| {
        let make = |store: &Arc<Payloads>| {
            let (store, bob) = (store.clone(), bob.clone());
            scope.spawn(move || keep(&store, &bob, "both"))
        };
        let all = [make(&old), make(&new), make(&old), make(&new)];
        all.map(|one| one.join().unwrap()).into()
    });
    for (call, sealed) in &made {
        assert_eq!(read(&new, *call, sealed).as_deref(), Some("both"));
    }
}

#[test]
fn holds_that_cannot_be_read_destroy_nothing() {
    let bench = Bench::new();
    let store = bench.open("a");
    let (call, sealed) = keep(&store, &ada(), "canary");
    std::fs::write(bench.data.join("state/holds.json"), "[{").unwrap();
    assert!(store.keys_of(&ada()).is_err());
    bench.clock.advance(Duration::from_secs(86_400 * 365));
    for bucket in store.over().unwrap() {
        assert!(store.keys_in(bucket).is_err());
    }
    std::fs::remove_file(bench.data.join("state/holds.json")).unwrap();
    assert!(read(&store, call, &sealed).is_some());
}

#[test]
fn a_bucket_ends_so_many_days_after_its_month() {
    let at = |text| Timestamp::parse(text).unwrap();
    let bucket = Bucket::of(at("2026-12-31"), 30);
    assert_eq!(bucket.to_string(), "2026-12.30d");
    assert_eq!(Bucket::parse("2026-12.30d"), Some(bucket));
    assert_eq!(bucket.ends(), at("2027-01-31"));
    for none in ["2026-13.30d", "2026-1.30d", "2026-12.30", "x"] {
        assert_eq!(Bucket::parse(none), None);
    }
}

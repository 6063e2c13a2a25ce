//! The sink on a disk that fails.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use marshal_audit::proof::{Checkpoint, Signer};
use marshal_audit::testing::Folder;
use marshal_audit::{
    Abort, Deny, Event, Intent, Plan, Report, Source, chain_folders, each_record, trail_folder,
    verify,
};
use marshal_types::{CallId, Dialect, Digest, InstanceId, ManualClock, NanoUsd, Timestamp};

use crate::testing::FaultFs;
use crate::{Ack, DataLock, LockError, OpenError, Recovered, Sink, SinkError, SinkOptions};

mod spool;

/// A folder, a disk, a clock, and as many starts as a test wants.
struct Bench {
    folder: Folder,
    fs: Arc<FaultFs>,
    clock: Arc<ManualClock>,
    starts: u32,
    segment_bytes: u64,
    reserve_bytes: u64,
    key: Arc<Signer>,
}

impl Bench {
    fn new() -> Self {
        Self {
            folder: Folder::new(),
            fs: FaultFs::new(),
            clock: ManualClock::at(Timestamp::from_micros(1_795_377_944_000_000)),
            starts: 0,
            segment_bytes: 1 << 20,
            reserve_bytes: 64 * 1024,
            key: Arc::new(Signer::from_seed(&[5; 32]).unwrap()),
        }
    }

    fn options(&mut self) -> SinkOptions {
        self.starts += 1;
        self.clock.advance(Duration::from_secs(1));
        let instance = InstanceId::new(format!("run-{:03}", self.starts));
        SinkOptions {
            fs: self.fs.clone(),
            segment_bytes: self.segment_bytes,
            reserve_bytes: self.reserve_bytes,
            signing: Some(("marshal".into(), self.key.clone())),
            ..SinkOptions::new(self.dir(), instance, self.clock.clone())
        }
    }

    fn open(&mut self) -> (Sink, Recovered) {
        Sink::open(self.options()).unwrap()
    }

    fn dir(&self) -> PathBuf {
        self.folder.0.clone()
    }

    fn verified(&self) -> Report {
        let report = verify(&self.folder.0);
        assert!(report.ok, "{:?}", report.first_bad);
        report
    }

    fn segment(&self, run: u32, number: u32) -> PathBuf {
        self.dir()
            .join(format!("audit/run-{run:03}/{number:06}.jsonl"))
    }

    /// The power fails and comes back.
    fn crash(&mut self, chance: &mut dyn FnMut(u64) -> u64) {
        self.fs = self.fs.crash(chance).unwrap();
    }

    /// Lets the trail try the disk again.
    fn wait_a_moment(&self) {
        self.clock.advance(Duration::from_millis(101));
    }
}

fn intent(call: CallId) -> Event<'static> {
    Event::Intent(Box::new(Intent {
        access_rule: Some("allow-all".into()),
        attempt: 1,
        call,
        classes: vec!["pii".into()],
        client_dialect: Dialect::OpenAi,
        compliance_rule: None,
        dropped: Vec::new(),
        more_findings: 0,
        findings: Vec::new(),
        key: "k1".into(),
        model: "gpt-4o-mini".into(),
        obligations: Vec::new(),
        payload: None,
        plan: Plan::default(),
        policy: Digest([7; 32]),
        provider: "openai".into(),
        provider_dialect: Dialect::OpenAi,
        purpose: None,
        question: None,
        request_bytes: 12,
        request_model: "fast".into(),
        request_sha256: Digest([1; 32]),
        reserved_nano_usd: NanoUsd(5),
        retention_days: None,
        shadow: Vec::new(),
        shadow_bundle: None,
        source: Source::Dispatch,
        stream: true,
        subjects: Vec::new(),
        surface: "chat_completions".into(),
        tags: Vec::new(),
        tenant: "acme".into(),
        trace_id: None,
        uninspected: Vec::new(),
        unpriced: false,
    }))
}

fn abort(call: CallId) -> Event<'static> {
    Event::Abort(Abort {
        attempt: 1,
        call,
        code: "upstream_failed".into(),
        duration_us: 3,
        provider_code: None,
        payload: None,
        status: Some(500),
    })
}

fn deny() -> Event<'static> {
    Event::Deny(Box::new(Deny {
        attempts: 0,
        call: CallId::fresh(),
        classes: Vec::new(),
        code: "access_denied".into(),
        detail: None,
        more_findings: 0,
        findings: Vec::new(),
        key: None,
        message: "Not allowed.".into(),
        place: None,
        policy: Digest([7; 32]),
        question: None,
        request_model: None,
        rule: None,
        shadow_bundle: None,
        status: 403,
        subjects: Vec::new(),
        surface: "messages".into(),
        tenant: None,
    }))
}

#[test]
fn a_trail_written_in_peace_verifies_and_reads_back() {
    let mut bench = Bench::new();
    let (sink, recovered) = bench.open();
    assert_eq!((recovered.chains, recovered.interrupted), (0, 0));
    let call = CallId::fresh();
    assert_eq!(sink.append(&intent(call)).wait().unwrap().0, 3);
    sink.append(&abort(call)).wait().unwrap();
    sink.append(&deny()).wait().unwrap();
    sink.close();
    assert_eq!(sink.append(&deny()).wait(), Err(SinkError::Closed));
    let report = bench.verified();
    assert_eq!((report.records, report.open, report.chains), (7, 0, 1));
    let (_second, recovered) = bench.open();
    assert_eq!((recovered.chains, recovered.interrupted), (1, 0));
    let calls = calls(&bench.dir());
    assert_eq!((calls.len(), calls[&call].len()), (2, 2));
}

#[test]
fn an_ack_never_comes_before_the_sync() {
    let mut bench = Bench::new();
    let (sink, _) = bench.open();
    for _ in 0..20 {
        let before = bench.fs.syncs();
        sink.append(&deny()).wait().unwrap();
        assert!(bench.fs.syncs() > before);
    }
}

#[test]
fn records_are_durable_in_the_order_in_which_they_were_appended() {
    let mut bench = Bench::new();
    let (sink, _) = bench.open();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let sink = sink.clone();
            std::thread::spawn(move || {
                let acks: Vec<Ack> = (0..200).map(|_| sink.append(&deny())).collect();
                acks.into_iter()
                    .map(|ack| ack.wait().unwrap().0)
                    .collect::<Vec<_>>()
            })
        })
        .collect();
    let mut all = HashSet::new();
    for thread in threads {
        let seqs = thread.join().unwrap();
        assert!(seqs.is_sorted());
        all.extend(seqs);
    }
    assert_eq!(all.len(), 1_600);
    assert!(bench.fs.syncs() < 1_600, "one sync serves many");
    sink.close();
    assert_eq!(bench.verified().kinds["deny"], 1_600);
}

#[test]
fn a_long_trail_goes_on_in_the_next_segment() {
    let mut bench = Bench::new();
    bench.segment_bytes = 2_000;
    let (sink, _) = bench.open();
    for _ in 0..50 {
        sink.append(&deny()).wait().unwrap();
    }
    sink.close();
    let report = bench.verified();
    assert!(report.segments > 5, "{report:?}");
    assert_eq!(report.kinds["deny"], 50);
}

#[test]
fn an_attempt_cut_short_by_a_crash_is_ended_by_the_next_start() {
    let mut bench = Bench::new();
    let (sink, _) = bench.open();
    let (ended, left) = (CallId::fresh(), CallId::fresh());
    for event in [intent(ended), intent(left), abort(ended)] {
        sink.append(&event).wait().unwrap();
    }
    bench.crash(&mut |_| 0);
    drop(sink);
    assert_eq!(bench.verified().open, 1);
    let (sink, recovered) = bench.open();
    assert_eq!(recovered.interrupted, 1);
    drop(sink);
    let report = bench.verified();
    assert_eq!((report.open, report.kinds["interrupted"]), (0, 1));
    let (_third, recovered) = bench.open();
    assert_eq!((recovered.chains, recovered.interrupted), (1, 0));
}

#[test]
fn a_recovery_that_is_killed_midway_is_finished_once() {
    let mut bench = Bench::new();
    let (sink, _) = bench.open();
    for _ in 0..5 {
        sink.append(&intent(CallId::fresh())).wait().unwrap();
    }
    bench.crash(&mut |_| 0);
    drop(sink);
    let (sink, _) = bench.open();
    bench.crash(&mut |_| 0);
    drop(sink);
    // Of the second chain only `start` and two of five `interrupted` came so far, and no mark was made.
    let path = bench.segment(2, 1);
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: Vec<_> = text.lines().take(3).collect();
    std::fs::write(&path, kept.join("\n") + "\n{\"attempt\":1,\"ca").unwrap();
    std::fs::remove_dir_all(bench.dir().join("state")).unwrap();
    assert_eq!(bench.verified().open, 3);
    let (sink, recovered) = bench.open();
    assert_eq!((recovered.interrupted, recovered.torn.len()), (3, 1));
    sink.append(&deny()).wait().unwrap();
    let report = bench.verified();
    assert_eq!((report.open, report.kinds["interrupted"]), (0, 5));
}

#[test]
fn without_its_marks_a_recovery_finds_the_same() {
    let mut bench = Bench::new();
    for _ in 0..4 {
        let (sink, _) = bench.open();
        sink.append(&intent(CallId::fresh())).wait().unwrap();
        bench.crash(&mut |_| 0);
    }
    let marks = bench.dir().join("state/audit");
    std::fs::remove_file(marks.join("run-001")).unwrap();
    let (sink, recovered) = bench.open();
    assert_eq!(recovered.interrupted, 1, "the last one's alone");
    drop(sink);
    assert_eq!(bench.verified().kinds["interrupted"], 4);
}

#[test]
fn a_chain_that_still_lives_is_linked_and_left_alone() {
    let mut bench = Bench::new();
    let (old, _) = bench.open();
    let call = CallId::fresh();
    old.append(&intent(call)).wait().unwrap();
    let mut options = bench.options();
    options.handover = true;
    let (new, recovered) = Sink::open(options).unwrap();
    assert_eq!((recovered.chains, recovered.interrupted), (1, 0));
    new.append(&deny()).wait().unwrap();
    old.append(&abort(call)).wait().unwrap();
    let left = CallId::fresh();
    old.append(&intent(left)).wait().unwrap();
    old.close();
    assert_eq!(bench.verified().open, 1);
    new.close();
    let (sink, recovered) = bench.open();
    assert_eq!((recovered.chains, recovered.interrupted), (2, 1));
    sink.close();
    assert_eq!(bench.verified().open, 0);
}

#[test]
fn a_failed_sync_tells_everyone_and_service_resumes_by_itself() {
    for truncate_error in [false, true] {
        let mut bench = Bench::new();
        let (sink, _) = bench.open();
        let first = CallId::fresh();
        sink.append(&intent(first)).wait().unwrap();
        bench.fs.set(|faults| {
            faults.sync_error = true;
            faults.truncate_error = truncate_error;
        });
        let lost = CallId::fresh();
        assert_eq!(
            sink.append(&intent(lost)).wait(),
            Err(SinkError::Unavailable)
        );
        assert!(!sink.healthy());
        assert_eq!(sink.append(&deny()).wait(), Err(SinkError::Unavailable));
        bench.wait_a_moment();
        assert_eq!(
            sink.append(&deny()).wait(),
            Err(SinkError::Unavailable),
            "a probe fails too"
        );
        bench.fs.set(|faults| faults.sync_error = false);
        assert_eq!(
            sink.append(&deny()).wait(),
            Err(SinkError::Unavailable),
            "too soon"
        );
        bench.wait_a_moment();
        sink.append(&abort(first)).wait().unwrap();
        assert!(sink.healthy());
        sink.close();
        let report = bench.verified();
        assert_eq!(report.kinds["intent"], 1, "the lost one is not counted");
        assert_eq!(report.kinds["resume"], 1);
        assert_eq!(report.segments, 2);
        assert_eq!(report.void_bytes > 0, truncate_error);
        let calls = calls(&bench.dir());
        assert_eq!(calls.keys().copied().collect::<Vec<_>>(), [first]);
    }
}

#[test]
fn a_failed_write_is_no_different() {
    let mut bench = Bench::new();
    let (sink, _) = bench.open();
    bench.fs.set(|faults| faults.write_error = true);
    assert_eq!(sink.append(&deny()).wait(), Err(SinkError::Unavailable));
    bench.fs.set(|faults| faults.write_error = false);
    bench.wait_a_moment();
    // Asking is enough: a gateway that is not ready gets no calls that could try.
    assert!(!sink.healthy());
    while !sink.healthy() {
        std::thread::yield_now();
    }
    sink.append(&deny()).wait().unwrap();
    sink.close();
    assert_eq!(bench.verified().kinds["deny"], 1);
}

#[test]
fn short_writes_are_carried_on() {
    let mut bench = Bench::new();
    let (sink, _) = bench.open();
    bench.fs.set(|faults| faults.short_writes = Some(7));
    sink.append(&deny()).wait().unwrap();
    sink.close();
    assert_eq!(bench.verified().kinds["deny"], 1);
}

#[test]
fn on_a_full_disk_intents_are_refused_and_denials_still_fit() {
    let mut bench = Bench::new();
    let (sink, _) = bench.open();
    let call = CallId::fresh();
    sink.append(&intent(call)).wait().unwrap();
    bench.fs.set(|faults| faults.space = Some(100));
    assert_eq!(
        sink.append(&intent(CallId::fresh())).wait(),
        Err(SinkError::Full)
    );
    assert!(!sink.healthy());
    sink.append(&deny()).wait().unwrap();
    sink.append(&abort(call)).wait().unwrap();
    assert_eq!(
        sink.append(&intent(CallId::fresh())).wait(),
        Err(SinkError::Full)
    );
    bench.wait_a_moment();
    assert_eq!(
        sink.append(&intent(CallId::fresh())).wait(),
        Err(SinkError::Full),
        "still full"
    );
    bench.fs.set(|faults| faults.space = None);
    bench.wait_a_moment();
    sink.append(&intent(CallId::fresh())).wait().unwrap();
    assert!(sink.healthy());
    assert!(bench.dir().join("reserve").exists());
    sink.close();
    let report = bench.verified();
    assert_eq!((report.kinds["intent"], report.kinds["deny"]), (2, 1));
}

#[test]
fn when_the_reserve_is_used_up_too_everything_is_refused_until_there_is_space() {
    let mut bench = Bench::new();
    bench.reserve_bytes = 2_000;
    let (sink, _) = bench.open();
    bench.fs.set(|faults| faults.space = Some(0));
    let written = (0..10)
        .filter(|_| sink.append(&deny()).wait().is_ok())
        .count();
    assert!((1..6).contains(&written), "{written}");
    bench.fs.set(|faults| faults.space = None);
    bench.wait_a_moment();
    sink.append(&intent(CallId::fresh())).wait().unwrap();
    sink.close();
    assert_eq!(bench.verified().kinds["deny"], written as u64);
}

#[test]
fn a_disk_that_stays_broken_does_not_fill_the_folder() {
    let mut bench = Bench::new();
    let (sink, _) = bench.open();
    bench.fs.set(|faults| faults.sync_error = true);
    for _ in 0..50 {
        bench.wait_a_moment();
        assert!(sink.append(&deny()).wait().is_err());
    }
    let files = std::fs::read_dir(bench.dir().join("audit/run-001"))
        .unwrap()
        .count();
    assert_eq!(files, 2, "one segment and the lock");
    drop(sink);
    bench.verified();
}

#[test]
fn a_start_on_a_broken_disk_says_so_and_leaves_nothing_behind() {
    let mut bench = Bench::new();
    bench.fs.set(|faults| faults.sync_error = true);
    assert!(matches!(
        Sink::open(bench.options()),
        Err(OpenError::Unwritable { .. })
    ));
    bench.fs.set(|faults| faults.sync_error = false);
    let (sink, _) = bench.open();
    drop(sink);
    assert_eq!(bench.verified().kinds["start"], 1);
}

#[test]
fn an_instance_is_a_plain_name_that_was_not_used_before() {
    let mut bench = Bench::new();
    for bad in ["", "../x", "a/b", ".hidden", "ü"] {
        let mut options = bench.options();
        options.instance = InstanceId::new(bad);
        assert!(
            matches!(Sink::open(options), Err(OpenError::BadInstance { .. })),
            "{bad}"
        );
    }
    let (_sink, _) = bench.open();
    bench.starts -= 1;
    assert!(matches!(
        Sink::open(bench.options()),
        Err(OpenError::InstanceTaken { .. })
    ));
}

#[test]
fn a_second_gateway_on_the_same_data_folder_is_refused_unless_it_takes_over() {
    let folder = Folder::new();
    let first = DataLock::acquire(&folder.0, false).unwrap();
    let Err(LockError::Held { process, .. }) = DataLock::acquire(&folder.0, false) else {
        panic!("a second gateway got the folder");
    };
    assert_eq!(process, Some(std::process::id()));
    let second = DataLock::acquire(&folder.0, true).unwrap();
    drop(first);
    assert!(
        DataLock::acquire(&folder.0, false).is_err(),
        "the successor holds it"
    );
    drop(second);
    DataLock::acquire(&folder.0, false).unwrap();
}

#[test]
fn checkpoints_come_with_time_with_records_and_with_the_end() {
    let mut bench = Bench::new();
    let (sink, _) = bench.open();
    let size = || {
        let note = sink.checkpoint().unwrap();
        Checkpoint::read(&note).unwrap().0.size
    };
    assert_eq!(size(), 1, "the start is signed before anything else");
    for _ in 0..3 {
        sink.append(&deny()).wait().unwrap();
    }
    assert_eq!(size(), 1, "not yet");
    bench.clock.advance(Duration::from_secs(1));
    sink.append(&deny()).wait().unwrap();
    sink.close();
    let note = sink.checkpoint().unwrap();
    let (last, signed) = Checkpoint::read(&note).unwrap();
    assert_eq!(
        (&*last.origin, last.size),
        ("marshal/run-001", 8),
        "six records and two checkpoints"
    );
    assert!(signed.is_signed_by(&bench.key.vkey("marshal/run-001")));
    let report = bench.verified();
    assert_eq!((report.checkpoints, report.unsigned), (3, 0));
    assert_eq!(report.keys, [bench.key.public_text()]);

    let (sink, _) = bench.open();
    let acks: Vec<_> = (0..2_500).map(|_| sink.append(&deny())).collect();
    for ack in acks {
        ack.wait().unwrap();
    }
    assert!(
        sink.checkpoint().is_some(),
        "a thousand bring one without a second"
    );
    // The clock stands still, and no record comes: the writer's own second brings one, whatever the time of day.
    let before = sink.checkpoint();
    bench.clock.advance(Duration::from_secs(1));
    sink.append(&deny()).wait().unwrap();
    while sink.checkpoint() == before {
        std::thread::yield_now();
    }
    sink.close();
    assert_eq!(bench.verified().unsigned, 0);

    // A process that hardly lived signs as well.
    let (sink, _) = bench.open();
    sink.append(&deny()).wait().unwrap();
    sink.close();
    assert_eq!(bench.verified().unsigned, 0);
}

/// The kinds of records that count, in their order, call by call.
fn calls(dir: &Path) -> BTreeMap<CallId, Vec<String>> {
    #[derive(serde::Deserialize)]
    struct Told {
        kind: String,
        call: Option<String>,
    }
    let (trail, mut calls) = (trail_folder(dir), BTreeMap::<_, Vec<_>>::new());
    for chain in chain_folders(&trail).unwrap() {
        each_record(&trail, &chain, &mut |_, line| {
            if let Ok(told) = serde_json::from_slice::<Told>(line)
                && let Some(call) = told.call
            {
                calls
                    .entry(call.parse().unwrap())
                    .or_default()
                    .push(told.kind);
            }
            true
        })
        .unwrap();
    }
    calls
}

/// A small generator: enough for a test that says which seed failed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % n.max(1)
    }
}

/// What was acknowledged, call by call.
type Told = BTreeMap<CallId, Vec<&'static str>>;

fn one_life(bench: &Bench, sink: &Sink, chance: &mut Chance, told: &mut Told) {
    let mut open = Vec::new();
    for _ in 0..chance.below(25) {
        match chance.below(12) {
            0 => bench.fs.set(|faults| faults.sync_error ^= true),
            1 => bench.fs.set(|faults| faults.write_error ^= true),
            2 => bench.fs.set(|faults| faults.truncate_error ^= true),
            3 => bench.fs.set(|faults| faults.create_error ^= true),
            4 => {
                let space = chance.below(3_000);
                bench.fs.set(|faults| faults.space = Some(space));
            }
            5 => bench
                .fs
                .set(|faults| *faults = crate::testing::Faults::default()),
            6 => bench.wait_a_moment(),
            _ => {}
        }
        let mut waiting = Vec::new();
        for _ in 0..=chance.below(4) {
            let call = CallId::fresh();
            waiting.push((call, "intent", sink.append(&intent(call))));
        }
        if let Some(call) = open.pop() {
            waiting.push((call, "abort", sink.append(&abort(call))));
        }
        for (call, kind, ack) in waiting {
            if ack.wait().is_ok() {
                told.entry(call).or_default().push(kind);
                if kind == "intent" {
                    open.push(call);
                }
            }
        }
    }
}

fn check(dir: &Path, told: &Told, seed: u64) {
    let report = verify(dir);
    assert!(report.ok, "seed {seed}: {:?}", report.first_bad);
    let calls = calls(dir);
    for (call, kinds) in told {
        let found = calls.get(call).cloned().unwrap_or_default();
        for kind in kinds {
            let count = found.iter().filter(|one| one == kind).count();
            assert_eq!(count, 1, "seed {seed}: {kind} of {call}");
        }
    }
}

#[test]
fn whatever_fails_and_whenever_the_power_goes_no_acknowledged_record_is_lost() {
    let seeds = std::env::var("MARSHAL_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(500);
    for seed in 1..=seeds {
        let mut bench = Bench::new();
        bench.segment_bytes = 4_000;
        bench.reserve_bytes = 3_000;
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let mut told = Told::new();
        for _ in 0..3 {
            let (sink, _) = bench.open();
            one_life(&bench, &sink, &mut chance, &mut told);
            // Some records are on their way when the power goes.
            let _late = sink.append(&intent(CallId::fresh()));
            if chance.below(2) == 0 {
                bench.fs = bench.fs.kill();
            } else {
                bench.crash(&mut |n| chance.below(n));
            }
            drop(sink);
            check(&bench.dir(), &told, seed);
        }
        let (sink, _) = bench.open();
        sink.close();
        check(&bench.dir(), &told, seed);
        assert_eq!(verify(&bench.dir()).open, 0, "seed {seed}");
    }
}

//! A second folder beside a trail.

use std::sync::Arc;

use marshal_audit::chain_folders;
use marshal_audit::proof::Checkpoint;
use marshal_audit::testing::Folder;
use marshal_types::{CallId, Digest};

use super::{Bench, abort, deny, intent};
use crate::{Sink, Spool, SpoolOptions, bring_back, claim};

const POLICY: Digest = Digest([7; 32]);

fn spool(bench: &Bench, second: &Folder, trail: &Sink) -> Arc<Spool> {
    let options = SpoolOptions {
        dir: second.0.clone(),
        data: bench.dir(),
        version: "0.1.0".into(),
        clock: bench.clock.clone(),
        signing: Some(("marshal".into(), bench.key.clone())),
    };
    Spool::new(options, trail.clone())
}

#[test]
fn what_the_trails_disk_does_not_take_goes_to_a_second_folder_and_comes_back() {
    let mut bench = Bench::new();
    let second = Folder::new();
    let (sink, _) = bench.open();
    let spool = spool(&bench, &second, &sink);
    for round in 1..=2 {
        bench.fs.set(|faults| faults.sync_error = true);
        let call = CallId::fresh();
        assert!(sink.append(&intent(call)).wait().is_err());
        let chain = spool.chain(POLICY).unwrap();
        chain.append(&intent(call)).wait().unwrap();
        bench.verified();

        // The disk is well again; the attempt ends where it began.
        bench.fs.set(|faults| faults.sync_error = false);
        bench.wait_a_moment();
        sink.append(&deny()).wait().unwrap();
        assert_eq!(spool.settle().unwrap(), 0, "somebody writes to it");
        chain.append(&abort(call)).wait().unwrap();
        drop(chain);
        assert_eq!(spool.settle().unwrap(), 1);
        let report = bench.verified();
        // Beside it the short chain that links it.
        assert_eq!(
            (report.chains, report.kinds["abort"]),
            (1 + 2 * round, round)
        );
        let note = spool.checkpoint().unwrap();
        assert_eq!(Checkpoint::read(&note).unwrap().0.size, 3);
        assert!(chain_folders(&second.trail()).unwrap().is_empty());
    }

    // A process that ends meanwhile leaves it to the next one, which ends what is open.
    bench.fs.set(|faults| faults.sync_error = true);
    let left = CallId::fresh();
    let chain = spool.chain(POLICY).unwrap();
    chain.append(&intent(left)).wait().unwrap();
    drop(chain);
    drop(spool);
    bench.fs.set(|faults| faults.sync_error = false);
    bench.wait_a_moment();
    assert!(sink.healthy() || sink.append(&deny()).wait().is_ok());
    drop(sink);
    assert_eq!(bring_back(&second.0, &bench.dir()).unwrap(), 1);
    let (sink, recovered) = bench.open();
    assert_eq!(recovered.interrupted, 1);
    assert!(recovered.problems.is_empty(), "{:?}", recovered.problems);
    sink.close();
    assert_eq!(bench.verified().open, 0);
    assert_eq!(bring_back(&second.0, &bench.dir()).unwrap(), 0);
}

/// Two processes at a hand-over, each with a chain in the second folder: the later one links the earlier one.
#[test]
fn a_chain_waits_for_those_that_it_links() {
    let mut bench = Bench::new();
    let second = Folder::new();
    let (old, _) = bench.open();
    let (new, _) = bench.open();
    let (olds, news) = (spool(&bench, &second, &old), spool(&bench, &second, &new));
    let held = olds.chain(POLICY).unwrap();
    held.append(&deny()).wait().unwrap();
    drop(news.chain(POLICY).unwrap());
    assert_eq!(news.settle().unwrap(), 0, "the other one is still written");
    bench.verified();
    drop(held);
    assert_eq!(olds.settle().unwrap(), 2);
    bench.verified();
}

#[test]
fn a_second_folder_is_one_gateways_and_lies_apart() {
    let (data, other, second) = (Folder::new(), Folder::new(), Folder::new());
    for wrong in [
        data.0.clone(),
        data.0.join("state"),
        data.0.join("state/.."),
        std::env::temp_dir(),
    ] {
        std::fs::create_dir_all(data.0.join("state")).unwrap();
        let said = claim(&wrong, &data.0).unwrap_err();
        assert!(said.contains("name a folder apart"), "{said}");
    }
    claim(&second.0, &data.0).unwrap();
    claim(&second.0, &data.0).unwrap();
    let said = claim(&second.0, &other.0).unwrap_err();
    assert!(said.contains("another gateway's"), "{said}");
}

#[test]
fn a_chain_is_brought_back_whole_wherever_that_was_cut_off() {
    let mut bench = Bench::new();
    let second = Folder::new();
    let (sink, _) = bench.open();
    let spool = || spool(&bench, &second, &sink);
    let write = |spool: &Spool| {
        let chain = spool.chain(POLICY).unwrap();
        chain.append(&deny()).wait().unwrap();
        chain.instance().to_owned()
    };
    // It was copied, and the process ended before it was removed.
    let first = spool();
    let name = write(&first);
    let from = second.trail().join(&name);
    first.close();
    let to = bench.dir().join("audit").join(&name);
    std::fs::create_dir_all(&to).unwrap();
    for file in ["000001.jsonl", "lock"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
    // The removal of another was cut off.
    std::fs::create_dir_all(second.0.join("gone-x/sub")).unwrap();
    drop(first);
    assert_eq!(bring_back(&second.0, &bench.dir()).unwrap(), 1);
    assert!(!from.exists() && !second.0.join("gone-x").exists());

    // What is there already and is not the same stays where it is.
    let next = spool();
    let name = write(&next);
    let from = second.trail().join(&name);
    next.close();
    drop(next);
    let to = bench.dir().join("audit").join(&name);
    std::fs::create_dir_all(&to).unwrap();
    std::fs::write(to.join("000001.jsonl"), "short").unwrap();
    assert!(bring_back(&second.0, &bench.dir()).is_err());
    assert!(from.exists());
    std::fs::remove_dir_all(&to).unwrap();
    assert_eq!(
        spool().settle().unwrap(),
        1,
        "that of a process that has ended, as well"
    );
    bench.verified();
}

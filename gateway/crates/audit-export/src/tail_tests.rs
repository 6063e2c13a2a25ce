use super::*;
use crate::testbed::{Folder, Pen, deed};

/// Reads at this time; what is handed on by chain and number.
fn read(tail: &mut Tail, seconds: u64) -> Vec<(String, u64)> {
    while tail.read(Duration::from_secs(seconds)).unwrap() {}
    let batch = tail.take(usize::MAX, usize::MAX);
    tail.sent(&batch);
    let name = |record: &Record| (record.instance().to_owned(), record.seq);
    batch.iter().map(name).collect()
}

fn of_a(seqs: impl IntoIterator<Item = u64>) -> Vec<(String, u64)> {
    seqs.into_iter().map(|seq| ("a".to_owned(), seq)).collect()
}

#[test]
fn a_commit_is_handed_on_once_a_later_one_stands_behind_it() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    let mut tail = Tail::new(folder.trail(), Positions::default());
    assert_eq!(read(&mut tail, 0), []);
    pen.commit(&[deed("one"), deed("two"), deed("three")]);
    // All three are of one commit: that one stands behind another says nothing.
    assert_eq!(read(&mut tail, 1), of_a([1]));
    assert!(tail.holds_back());
    pen.segment = 2;
    pen.commit(&[deed("four")]);
    assert_eq!(read(&mut tail, 1), of_a([2, 3, 4]));
    assert_eq!(tail.oldest(), Some(Timestamp::from_micros(1_000_003)));
}

#[test]
fn the_last_commit_is_handed_on_when_it_has_stood_for_a_while() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    let mut tail = Tail::new(folder.trail(), Positions::default());
    assert_eq!(read(&mut tail, 10), []);
    assert_eq!(read(&mut tail, 11), []);
    assert_eq!(read(&mut tail, 12), of_a([1]));
    pen.commit(&[deed("one")]);
    assert_eq!(read(&mut tail, 13), []);
    // What came since does not count as having stood, and does not make the rest wait.
    pen.append(b"{\"torn\":");
    assert_eq!(read(&mut tail, 15), of_a([2]));
    assert_eq!(tail.oldest(), None);
}

#[test]
fn what_was_declared_void_is_not_handed_on() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    pen.commit(&[deed("counts")]);
    let (good, log) = (pen.length(), pen.log.clone());
    pen.commit(&[deed("void"), deed("void")]);
    let mut tail = Tail::new(folder.trail(), Positions::default());
    assert_eq!(read(&mut tail, 0), of_a([1, 2]));
    pen.log = log;
    pen.resume(good);
    pen.commit(&[deed("again")]);
    while tail.read(Duration::ZERO).unwrap() {}
    let batch = tail.take(usize::MAX, usize::MAX);
    let found: Vec<_> = batch.iter().map(|one| (one.seq, &*one.kind)).collect();
    assert_eq!(found, [(3, "resume")]);
}

#[test]
fn a_batch_that_failed_is_dropped_as_far_as_it_turned_out_void() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    let (good, log) = (pen.length(), pen.log.clone());
    pen.commit(&[deed("void")]);
    let mut tail = Tail::new(folder.trail(), Positions::default());
    tail.read(Duration::ZERO).unwrap();
    tail.read(SETTLED).unwrap();
    let batch = tail.take(10, usize::MAX);
    assert_eq!(batch.len(), 2);
    tail.put_back(batch);
    pen.log = log;
    pen.resume(good);
    assert_eq!(read(&mut tail, 2), of_a([1]));
}

#[test]
fn a_segment_that_was_cut_back_meanwhile_hands_nothing_on_of_it() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    let good = pen.length();
    pen.commit(&[deed("void")]);
    let mut tail = Tail::new(folder.trail(), Positions::default());
    assert_eq!(read(&mut tail, 0), of_a([1]));
    let file = File::options().write(true).open(pen.path()).unwrap();
    file.set_len(good).unwrap();
    assert_eq!(read(&mut tail, 5), []);
    assert!(!tail.holds_back());
}

#[test]
fn another_process_goes_on_where_this_one_was_and_ended_chains_are_left_alone() {
    let folder = Folder::new();
    let mut first = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    first.commit(&[deed("one")]);
    let link = first.stop();
    let mut second = Pen::start_unsigned(&folder.trail(), "b", 1_000_000, vec![link]);
    second.commit(&[deed("two")]);
    let mut tail = Tail::new(folder.trail(), Positions::default());
    // All of the one that ended, and before the other's first: what that begins with may end calls of the first.
    let both = [of_a([1, 2, 3]), vec![("b".to_owned(), 1)]].concat();
    assert_eq!(read(&mut tail, 0), both);
    assert!(tail.positions().chains["a"].done);
    assert_eq!(read(&mut tail, 2), [("b".to_owned(), 2)]);
    assert!(!tail.positions().chains["b"].done);
    second.commit(&[deed("three")]);
    second.commit(&[deed("four")]);
    let mut tail = Tail::new(folder.trail(), tail.positions().clone());
    assert_eq!(read(&mut tail, 0), [("b".to_owned(), 3)]);
}

#[test]
fn a_line_that_is_no_record_is_left_out() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    pen.append(b"\0\0\0\0\n{\"half\n");
    pen.commit(&[deed("one")]);
    let mut tail = Tail::new(folder.trail(), Positions::default());
    assert_eq!(read(&mut tail, 0), of_a([1]));
    assert_eq!(read(&mut tail, 2), of_a([2]));
}

#[test]
fn while_enough_waits_no_more_is_read() {
    let folder = Folder::new();
    let mut pen = Pen::start_unsigned(&folder.trail(), "a", 1_000_000, Vec::new());
    let detail = "x".repeat(2_000);
    for _ in 0..8 {
        let deeds: Vec<_> = (0..1_000).map(|_| deed(&detail)).collect();
        pen.commit(&deeds);
    }
    let mut tail = Tail::new(folder.trail(), Positions::default());
    for _ in 0..20 {
        assert!(tail.read(Duration::ZERO).unwrap());
    }
    assert!(tail.found.ready.len() < 2 * ENOUGH);
    let mut count = 0;
    loop {
        let more = tail.read(Duration::ZERO).unwrap();
        let batch = tail.take(100, usize::MAX);
        count += batch.len();
        tail.sent(&batch);
        if batch.is_empty() && !more {
            break;
        }
    }
    assert_eq!(count, 7_001);
}

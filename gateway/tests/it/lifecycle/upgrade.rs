//! `marshal serve --upgrade`: a new process takes over, and no client notices.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::start::fails;
use super::stop::{endless, open, question, rest};
use crate::support::{Connection, Gateway, Request, Setup, of_call, provider, the, until};

/// The process that takes over. It ends with the test.
struct Successor(Child);

impl Successor {
    fn of(gateway: &Gateway) -> Self {
        let mut command = gateway.command();
        command
            .args(["serve", "--upgrade"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        let mut stdout = child.stdout.take().unwrap();
        let mut block = [0; 1_024];
        while !said.contains("is ready.") {
            let count = stdout.read(&mut block).unwrap();
            assert!(count > 0, "it does not take over: {said}");
            said.push_str(&String::from_utf8_lossy(&block[..count]));
        }
        assert!(!said.contains("mk_"), "no second first key: {said}");
        Self(child)
    }

    fn stop(mut self) {
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        let status = until("the successor ends", || self.0.try_wait().unwrap());
        assert_eq!(status.code(), Some(0));
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_new_process_takes_over_without_a_call_lost() {
    let (gate, upstream) = endless();
    let config = format!(
        "providers:\n  demo: {{}}\n{}",
        provider("up", &upstream.url(), "openai", &["m"], "")
    );
    let mut gateway = Setup::with(config).start();
    let (mut stream, streamed, heard) = open(&gateway);
    let mut kept = Connection::open(gateway.data).unwrap();
    let models = Request::get("/v1/models").key(&gateway.key);
    assert_eq!(kept.ask(&models).status, 200);

    let (done, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut question = question(false);
    question["model"] = "demo-chat".into();
    let call = Request::post("/v1/chat/completions")
        .key(&gateway.key)
        .json(&question);
    let successor = std::thread::scope(|scope| {
        let (call, done, calls, to) = (&call, &done, &calls, gateway.data);
        let callers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(move || {
                    while !done.load(Ordering::Relaxed) {
                        // A connection of its own each time: the listener is what changes hands.
                        let answer = call
                            .try_send(to)
                            .unwrap_or_else(|error| panic!("a call was lost: {error}"));
                        assert_eq!(
                            (answer.status, answer.whole),
                            (200, true),
                            "{}",
                            answer.text()
                        );
                        calls.fetch_add(1, Ordering::Relaxed);
                        // Enough to notice a gap, without taking the machine from the tests beside this one.
                        std::thread::park_timeout(Duration::from_millis(2));
                    }
                })
            })
            .collect();
        let successor = Successor::of(&gateway);
        assert_eq!(Request::get("/readyz").send(gateway.control).status, 200);
        // The stream goes on where it began, and only its end lets the old process go.
        until("the old process drains", || kept_ends(&mut kept));
        assert!(gateway.is_running(), "it waits for its stream");
        gate.open();
        rest(&mut stream, heard);
        assert_eq!(gateway.wait().code(), Some(0));
        let before = calls.load(Ordering::Relaxed);
        until("the new one serves alone", || {
            (calls.load(Ordering::Relaxed) > before + 8).then_some(())
        });
        done.store(true, Ordering::Relaxed);
        for caller in callers {
            caller.join().unwrap();
        }
        successor
    });
    assert_eq!(
        Request::get("/v1/models")
            .key(&gateway.key)
            .send(gateway.data)
            .status,
        200
    );
    successor.stop();

    let records = gateway.records();
    the(&of_call(&records, &streamed), "complete");
    let began = |handover: bool| {
        let mut starts = records.iter().filter(|record| record["kind"] == "start");
        starts
            .find(|record| record["handover"] == handover)
            .unwrap()
    };
    assert_eq!(
        began(true)["previous"][0]["instance"],
        began(false)["instance"],
        "the chains are linked"
    );
    // The calls that went on all the time, the stream, and the two lists of models.
    let answered = calls.load(Ordering::Relaxed) + 3;
    for kind in ["intent", "complete"] {
        let attempts = records
            .iter()
            .filter(|record| record["kind"] == kind && record["attempt"] == 1)
            .count();
        assert_eq!(
            attempts, answered,
            "each call has its {kind} in one of the chains"
        );
    }
    let verified = gateway.verify();
    assert_eq!(verified["ok"], true, "{verified}");
    assert_eq!(verified["kinds"]["start"], 2);
}

/// Whether the server has closed an idle connection.
fn kept_ends(kept: &mut Connection) -> Option<()> {
    kept.more().is_err().then_some(())
}

#[test]
fn an_old_process_that_is_told_to_stop_in_the_middle_of_it_stops() {
    let mut gateway = Setup::bare().start();
    let successor = Successor::of(&gateway);
    assert_eq!(gateway.stop().code(), Some(0));
    assert_eq!(gateway.get("/v1/models").status, 200);
    successor.stop();
}

#[test]
fn a_successor_that_cannot_serve_leaves_the_old_process_as_it_is() {
    let gateway = Setup::with("providers: {demo: {}}\n").start();
    std::fs::write(gateway.home().join("nokey.pem"), "none").unwrap();
    let config = "tls: {cert: nokey.pem, key: nokey.pem}\nproviders: {demo: {}}\n";
    std::fs::write(gateway.home().join("other.yaml"), config).unwrap();
    let said = fails(
        gateway
            .command()
            .args(["serve", "--upgrade", "--config", "other.yaml"]),
    );
    assert!(said.contains("PEM certificate"), "{said}");
    // Nor does a signal that no successor is behind.
    gateway.signal(Signal::QUIT);
    until("it says so", || {
        gateway.log().contains("SIGQUIT").then_some(())
    });
    assert_eq!(gateway.get("/v1/models").status, 200);
    assert_eq!(Request::get("/readyz").send(gateway.control).status, 200);
    Successor::of(&gateway).stop();
}

#[test]
fn an_old_process_that_does_not_answer_keeps_its_listeners() {
    let gateway = Setup::bare().start();
    gateway.signal(Signal::STOP);
    let said = fails(gateway.command().args(["serve", "--upgrade"]));
    gateway.signal(Signal::CONT);
    assert!(said.contains("did not hand its listeners over"), "{said}");
    until("it says so", || {
        gateway.log().contains("SIGQUIT").then_some(())
    });
    assert_eq!(gateway.get("/v1/models").status, 200);
}

#[test]
fn where_nothing_runs_there_is_nothing_to_take_over() {
    let mut gateway = Setup::bare().start();
    let upgrade = |gateway: &Gateway| -> String {
        let mut command: Command = gateway.command();
        fails(command.args(["serve", "--upgrade"]))
    };
    gateway.kill();
    let said = upgrade(&gateway);
    assert!(said.contains("start without --upgrade"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    gateway.start();
    assert_eq!(
        gateway
            .records()
            .iter()
            .filter(|record| record["kind"] == "start")
            .count(),
        2
    );
}

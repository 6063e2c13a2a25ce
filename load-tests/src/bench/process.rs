//! Programs that a run starts, and ends whatever happens.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use super::facts;
use super::machine::Cores;
use crate::error::Error;

/// How long a program may take to end when asked to.
const PATIENCE: Duration = Duration::from_secs(8);

/// A running program; dropped, it is ended.
pub(super) struct Process {
    name: &'static str,
    child: Child,
}

impl Process {
    /// Starts `command` with its output in `log`.
    pub(super) fn start(
        name: &'static str,
        mut command: Command,
        log: &Path,
    ) -> Result<Self, Error> {
        let what = || format!("cannot write {}", log.display());
        let out = File::create(log).map_err(Error::io(what()))?;
        let err = out.try_clone().map_err(Error::io(what()))?;
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command
            .spawn()
            .map_err(Error::io(format!("cannot start {name}")))?;
        Ok(Self { name, child })
    }

    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Says so if the program has ended.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(Error::Bench(format!("{} ended: {status}", self.name))),
            _ => Ok(()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // nginx's workers outlive a master that is killed, so they are noted first.
        let children = facts::descendants(self.pid());
        send(self.pid(), Signal::TERM);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        for child in children {
            send(child, Signal::KILL);
        }
    }
}

/// A command for the gateway's side: on its core, if it has one.
pub(super) fn gateway_side(cores: Cores, program: &Path) -> Command {
    pinned(cores.gateway, None, program)
}

/// A command for the mock or the generator: on the other core.
///
/// Both share it, and each would interrupt the other at every message. As a batch program it does
/// not, which leaves about a third more calls to measure the gateway with; but who measures
/// latencies must be woken at once.
pub(super) fn load_side(cores: Cores, batch: bool, program: &Path) -> Command {
    let batch = (batch && cores.batch).then_some(["chrt", "-b", "0"]);
    pinned(cores.load, batch, program)
}

fn pinned(core: Option<usize>, prefix: Option<[&str; 3]>, program: &Path) -> Command {
    let Some(core) = core else {
        return Command::new(program);
    };
    let mut command = Command::new("taskset");
    command.arg("-c").arg(core.to_string());
    command.args(prefix.into_iter().flatten()).arg(program);
    command
}

/// Ports that are free now.
pub(super) fn free_ports<const N: usize>() -> Result<[u16; N], Error> {
    // All are held at once, or the same one could be given twice.
    let held: Vec<TcpListener> = (0..N)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect::<Result<_, _>>()
        .map_err(Error::io("cannot find a free port"))?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&held) {
        let address = listener.local_addr();
        *port = address
            .map_err(Error::io("cannot find a free port"))?
            .port();
    }
    Ok(ports)
}

/// Lets this program and what it starts have as many open files as the system allows.
pub(super) fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Ends when the user interrupts this program or the system asks it to end.
pub(super) fn interrupted() -> Result<impl Future<Output = ()>, Error> {
    let what = "cannot listen to signals";
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::io(what))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::io(what))?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

//! The real binary in a folder of its own. It ends with the test, however the test ends.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Answer, Dialect, Folder, Request, Speech, of_call, records_in, until};

/// The gateway that is tested; `MARSHAL_BINARY` names another, say of a release.
fn binary() -> String {
    let built = || env!("CARGO_BIN_EXE_marshal").to_owned();
    std::env::var("MARSHAL_BINARY").unwrap_or_else(|_| built())
}

/// What a gateway is started with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Setup {
    config: Option<String>,
    policies: Option<Vec<(String, String)>>,
    env: Vec<(String, String)>,
    data_dir: Option<PathBuf>,
    prelude: Option<String>,
}

impl Setup {
    /// No file, no key: what a newcomer has.
    pub(crate) fn bare() -> Self {
        Self::default()
    }

    /// `config` is the text of `marshal.yaml`.
    pub(crate) fn with(config: impl Into<String>) -> Self {
        Self {
            config: Some(config.into()),
            ..Self::default()
        }
    }

    /// The shipped policies, with this file in the place of the one of that name.
    pub(crate) fn policy(mut self, file: &str, text: impl Into<String>) -> Self {
        self.policies
            .get_or_insert_default()
            .push((file.to_owned(), text.into()));
        self
    }

    /// A `data.yaml` of its own, under which whatever is found may go anywhere.
    pub(crate) fn data(self, text: impl Into<String>) -> Self {
        let anywhere = "p, everything, data:*, *, model:*, send, *, allow\n";
        self.policy("data.yaml", text)
            .policy("compliance.csv", anywhere)
    }

    /// A folder with the shipped policies, to be changed while the gateway runs.
    pub(crate) fn own_policies(mut self) -> Self {
        self.policies.get_or_insert_default();
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// State and trail lie there, and not in the gateway's folder.
    pub(crate) fn data_dir(mut self, folder: &Path) -> Self {
        self.data_dir = Some(folder.to_owned());
        self
    }

    /// A shell command that comes first, in the same process.
    pub(crate) fn prelude(mut self, shell: &str) -> Self {
        self.prelude = Some(shell.to_owned());
        self
    }

    /// Starts it and waits until it is ready.
    pub(crate) fn start(self) -> Gateway {
        let home = Folder::new();
        self.furnish(home.path());
        let mut gateway = Gateway {
            setup: self,
            home,
            run: None,
            said: Default::default(),
            data: ([127, 0, 0, 1], 0).into(),
            control: ([127, 0, 0, 1], 0).into(),
            key: String::new(),
        };
        gateway.start();
        gateway
    }

    fn furnish(&self, home: &Path) {
        if let Some(config) = &self.config {
            let mut text = config.clone();
            for (key, line) in [
                ("audit:", "audit: {reserve_bytes: 1048576}\n"),
                ("threads:", "threads: 2\n"),
            ] {
                if !text.contains(key) {
                    text.insert_str(0, line);
                }
            }
            if self.policies.is_some() {
                text.push_str("\npolicies: policies\n");
            }
            std::fs::write(home.join("marshal.yaml"), text).unwrap();
        }
        if let Some(changed) = &self.policies {
            let (from, to) = (shipped_policies(), home.join("policies"));
            std::fs::create_dir_all(&to).unwrap();
            for entry in std::fs::read_dir(from).unwrap() {
                let entry = entry.unwrap();
                std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
            }
            for (file, text) in changed {
                std::fs::write(to.join(file), text).unwrap();
            }
        }
    }
}

/// The bundle that is shipped.
pub(crate) fn shipped_policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/default")
}

/// A running gateway, or one between two runs.
#[derive(Debug)]
pub(crate) struct Gateway {
    setup: Setup,
    home: Folder,
    run: Option<Run>,
    /// What the last run printed and logged.
    said: [String; 2],
    /// Where applications call.
    pub(crate) data: SocketAddr,
    /// Where operators look.
    pub(crate) control: SocketAddr,
    /// The key of the first start.
    pub(crate) key: String,
}

/// One process.
#[derive(Debug)]
struct Run {
    child: Child,
    stdout: Tap,
    stderr: Tap,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The object that ends a `--json` output.
    pub(crate) fn json(&self) -> Value {
        let last = self.stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last)
            .unwrap_or_else(|_| panic!("no JSON object at the end of {self:?}"))
    }
}

impl Gateway {
    /// Starts the process (again) in the same folder and waits until it is ready.
    pub(crate) fn start(&mut self) {
        for _ in 0..10 {
            match self.try_start() {
                Ok(()) => return,
                // Somebody else took the port in the meantime.
                Err(said) if said.contains("in use") || said.contains("taken") => {}
                Err(said) => panic!("the gateway does not start: {said}"),
            }
        }
        panic!("no free port");
    }

    /// Starts the process; gives what it said if it ends before it is ready.
    pub(crate) fn try_start(&mut self) -> Result<(), String> {
        assert!(self.run.is_none(), "it runs already");
        [self.data, self.control] = free_ports();
        let mut command = self.command();
        if let Some(shell) = &self.setup.prelude {
            command = Command::new("sh");
            command
                .arg("-c")
                .arg(format!("{shell}; exec \"$0\" \"$@\""))
                .arg(binary());
            self.place(&mut command);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = Tap::on(child.stdout.take().unwrap());
        let stderr = Tap::on(child.stderr.take().unwrap());
        let mut run = Run {
            child,
            stdout,
            stderr,
        };
        let ended = until("the gateway is ready", || {
            if run.stdout.text().contains("is ready.") {
                return Some(None);
            }
            run.child.try_wait().unwrap().map(Some)
        });
        if let Some(status) = ended {
            return Err(format!(
                "{status}: {}{}",
                run.stdout.whole(),
                run.stderr.whole()
            ));
        }
        if let Some(key) = key_in(&run.stdout.text()) {
            self.key = key;
        }
        self.run = Some(run);
        Ok(())
    }

    /// A command of the same binary, in the same folder.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(binary());
        self.place(&mut command);
        command
    }

    fn place(&self, command: &mut Command) {
        command
            .current_dir(self.home())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("MARSHAL_DATA_LISTEN", self.data.to_string())
            .env("MARSHAL_CONTROL_LISTEN", self.control.to_string())
            .env("MARSHAL_DATA_DIR", self.data_dir());
        for (name, value) in &self.setup.env {
            command.env(name, value);
        }
    }

    /// Runs a command of the same binary to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let out = self.command().args(arguments).output().unwrap();
        Ran {
            code: out.status.code(),
            stdout: String::from_utf8(out.stdout).unwrap(),
            stderr: String::from_utf8(out.stderr).unwrap(),
        }
    }

    /// The folder with `marshal.yaml`.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Every file of the gateway, with what it holds.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        self.home.files()
    }

    /// State and trail.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.setup
            .data_dir
            .clone()
            .unwrap_or_else(|| self.home().join("data"))
    }

    /// Writes a file of its policies.
    pub(crate) fn write_policy(&self, file: &str, text: &str) {
        // Whole or not at all, as an editor or a deployment does it.
        let (draft, file) = (
            self.home().join("draft"),
            self.home().join("policies").join(file),
        );
        std::fs::write(&draft, text).unwrap();
        std::fs::rename(&draft, &file).unwrap();
    }

    fn running(&self) -> &Run {
        self.run.as_ref().expect("the gateway runs")
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.running().child)
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.wait();
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    /// Waits for the process to end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut run = self.run.take().expect("the gateway runs");
        let status = until("the gateway ends", || run.child.try_wait().unwrap());
        self.said = [run.stdout.whole(), run.stderr.whole()];
        status
    }

    /// Whether the process is still there.
    pub(crate) fn is_running(&mut self) -> bool {
        self.run
            .as_mut()
            .is_some_and(|run| run.child.try_wait().unwrap().is_none())
    }

    /// What it printed for people.
    pub(crate) fn stdout(&self) -> String {
        self.run
            .as_ref()
            .map_or_else(|| self.said[0].clone(), |run| run.stdout.text())
    }

    /// Its log, all of it once it has ended.
    pub(crate) fn log(&self) -> String {
        self.run
            .as_ref()
            .map_or_else(|| self.said[1].clone(), |run| run.stderr.text())
    }

    /// Waits until the log says this.
    pub(crate) fn logs(&self, what: &str) {
        until(what, || self.log().contains(what).then_some(()));
    }

    /// Calls the data plane with the first key.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        Request::post(path)
            .key(&self.key)
            .json(body)
            .send(self.data)
    }

    /// Calls it in a dialect.
    pub(crate) fn ask(&self, dialect: Dialect, body: &Value) -> Answer {
        self.post(dialect.path(), body)
    }

    /// Reads from the data plane with the first key.
    pub(crate) fn get(&self, path: &str) -> Answer {
        Request::get(path).key(&self.key).send(self.data)
    }

    /// Another key, once it works.
    pub(crate) fn key_of(&self, arguments: &[&str]) -> String {
        let made = self
            .run(&[&["key", "create", "--json", "--name", "other"], arguments].concat())
            .json();
        let key = made["key"].as_str().unwrap().to_owned();
        until("the key works", || {
            (Request::get("/v1/models").key(&key).send(self.data).status != 401).then_some(())
        });
        key
    }

    /// `/metrics`.
    pub(crate) fn metrics(&self) -> String {
        Request::get("/metrics").send(self.control).text()
    }

    /// One number of `/metrics`.
    pub(crate) fn metric(&self, line: &str) -> f64 {
        let metrics = self.metrics();
        let value = metrics
            .lines()
            .find_map(|found| found.strip_prefix(line)?.strip_prefix(' '));
        value
            .unwrap_or_else(|| panic!("no {line} in\n{metrics}"))
            .parse()
            .unwrap()
    }

    /// The first finding in the records of a call.
    pub(crate) fn finding(&self, call: &str) -> Value {
        let records = of_call(&self.records(), call);
        let found = records.iter().find_map(|record| record["findings"].get(0));
        found
            .unwrap_or_else(|| panic!("{call} has no finding"))
            .clone()
    }

    /// All records of the trail, chain after chain.
    pub(crate) fn records(&self) -> Vec<Value> {
        records_in(&self.data_dir())
    }

    /// `marshal audit verify --json`.
    pub(crate) fn verify(&self) -> Value {
        self.run(&["audit", "verify", "--json"]).json()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut run) = self.run.take() {
            let _ = run.child.kill();
            let _ = run.child.wait();
            if std::thread::panicking() {
                eprintln!("--- the gateway's log\n{}", run.stderr.whole());
            }
        }
    }
}

fn key_in(banner: &str) -> Option<String> {
    let (_, rest) = banner.split_once("authorization: Bearer ")?;
    rest.split_once('\'').map(|(key, _)| key.to_owned())
}

/// Two addresses that nobody listens on.
pub(crate) fn free_ports() -> [SocketAddr; 2] {
    [(); 2].map(|()| free_port())
}

/// An address that nobody listens on, nor will by chance: it lies below the ports that systems give to whoever asks for
/// any (32,768 and up on Linux), and no two tests get the same.
pub(crate) fn free_port() -> SocketAddr {
    const FIRST: u32 = 15_000;
    const COUNT: u32 = 17_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Another run beside this one begins elsewhere.
        let port = FIRST + (std::process::id().wrapping_mul(613) + number) % COUNT;
        let at = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()));
        if TcpListener::bind(at).is_ok() {
            return at;
        }
    }
}

/// Collects what a process says.
#[derive(Debug)]
struct Tap {
    text: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Tap {
    fn on(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let into = text.clone();
        let reader = std::thread::spawn(move || {
            let mut block = [0; 16_384];
            while let Ok(read @ 1..) = pipe.read(&mut block) {
                into.lock().unwrap().extend_from_slice(&block[..read]);
            }
        });
        Self {
            text,
            reader: Some(reader),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap()).into_owned()
    }

    /// All of it, once the process has ended.
    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.text()
    }
}

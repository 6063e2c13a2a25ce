//! The process: pingora's server with a data plane, a control plane and background work.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use pingora_core::listeners::ListenerConfig;
use pingora_core::listeners::tls::TlsSettings;
use pingora_core::protocols::l4::stream::L4BufferSettings;
use pingora_core::server::configuration::{Opt, ServerConf};
use pingora_core::server::{RunArgs, Server, ShutdownSignal, ShutdownSignalWatch, ShutdownWatch};
use pingora_core::services::background::{BackgroundService, background_service};
use pingora_core::services::listening::Service;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::app::{App, Connections, Limits, Serve, WhenStopping};
use crate::{Drain, EdgeError, tls};

/// A certificate chain and its key, as PEM files.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// A place to listen.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Where.
    pub address: SocketAddr,
    /// With TLS, or in cleartext.
    pub tls: Option<TlsFiles>,
    /// Worker threads.
    pub threads: usize,
}

/// How a new process takes over from a running one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// It does not: it binds its own listeners.
    None,
    /// It receives the listeners of a process that was told to hand them over.
    FromRunning,
}

/// How the edge runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// What applications call.
    pub data: Listen,
    /// Dashboards, admin interface, metrics, health.
    pub control: Listen,
    /// Bounds for each connection.
    pub limits: Limits,
    /// How long streams may go on after the process was told to stop.
    pub drain: Duration,
    /// The socket by which listeners are handed over.
    pub handover_socket: PathBuf,
    /// Whether this process takes over from another.
    pub takeover: Takeover,
}

/// Work beside the calls: starts with the servers, ends with the drain.
pub struct Background {
    /// For thread names and logs.
    pub name: &'static str,
    /// Makes the future to run, once.
    pub run: Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>,
}

/// Serves until the process is told to stop, and drains; then calls `stopped`.
///
/// SIGTERM drains and ends as soon as nothing is in flight, after `drain` at the latest. SIGINT does the same;
/// a second one ends at once. SIGQUIT hands the listeners over to the process that waits for them, then drains.
///
/// # Errors
/// If TLS files are not what they should be. Ports are looked at by [`ensure_free`].
pub fn run<D: Serve, C: Serve>(
    options: Options,
    data: D,
    control: C,
    background: Vec<Background>,
    drain: Drain,
    stopped: impl FnOnce() + Send + 'static,
) -> Result<(), EdgeError> {
    // Before listeners are taken over: what is wrong here must not cost the running process its listeners.
    let data = listener("data", &options.data, {
        Connections::new(data, options.limits, drain.clone(), WhenStopping::Refuse)
    })?;
    let control = listener("control", &options.control, {
        Connections::new(control, options.limits, drain.clone(), WhenStopping::Serve)
    })?;
    let conf = ServerConf {
        // With an upgrade, pingora sleeps this long whatever happens; `leave_early` ends it.
        grace_period_seconds: Some(options.drain.as_secs()),
        graceful_shutdown_timeout_seconds: Some(0),
        upgrade_sock: options.handover_socket.display().to_string(),
        ..ServerConf::default()
    };
    let opt = Opt {
        upgrade: options.takeover == Takeover::FromRunning,
        ..Opt::default()
    };
    let mut server = Server::new_with_opt_and_conf(Some(opt), conf);
    bootstrap(&mut server, &options.handover_socket);
    server.add_service(data);
    server.add_service(control);
    // Who hears that the gateway is ready may tell it to stop: signals come first.
    let armed = watch::Sender::new(false);
    for work in background {
        let armed = armed.subscribe();
        server.add_service(background_service(
            work.name,
            Work {
                run: work.run,
                armed,
            },
        ));
    }
    let stage = Arc::new(AtomicU8::new(SERVING));
    leave_early(stage.clone(), drain.clone(), options.drain, stopped);
    server.run(RunArgs {
        shutdown_signal: Box::new(Signals {
            drain,
            limit: options.drain,
            stage: stage.clone(),
            handover_socket: options.handover_socket,
            armed,
        }),
    });
    stage.store(STOPPED, Ordering::SeqCst);
    // `leave_early` ends the process, after `stopped` has run.
    loop {
        std::thread::park();
    }
}

const SERVING: u8 = 0;
const HANDED_OVER: u8 = 1;
const TOLD_TO_STOP: u8 = 2;
const STOPPED: u8 = 3;

/// Takes the listeners over, if that is what was asked for. pingora waits for them a few seconds, and where none come
/// it ends the process without a word: so the word is said before.
fn bootstrap(server: &mut Server, socket: &Path) {
    const PATIENCE: Duration = Duration::from_secs(5);
    let done = Arc::new(AtomicBool::new(false));
    let (waiting, socket) = (done.clone(), socket.to_owned());
    let watch = move || {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && !waiting.load(Ordering::SeqCst) {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        if !waiting.load(Ordering::SeqCst) {
            // Should it wake up later, it finds no one to hand over to.
            let _ = std::fs::remove_file(socket);
            eprintln!(
                "The running gateway did not hand its listeners over. It serves on; see its log, or stop it and start without --upgrade."
            );
            std::process::exit(2);
        }
    };
    if server.options.as_ref().is_some_and(|opt| opt.upgrade) {
        let _ = std::thread::Builder::new()
            .name("patience".into())
            .spawn(watch);
    }
    server.bootstrap();
    done.store(true, Ordering::SeqCst);
}

fn listener<S: Serve>(
    name: &str,
    listen: &Listen,
    connections: Connections<S>,
) -> Result<Service<App<S>>, EdgeError> {
    let app = App(connections);
    let mut service = Service::new(name.to_owned(), app);
    service.threads = Some(listen.threads);
    let mut config = ListenerConfig::tcp(listen.address.to_string());
    if let Some(files) = &listen.tls {
        tls::check(&files.cert, &files.key)?;
        let refuse = |_| EdgeError::Tls {
            file: files.cert.clone(),
            problem: "certificate and key do not go together".into(),
        };
        let mut settings = TlsSettings::intermediate(
            &files.cert.display().to_string(),
            &files.key.display().to_string(),
        )
        .map_err(refuse)?;
        settings.enable_h2();
        config = config.tls(settings);
    } else {
        // hyper has buffers of its own; pingora's would cost 64 KiB a connection.
        config = config.l4_buffer(L4BufferSettings::unbuffered());
    }
    service.add_listener(config);
    Ok(service)
}

/// Says in a sentence if an address cannot be had. Not to be called by a process that takes listeners over.
///
/// # Errors
/// [`EdgeError::AddressTaken`] or [`EdgeError::CannotBind`].
pub fn ensure_free(address: SocketAddr, setting: &'static str) -> Result<(), EdgeError> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(source) if source.kind() == std::io::ErrorKind::AddrInUse => {
            Err(EdgeError::AddressTaken {
                address: address.to_string(),
                setting,
            })
        }
        Err(source) => Err(EdgeError::CannotBind {
            address: address.to_string(),
            setting,
            source,
        }),
    }
}

struct Work {
    run: Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>,
    armed: watch::Receiver<bool>,
}

#[async_trait]
impl BackgroundService for Work {
    async fn start(&self, mut shutdown: ShutdownWatch) {
        let mut armed = self.armed.clone();
        let work = async {
            if armed.wait_for(|armed| *armed).await.is_ok() {
                (self.run)().await;
            }
        };
        tokio::select! {
            () = work => {}
            _ = shutdown.wait_for(|stop| *stop) => {}
        }
    }
}

struct Signals {
    drain: Drain,
    limit: Duration,
    stage: Arc<AtomicU8>,
    handover_socket: PathBuf,
    /// Says that signals are listened to.
    armed: watch::Sender<bool>,
}

#[async_trait]
impl ShutdownSignalWatch for Signals {
    async fn recv(&self) -> ShutdownSignal {
        let (Ok(mut terminate), Ok(mut interrupt), Ok(mut quit)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
            signal(SignalKind::quit()),
        ) else {
            tracing::error!("No signal handlers can be set; only SIGKILL will stop this process.");
            return std::future::pending().await;
        };
        self.armed.send_replace(true);
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = quit.recv() => {}
            }
            // pingora would stop serving even if there is no one to take the listeners.
            if self.handover_socket.exists() {
                tracing::info!("Handing the listeners over.");
                self.stage.store(HANDED_OVER, Ordering::SeqCst);
                tokio::spawn(stop_after_handover(
                    terminate,
                    interrupt,
                    self.stage.clone(),
                ));
                return ShutdownSignal::GracefulUpgrade;
            }
            tracing::warn!("SIGQUIT is for `marshal serve --upgrade`, and none waits; serving on.");
        }
        tracing::info!(
            in_flight = self.drain.in_flight(),
            "Draining: no new calls, open ones may end."
        );
        self.drain.begin();
        let deadline = tokio::time::sleep(self.limit);
        let idle = idle(&self.drain);
        let told = async {
            tokio::time::sleep(self.limit.saturating_sub(goodbye(self.limit))).await;
            self.drain.end();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = idle => {}
            () = told => {}
            () = deadline => tracing::warn!(in_flight = self.drain.in_flight(), "The drain's time is over; open calls are cut."),
            _ = interrupt.recv() => tracing::warn!(in_flight = self.drain.in_flight(), "Told again to stop; open calls are cut."),
        }
        ShutdownSignal::FastShutdown
    }
}

/// pingora listens to no signal after a hand-over; someone may want this process to end all the same.
async fn stop_after_handover(mut terminate: Signal, mut interrupt: Signal, stage: Arc<AtomicU8>) {
    tokio::select! {
        _ = terminate.recv() => {
            stage.store(TOLD_TO_STOP, Ordering::SeqCst);
            interrupt.recv().await;
        }
        _ = interrupt.recv() => {}
    }
    stage.store(STOPPED, Ordering::SeqCst);
}

/// So long before they are cut, calls that last are told: they have something to say to that.
fn goodbye(limit: Duration) -> Duration {
    (limit / 4).min(Duration::from_secs(2))
}

/// Until nothing is in flight, twice in a row: a body that is read to its end has bytes on their way still.
async fn idle(drain: &Drain) {
    let mut tick = tokio::time::interval(TICK);
    let mut quiet = 0;
    while quiet < 2 {
        tick.tick().await;
        quiet = if drain.in_flight() == 0 { quiet + 1 } else { 0 };
    }
}

const TICK: Duration = Duration::from_millis(20);

/// Ends the process when nothing is in flight any more, rather than when pingora's fixed sleep is over.
fn leave_early(
    stage: Arc<AtomicU8>,
    drain: Drain,
    limit: Duration,
    stopped: impl FnOnce() + Send + 'static,
) {
    /// pingora keeps accepting this long after it has sent the listeners, so that the new process can take them.
    const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
    let watch = move || {
        let at = |wanted| stage.load(Ordering::SeqCst) == wanted;
        while at(SERVING) {
            std::thread::park_timeout(TICK);
        }
        let handed_over = Instant::now() + CLOSE_TIMEOUT + Duration::from_millis(500);
        while at(HANDED_OVER) && Instant::now() < handed_over {
            std::thread::park_timeout(TICK);
        }
        let deadline = Instant::now() + limit;
        let mut quiet = 0;
        drain.hand_over();
        while !at(STOPPED) && quiet < 2 && Instant::now() < deadline {
            std::thread::park_timeout(TICK);
            if Instant::now() + goodbye(limit) >= deadline {
                drain.end();
            }
            quiet = if drain.in_flight() == 0 { quiet + 1 } else { 0 };
        }
        stopped();
        std::process::exit(0);
    };
    if std::thread::Builder::new()
        .name("stop".into())
        .spawn(watch)
        .is_err()
    {
        tracing::error!(
            "No thread can be started to end this process; it ends when its drain time is over."
        );
    }
}

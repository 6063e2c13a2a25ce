//! `marshal serve`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use marshal_audit_sink::DataLock;
use marshal_config::Secrets;
use marshal_edge::gate::{HeadLimits, Times};
use marshal_edge::{
    Arrived, Background, Drain, Limits, Listen, Options, Serve as Answer, Takeover, TlsFiles,
    ensure_free,
};
use marshal_pipeline::{AnswerBody, Arrival, BoxError, Governed};
use marshal_telemetry::Metrics;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tower::ServiceExt;

use crate::assemble::{self, Gateway, assemble};
use crate::banner::Banner;
use crate::cli::{Global, Serve};
use crate::leaving::WithDrain;
use crate::{output, paths};

/// HTTP/2 streams of one connection.
const H2_STREAMS: u32 = 100;

/// Serves until told to stop.
pub(super) fn run(global: &Global, options: Serve) -> ExitCode {
    let checked = match assemble::check(
        global.config.as_deref(),
        global.policies.as_deref(),
        Secrets::Needed,
    ) {
        Ok(checked) => checked,
        Err(problems) => return output::problems(&problems, global.json),
    };
    if let Err(problem) = assemble::init_logs(&checked.config) {
        return output::wrong(&problem, global.json);
    }
    let running = if options.upgrade {
        match running_gateway(&checked.config.data_dir) {
            Ok(running) => Some(running),
            Err(problem) => return output::wrong(&problem, global.json),
        }
    } else {
        let listen = &checked.config.listen;
        let free = ensure_free(listen.data, "listen.data or MARSHAL_DATA_LISTEN")
            .and_then(|()| ensure_free(listen.control, "listen.control or MARSHAL_CONTROL_LISTEN"));
        if let Err(error) = free {
            return output::wrong(&assemble::chain(&error), global.json);
        }
        None
    };
    let drain = Drain::default();
    let leaving = Arc::new(WithDrain(drain.clone()));
    let gateway = assemble(checked, options.upgrade, leaving);
    match gateway.and_then(|gateway| serve(gateway, running, drain)) {
        Ok(()) => ExitCode::from(output::WELL),
        Err(problem) => output::wrong(&problem, global.json),
    }
}

fn serve(gateway: Gateway, running: Option<Pid>, drain: Drain) -> Result<(), String> {
    let config = &gateway.config;
    let data_dir = config.data_dir.clone();
    let edge = edge_options(config, running.is_some());
    if let Some(running) = running {
        ask_for_listeners(running, &data_dir)?;
    }
    let (sink, spool, store, tracer, lock) = (
        gateway.sink.clone(),
        gateway.spool,
        gateway.store.clone(),
        gateway.tracer.clone(),
        gateway.lock,
    );
    let stopped = move || {
        if let Some(spool) = spool {
            // What stays is brought back by the next start.
            let _ = spool.settle();
            spool.close();
        }
        sink.close();
        if let Err(error) = store.flush_if_dirty() {
            tracing::error!(%error, "Budgets could not be written down.");
        }
        tracer.shutdown(Duration::from_secs(2));
        drop(lock);
    };
    let banner = Arc::new(Banner {
        data: config.listen.data,
        control: config.listen.control,
        tls: config.tls.is_some(),
        first_key: gateway.first_key,
        login: gateway.login,
        model: gateway.model,
        data_dir: data_dir.display().to_string(),
    });
    let housekeeping = gateway.housekeeping;
    let exports = gateway.exports;
    let readiness = gateway.readiness;
    let stopping = drain.clone();
    readiness.check(move || {
        stopping
            .is_draining()
            .then(|| "the gateway is shutting down".to_owned())
    });
    let background = vec![
        Background {
            name: "housekeeping",
            run: Box::new(move || Box::pin(housekeeping.clone().run())),
        },
        Background {
            name: "exports",
            run: Box::new(move || {
                let exports = exports.clone();
                Box::pin(async move { exports.run().await })
            }),
        },
        Background {
            name: "readiness",
            run: Box::new(move || {
                let (readiness, banner, data_dir) =
                    (readiness.clone(), banner.clone(), data_dir.clone());
                Box::pin(async move {
                    wait_for(banner.data).await;
                    wait_for(banner.control).await;
                    write_pid(&data_dir);
                    readiness.started();
                    banner.show();
                    std::future::pending::<()>().await;
                })
            }),
        },
    ];
    let data = DataPlane {
        governed: gateway.governed,
        metrics: gateway.metrics,
    };
    let control = ControlPlane {
        router: gateway.control,
    };
    marshal_edge::run(edge, data, control, background, drain, stopped)
        .map_err(|error| assemble::chain(&error))
}

fn edge_options(config: &marshal_config::Config, upgrade: bool) -> Options {
    let limits = &config.limits;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Options {
        data: Listen {
            address: config.listen.data,
            tls: config.tls.as_ref().map(|tls| TlsFiles {
                cert: tls.cert.clone(),
                key: tls.key.clone(),
            }),
            threads: config.threads.unwrap_or(cores),
        },
        control: Listen {
            address: config.listen.control,
            tls: None,
            threads: 1,
        },
        limits: Limits {
            head: HeadLimits {
                max_bytes: limits.max_header_bytes,
                ..HeadLimits::default()
            },
            times: Times {
                head: limits.header_timeout,
                idle: limits.idle_timeout,
                // Whoever reads the body counts this time too and has more to say; this is for bodies that no one reads.
                body_stall: limits.body_timeout + Duration::from_secs(1),
                write_stall: limits.write_timeout,
            },
            h2_streams: H2_STREAMS,
            connections: limits.max_connections,
        },
        drain: limits.drain,
        handover_socket: paths::handover_socket(&config.data_dir),
        takeover: if upgrade {
            Takeover::FromRunning
        } else {
            Takeover::None
        },
    }
}

/// The process that serves this data folder and could hand its listeners over.
fn running_gateway(data_dir: &std::path::Path) -> Result<Pid, String> {
    /// A unix socket's address holds no more, its end included.
    const LONGEST_SOCKET_PATH: usize = 107;
    let (file, socket) = (paths::pid_file(data_dir), paths::handover_socket(data_dir));
    if socket.as_os_str().len() > LONGEST_SOCKET_PATH {
        return Err(format!(
            "{} is too long for the name of a socket; give the data folder a shorter path to use --upgrade",
            socket.display()
        ));
    }
    let known = std::fs::read_to_string(&file)
        .ok()
        .and_then(|text| text.trim().parse::<i32>().ok());
    // The file may be left from a process that ended long ago; a claim on the folder is not.
    let serves = |process: &Pid| DataLock::is_held(data_dir) && test_kill_process(*process).is_ok();
    known.and_then(Pid::from_raw).filter(serves).ok_or_else(|| {
        format!(
            "no gateway serves {} now; start without --upgrade",
            data_dir.display()
        )
    })
}

/// Tells the running gateway to hand its listeners over, as soon as this process waits for them.
fn ask_for_listeners(running: Pid, data_dir: &std::path::Path) -> Result<(), String> {
    let socket = paths::handover_socket(data_dir);
    let _ = std::fs::remove_file(&socket);
    let ask = move || {
        while !socket.exists() {
            std::thread::park_timeout(Duration::from_millis(10));
        }
        if let Err(error) = kill_process(running, Signal::QUIT) {
            tracing::error!(%error, "The running gateway cannot be told to hand over.");
        }
    };
    let asking = std::thread::Builder::new()
        .name("handover".into())
        .spawn(ask);
    asking.map(drop).map_err(|error| error.to_string())
}

fn write_pid(data_dir: &std::path::Path) {
    let file = paths::pid_file(data_dir);
    if let Err(error) = std::fs::write(&file, format!("{}\n", std::process::id())) {
        tracing::warn!(%error, "The pid file cannot be written; `serve --upgrade` will not find this process.");
    }
}

/// Until the address takes connections.
async fn wait_for(mut address: std::net::SocketAddr) {
    if address.ip().is_unspecified() {
        let local: std::net::IpAddr = if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        };
        address.set_ip(local);
    }
    while tokio::net::TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Applications: every request goes the governed way.
#[derive(Clone)]
struct DataPlane {
    governed: Governed,
    metrics: Arc<Metrics>,
}

impl Answer for DataPlane {
    type Body = AnswerBody;

    fn connected(&self) -> impl Send {
        self.metrics.connection_opened()
    }

    async fn serve(&self, arrived: Arrived) -> http::Response<AnswerBody> {
        let request = arrived.request.map(|body| {
            body.map_err(|error| -> BoxError { Box::new(error) })
                .boxed_unsync()
        });
        let answer = self
            .governed
            .clone()
            .oneshot(Arrival {
                request,
                refused: arrived.refused,
            })
            .await;
        answer.unwrap_or_else(|refusal| {
            // The recipe's outermost step makes an answer of each refusal: this is never seen.
            tracing::error!(code = %refusal.code, "A refusal left the recipe without an answer.");
            let mut response = http::Response::new(AnswerBody::whole(bytes::Bytes::new()));
            *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
    }
}

/// Operators: pages, admin interface, health and metrics.
#[derive(Clone)]
struct ControlPlane {
    router: axum::Router,
}

impl Answer for ControlPlane {
    type Body = axum::body::Body;

    async fn serve(&self, arrived: Arrived) -> http::Response<axum::body::Body> {
        if let Some(refusal) = arrived.refused {
            let mut response =
                http::Response::new(axum::body::Body::from(refusal.message.into_owned()));
            *response.status_mut() = http::StatusCode::BAD_REQUEST;
            return response;
        }
        match self.router.clone().oneshot(arrived.request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

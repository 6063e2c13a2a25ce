//! Providers that take their time: each wait has its bound, and what the client gets says which provider it was.

use std::net::SocketAddr;

use crate::support::{
    Act, Connection, Dialect, Gate, Gateway, Request, Setup, Speech, Upstream, of_call,
    open_stream, provider, the,
};

fn before(url: &str, timeouts: &str) -> Gateway {
    let rest = format!(", timeouts: {{{timeouts}}}");
    Setup::with(format!(
        "providers:\n{}",
        provider("up", url, "openai", &["m"], &rest)
    ))
    .start()
}

fn asks(gateway: &Gateway, code: &str, status: u16) {
    let answer = gateway.ask(Dialect::OpenAi, &Dialect::OpenAi.says("up/m", "hello"));
    assert_eq!((answer.status, answer.code().as_str()), (status, code));
    assert!(answer.text().contains("`up`"), "{}", answer.text());
    let records = of_call(&gateway.records(), &answer.call());
    assert_eq!(the(&records, "intent")["attempt"], 1);
    assert_eq!(the(&records, "abort")["code"], code);
}

#[test]
fn a_provider_that_takes_no_connection_is_given_up() {
    let full = FullHouse::open();
    asks(
        &before(&format!("http://{}/v1", full.address), "connect_s: 1"),
        "upstream_unreachable",
        502,
    );
}

#[test]
fn a_provider_that_says_nothing_is_given_up() {
    let never = Gate::default();
    let waits = never.clone();
    let upstream = Upstream::start(move |_| vec![Act::Wait(waits.clone())]);
    asks(
        &before(&upstream.url(), "first_byte_s: 1"),
        "upstream_timeout",
        504,
    );
    asks(
        &before(&upstream.url(), "connect_s: 1, total_s: 1"),
        "upstream_timeout",
        504,
    );
    never.open();
}

#[test]
fn a_provider_that_falls_silent_in_the_middle_is_given_up() {
    let (gone, upstream) = falls_silent();
    let gateway = before(&upstream.url(), "idle_s: 1");
    assert_broken(&gateway, &gone);
}

#[test]
fn a_stream_that_has_no_end_is_cut() {
    let (gone, upstream) = falls_silent();
    let gateway = before(&upstream.url(), "first_byte_s: 3, total_s: 3");
    assert_broken(&gateway, &gone);
}

/// The client has the first piece and then hears that the rest will not come; the provider is hung up on.
fn assert_broken(gateway: &Gateway, gone: &Gate) {
    let mut body = Dialect::OpenAi.says("up/m", "hello");
    body["stream"] = serde_json::json!(true);
    let mut connection = Connection::open(gateway.data).unwrap();
    let answer = connection.ask(
        &Request::post("/v1/chat/completions")
            .key(&gateway.key)
            .json(&body),
    );
    assert_eq!(answer.status, 200);
    let text = answer.text();
    assert!(
        text.contains("one ") && text.contains("\"error\"") && !text.contains("[DONE]"),
        "{text}"
    );
    let records = of_call(&gateway.records(), &answer.call());
    let ending: Vec<_> = records
        .iter()
        .filter(|record| record["kind"] != "intent")
        .collect();
    assert_eq!(ending.len(), 1, "{records:?}");
    assert_eq!(ending[0]["outcome"], "upstream_broken", "{records:?}");
    let (took, ours) = (
        ending[0]["duration_us"].as_u64().unwrap(),
        ending[0]["overhead_us"].as_u64().unwrap(),
    );
    assert!(
        took >= 1_000_000 && ours <= took - 900_000,
        "the wait is the provider's: {ours} of {took}"
    );
    crate::support::until("the provider is hung up on", || {
        gone.is_open().then_some(())
    });
}

fn falls_silent() -> (Gate, Upstream) {
    let gone = Gate::default();
    let tells = gone.clone();
    let upstream = Upstream::start(move |_| {
        let mut acts = open_stream(Dialect::OpenAi.streams(&["one "]).into_iter().take(2));
        acts.push(Act::AwaitHangUp(tells.clone()));
        acts
    });
    (gone, upstream)
}

/// An address at which connections wait for ever: nobody takes them, and the queue is full.
struct FullHouse {
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
    _listener: tokio::net::TcpListener,
    _waiting: Vec<tokio::task::JoinHandle<std::io::Result<tokio::net::TcpStream>>>,
}

impl FullHouse {
    fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let guard = runtime.enter();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let waiting: Vec<_> = (0..8)
            .map(|_| runtime.spawn(tokio::net::TcpStream::connect(address)))
            .collect();
        // The first two are in the queue; whoever comes now stays outside.
        crate::support::until("the house is full", || {
            (waiting.iter().filter(|one| one.is_finished()).count() >= 2).then_some(())
        });
        drop(guard);
        Self {
            address,
            _runtime: runtime,
            _listener: listener,
            _waiting: waiting,
        }
    }
}

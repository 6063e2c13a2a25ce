//! One side of a session: what it says, and a queue for what it is told.

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Messages that wait for one side to take them.
const WAITING: usize = 32;

/// How long a side may take for its part of the closing.
pub(super) const CLOSING: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// One side of a session.
pub(super) struct Side {
    pub say: mpsc::Sender<Message>,
    heard: SplitStream<Socket>,
    writer: tokio::task::JoinHandle<()>,
}

impl Side {
    /// The side behind a connection that is handed over. What it says is at most so long.
    pub(super) async fn open(
        on: OnUpgrade,
        role: Role,
        max: usize,
        within: Duration,
    ) -> Option<Self> {
        let io = timeout(within, on).await.ok()?.ok()?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(max))
            .max_frame_size(Some(max));
        let socket = WebSocketStream::from_raw_socket(TokioIo::new(io), role, Some(config)).await;
        let (sink, heard) = socket.split();
        let (say, waiting) = mpsc::channel(WAITING);
        Some(Self {
            say,
            heard,
            writer: tokio::spawn(write(waiting, sink)),
        })
    }

    /// The next message, once there is room for what becomes of it on the other side; `None` if that one is gone.
    pub(super) async fn next<'s>(
        &mut self,
        other: &'s mpsc::Sender<Message>,
    ) -> (
        Option<mpsc::Permit<'s, Message>>,
        Option<Result<Message, Error>>,
    ) {
        match other.reserve().await {
            Ok(room) => (Some(room), self.heard.next().await),
            Err(_) => (None, None),
        }
    }

    /// Says goodbye, and hears the other's for a while: a connection that is closed with unread bytes is reset, and
    /// with it goes what was said last.
    pub(super) async fn close(mut self, frame: Option<CloseFrame>) {
        let _ = timeout(CLOSING, self.say.send(Message::Close(frame))).await;
        drop(self.say);
        let _ = timeout(CLOSING, &mut self.writer).await;
        self.writer.abort();
        let rest = async { while let Some(Ok(_)) = self.heard.next().await {} };
        let _ = timeout(CLOSING, rest).await;
    }
}

async fn write(mut waiting: mpsc::Receiver<Message>, mut sink: SplitSink<Socket, Message>) {
    while let Some(message) = waiting.recv().await {
        if sink.send(message).await.is_err() {
            return;
        }
    }
    let _ = sink.flush().await;
}

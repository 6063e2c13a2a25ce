use super::*;
use tokio::io::{AsyncWriteExt, duplex};

const TIMES: Times = Times {
    head: Duration::from_secs(10),
    idle: Duration::from_secs(75),
    body_stall: Duration::from_secs(30),
    write_stall: Duration::from_secs(30),
};

async fn through(input: &[u8], cut: usize) -> Vec<u8> {
    let (mut client, server) = duplex(1 << 20);
    let (mut gate, protocol) = {
        for part in input.chunks(cut) {
            client.write_all(part).await.unwrap();
        }
        drop(client);
        Gate::open(
            server,
            None,
            HeadLimits::default(),
            TIMES,
            &Drain::default(),
        )
        .await
        .unwrap()
    };
    assert_eq!(protocol, Protocol::Http1);
    let mut out = Vec::new();
    gate.read_to_end(&mut out).await.unwrap();
    out
}

#[tokio::test]
async fn good_requests_pass_byte_for_byte_however_they_are_cut() {
    let input = b"POST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhelloPOST /b HTTP/1.1\r\nhost: a\r\n\
        transfer-encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nt: v\r\n\r\nGET /c HTTP/1.1\r\nhost: a\r\n\r\n";
    for cut in 1..input.len() {
        assert_eq!(through(input, cut).await, input, "cut every {cut} bytes");
    }
}

#[tokio::test]
async fn an_ambiguous_head_becomes_a_marked_stand_in_and_nothing_after_it_is_read() {
    let input = b"GET /a HTTP/1.1\r\nhost: a\r\n\r\nPOST /v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\
        transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n";
    let out = String::from_utf8(through(input, 7).await).unwrap();
    assert!(out.starts_with("GET /a HTTP/1.1\r\n"), "{out}");
    assert!(
        out.contains("POST /v1/messages HTTP/1.1\r\nhost: invalid\r\n"),
        "{out}"
    );
    assert!(out.contains("x-marshal-gate: both-lengths\r\n"), "{out}");
    assert!(!out.contains("smuggled"), "{out}");
}

#[tokio::test]
async fn bad_chunks_break_the_body_off() {
    for bad in [
        "zz\r\nhello",
        "5\nhello",
        "+5\r\nhello",
        "5\r\nhelloX",
        "0x5\r\nhello",
        "5 \r\nhello",
        "\r\n",
        "5;\x01\r\n",
    ] {
        let input = format!(
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{bad}\r\nGET /smuggled HTTP/1.1\r\n"
        );
        let out = String::from_utf8(through(input.as_bytes(), 3).await).unwrap();
        assert!(!out.contains("smuggled"), "{bad:?} let through {out:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_dribbles_is_refused_in_time() {
    let (mut client, server) = duplex(1 << 16);
    client
        .write_all(b"POST /v1/messages HTTP/1.1\r\nhost: a")
        .await
        .unwrap();
    let (mut gate, _) = Gate::open(
        server,
        None,
        HeadLimits::default(),
        TIMES,
        &Drain::default(),
    )
    .await
    .unwrap();
    let mut out = Vec::new();
    gate.read_to_end(&mut out).await.unwrap();
    assert!(
        String::from_utf8(out)
            .unwrap()
            .contains("x-marshal-gate: slow")
    );
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_closes_but_not_while_an_answer_is_made() {
    let (mut client, server) = duplex(1 << 16);
    client
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let (mut gate, _) = Gate::open(
        server,
        None,
        HeadLimits::default(),
        TIMES,
        &Drain::default(),
    )
    .await
    .unwrap();
    let busy = gate.busy();
    busy.fetch_add(1, Ordering::Relaxed);
    let mut head = [0; 256];
    assert!(gate.read(&mut head).await.unwrap() > 0);
    let waiting = tokio::time::timeout(Duration::from_secs(600), gate.read(&mut head)).await;
    assert!(waiting.is_err(), "closed although a call was in flight");
    busy.fetch_sub(1, Ordering::Relaxed);
    assert_eq!(
        tokio::time::timeout(Duration::from_secs(160), gate.read(&mut head))
            .await
            .unwrap()
            .unwrap(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_given_up() {
    let (_client, server) = duplex(16);
    let (mut gate, _) = Gate::open(
        server,
        Some(Protocol::Http1),
        HeadLimits::default(),
        TIMES,
        &Drain::default(),
    )
    .await
    .unwrap();
    let error = gate.write_all(&[0; 64]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn the_http2_preface_is_told_from_http1() {
    let (mut client, server) = duplex(1 << 16);
    client.write_all(PREFACE).await.unwrap();
    client.write_all(b"frames").await.unwrap();
    drop(client);
    let (mut gate, protocol) = Gate::open(
        server,
        None,
        HeadLimits::default(),
        TIMES,
        &Drain::default(),
    )
    .await
    .unwrap();
    assert_eq!(protocol, Protocol::Http2);
    let mut out = Vec::new();
    gate.read_to_end(&mut out).await.unwrap();
    assert!(out.ends_with(b"frames"));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_said_it_is_done_may_close_its_side_and_wait() {
    for (connection, waits) in [("close", true), ("keep-alive", false)] {
        let (mut client, server) = duplex(1 << 16);
        let head = format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: {connection}\r\n\r\n");
        client.write_all(head.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        let (mut gate, _) = Gate::open(
            server,
            None,
            HeadLimits::default(),
            TIMES,
            &Drain::default(),
        )
        .await
        .unwrap();
        gate.busy().fetch_add(1, Ordering::Relaxed);
        let mut out = [0; 256];
        assert!(gate.read(&mut out).await.unwrap() > 0);
        let end = tokio::time::timeout(Duration::from_secs(600), gate.read(&mut out)).await;
        assert_eq!(end.is_err(), waits, "{connection}");
        assert!(
            waits || end.unwrap().is_err(),
            "it is gone, and its call with it"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn idleness_begins_when_the_answer_is_out() {
    let (mut client, server) = duplex(1 << 16);
    client
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let (mut gate, _) = Gate::open(
        server,
        None,
        HeadLimits::default(),
        TIMES,
        &Drain::default(),
    )
    .await
    .unwrap();
    let busy = gate.busy();
    busy.fetch_add(1, Ordering::Relaxed);
    let mut out = [0; 256];
    assert!(gate.read(&mut out).await.unwrap() > 0);
    let nearly = TIMES.idle - Duration::from_secs(1);
    assert!(
        tokio::time::timeout(nearly, gate.read(&mut out))
            .await
            .is_err()
    );
    gate.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    busy.fetch_sub(1, Ordering::Relaxed);
    let next = tokio::time::timeout(nearly, gate.read(&mut out)).await;
    assert!(next.is_err(), "closed right after the answer");
}

#[tokio::test]
async fn bytes_that_wait_for_the_client_keep_the_process_from_ending() {
    let drain = Drain::default();
    let (mut client, server) = duplex(16);
    let (mut gate, _) = Gate::open(
        server,
        Some(Protocol::Http1),
        HeadLimits::default(),
        TIMES,
        &drain,
    )
    .await
    .unwrap();
    let stuck = tokio::time::timeout(Duration::ZERO, gate.write_all(&[0; 64])).await;
    assert!(stuck.is_err());
    assert_eq!(drain.in_flight(), 1);
    client.read_exact(&mut [0; 16]).await.unwrap();
    gate.write_all(&[0; 8]).await.unwrap();
    assert_eq!(drain.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_still_sends_is_heard_out_so_that_it_can_read_its_answer() {
    let (mut client, server) = duplex(16);
    let (mut gate, _) = Gate::open(
        server,
        Some(Protocol::Http1),
        HeadLimits::default(),
        TIMES,
        &Drain::default(),
    )
    .await
    .unwrap();
    let sending = async {
        let head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n";
        client.write_all(head).await.unwrap();
        client.write_all(&[b'x'; 10_000]).await.unwrap();
        client.read_to_end(&mut Vec::new()).await.unwrap();
        client.write_all(&[b'x'; 10_000]).await.unwrap();
    };
    let refusing = async {
        assert!(gate.read(&mut [0; 256]).await.unwrap() > 0);
        let began = Instant::now();
        gate.shutdown().await.unwrap();
        assert_eq!(began.elapsed(), LINGER, "not for ever");
    };
    tokio::join!(sending, refusing);
}

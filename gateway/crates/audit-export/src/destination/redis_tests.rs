use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::*;
use crate::testbed::records;

/// A server that answers each connection with one text and tells what it was sent.
async fn server(answers: Vec<&'static str>) -> (String, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let serving = tokio::spawn(async move {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut block = vec![0; 65_536];
            let read = stream.read(&mut block).await.unwrap();
            seen.push(String::from_utf8(block[..read].to_vec()).unwrap());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        seen
    });
    (address, serving)
}

fn options(address: String) -> RedisOptions {
    RedisOptions {
        address,
        stream: "audit".to_owned(),
        max_records: Some(1_000),
        database: 0,
        user: None,
        password: None,
    }
}

#[tokio::test]
async fn a_record_is_an_entry_and_an_error_keeps_the_batch() {
    let (address, serving) = server(vec![
        "$3\r\n1-0\r\n-OOM no memory\r\n",
        "$3\r\n1-0\r\n$3\r\n2-0\r\n",
    ])
    .await;
    let mut redis = Redis::new(options(address));
    let records = records(2);
    let error = redis.deliver(&records).await.unwrap_err().to_string();
    assert!(error.ends_with(r#"refuses: "OOM no memory""#), "{error}");
    redis.deliver(&records).await.unwrap();
    let seen = serving.await.unwrap();
    assert_eq!(seen[0], seen[1]);
    let line = &records[0].line;
    let entry = format!(
        "*14\r\n$4\r\nXADD\r\n$5\r\naudit\r\n$6\r\nMAXLEN\r\n$1\r\n~\r\n$4\r\n1000\r\n$1\r\n*\r\n$8\r\ninstance\r\n$1\r\na\r\n$3\r\nseq\r\n$1\r\n1\r\n$4\r\nkind\r\n$5\r\nadmin\r\n$6\r\nrecord\r\n${}\r\n{line}\r\n",
        line.len()
    );
    assert!(seen[0].starts_with(&entry), "{}", seen[0]);
}

#[tokio::test]
async fn a_password_is_in_no_message() {
    let echo = "-ERR unknown command 'AUTH', with args beginning with: 'hunter2'\r\n";
    let (address, serving) = server(vec![echo]).await;
    let mut redis = Redis::new(RedisOptions {
        user: Some("ada".to_owned()),
        password: Some(Secret::new("hunter2".to_owned())),
        ..options(address)
    });
    let error = redis.deliver(&records(1)).await.unwrap_err();
    let said = format!("{error} {error:?} {redis:?}");
    assert!(said.contains("ERR") && !said.contains("hunter2"), "{said}");
    let seen = serving.await.unwrap();
    assert_eq!(
        seen[0],
        "*3\r\n$4\r\nAUTH\r\n$3\r\nada\r\n$7\r\nhunter2\r\n"
    );
}

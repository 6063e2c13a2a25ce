//! `marshal health`: asks the running gateway whether a call would be served. For images without a shell's tools.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use crate::cli::Global;
use crate::output;

/// For each of connecting, asking and reading: an orchestrator asks again soon.
const WAIT: Duration = Duration::from_secs(2);
/// More than the reasons for not being ready ever take.
const MOST: u64 = 64 * 1024;

/// Asks `/readyz` on the control plane.
pub(super) fn run(global: &Global) -> ExitCode {
    let address = match super::config(global) {
        Ok(config) => local(config.listen.control),
        Err(exit) => return exit,
    };
    let (ready, reason) = match ask(address) {
        Ok(answer) => read(&answer),
        Err(error) => (false, format!("no answer from {address}: {error}")),
    };
    if global.json {
        output::object(&json!({ "ok": ready, "reason": reason }));
    } else {
        output::print(&format!("{reason}\n"));
    }
    ExitCode::from(if ready { output::WELL } else { output::FAILED })
}

/// `0.0.0.0` and `::` are for listening; this machine answers for them.
fn local(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let this: IpAddr = if address.is_ipv4() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            Ipv6Addr::LOCALHOST.into()
        };
        address.set_ip(this);
    }
    address
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, WAIT)?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.set_write_timeout(Some(WAIT))?;
    write!(
        stream,
        "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(MOST).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Whether the status is 200, and what the body says.
fn read(answer: &str) -> (bool, String) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let ready = head.starts_with("HTTP/1.1 200 ");
    let body = body.trim();
    let reason = if body.is_empty() {
        head.lines().next().unwrap_or("an empty answer")
    } else {
        body
    };
    (ready, reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_200_is_ready_and_the_reason_is_what_the_gateway_says() {
        let ready = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nready\n";
        assert_eq!(read(ready), (true, "ready".to_owned()));
        let starting = "HTTP/1.1 503 Service Unavailable\r\n\r\nthe gateway is starting\n";
        assert_eq!(
            read(starting),
            (false, "the gateway is starting".to_owned())
        );
        assert_eq!(read("HTTP/1.1 200"), (false, "HTTP/1.1 200".to_owned()));
        assert_eq!(read(""), (false, "an empty answer".to_owned()));
    }

    #[test]
    fn an_address_for_every_interface_is_asked_on_this_machine() {
        let asked = |text: &str| local(text.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:8081"), "127.0.0.1:8081");
        assert_eq!(asked("[::]:8081"), "[::1]:8081");
        assert_eq!(asked("10.0.0.5:8081"), "10.0.0.5:8081");
    }
}

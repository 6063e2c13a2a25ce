//! nginx as the yardstick: a plain reverse proxy with one worker, set up to be fast.

use std::fs;
use std::path::Path;

use super::machine::Cores;
use super::process::{self, Process};
use crate::error::Error;

/// The ports of nginx's three servers, and of the two mocks behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    /// Whole answers.
    pub(super) whole: u16,
    /// Streams: passed on as they come.
    pub(super) streams: u16,
    /// Streams of the slow mock.
    pub(super) slow: u16,
    pub(super) mock: u16,
    pub(super) slow_mock: u16,
}

/// Starts nginx in `scratch`.
pub(super) fn start(
    program: &Path,
    scratch: &Path,
    cores: Cores,
    ports: Ports,
) -> Result<Process, Error> {
    let file = scratch.join("nginx.conf");
    fs::write(&file, config(scratch, ports)).map_err(Error::io("cannot write nginx.conf"))?;
    let mut command = process::gateway_side(cores, program);
    command.arg("-p").arg(scratch).arg("-c").arg(&file);
    command.arg("-e").arg(scratch.join("nginx-errors.log"));
    Process::start("nginx", command, &scratch.join("nginx.log"))
}

fn config(scratch: &Path, ports: Ports) -> String {
    // Workers of a root master would run as nobody and could not reach the folder.
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    let scratch = scratch.display();
    let Ports {
        whole,
        streams,
        slow,
        mock,
        slow_mock,
    } = ports;
    format!(
        r#"{user}
worker_processes 1;
worker_rlimit_nofile 16384;
daemon off;
pid {scratch}/nginx.pid;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_body_temp_path {scratch}/body;
  proxy_temp_path {scratch}/proxy;
  fastcgi_temp_path {scratch}/fastcgi;
  uwsgi_temp_path {scratch}/uwsgi;
  scgi_temp_path {scratch}/scgi;
  tcp_nodelay on;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  # Prompts stay in memory: a temporary file for each would make the comparison unfair.
  client_max_body_size 64m;
  client_body_buffer_size 1m;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_read_timeout 300s;
  upstream mock {{ server 127.0.0.1:{mock}; keepalive 64; keepalive_requests 1000000000; }}
  upstream slow {{ server 127.0.0.1:{slow_mock}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{whole} backlog=4096;
    location / {{ proxy_pass http://mock; }}
  }}
  server {{
    listen 127.0.0.1:{streams} backlog=4096;
    location / {{ proxy_pass http://mock; proxy_buffering off; }}
  }}
  server {{
    listen 127.0.0.1:{slow} backlog=4096;
    location / {{ proxy_pass http://slow; proxy_buffering off; }}
  }}
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_not_buffered_and_connections_are_kept() {
        let ports = Ports {
            whole: 1,
            streams: 2,
            slow: 3,
            mock: 4,
            slow_mock: 5,
        };
        let text = config(Path::new("/scratch"), ports);
        assert_eq!(text.matches("proxy_buffering off").count(), 2);
        assert_eq!(text.matches("keepalive 64;").count(), 2);
        assert_eq!(text.matches('{').count(), text.matches('}').count());
    }
}

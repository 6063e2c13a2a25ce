//! What is measured, and against what.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Serialize;

/// One thing to measure.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Workload {
    pub(super) name: &'static str,
    /// For people.
    pub(super) what: &'static str,
    pub(super) concurrency: usize,
    pub(super) body_bytes: usize,
    pub(super) stream: bool,
    /// Open loop: calls a second.
    pub(super) rate: Option<u32>,
}

impl Workload {
    /// Whether it asks for as much as there is, so that throughput is the figure.
    pub(super) fn saturates(&self) -> bool {
        self.concurrency > 1 && self.rate.is_none()
    }
}

const KB: usize = 1024;

/// The workloads, in the order in which they are run.
pub(super) const WORKLOADS: [Workload; 7] = [
    workload(
        "whole_1k",
        "1 KB prompts, 64 connections",
        64,
        KB,
        false,
        None,
    ),
    workload(
        "whole_30k",
        "30 KB prompts, 64 connections",
        64,
        30 * KB,
        false,
        None,
    ),
    workload(
        "stream_60",
        "streams of 60 events without a pause, 64 connections",
        64,
        KB,
        true,
        None,
    ),
    workload(
        "single_1k",
        "1 KB prompts, one connection",
        1,
        KB,
        false,
        None,
    ),
    workload(
        "single_30k",
        "30 KB prompts, one connection",
        1,
        30 * KB,
        false,
        None,
    ),
    workload(
        "single_stream",
        "streams of 60 events, one connection",
        1,
        KB,
        true,
        None,
    ),
    workload(
        "open_2000",
        "1 KB prompts, 2,000 calls a second (open loop, latency from the intended start)",
        64,
        KB,
        false,
        Some(2_000),
    ),
];

const fn workload(
    name: &'static str,
    what: &'static str,
    concurrency: usize,
    body_bytes: usize,
    stream: bool,
    rate: Option<u32>,
) -> Workload {
    Workload {
        name,
        what,
        concurrency,
        body_bytes,
        stream,
        rate,
    }
}

/// Something that calls can be sent to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) name: &'static str,
    pub(super) whole: SocketAddr,
    pub(super) streams: SocketAddr,
    /// Streams of the slow mock.
    pub(super) slow: SocketAddr,
    /// The program whose CPU time and memory count; `None`: there is none in between.
    pub(super) pid: Option<u32>,
    pub(super) headers: PathBuf,
}

impl Target {
    pub(super) fn address(&self, stream: bool) -> SocketAddr {
        if stream { self.streams } else { self.whole }
    }
}

/// The length of a run.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Lengths {
    pub(super) rounds: u32,
    pub(super) seconds: u32,
    /// Slow streams that are open at once when memory is read.
    pub(super) open_streams: usize,
}

impl Lengths {
    pub(super) fn of(options: &super::Options) -> Self {
        if options.quick {
            return Self {
                rounds: 1,
                seconds: 1,
                open_streams: 200,
            };
        }
        Self {
            rounds: options.rounds,
            seconds: options.seconds,
            open_streams: 1000,
        }
    }
}

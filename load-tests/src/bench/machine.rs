//! Where it was measured, since a figure without its machine says nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Serialize;

/// The cores that a run uses.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cores {
    /// The mock and the generator.
    pub(super) load: Option<usize>,
    /// The gateway, or nginx.
    pub(super) gateway: Option<usize>,
    /// Whether the mock and the generator may run in batches (`chrt`).
    pub(super) batch: bool,
}

impl Cores {
    /// Core 0 and core 1, if both may be used and `taskset` is there.
    pub(super) fn find() -> Self {
        let works = |program: &str, arguments: [&str; 3]| {
            let mut command = Command::new(program);
            command.args(arguments);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        if !works("taskset", ["-c", "0", "true"]) || !works("taskset", ["-c", "1", "true"]) {
            return Self::default();
        }
        Self {
            load: Some(0),
            gateway: Some(1),
            batch: works("chrt", ["-b", "0", "true"]),
        }
    }
}

/// The machine's facts.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    cores: usize,
    cpu: String,
    kernel: String,
    memory_mib: u64,
    /// Of the folder that the audit trail is written to.
    filesystem: String,
    pinned: bool,
    load_average_before: String,
}

impl Machine {
    pub(super) fn look(scratch: &Path, cores: Cores) -> Self {
        let cpuinfo = read("/proc/cpuinfo");
        let memory = value(&read("/proc/meminfo"), "MemTotal:");
        let memory = memory.trim_end_matches(" kB").parse().unwrap_or(0_u64);
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            cpu: value(&cpuinfo, "model name")
                .trim_start_matches([':', ' '])
                .to_owned(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            memory_mib: memory / 1024,
            filesystem: filesystem(&read("/proc/mounts"), scratch),
            pinned: cores.gateway.is_some(),
            load_average_before: read("/proc/loadavg")
                .split(' ')
                .take(3)
                .collect::<Vec<_>>()
                .join(" "),
        }
    }

    pub(super) fn sentence(&self) -> String {
        format!(
            "{}, {} cores, {} MiB, Linux {}, audit trail on {}; {}; load average before: {}.",
            self.cpu,
            self.cores,
            self.memory_mib,
            self.kernel,
            self.filesystem,
            if self.pinned {
                "gateway and nginx pinned to core 1, mock and generator to core 0"
            } else {
                "nothing pinned (it takes two cores and taskset), so all compete for the same cores"
            },
            self.load_average_before,
        )
    }
}

/// The last word that `program` says about its version.
pub(super) fn version(program: &Path, flag: &str) -> Option<String> {
    let output = Command::new(program)
        .arg(flag)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    let number = text.rsplit(' ').next().unwrap_or_default().to_owned();
    output.status.success().then_some(number)
}

fn read(file: &str) -> String {
    fs::read_to_string(file).unwrap_or_default()
}

fn value(text: &str, name: &str) -> String {
    let found = text.lines().find_map(|line| line.strip_prefix(name));
    found.unwrap_or_default().trim().to_owned()
}

/// The type of the file system with the longest mount point above `path`.
fn filesystem(mounts: &str, path: &Path) -> String {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let kinds = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((fields.next()?, fields.next()?))
    });
    kinds
        .filter(|(point, _)| path.starts_with(point))
        .max_by_key(|(point, _)| point.len())
        .map_or_else(
            || "an unknown file system".to_owned(),
            |(_, kind)| kind.to_owned(),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_point_names_the_file_system() {
        let mounts =
            "/dev/a / ext4 rw 0 0\ntmpfs /nowhere tmpfs rw 0 0\n/dev/b /nowhere/deep xfs rw 0 0\n";
        assert_eq!(filesystem(mounts, Path::new("/nowhere/deep/er")), "xfs");
        assert_eq!(filesystem(mounts, Path::new("/nowhere/else")), "tmpfs");
        assert_eq!(filesystem(mounts, Path::new("/elsewhere")), "ext4");
    }
}

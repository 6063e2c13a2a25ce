//! The disk fails under the whole gateway: between it and the kernel a layer refuses what the trail writes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::json;

use crate::support::{
    Answer, Dialect, Folder, Gateway, Setup, Speech, Upstream, answer, both, of_path, provider,
    skipped, until,
};

/// Refuses writes and syncs of files of a trail while the file that `MARSHAL_FAULTS` names says so: `write`, `sync`, `short`.
const LAYER: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fault(int fd) {
    char link[64], path[4096], word[16] = {0};
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (!strstr(path, "/audit/") || !strstr(path, ".jsonl")) return 0;
    const char *name = getenv("MARSHAL_FAULTS");
    int said = name ? (int)syscall(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC) : -1;
    if (said < 0) return 0;
    long read_bytes = syscall(SYS_read, said, word, sizeof word - 1);
    syscall(SYS_close, said);
    return read_bytes > 0 ? word[0] : 0;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    int what = count ? fault(fd) : 0;
    if (what == 'w') { errno = EIO; return -1; }
    if (what == 's' && count > 7) count = 7;
    return syscall(SYS_write, fd, bytes, count);
}

int fdatasync(int fd) {
    if (fault(fd) == 'f') { errno = EIO; return -1; }
    return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd) {
    if (fault(fd) == 'f') { errno = EIO; return -1; }
    return (int)syscall(SYS_fsync, fd);
}
"#;

/// The layer, for the loader to put before the gateway. `None` without a compiler.
fn layer(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("layer.c"), folder.join("layer.so"));
    std::fs::write(&source, LAYER).unwrap();
    let made = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .output()
        .ok()?;
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    Some(library)
}

fn ask(gateway: &Gateway, dialect: Dialect) -> Answer {
    gateway.ask(dialect, &dialect.says("up/m", "hello"))
}

#[test]
fn a_disk_that_fails_stops_calls_before_any_provider_sees_them_and_heals_by_itself() {
    let folder = Folder::new();
    let Some(layer) = layer(folder.path()) else {
        return skipped("there is no C compiler");
    };
    let faults = folder.path().join("faults");
    let upstream =
        Upstream::start(|seen| answer(200, &[], of_path(seen.path()).answers("well").to_string()));
    let config = format!(
        "audit: {{reserve_bytes: 1048576}}\nproviders:\n{}",
        provider("up", &upstream.url(), "openai, anthropic", &["m"], "")
    );
    let gateway = Setup::with(config)
        .env("LD_PRELOAD", layer.to_str().unwrap())
        .env("MARSHAL_FAULTS", faults.to_str().unwrap())
        .start();
    // The word that the layer reads, and whether calls go on.
    for (fault, goes_on) in [("write", false), ("flush", false), ("short", true)] {
        for dialect in both() {
            assert_eq!(ask(&gateway, dialect).status, 200);
            let before = upstream.count();
            std::fs::write(&faults, fault).unwrap();
            let asked = Instant::now();
            let got = ask(&gateway, dialect);
            // For whoever measures; a test asserts no time.
            println!("{fault}: {} after {:?}", got.status, asked.elapsed());
            if goes_on {
                assert_eq!(got.status, 200, "{fault}: {}", got.text());
            } else {
                assert_eq!(
                    (got.status, &*got.code()),
                    (503, "audit_unavailable"),
                    "{fault}: {}",
                    got.text()
                );
                assert_eq!(upstream.count(), before, "{fault}: a provider saw it");
            }
            std::fs::write(&faults, "").unwrap();
            let well = Instant::now();
            until("calls go on", || {
                (ask(&gateway, dialect).status == 200).then_some(())
            });
            println!("{fault}: well again after {:?}", well.elapsed());
        }
    }
    let report = gateway.verify();
    assert_eq!(
        (&report["ok"], &report["open"]),
        (&json!(true), &json!(0)),
        "{report}"
    );
    assert_eq!(report["kinds"]["complete"], upstream.count(), "{report}");
    assert!(report["kinds"]["resume"].as_u64() >= Some(4), "{report}");
}

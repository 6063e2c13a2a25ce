//! A PostgreSQL of a test's own. Only with the feature `testing`.
#![expect(clippy::unwrap_used, reason = "a test without its server ends there")]

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use marshal_types::Secret;

use crate::FleetOptions;

/// What it asks of who signs in.
pub const PASSWORD: &str = "hunter2 of the fleet";
/// Longer than a server takes to begin, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that ends with the test.
#[derive(Debug)]
pub struct Postgres {
    folder: PathBuf,
    server: Child,
}

impl Postgres {
    /// `None` where none is installed, or this user may not run one.
    ///
    /// # Panics
    /// If the one that is installed does not begin.
    #[must_use]
    pub fn start(name: &str) -> Option<Self> {
        let bin = installed()?;
        let folder = std::env::temp_dir().join(format!("marshal-pg-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("password"), PASSWORD).unwrap();
        let owner = owner()?;
        if let Some((user, group)) = owner {
            for path in [folder.clone(), folder.join("password")] {
                std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
            }
        }
        // PostgreSQL does not run as root.
        let command = |program: &str| {
            let mut command = Command::new(bin.join(program));
            if let Some((user, group)) = owner {
                command.uid(user).gid(group);
            }
            command
                .current_dir(&folder)
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            command
        };
        let made = command("initdb")
            .args([
                "--pgdata",
                "data",
                "--username",
                "marshal",
                "--pwfile",
                "password",
            ])
            .args([
                "--auth",
                "scram-sha-256",
                "--encoding",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ])
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let log = std::fs::File::create(folder.join("log")).unwrap();
        let server = command("postgres")
            .args(["-D", "data", "-k"])
            .arg(&folder)
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .stderr(log)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while !std::fs::read_to_string(folder.join("log"))
            .unwrap()
            .contains("ready to accept connections")
        {
            assert!(begun.elapsed() < PATIENCE, "the server does not begin");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Some(Self { folder, server })
    }

    /// The folder of its socket.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does what whoever holds the database may do; to so many rows.
    ///
    /// # Panics
    /// If it cannot be done.
    pub fn run(&self, statement: &str) -> u64 {
        let mut config = postgres::Config::new();
        let config = config.host_path(&self.folder).user("marshal");
        let config = config.password(PASSWORD).dbname("postgres");
        let mut client = config.connect(postgres::NoTls).unwrap();
        client.execute(statement, &[]).unwrap()
    }

    /// For a node of this name.
    #[must_use]
    pub fn options(&self, node: &str) -> FleetOptions {
        FleetOptions {
            host: self.folder.display().to_string(),
            port: 5432,
            database: "postgres".into(),
            user: "marshal".into(),
            password: Some(Secret::new(PASSWORD.into())),
            node: node.into(),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder of the server's programs: Debian keeps them out of the way.
fn installed() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut bins: Vec<PathBuf> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    bins.sort();
    let path = std::env::var_os("PATH")?;
    let elsewhere = std::env::split_paths(&path).find(|bin| bin.join("initdb").exists());
    bins.pop().or(elsewhere)
}

/// Whom it runs as, where this user may not: `Some(None)` for this user.
fn owner() -> Option<Option<(u32, u32)>> {
    let number = |arguments: &[&str]| {
        let out = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(out.stdout).ok()?.trim().parse().ok()
    };
    if number(&["-u"])? != 0_u32 {
        return Some(None);
    }
    Some(Some((
        number(&["-u", "postgres"])?,
        number(&["-g", "postgres"])?,
    )))
}

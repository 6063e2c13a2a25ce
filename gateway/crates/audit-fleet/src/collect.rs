//! The trails out of the database again, each node's in a folder of its own, and whether each verifies.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use marshal_audit::{QueryError, Report, Trust, segment_file, trail_folder, verify_with};
use postgres::fallible_iterator::FallibleIterator;

use crate::fleet::{Fleet, failed};

/// What there is of a node.
#[derive(Clone, Debug)]
pub struct Collected {
    /// Its name.
    pub node: String,
    /// The folder in which its trail lies now.
    pub folder: std::path::PathBuf,
    /// What verifying it found.
    pub report: Report,
}

impl Fleet {
    /// Writes every node's trail into a folder of its own below `dir`, and verifies it. `dir` must be empty or not there.
    ///
    /// # Errors
    /// If the database cannot be read, or `dir` not be written.
    pub fn collect(&self, dir: &Path, trust: &Trust) -> Result<Vec<Collected>, QueryError> {
        let nodes = self.reading(|client| {
            if std::fs::read_dir(dir).is_ok_and(|mut there| there.next().is_some()) {
                return Err(io::Error::other(format!(
                    "{} is not empty; name a folder that is not there yet",
                    dir.display()
                )));
            }
            let mut nodes: BTreeMap<String, std::path::PathBuf> = BTreeMap::new();
            let none: [&str; 0] = [];
            let mut rows = client
                .query_raw(
                    "SELECT node, chain, segment, line FROM marshal_records ORDER BY node, chain, segment, \"offset\"",
                    none,
                )
                .map_err(failed)?;
            let mut open: Option<((String, String, i32), BufWriter<File>)> = None;
            while let Some(row) = rows.next().map_err(failed)? {
                let at: (String, String, i32) = (row.get(0), row.get(1), row.get(2));
                if open.as_ref().is_none_or(|(of, _)| *of != at) {
                    if let Some((_, mut file)) = open.take() {
                        file.flush()?;
                    }
                    let folder = dir.join(name(&at.0));
                    let chain = trail_folder(&folder).join(name(&at.1));
                    std::fs::create_dir_all(&chain)?;
                    let number = u32::try_from(at.2).unwrap_or(1);
                    let file = File::create_new(chain.join(segment_file(number)))?;
                    nodes.insert(at.0.clone(), folder);
                    open = Some((at, BufWriter::new(file)));
                }
                if let Some((_, file)) = &mut open {
                    file.write_all(row.get::<_, &str>(3).as_bytes())?;
                    file.write_all(b"\n")?;
                }
            }
            if let Some((_, mut file)) = open {
                file.flush()?;
            }
            Ok(nodes)
        })?;
        Ok(nodes
            .into_iter()
            .map(|(node, folder)| Collected {
                report: verify_with(&folder, trust),
                node,
                folder,
            })
            .collect())
    }
}

/// A node's or a chain's name as the name of one folder.
fn name(of: &str) -> String {
    let plain = of.replace('/', "_");
    if plain.starts_with('.') {
        format!("_{plain}")
    } else {
        plain
    }
}

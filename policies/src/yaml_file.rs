//! The YAML files of a bundle: each begins with `version: 1` and holds nothing that is not understood.

use marshal_types::Problem;
use marshal_yaml::{MapReader, Problems};

/// Reads one file with `read`, which takes what it knows; whatever is wrong, and whatever is left over, becomes a problem.
pub(crate) fn read(
    file: &str,
    text: &str,
    problems: &mut Vec<Problem>,
    read: impl FnOnce(&mut MapReader<'_>, &Problems),
) {
    let notes = Problems::new();
    match marshal_yaml::parse(file, text) {
        Ok(node) => {
            if let Some(mut map) = node.as_map(&notes, "") {
                map.u64_in("version", 1..=1);
                read(&mut map, &notes);
                map.finish();
            }
        }
        Err(problem) => notes.push(problem),
    }
    problems.extend(notes.into_vec());
}
